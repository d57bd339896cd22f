"""A text file as a stream of Arrow batches, one row a record, in bounded memory.

A record is a line, or several where a quoted value holds line ends. What can't be a record is kept with a mark; empty
lines are none. The last row of a file says how many records there were, or that the file is damaged.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from supplyline.errors import SourceError
from supplyline.sources.files import BROKEN, broken, opened

SCHEMA = pa.schema([("line", pa.int64()), ("raw", pa.string()), ("mark", pa.int32())])
GOOD, LONG, ENCODING, OPEN_QUOTE, END, DAMAGED = range(6)
# Mark → (rule, reason) of a row in the quarantine.
MARKS = {
    LONG: ("record_length", "longer than ingest.max_record_bytes"),
    ENCODING: ("encoding", "bytes that are no text in the source's encoding"),
    OPEN_QUOTE: ("open_quote", "a quote that is never closed"),
}
RAW_BYTES = 64 << 10
BLOCK_BYTES = 4 << 20
UTF8_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Layout:
    """How a text file is cut into records."""

    header: bool = False
    encoding: str = "utf-8"
    multiline: bool = False
    delimiter: str = ","
    quote: str = '"'
    max_bytes: int = 1 << 20


Record = tuple[int, bytes, int]


def record_batches(path: Path, layout: Layout) -> Iterator[pa.RecordBatch]:
    """Batches of SCHEMA: the file's records, then one row marked END (raw = their number) or DAMAGED (raw = why)."""
    count = 0
    try:
        with opened(path) as stream:
            for batch in _batches(stream, layout):
                count += batch.num_rows
                yield batch
    except BROKEN as error:
        yield _one(DAMAGED, str(broken(path, error)))
    except SourceError as error:
        yield _one(DAMAGED, str(error))
    else:
        yield _one(END, str(count))


def _batches(stream: IO[bytes], layout: Layout) -> Iterator[pa.RecordBatch]:
    blocks = whole_lines(stream, layout.max_bytes)
    if layout.multiline:
        records = _multiline_records(_lines(blocks), layout)
        yield from _batches_of(records, layout)
        return
    first_line, header = 1, layout.header
    for block in blocks:
        batch, lines = _line_batch(block, first_line, layout)
        first_line += lines
        if header and batch.num_rows:
            batch, header = batch.slice(1), False
        if batch.num_rows:
            yield batch


def whole_lines(stream: IO[bytes], max_bytes: int, block_bytes: int = BLOCK_BYTES) -> Iterator[bytes]:
    """Blocks that end at a line's end. A line longer than `max_bytes` keeps one byte more, to be seen as too long."""
    carry, first = b"", True
    while block := stream.read(block_bytes):
        if first:
            block, first = block.removeprefix(UTF8_BOM), False
        end = block.rfind(b"\n") + 1
        if end:
            yield _cut(carry, max_bytes) + block[:end]
            carry = block[end:]
        else:
            carry = _cut(carry + block, max_bytes)
    if carry:
        yield _cut(carry, max_bytes)


def _cut(line: bytes, max_bytes: int) -> bytes:
    return line[: max_bytes + 1]


def _line_batch(block: bytes, first_line: int, layout: Layout) -> tuple[pa.RecordBatch, int]:
    """One record a line of the block, and the number of its lines. Cut by numpy: a loop takes ten times longer."""
    ends = np.flatnonzero(np.frombuffer(block, np.uint8) == 10) + 1
    if not block.endswith(b"\n"):
        ends = np.append(ends, len(block))
    offsets = np.concatenate(([0], ends)).astype(np.int32)
    lines = np.arange(first_line, first_line + len(ends), dtype=np.int64)
    raw = pa.StringArray.from_buffers(len(ends), pa.py_buffer(offsets), pa.py_buffer(block))
    simple = layout.encoding == "utf-8" and int(np.diff(offsets).max(initial=0)) <= layout.max_bytes
    if not (simple and _valid(raw)):
        records = [
            (int(line), part.rstrip(b"\r\n"), GOOD)
            for line, part in zip(lines, raw.cast(pa.binary()).to_pylist(), strict=True)
        ]
        return _batch([record for record in records if record[1]], layout), len(ends)
    raw = pc.ascii_rtrim(raw, characters="\r\n")
    batch = pa.RecordBatch.from_arrays(
        [pa.array(lines), raw, pa.nulls(len(ends), pa.int32()).fill_null(GOOD)], schema=SCHEMA
    )
    filled = pc.greater(pc.binary_length(raw), 0)
    return (batch if pc.all(filled).as_py() else batch.filter(filled)), len(ends)


