"""`supplyline sql` and `supplyline tables` as a user and a program meet them."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from supplyline.cli.main import build_app
from supplyline.errors import SupplylineError
from tests.support.warehouse import warehouse_rows, write_rows

HEAVY = ("pyspark", "pandas", "pyflink", "pyarrow", "polars", "plotly", "numba", "statsmodels")


def run(*words: str, stdin: str = "") -> str:
    """Standard output of `supplyline WORDS`; a SupplylineError passes through."""
    result = CliRunner().invoke(build_app(list(words)), list(words), input=stdin)
    if isinstance(result.exception, SupplylineError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def in_process(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from supplyline.cli.main import app_main; app_main()", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | {"COLUMNS": "120"})


def test_json_is_a_list_of_objects(shop: Path) -> None:
    text = "SELECT sku, first_sold_on, unit_price FROM products ORDER BY sku LIMIT 2"
    assert json.loads(run("sql", text, "--json", "--warehouse", str(shop))) == [
        {"sku": "22312", "first_sold_on": "2011-09-07", "unit_price": 1.25},
        {"sku": "22423", "first_sold_on": "2011-09-01", "unit_price": 2.25},
    ]


def test_json_times_have_a_z_and_numbers_that_json_lacks_are_null(shop: Path) -> None:
    text = "SELECT min(event_time) AS t, 'nan'::DOUBLE AS x, NULL AS z, [1.5, 'inf'::DOUBLE] AS l FROM alert_events"
    rows = json.loads(run("sql", text, "--json", "--warehouse", str(shop)))
    assert rows == [{"t": "2011-11-12T13:00:00Z", "x": None, "z": None, "l": [1.5, None]}]


def test_json_of_no_rows_is_an_empty_list(shop: Path) -> None:
    assert json.loads(run("sql", "SELECT * FROM late_events", "--json", "--warehouse", str(shop))) == []


def test_csv_reads_back_alike(shop: Path) -> None:
    out = run("sql", "SELECT sku, description FROM products ORDER BY sku", "--csv", "--warehouse", str(shop))
    expected = [{"sku": row["sku"], "description": row["description"]} for row in warehouse_rows()["products"]]
    assert list(csv.DictReader(io.StringIO(out))) == expected


def test_plain_output_is_aligned_and_one_line_a_row(shop: Path) -> None:
    text = "SELECT 'a' || chr(10) || chr(27) || '[31m' AS name, 5 AS n UNION ALL SELECT 'long name', 12345 ORDER BY n"
    lines = run("sql", text, "--warehouse", str(shop)).splitlines()
    assert lines == ["name             n", "a\\n\\x1b[31m      5", "long name    12345"]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_the_first_rows_are_drawn_and_the_rest_is_announced(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from supplyline.cli.sql import sql

    monkeypatch.setattr(sys, "stdout", Terminal())
    sql("SELECT '[red]' AS name, range AS n FROM range(150) ORDER BY n", warehouse=str(shop))
    drawn = sys.stdout.getvalue()  # type: ignore[attr-defined]
    assert "[red]" in drawn
    assert " 99 " in drawn
    assert " 100 " not in drawn
    assert "only the first 100 rows" in capsys.readouterr().err


def test_limit_prints_that_many_rows(shop: Path) -> None:
    text = "SELECT sku FROM products"
    assert len(json.loads(run("sql", text, "--json", "--limit", "3", "--warehouse", str(shop)))) == 3
    assert len(run("sql", text, "--limit", "3", "--warehouse", str(shop)).splitlines()) == 4


def test_the_text_may_come_from_standard_input(shop: Path) -> None:
    assert run("sql", "-", "--csv", "--warehouse", str(shop), stdin="SELECT 1 AS x") == "x\n1\n"


def test_an_error_is_one_line_and_exit_code_one_without_a_traceback(shop: Path) -> None:
    result = in_process("sql", "SELEC 1", "--warehouse", str(shop))
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr == 'error: syntax error at or near "SELEC" (line 1, column 1): correct the SQL\n'


def test_a_closed_pipe_is_no_error(shop: Path) -> None:
    command = f"{sys.executable} -c 'from supplyline.cli.main import app_main; app_main()' sql --json"
    query = "SELECT a.sku FROM demand_daily a, products b, products c"
    line = f'{command} "{query}" --warehouse "{shop}" | head -1'
    result = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False)
    assert result.stdout == "[\n"
    assert "Traceback" not in result.stderr


def test_sql_starts_without_the_heavy_packages(shop: Path) -> None:
    words = ["sql", "SELECT count(*) FROM sales_daily", "--json", "--warehouse", str(shop)]
    code = (
        "import sys; from supplyline.cli.main import build_app; "
        f"build_app({words!r})({words!r}, standalone_mode=False); "
        f"print(sorted(set(sys.modules) & set({HEAVY!r})), file=sys.stderr)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stderr == "[]\n"


def test_tables_list_tells_built_and_unbuilt(warehouse: str) -> None:
    write_rows(warehouse, "products", warehouse_rows()["products"])
    write_rows(warehouse, "products", warehouse_rows()["products"], mode="append")
    listed = {row["name"]: row for row in json.loads(run("tables", "list", "--json", "--warehouse", warehouse))}
    product = listed["products"]
    assert (product["rows"], product["files"], product["version"], product["layer"]) == (24, 2, 1, "silver")
    assert product["committed_at"].endswith("Z")
    assert listed["sales_daily"]["built"] is False
    assert listed["sales_daily"]["problem"] == "run `supplyline run build_sales`"
    assert "signals" not in listed
    text = run("tables", "list", "--warehouse", warehouse)
    assert "not built: run `supplyline run build_sales`" in text


def test_one_damaged_table_does_not_hide_the_others(warehouse: str) -> None:
    for name in ("products", "customers"):
        write_rows(warehouse, name, warehouse_rows()[name])
    (Path(warehouse) / "silver" / "products" / "_delta_log" / f"{0:020}.json").write_text("{broken")
    listed = {row["name"]: row for row in json.loads(run("tables", "list", "--json", "--warehouse", warehouse))}
    assert listed["customers"]["rows"] == 36
    assert "can't be read" in listed["products"]["problem"]
    assert "can't be read" in run("tables", "list", "--warehouse", warehouse)


def test_tables_show_tells_columns_and_rows(shop: Path) -> None:
    shown = json.loads(run("tables", "show", "forecasts", "--json", "--warehouse", str(shop)))
    assert shown["rows"] == 364
    assert [column["name"] for column in shown["columns"] if column["key"]] == ["as_of", "sku", "horizon"]
    assert len(shown["sample"]) == 5
    text = run("tables", "show", "forecasts", "--rows", "0", "--warehouse", str(shop))
    assert "Day forecast." in text


def test_tables_show_of_a_table_not_built_still_tells_its_columns(warehouse: str) -> None:
    shown = json.loads(run("tables", "show", "products", "--json", "--warehouse", warehouse))
    assert shown["sample"] == []
    assert shown["columns"][0]["name"] == "sku"


@pytest.mark.parametrize(("name", "said"), [("forecast", "did you mean forecasts?"), ("signals", "is a stream")])
def test_tables_show_of_an_unknown_name_is_an_error(shop: Path, name: str, said: str) -> None:
    with pytest.raises(SupplylineError) as caught:
        run("tables", "show", name, "--warehouse", str(shop))
    assert said in str(caught.value)


def test_json_and_csv_exclude_each_other(shop: Path) -> None:
    with pytest.raises(SupplylineError, match="choose one"):
        run("sql", "SELECT 1", "--json", "--csv", "--warehouse", str(shop))
