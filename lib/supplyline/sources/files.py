"""Files of a source: found by pattern, opened plain or packed, their first record looked at before any work starts."""

from __future__ import annotations

import csv
import gzip
import io
import json
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO

from supplyline.errors import SourceError
from supplyline.sources.inputs import CsvFormat, Input

COMPRESSED = (".gz", ".xz", ".zip")
BROKEN = (EOFError, OSError, lzma.LZMAError, zlib.error, zipfile.BadZipFile)
BOM = "\ufeff"
HEAD_BYTES = 1 << 20
JSON_LINES_SEEN = 1000


def find_files(folder: Path, pattern: str) -> list[Path]:
    """Files below `folder` that fit the pattern, as they are or compressed, sorted by name.

    Raises SourceError where the folder or every file is missing, one is empty, or one is there twice.
    """
    if not folder.is_dir():
        raise SourceError("no such folder", where=str(folder), fix="name the folder of the source's files with --input")
    names = [pattern] if pattern.endswith(COMPRESSED) else [pattern, *(pattern + end for end in COMPRESSED)]
    found = sorted({path for name in names for path in folder.glob(name) if path.is_file()})
    if not found:
        raise SourceError(
            f"no file {pattern}", where=str(folder), fix="put it there, or name another folder with --input"
        )
    plain = [str(path).removesuffix(path.suffix if path.suffix in COMPRESSED else "") for path in found]
    twice = {path for path in plain if plain.count(path) > 1}
    if twice:
        both = " and ".join(path.name for path, name in zip(found, plain, strict=True) if name in twice)
        raise SourceError(f"the same file twice: {both}", where=str(folder), fix="keep one of them")
    for path in found:
        if path.stat().st_size == 0:
            raise SourceError("the file is empty", where=str(path), fix="export it again, or take it away")
    return found


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """The bytes of a file, unpacked while they are read. A zip file must hold exactly one file."""
    if path.suffix == ".gz":
        with gzip.open(path) as stream:
            yield stream  # type: ignore[misc]
    elif path.suffix == ".xz":
        with lzma.open(path) as stream:
            yield stream
    elif path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            members = [item for item in archive.infolist() if not item.is_dir()]
            if len(members) != 1:
                raise SourceError(
                    f"{len(members)} files in one zip", where=str(path), fix="unpack it, or pack one file a zip"
                )
            with archive.open(members[0]) as stream:
                yield stream
    else:
        with path.open("rb") as stream:
            yield stream


def head(path: Path, encoding: str) -> str:
    """The first mebibyte of a file as text, without a byte order mark. Raises SourceError where it is damaged."""
    try:
        with opened(path) as stream:
            return stream.read(HEAD_BYTES).decode(encoding, errors="replace").removeprefix(BOM)
    except BROKEN as error:
        raise broken(path, error) from error


def broken(path: Path, error: Exception) -> SourceError:
    """The error of a file whose compression is damaged or ends early."""
    return SourceError(f"the file is damaged or cut short: {error}", where=str(path), fix="fetch or export it again")


def field_names(path: Path, item: Input, needed: set[str]) -> tuple[list[str], bool]:
    """Names of a text file's fields in order, and whether its first line is a header.

    Raises SourceError listing expected against found where a needed column is missing.
    """
    if item.format == "jsonl":
        return _json_keys(path, needed), False
    first = _first_fields(path, item.csv)
    names = item.csv.fields
    if names is None or (item.csv.header == "optional" and first == names):
        _check_header(path, first, needed, item.csv)
        return first, True
    if len(first) != len(names):
        raise SourceError(
            f"expected {len(names)} columns ({', '.join(names)}), found {len(first)}: {_short(first)}",
            where=str(path),
            fix=f"check the file and csv.delimiter{_other_delimiter(first, item.csv)}",
        )
    return names, False


def _first_fields(path: Path, layout: CsvFormat) -> list[str]:
    text = io.StringIO(head(path, layout.encoding), newline="")
    rows = csv.reader(text, delimiter=layout.delimiter, quotechar=layout.quote)
    try:
        first = next((row for row in rows if row), None)
    except csv.Error as error:
        raise SourceError(f"the first line is no CSV: {error}", where=str(path), fix="check the file") from error
    if first is None:
        raise SourceError("the file holds only empty lines", where=str(path), fix="export it again, or take it away")
    return first


def _check_header(path: Path, found: list[str], needed: set[str], layout: CsvFormat) -> None:
    missing = sorted(needed - set(found))
    twice = sorted({name for name in found if found.count(name) > 1} & needed)
    if not missing and not twice:
        return
    what = f"missing column {', '.join(missing)}" if missing else f"column {', '.join(twice)} is there twice"
    fix = f"mend the file's header, or `from` and csv.delimiter in the mapping{_other_delimiter(found, layout)}"
    raise SourceError(
        f"{what}; expected {', '.join(sorted(needed))}; found {_short(found)}", where=f"{path}:1", fix=fix
    )


def _other_delimiter(found: list[str], layout: CsvFormat) -> str:
    for other in (";", "\t", "|", ","):
        if other != layout.delimiter and len(found) == 1 and other in found[0]:
            return f" (the line looks separated by {other!r})"
    return ""


def _short(names: list[str]) -> str:
    text = ", ".join(names)
    return text if len(text) <= 300 else text[:300] + "…"


def _json_keys(path: Path, needed: set[str]) -> list[str]:
    keys: dict[str, None] = {}
    for line in islice(head(path, "utf-8").splitlines(), JSON_LINES_SEEN):
        try:
            value = json.loads(line)
        except ValueError:
            continue  # the engine quarantines the line
        keys |= dict.fromkeys(value if isinstance(value, dict) else ())
    missing = sorted(needed - set(keys))
    if missing:
        found = _short(list(keys)) or "none"
        what = f"missing key {', '.join(missing)}; expected {', '.join(sorted(needed))}; found {found}"
        raise SourceError(what, where=str(path), fix="mend the file, or `from` in the mapping")
    return sorted(needed)


def bundled_data() -> Path:
    """The folder `data` of the checkout this library runs from; of the working directory where there is none."""
    checkout = Path(__file__).resolve().parents[3] / "data"
    return checkout if checkout.is_dir() else Path("data")
