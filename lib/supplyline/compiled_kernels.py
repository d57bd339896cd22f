"""What numba compiled of the library's kernels, beside their sources, and whether it is of today's sources."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import supplyline

ROOMS = ("forecasting", "inventory")
COMPILED = "__pycache__/*.nb?"  # numba's index of a function, and its machine code
_STAMP = Path(sys.prefix) / ".kernels"


def compiled_files() -> list[Path]:
    """The files that numba wrote into the folders of our sources."""
    return list(_files(COMPILED))


def are_current() -> bool:
    """Whether all of them were made from today's sources, Python and numba.

    numba itself knows when a file has changed, but not when one has that it calls.
    """
    return _STAMP.is_file() and _STAMP.read_text(encoding="utf-8") == fingerprint()


def fingerprint() -> str:
    """Of all that compiled code depends on."""
    digest = hashlib.sha256(f"{sys.version} {version('numba')}".encode())
    for source in _files("*.py"):
        digest.update(str(source).encode() + source.read_bytes())
    return digest.hexdigest()


def forget() -> None:
    """Remove all that was compiled."""
    _STAMP.unlink(missing_ok=True)
    for stale in compiled_files():
        stale.unlink()


def mark_complete(made_from: str) -> None:
    """Note that everything has been compiled, from sources of this fingerprint."""
    _STAMP.write_text(made_from, encoding="utf-8")


def _files(pattern: str) -> Iterator[Path]:
    for room in ROOMS:
        yield from sorted((Path(supplyline.__file__).parent / room).rglob(pattern))
