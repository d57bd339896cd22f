"""The report: one file, no network, honest about what is simulated, safe against hostile product names."""

from __future__ import annotations

import datetime as dt
import io
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from supplyline.cli.main import build_app
from supplyline.config import Settings, load_settings
from supplyline.errors import SupplylineError
from supplyline.query import connect
from supplyline.report import write_report
from supplyline.report.context import Context
from supplyline.report.sections import SECTIONS
from supplyline.report.terminal import print_summary
from supplyline.report.urgent import open_alerts, reorder_lines
from tests.support.shop_rows import AS_OF, HOSTILE
from tests.support.warehouse import build_warehouse, warehouse_rows, write_rows

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return load_settings(warehouse=str(build_warehouse(tmp_path_factory.mktemp("report") / "warehouse")))


@pytest.fixture(scope="module")
def page(shop: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report(shop, tmp_path_factory.mktemp("page") / "report.html")


class Outline(HTMLParser):
    """Section titles, addresses and script count of a page, and its text outside of scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.addresses: list[str] = []
        self.scripts = 0
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.scripts += tag == "script"
        self.addresses += [value or "" for name, value in attrs if name in {"src", "href", "action", "srcset"}]

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not {"script", "style"} & set(self.open):
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="module")
def outline(page: Path) -> Outline:
    return Outline(page.read_text(encoding="utf-8"))


def test_every_section_is_there(outline: Outline) -> None:
    for section in SECTIONS:
        assert section.title in outline.text


def test_the_file_needs_no_network_and_is_small(page: Path, outline: Outline) -> None:
    assert all(address.startswith("#") for address in outline.addresses)
    assert "default-src 'none'" in page.read_text(encoding="utf-8")
    assert page.stat().st_size < 8_000_000


def test_plotly_is_there_once(page: Path) -> None:
    assert page.read_text(encoding="utf-8").count("* plotly.js v") == 1


def test_headline_numbers_are_those_of_the_rows(outline: Outline) -> None:
    rows = warehouse_rows()
    first = AS_OF - dt.timedelta(27)
    revenue = sum(row["revenue"] for row in rows["sales_daily"] if first <= row["date"] <= AS_OF)
    prices = {row["sku"]: row["unit_price"] for row in rows["products"]}
    stock = sum(row["closing"] * prices[row["sku"]] for row in rows["inventory_daily"] if row["date"] == AS_OF)
    ordered = sum(row["order_value"] for row in rows["reorder_policy"])
    empty = sum(row["stock_out"] for row in rows["inventory_daily"] if first <= row["date"] <= AS_OF)
    alerts = sum(row["state"] != "resolved" for row in rows["alerts"])
    for label, figure in (
        ("Revenue, last four weeks", f"£{revenue:,.0f}"),
        ("Stock at sales prices", f"£{stock:,.0f}"),
        ("Proposed orders at sales prices", f"£{ordered:,.0f}"),
        ("Days a product was sold out", str(empty)),
        ("Open alerts", str(alerts)),
    ):
        assert f"{label} {figure}" in outline.text


def test_what_is_simulated_is_said_before_any_chart(page: Path, outline: Outline) -> None:
    assert "Simulated, and marked so on every row:" in outline.text
    text = page.read_text(encoding="utf-8")
    assert text.index("Simulated, and marked so") < text.index('class="chart"')


def test_data_without_simulation_is_said_to_be_observed(tmp_path: Path) -> None:
    build_warehouse(tmp_path, tables=["sales_daily", "products"])
    path = write_report(load_settings(warehouse=str(tmp_path)), tmp_path / "r.html")
    assert "nothing here is simulated" in Outline(path.read_text(encoding="utf-8")).text


def test_a_hostile_product_name_is_text_everywhere(page: Path, outline: Outline) -> None:
    text = page.read_text(encoding="utf-8")
    assert HOSTILE not in text
    assert HOSTILE in outline.text
    # plotly, the empty figures, one a chart and the page's own: no script of the data's.
    assert outline.scripts == 3 + text.count('class="chart"')


def test_a_missing_table_names_the_job_instead_of_failing(tmp_path: Path) -> None:
    build_warehouse(tmp_path, tables=["sales_daily", "products"])
    outline = Outline(
        write_report(load_settings(warehouse=str(tmp_path)), tmp_path / "r.html").read_text(encoding="utf-8")
    )
    assert "Best sellers" in outline.text
    assert "demand_daily is not there yet: run supplyline run build_demand" in outline.text
    assert "alerts is not there yet: run supplyline stream monitor_inventory" in outline.text


def test_tables_without_rows_give_a_report(tmp_path: Path) -> None:
    for name in warehouse_rows():
        write_rows(tmp_path, name, [])
    path = write_report(load_settings(warehouse=str(tmp_path)), tmp_path / "r.html", AS_OF)
    assert path.stat().st_size > 1_000_000


def test_an_empty_warehouse_says_what_to_run(warehouse: str, tmp_path: Path) -> None:
    with pytest.raises(SupplylineError, match="run `supplyline demo` first"):
        write_report(load_settings(warehouse=warehouse), tmp_path / "r.html")
    assert not (tmp_path / "r.html").exists()


def test_the_same_tables_give_the_same_page(shop: Settings, page: Path, tmp_path: Path) -> None:
    assert write_report(shop, tmp_path / "again.html").read_bytes() == page.read_bytes()


def test_the_page_lies_in_the_warehouse_unless_told_otherwise(tmp_path: Path) -> None:
    build_warehouse(tmp_path / "wh", tables=["sales_daily", "products"])
    assert write_report(load_settings(warehouse=(tmp_path / "wh").as_uri())) == tmp_path / "wh" / "report.html"


def test_a_file_that_cannot_be_written_is_told_in_one_line(shop: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SupplylineError, match="choose another --out"):
        write_report(shop, tmp_path / "file" / "report.html")


def test_the_command_prints_the_path_and_refuses_what_is_no_day(shop: Settings, tmp_path: Path) -> None:
    words = ["report", "--out", str(tmp_path / "r.html"), "--warehouse", shop.warehouse]
    result = CliRunner().invoke(build_app(words), words)
    assert result.stdout == f"{tmp_path / 'r.html'}\n"
    words += ["--as-of", "11/11/2011"]
    assert "no date '11/11/2011' (--as-of): write YYYY-MM-DD" in str(
        CliRunner().invoke(build_app(words), words).exception
    )


def test_the_day_asked_for_is_the_day_of_the_report(shop: Settings, tmp_path: Path) -> None:
    path = write_report(shop, tmp_path / "r.html", dt.date(2011, 10, 1))
    assert "As of Saturday, 1 October 2011" in Outline(path.read_text(encoding="utf-8")).text


def test_accuracy_is_the_ratio_of_summed_losses(outline: Outline) -> None:
    chosen: dict[tuple[str, dt.date], float] = {}
    naive: dict[tuple[str, dt.date], float] = {}
    for row in warehouse_rows()["forecast_scores"]:
        if row["model"] in {"theta", "seasonal_naive"}:
            (naive if row["model"] == "seasonal_naive" else chosen)[row["sku"], row["origin"]] = row["pinball"]
    ratio = sum(chosen.values()) / sum(naive.values())
    assert f"all products 12 {ratio:.2f}" in outline.text


def test_urgent_rows_come_critical_first_and_largest_value_first(shop: Settings) -> None:
    with connect(shop) as connection:
        severities = [row["severity"] for row in open_alerts(connection, AS_OF, 50)]
        values = [row["order_value"] for row in reorder_lines(connection, AS_OF, 50)]
    assert severities == sorted(severities)  # critical, warning: the alphabet agrees here
    assert len(set(severities)) == 2
    assert values == sorted(values, reverse=True)


def test_all_sections_speak_of_one_version_while_others_write(tmp_path: Path) -> None:
    build_warehouse(tmp_path, tables=["sales_daily", "products"])
    settings = load_settings(warehouse=str(tmp_path))
    with connect(settings) as connection:
        context = Context(settings, connection)
        before = [section.build(context) for section in SECTIONS if context.has(*section.tables)]
        write_rows(tmp_path, "sales_daily", [])
        assert [section.build(context) for section in SECTIONS if context.has(*section.tables)] == before


def test_the_summary_shows_alerts_orders_and_next_commands(shop: Settings) -> None:
    out = io.StringIO()
    print_summary(shop, Console(file=out, width=160))
    shown = out.getvalue()
    assert "Most urgent open alerts" in shown
    assert "Biggest reorder lines as of 2011-11-11" in shown
    assert HOSTILE in shown
    assert "supplyline alerts list" in shown


def test_the_summary_leaves_out_what_is_not_built(warehouse: str) -> None:
    out = io.StringIO()
    print_summary(load_settings(warehouse=warehouse), Console(file=out, width=160))
    assert "supplyline alerts list" in out.getvalue()


def drawn_charts(page: Path, profile: Path) -> list[str]:
    """Ids of the charts that a browser has drawn on a page; its console must stay silent."""
    quiet = ["gpu", "quic", "background-networking", "component-update", "sync"]
    command = [str(CHROMIUM), "--headless", "--no-sandbox", "--no-first-run", *(f"--disable-{word}" for word in quiet)]
    command += [f"--user-data-dir={profile}", "--virtual-time-budget=10000", "--enable-logging=stderr", "--dump-dom"]
    done = subprocess.run([*command, page.as_uri()], capture_output=True, text=True, timeout=120, check=True)
    assert [line for line in done.stderr.splitlines() if "CONSOLE" in line] == []
    return sorted(re.findall(r'id="([a-z0-9-]+)" [^>]*data-drawn="yes"', done.stdout))


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine to open the report in")
def test_a_browser_draws_the_charts_and_the_one_that_is_chosen(page: Path, tmp_path: Path) -> None:
    choose = (
        "const list = document.querySelector('select'); list.selectedIndex = 3; list.dispatchEvent(new Event('change'))"
    )
    chosen = tmp_path / "chosen.html"
    chosen.write_text(page.read_text(encoding="utf-8") + f"<script>{choose}</script>", encoding="utf-8")
    at_first = [
        "accuracy-models",
        "alerts-days",
        "forecast-total",
        "funnel-steps",
        "funnel-weeks",
        "parts-total",
        "sales-weeks",
        "stock-0",
    ]
    assert drawn_charts(page, tmp_path / "profile") == at_first
    assert drawn_charts(chosen, tmp_path / "profile") == sorted([*at_first, "forecast-2"])
