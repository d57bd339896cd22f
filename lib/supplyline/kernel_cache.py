"""Where numba keeps what it compiled when the library is a zip: by the zip's content, not by its path.

Spark copies a zip into a new folder for each application, so that by path every executor of every job would compile all
kernels anew, a minute or two each. `supplyline/__init__.py` names this locator to numba.
"""

from __future__ import annotations

import atexit
import hashlib
import shutil
import tempfile
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
        self._digest = _digest(self._zip_path)
        inside = Path(self._internal_path).parent.as_posix().replace("/", "_")
        root = config.CACHE_DIR or Path(self._cache_path).parent  # type: ignore[attr-defined]
        self._cache_path = str(Path(root) / f"{inside}_{self._digest}")

    def get_source_stamp(self) -> str:
        """The zip's content: a kernel is compiled anew when anything it may call has changed."""
        return self._digest

    @classmethod
    def from_function(cls, py_func: Callable[..., Any], py_file: str) -> LibraryZipLocator | None:
        """The locator of a function of ours out of a zip; None for all others.

        A user without a folder to write to, as in many containers, gets one of this process alone.
        """
        if ".zip" not in py_file or not py_func.__module__.startswith("supplyline."):
            return None
        found = cls(py_func, py_file)
        try:
            found.ensure_cache_path()  # type: ignore[no-untyped-call]
        except OSError:
            found._cache_path = str(Path(_own_folder()) / Path(found._cache_path).name)
            found.ensure_cache_path()  # type: ignore[no-untyped-call]
        return found


@cache
def _own_folder() -> str:
    folder = tempfile.mkdtemp(prefix="supplyline-kernels-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def _digest(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:20]
