"""The library as one zip for `spark-submit --py-files`: `python -m supplyline.library_zip dist/supplyline.zip`.

With the kernels as this machine has compiled them, where all are of today's sources: see supplyline.kernel_cache.
"""

from __future__ import annotations

import argparse
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import supplyline
from supplyline import compiled_kernels
from supplyline.errors import SetupError, exit_cleanly
from supplyline.jars import checkout_root

BESIDE = ("conf", "jobs", "streaming")  # beside lib/ in a checkout, inside the package when installed: see setup.py
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest a zip can hold: equal sources give an equal file


def write_library_zip(target: Path) -> Path:
    """Write supplyline with conf, jobs and streaming inside to `target`; the file appears complete or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{target.name}.part")
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in sorted(_members()):
            archive.writestr(zipfile.ZipInfo(name, EPOCH), path.read_bytes(), zipfile.ZIP_DEFLATED)
    return unfinished.replace(target)


def _members() -> Iterator[tuple[str, Path]]:
    package = Path(supplyline.__file__).parent
    if not package.is_dir():
        raise SetupError("the library runs from a zip already", where=str(package), fix="use that zip")
    checkout = checkout_root()
    yield from _files(package, "supplyline")
    if checkout is not None:
        for name in BESIDE:
            yield from _files(checkout / name, f"supplyline/{name}")
    if compiled_kernels.are_current():
        for path in compiled_kernels.compiled_files():
            yield f"supplyline/{path.relative_to(package).as_posix()}", path


def _files(folder: Path, prefix: str) -> Iterator[tuple[str, Path]]:
    for path in folder.rglob("*"):
        inside = path.relative_to(folder)
        hidden = any(part.startswith(".") or part == "__pycache__" for part in inside.parts)
        if path.is_file() and not hidden:
            yield f"{prefix}/{inside.as_posix()}", path


def main(argv: Sequence[str] | None = None) -> None:
    """Command line: the target path in, the file out, its path on standard output."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", type=Path, nargs="?", default=Path("dist/supplyline.zip"))
    print(write_library_zip(parser.parse_args(argv).target), file=sys.stdout)


if __name__ == "__main__":
    raise SystemExit(exit_cleanly(main))
