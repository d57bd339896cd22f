"""Where tables lie, and who may write them."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlparse

from supplyline.errors import LockedError, TableError
from supplyline.tables.contract import Table


@dataclass(frozen=True)
class Warehouse:
    """A folder or URI that holds `<layer>/<table>` as Delta tables."""

    root: str

    @property
    def folder(self) -> Path | None:
        """The warehouse as a local folder; None where it lies in an object store."""
        uri = urlparse(self.root)
        if len(uri.scheme) > 1:
            return Path(unquote(uri.path)) if uri.scheme == "file" else None
        return Path(self.root).absolute()

    def path(self, table: Table) -> str:
        """Absolute path or URI of a table."""
        base = str(self.folder) if self.folder else self.root.rstrip("/")
        return f"{base}/{table.layer}/{table.name}"

    def local(self, table: Table) -> Path | None:
        """The table as a local folder; None where it lies in an object store."""
        return Path(self.path(table)) if self.folder else None

    @contextmanager
    def lock(self, table: Table) -> Iterator[None]:
        """Hold the table's lock file while writing it. Raises LockedError naming the holder's process.

        Delta's own local log store loses commits between two processes, so a local table has one writer at a time.
        An object store gives atomic commits of its own and needs none.
        """
        if self.folder is None:
            yield
            return
        with exclusive(self.folder / "_locks" / f"{table.name}.lock", f"table {table.name}"):
            yield


@contextmanager
def exclusive(lock_file: Path, what: str) -> Iterator[None]:
    """Hold a lock file; the kernel frees it when the process ends, however that happens."""
    try:
        lock_file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(lock_file, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise TableError(
            f"can't be written: {error.strerror}", where=str(lock_file.parent), fix="choose a writable --warehouse"
        ) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(handle, 100, 0).decode(errors="replace").strip() or "another process"
            raise LockedError(
                f"{what} is being written by {holder}", where=str(lock_file), fix="wait until it ends"
            ) from error
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"process {os.getpid()}".encode(), 0)
        yield
    finally:
        os.close(handle)
