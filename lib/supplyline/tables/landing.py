"""The landing folder: where the monitor and people's commands put finished files, and the publisher takes them.

<landing>/<stream>/part-…     JSON lines with the columns of the contract of that name
names that begin with . or _  unfinished, or the publisher's own
"""

from __future__ import annotations

import os
from pathlib import Path

from supplyline.config import Settings
from supplyline.errors import PublishError
from supplyline.tables.warehouse import Warehouse


def landing_folder(settings: Settings) -> Path:
    """The configured landing folder, or `_landing` in a local warehouse. Raises PublishError for a remote one."""
    if settings.publishing.landing:
        return Path(settings.publishing.landing).absolute()
    folder = Warehouse(settings.warehouse).folder
    if folder is None:
        raise PublishError(
            "no landing folder: the warehouse is not on this machine",
            where=f"warehouse {settings.warehouse}",
            fix="name a local folder with --landing or publishing.landing",
        )
    return folder / "_landing"


def is_finished(path: Path) -> bool:
    """True for a file that its writer has completed."""
    return path.name[0] not in "._" and path.is_file()


def write_durably(path: Path, content: bytes) -> None:
    """Let a file appear under its name whole or not at all, and stay there through a power cut."""
    path.parent.mkdir(parents=True, exist_ok=True)
    hidden = path.with_name(f".{path.name}.unfinished")
    with open(hidden, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(hidden, path)  # noqa: PTH105  the tests count and cut these calls one by one
    sync(path.parent)


def sync(path: Path) -> None:
    """Have a file's content, or a folder's renames and deletions, on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
