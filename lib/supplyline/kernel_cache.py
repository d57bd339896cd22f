"""Where numba keeps what it compiled when the library is a zip: by the zip's content, not by its path.

Spark copies a zip into a new folder for each application, so that by path every executor of every job would compile all
kernels anew, a minute or two each. What the zip itself has compiled goes there first. `supplyline/__init__.py` names
this locator to numba.
"""

from __future__ import annotations

import atexit
import hashlib
import shutil
import tempfile
import uuid
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from numba.core import config
from numba.core.caching import ZipCacheLocator


class LibraryZipLocator(ZipCacheLocator):
    """A folder in NUMBA_CACHE_DIR or numba's own, of one name for all copies of a zip. For functions of ours alone."""

    def __init__(self, py_func: Callable[..., Any], py_file: str) -> None:
        super().__init__(py_func, py_file)  # type: ignore[no-untyped-call]
        inside = Path(self._internal_path).parent.as_posix()
        root = config.CACHE_DIR or Path(self._cache_path).parent  # type: ignore[attr-defined]
        # By the whole zip: a kernel is compiled anew when anything it may call has changed.
        self._cache_path = str(Path(root) / f"{inside.replace('/', '_')}_{_digest(self._zip_path)}")
        self._shipped = f"{inside}/__pycache__/"

    def ensure_cache_path(self) -> None:
        """Make the folder, with what the zip has compiled of these kernels."""
        if not Path(self._cache_path).exists():
            _unpack(self._zip_path, self._shipped, Path(self._cache_path))
        super().ensure_cache_path()  # type: ignore[no-untyped-call]

    @classmethod
    def from_function(cls, py_func: Callable[..., Any], py_file: str) -> LibraryZipLocator | None:
        """The locator of a function of ours out of a zip; None for all others.

        A user without a folder to write to, as in many containers, gets one of this process alone.
        """
        if ".zip" not in py_file or not py_func.__module__.startswith("supplyline."):
            return None
        found = cls(py_func, py_file)
        try:
            found.ensure_cache_path()
        except OSError:
            found._cache_path = str(Path(_own_folder()) / Path(found._cache_path).name)
            found.ensure_cache_path()
        return found


def _unpack(archive: str, folder: str, target: Path) -> None:
    """Write what the zip's folder has to `target`, which appears complete; what another process wrote first stays."""
    unfinished = target.with_name(f".{target.name}.{uuid.uuid4().hex}")
    unfinished.mkdir(parents=True)
    with zipfile.ZipFile(archive) as library:
        for name in library.namelist():
            if name.startswith(folder):
                (unfinished / Path(name).name).write_bytes(library.read(name))
    try:
        unfinished.rename(target)
    except OSError:
        shutil.rmtree(unfinished)


@cache
def _own_folder() -> str:
    folder = tempfile.mkdtemp(prefix="supplyline-kernels-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def _digest(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:20]