def _valid(raw: pa.StringArray) -> bool:
    try:
        raw.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _lines(blocks: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    number = 0
    for block in blocks:
        for line in _split_newlines(block):
            number += 1
            yield number, line


def _split_newlines(block: bytes) -> list[bytes]:
    """Lines that end with a newline alone: a lone carriage return belongs to the text."""
    parts = block.split(b"\n")
    return [part + b"\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def _multiline_records(lines: Iterator[tuple[int, bytes]], layout: Layout) -> Iterator[Record]:
    """Lines joined while a quoted value is open. One that never closes is marked, and what follows it read anew."""
    again: deque[tuple[int, bytes]] = deque()
    while True:
        taken = _take_record(again, lines, layout)
        if not taken:
            return
        whole = b"".join(line for _, line in taken)
        if _ends_inside(whole, layout):
            again.extendleft(reversed(taken[1:]))
            yield taken[0][0], taken[0][1].rstrip(b"\r\n"), OPEN_QUOTE
        elif whole.rstrip(b"\r\n"):
            yield taken[0][0], whole.rstrip(b"\r\n"), GOOD


def _take_record(
    again: deque[tuple[int, bytes]], lines: Iterator[tuple[int, bytes]], layout: Layout
) -> list[tuple[int, bytes]]:
    taken: list[tuple[int, bytes]] = []
    inside, size = False, 0
    while not taken or (inside and size <= layout.max_bytes):
        line = again.popleft() if again else next(lines, None)
        if line is None:
            break
        taken.append(line)
        size += len(line[1])
        inside = _ends_inside(line[1], layout, inside)
    return taken


def _ends_inside(text: bytes, layout: Layout, inside: bool = False) -> bool:
    """True where a quoted value is open at the end of `text`. A quote opens one only at the start of a field."""
    quote, opening = layout.quote.encode(), (layout.delimiter + layout.quote).encode()
    place = 0
    if not inside and text.startswith(quote):
        inside, place = True, 1
    while True:
        if not inside:
            place = text.find(opening, place)
            if place < 0:
                return False
            inside, place = True, place + len(opening)
        place = text.find(quote, place)
        if place < 0:
            return True
        doubled = text.startswith(quote, place + 1)
        inside, place = doubled, place + 1 + doubled


def _batches_of(records: Iterator[Record], layout: Layout) -> Iterator[pa.RecordBatch]:
    if layout.header:
        next(records, None)
    held: list[Record] = []
    size = 0
    for record in records:
        held.append(record)
        size += len(record[1])
        if size >= BLOCK_BYTES:
            yield _batch(held, layout)
            held, size = [], 0
    if held:
        yield _batch(held, layout)


def _batch(records: list[Record], layout: Layout) -> pa.RecordBatch:
    texts = [_decoded(raw, mark, layout) for _, raw, mark in records]
    columns = [[line for line, _, _ in records], [text for text, _ in texts], [mark for _, mark in texts]]
    return pa.RecordBatch.from_arrays(
        [pa.array(v, kind) for v, kind in zip(columns, SCHEMA.types, strict=True)], schema=SCHEMA
    )


def _decoded(raw: bytes, mark: int, layout: Layout) -> tuple[str, int]:
    if len(raw) > layout.max_bytes:
        mark = LONG
    if mark == GOOD:
        try:
            return raw.decode(layout.encoding), GOOD
        except UnicodeDecodeError:
            mark = ENCODING
    return raw[:RAW_BYTES].decode(layout.encoding, errors="replace"), mark


def _one(mark: int, raw: str) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays(
        [pa.array(v, kind) for v, kind in zip([[0], [raw], [mark]], SCHEMA.types, strict=True)], schema=SCHEMA
    )
