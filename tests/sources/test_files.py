"""Files are found, and refused in one line before any work starts."""

from __future__ import annotations

import lzma
from pathlib import Path

import pytest

from supplyline.errors import SourceError
from supplyline.sources.files import bundled_data, field_names, find_files
from supplyline.sources.inputs import CsvFormat, Input

CSV = Input(files="x.csv", table=None)
SHOP = {"order", "price"}


def test_the_bundled_file_is_found_from_the_checkout() -> None:
    assert [path.name for path in find_files(bundled_data(), "online_retail_II.csv")] == ["online_retail_II.csv.xz"]


def test_a_missing_folder_and_a_missing_file_are_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no such folder .*nowhere.*--input"):
        find_files(tmp_path / "nowhere", "x.csv")
    with pytest.raises(SourceError, match=r"no file x\.csv"):
        find_files(tmp_path, "x.csv")


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.csv").touch()
    with pytest.raises(SourceError, match=r"the file is empty .*x\.csv"):
        find_files(tmp_path, "x.csv")
    (tmp_path / "x.csv").write_text("\n\n")
    with pytest.raises(SourceError, match="only empty lines"):
        field_names(tmp_path / "x.csv", CSV, SHOP)


def test_one_file_packed_and_plain_is_not_counted_twice(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a\n")
    (tmp_path / "x.csv.gz").write_text("a\n")
    with pytest.raises(SourceError, match=r"the same file twice: x\.csv and x\.csv\.gz"):
        find_files(tmp_path, "x.csv")


def first_line(folder: Path, text: str, item: Input = CSV) -> tuple[list[str], bool]:
    (folder / "x.csv").write_text(text)
    return field_names(folder / "x.csv", item, SHOP)


def test_a_header_may_hold_more_columns_in_any_order(tmp_path: Path) -> None:
    assert first_line(tmp_path, "\ufeffprice,note,order\n") == (["price", "note", "order"], True)


def test_a_missing_or_renamed_column_lists_expected_against_found(tmp_path: Path) -> None:
    with pytest.raises(
        SourceError, match=r"missing column price; expected order, price; found order, Price \(.*x\.csv:1\)"
    ):
        first_line(tmp_path, "order,Price\n")


def test_a_wrong_delimiter_is_guessed_in_the_message(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"missing column order, price.*csv\.delimiter.*looks separated by ';'"):
        first_line(tmp_path, "order;price\n1;2\n")


def test_a_file_without_a_header_is_held_to_its_number_of_columns(tmp_path: Path) -> None:
    item = Input(files="x.csv", csv=CsvFormat(header=False, fields=["order", "price"]))
    assert first_line(tmp_path, "1,2\n", item) == (["order", "price"], False)
    with pytest.raises(
        SourceError, match=r"expected 2 columns \(order, price\), found 1: 1;2 .*looks separated by ';'"
    ):
        first_line(tmp_path, "1;2\n", item)


def test_an_optional_header_is_told_from_data(tmp_path: Path) -> None:
    item = Input(files="x.csv", csv=CsvFormat(header="optional", fields=["order", "price"]))
    assert first_line(tmp_path, "\ufefforder,price\n1,2\n", item) == (["order", "price"], True)
    assert first_line(tmp_path, "1,2\n", item) == (["order", "price"], False)


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.csv.xz"
    path.write_bytes(lzma.compress(b"order,price\n" * 1000)[:-20])
    with pytest.raises(SourceError, match=r"damaged or cut short.*x\.csv\.xz"):
        field_names(path, CSV, SHOP)


def test_keys_of_json_lines_are_checked(tmp_path: Path) -> None:
    item = Input(files="x.csv", format="jsonl")
    assert first_line(tmp_path, '{"order": 1}\n{"price": 2}\n', item)[0] == ["order", "price"]
    with pytest.raises(SourceError, match="missing key price; expected order, price; found order, Price"):
        first_line(tmp_path, '{"order": 1, "Price": 2}\n', item)
