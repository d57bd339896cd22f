"""The publisher's journal: which landed files make up manifest N, and how far it has got.

    manifest-N.json       planned: its files are there, some tables may have its rows
    manifest-N.published  every table has its rows; its files are being deleted
    manifest-N.done       finished; only the newest is kept, for the number

Each step is one atomic rename, made durable before the next begins.
"""

from __future__ import annotations

import json
import os
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from supplyline.errors import PublishError
from supplyline.tables.landing import is_finished, sync, write_durably

Phase = Literal["json", "published", "done"]
NAME = re.compile(r"manifest-(\d{10})\.(json|published|done)")


@dataclass(frozen=True, order=True)
class LandedFile:
    """One finished file: its stream, name and size in bytes."""

    stream: str
    name: str
    size: int


@dataclass(frozen=True)
class Manifest:
    """Landed files that are published together, under one number."""

    number: int
    files: tuple[LandedFile, ...]
    phase: Phase = "json"

    def of(self, stream: str) -> tuple[LandedFile, ...]:
        """Its files of one stream."""
        return tuple(file for file in self.files if file.stream == stream)


@dataclass(frozen=True)
class Journal:
    """The manifests of one landing folder."""

    landing: Path

    @property
    def folder(self) -> Path:
        """Where the manifests lie."""
        return self.landing / "_manifests"

    def identity(self) -> str:
        """Id of this landing folder, made once.

        Numbers begin again in a new folder. Were they alone in the tables' transactions, the tables would take the new
        folder's manifests for old ones and their rows would be lost.
        """
        path = self.folder / "_landing_id"
        if not path.exists():
            write_durably(path, uuid.uuid4().hex.encode())
        return path.read_text(encoding="ascii")

    def pending(self) -> Manifest | None:
        """The manifest that a publisher began and did not finish."""
        begun = [path for path in self._paths() if not path.name.endswith(".done")]
        if len(begun) > 1:
            names = ", ".join(path.name for path in begun)
            raise PublishError(
                f"more than one manifest is begun: {names}", where=str(self.folder), fix="keep the oldest"
            )
        return _read(begun[0]) if begun else None

    def plan(self, files: Sequence[LandedFile]) -> Manifest:
        """Write the next manifest."""
        last = max((_number(path) for path in self._paths()), default=0)
        manifest = Manifest(last + 1, tuple(files))
        write_durably(self._path(manifest, "json"), _text(manifest).encode())
        return manifest

    def advance(self, manifest: Manifest, phase: Phase) -> Manifest:
        """Note that the manifest has reached a phase."""
        after = Manifest(manifest.number, manifest.files, phase)
        os.replace(self._path(manifest, manifest.phase), self._path(after, phase))  # noqa: PTH105
        sync(self.folder)
        return after

    def forget_before(self, manifest: Manifest) -> None:
        """Delete finished manifests older than this one."""
        for path in self._paths():
            if path.name.endswith(".done") and _number(path) < manifest.number:
                path.unlink()

    def _paths(self) -> list[Path]:
        if not self.folder.is_dir():
            return []
        return sorted(path for path in self.folder.iterdir() if NAME.fullmatch(path.name))

    def _path(self, manifest: Manifest, phase: Phase) -> Path:
        return self.folder / f"manifest-{manifest.number:010d}.{phase}"


def finished_files(landing: Path, streams: Sequence[str]) -> list[LandedFile]:
    """Every finished file of the streams, the oldest first: signals are folded in the order in which they landed."""
    found = []
    for stream in streams:
        folder = landing / stream
        paths = [path for path in folder.iterdir() if is_finished(path)] if folder.is_dir() else []
        found += [(path.stat(), LandedFile(stream, path.name, path.stat().st_size)) for path in paths]
    return [file for _, file in sorted(found, key=lambda item: (item[0].st_mtime_ns, item[1]))]


def cut(files: Sequence[LandedFile], max_bytes: int) -> list[list[LandedFile]]:
    """The files in order, in parts of at most `max_bytes`; a larger file is a part of its own."""
    parts: list[list[LandedFile]] = []
    room = 0
    for file in files:
        if not parts or file.size > room:
            parts.append([])
            room = max_bytes
        parts[-1].append(file)
        room -= file.size
    return parts


def check_files(landing: Path, manifest: Manifest, streams: Sequence[str]) -> None:
    """Raise PublishError where a file of the manifest is missing, has another size or belongs to no known stream.

    A part of a manifest is never published.
    """
    for file in manifest.files:
        if file.stream not in streams:
            fix = f"bring back the contract of {file.stream}"
            raise PublishError(f"no contract for stream {file.stream}", where=str(landing / file.stream), fix=fix)
        path = landing / file.stream / file.name
        size = path.stat().st_size if path.is_file() else None
        if size != file.size:
            what = "a landed file is missing" if size is None else f"a landed file has {size} bytes, not {file.size}"
            done = f"manifest-{manifest.number:010d}.done"
            fix = f"bring it back, or rename the manifest to {done} to give up what the file held"
            raise PublishError(what, where=str(path), fix=fix)


def delete_files(landing: Path, manifest: Manifest) -> None:
    """Delete the landed files of a manifest whose rows are in the tables."""
    for file in manifest.files:
        (landing / file.stream / file.name).unlink(missing_ok=True)
    for stream in {file.stream for file in manifest.files}:
        sync(landing / stream)


def _text(manifest: Manifest) -> str:
    files: dict[str, dict[str, int]] = {}
    for file in manifest.files:
        files.setdefault(file.stream, {})[file.name] = file.size
    return json.dumps({"manifest": manifest.number, "files": files}, indent=1)


def _read(path: Path) -> Manifest:
    try:
        values: Mapping[str, Mapping[str, int]] = json.loads(path.read_text(encoding="utf-8"))["files"]
        files = [LandedFile(stream, name, size) for stream, names in values.items() for name, size in names.items()]
    except (ValueError, KeyError, AttributeError) as error:
        raise PublishError(
            "the manifest can't be read", where=str(path), fix="rename it to .done; ids absorb the replay"
        ) from error
    phase: Phase = "published" if path.name.endswith(".published") else "json"
    return Manifest(_number(path), tuple(files), phase)


def _number(path: Path) -> int:
    found = NAME.fullmatch(path.name)
    return int(found.group(1)) if found else 0
