"""Files → records: nothing lost, bounded memory, bad bytes and endless lines marked."""

from __future__ import annotations

import csv
import gzip
import io
import lzma
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplyline.sources.records import (
    DAMAGED,
    ENCODING,
    END,
    GOOD,
    LONG,
    OPEN_QUOTE,
    Layout,
    record_batches,
    whole_lines,
)

Row = tuple[int, str, int]
PLAIN = Layout()


def rows(path: Path, layout: Layout = PLAIN) -> list[Row]:
    batches = [batch.to_pydict() for batch in record_batches(path, layout)]
    return [row for batch in batches for row in zip(batch["line"], batch["raw"], batch["mark"], strict=True)]


def written(folder: Path, content: bytes, name: str = "file.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def packed(path: Path, content: bytes) -> Path:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("inner.csv", content)
    else:
        path.write_bytes({".gz": gzip.compress, ".xz": lzma.compress}[path.suffix](content))
    return path


def test_lines_are_numbered_and_empty_ones_are_no_records(tmp_path: Path) -> None:
    path = written(tmp_path, b"a,b\r\n1,2\r\n\r\n3,4")
    assert rows(path, Layout(header=True)) == [(2, "1,2", GOOD), (4, "3,4", GOOD), (0, "2", END)]


@pytest.mark.parametrize("name", ["file.csv.gz", "file.csv.xz", "file.csv.zip"])
def test_packed_files_read_like_plain_ones(tmp_path: Path, name: str) -> None:
    content = "\ufeffa\nä\n€\n".encode()
    assert rows(packed(tmp_path / name, content)) == rows(written(tmp_path, content))
    assert rows(tmp_path / name)[0] == (1, "a", GOOD)


@pytest.mark.parametrize("name", ["file.csv.gz", "file.csv.xz"])
def test_a_truncated_file_ends_with_the_reason(tmp_path: Path, name: str) -> None:
    path = packed(tmp_path / name, b"".join(b"%d,x\n" % number for number in range(100_000)))
    path.write_bytes(path.read_bytes()[:-2000])
    [last] = rows(path)[-1:]
    assert last[2] == DAMAGED
    assert str(path) in last[1]


def test_bad_utf8_is_marked_and_its_neighbours_are_not(tmp_path: Path) -> None:
    assert rows(written(tmp_path, b"caf\xc3\xa9\ncaf\xe9\nend\n"))[:3] == [
        (1, "café", GOOD),
        (2, "caf\ufffd", ENCODING),
        (3, "end", GOOD),
    ]


def test_other_encodings_are_read(tmp_path: Path) -> None:
    path = written(tmp_path, "café €\n".encode("cp1252"))
    assert rows(path, Layout(encoding="cp1252"))[0] == (1, "café €", GOOD)


@pytest.mark.parametrize("multiline", [False, True])
def test_a_line_of_10_megabytes_is_cut_and_marked_in_bounded_memory(tmp_path: Path, multiline: bool) -> None:
    path = written(tmp_path, b"a,1\n" + b"x" * 10_000_000 + b"\nb,2\n")
    tracemalloc.start()
    found = rows(path, Layout(multiline=multiline, max_bytes=100_000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [(line, len(raw), mark) for line, raw, mark in found] == [
        (1, 3, GOOD),
        (2, 65536, LONG),
        (3, 3, GOOD),
        (0, 1, END),
    ]
    assert peak < 40_000_000


def test_quoted_line_ends_belong_to_their_record(tmp_path: Path) -> None:
    path = written(tmp_path, b'id,text\n1,"a\n\n""b"", c"\n2,5" pipe\n3,x\n')
    assert rows(path, Layout(header=True, multiline=True))[:-1] == [
        (2, '1,"a\n\n""b"", c"', GOOD),
        (5, '2,5" pipe', GOOD),
        (6, "3,x", GOOD),
    ]


def test_a_quote_that_never_closes_costs_its_own_line_only(tmp_path: Path) -> None:
    path = written(tmp_path, b'1,"open\n2,b\n3,c\n')
    assert rows(path, Layout(multiline=True)) == [
        (1, '1,"open', OPEN_QUOTE),
        (2, "2,b", GOOD),
        (3, "3,c", GOOD),
        (0, "3", END),
    ]


fields = st.lists(st.text(st.sampled_from('ab"\n,é '), max_size=6), min_size=2, max_size=3)


@settings(max_examples=200, deadline=None)
@given(table=st.lists(fields, min_size=1, max_size=8))
def test_multiline_records_are_those_of_pythons_csv_reader(
    tmp_path_factory: pytest.TempPathFactory, table: list[list[str]]
) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(table)
    path = written(tmp_path_factory.mktemp("csv"), text.getvalue().encode())
    found = rows(path, Layout(multiline=True))
    assert [next(csv.reader(io.StringIO(raw, newline=""))) for _, raw, mark in found if mark == GOOD] == table
    assert found[-1] == (0, str(len(table)), END)


@settings(max_examples=200, deadline=None)
@given(content=st.binary(max_size=300), block=st.integers(1, 40), limit=st.integers(1, 50))
def test_blocks_of_any_size_hold_the_same_lines(content: bytes, block: int, limit: int) -> None:
    content = content.removeprefix(b"\xef\xbb\xbf")
    found = b"".join(whole_lines(io.BytesIO(content), limit, block)).split(b"\n")
    expected = content.split(b"\n")
    assert len(found) == len(expected)
    for got, line in zip(found, expected, strict=True):
        assert got == line or (len(line) > limit and len(got) > limit and line.startswith(got[: limit + 1]))
