"""A rule, a model, a table, a source and a job are each one new file, put where ARCHITECTURE.md says, and no edit."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.small_checkout import PROJECT

ADDED = {
    "conf/contracts/parcels.yaml": """
apiVersion: v3.0.2
kind: DataContract
id: parcels
name: parcels
version: 1.0.0
status: active
domain: gold
description: {purpose: Parcels to pack a day.}
schema:
  - name: parcels
    properties:
      - {name: date, logicalType: date, physicalType: date, required: true, primaryKey: true, primaryKeyPosition: 1,
         description: Business day.}
      - {name: parcels, logicalType: integer, physicalType: long, required: true, description: Orders of the day.,
         logicalTypeOptions: {minimum: 1}}
""",
    "conf/sources/corner_shop.yaml": """
source: corner_shop
description: A till's export.
timezone: Europe/Berlin
currency: EUR
inputs:
  till:
    files: till.csv
    timestamps: {format: dd.MM.yyyy HH:mm}
    table: order_lines
    columns:
      order_line_id: {take: record_id}
      order_id: Bon
      line_type: {take: class}
      sku: {from: Artikel, ops: [strip, upper]}
      order_time: Zeit
      order_date: {date_of: order_time}
      quantity: Menge
      unit_price: Preis
      amount: {product_of: [quantity, unit_price]}
    classes:
      - {class: sale, when: {quantity: {greater_than: 0}}}
      - {class: return}
""",
    "conf/rules/nearly_empty.yaml": """
name: nearly_empty
severity: info
description: "{sku}: {last_stock} left"
breach: last_stock < 3
clear: last_stock > 5
value: last_stock
threshold: reorder_point
""",
    "lib/supplyline/forecasting/models/yesterday.py": '''
"""Tomorrow as today."""

from supplyline.forecasting.panel import Panel
from supplyline.forecasting.registry import Model, State
from supplyline.forecasting.states import level_path


class Yesterday(Model):
    """The last day's demand, times the week's shape."""

    name = "yesterday"
    patterns = frozenset()

    def fit(self, panel: Panel) -> State:
        """Nothing to estimate."""
        return level_path(panel, panel.values)


MODEL = Yesterday()
''',
    "jobs/count_parcels.py": '''
"""Parcels a day: order_lines → parcels."""

from pyspark.sql import functions as f

from supplyline.config import job_parser, settings_from
from supplyline.errors import exit_cleanly
from supplyline.spark.session import spark_session
from supplyline.spark.tables import read_table, write_table
from supplyline.tables import ORDER_LINES, PARCELS


def main(argv=None):
    settings = settings_from(job_parser(__doc__).parse_args(argv))
    with spark_session("count_parcels", settings) as spark:
        sales = read_table(spark, ORDER_LINES).where("line_type = 'sale'")
        days = sales.groupBy(f.col("order_date").alias("date"))
        write_table(days.agg(f.countDistinct("order_id").alias("parcels")), PARCELS)


if __name__ == "__main__":
    raise SystemExit(exit_cleanly(main))
''',
}

# Bon 1 is one parcel with two lines; bon 3 is a return on the second day.
TILL = """Bon,Artikel,Zeit,Menge,Preis
1,tea,24.12.2025 23:30,2,3.50
1,cup,24.12.2025 23:30,1,8.00
2,tea,25.12.2025 00:15,1,3.50
3,cup,25.12.2025 09:00,-1,8.00
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout with the new files in it, and nothing else changed."""
    root = tmp_path_factory.mktemp("house")
    for folder in ("lib", "conf", "jobs", "streaming"):
        shutil.copytree(PROJECT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    for folder in ("conf", "jobs", "streaming"):
        (root / "lib" / "supplyline" / folder).symlink_to(root / folder)  # what setup.py does at installation
    for name, text in ADDED.items():
        assert not (root / name).exists()
        (root / name).write_text(text.lstrip())
    (root / "till").mkdir()
    (root / "till" / "till.csv").write_text(TILL)
    return root


def _python(house: Path, *words: str) -> str:
    """What this Python prints, with the copy in place of the installed library."""
    environment = os.environ | {"PYTHONPATH": str(house / "lib"), "SUPPLYLINE_JARS": str(PROJECT / "jars")}
    answer = subprocess.run(
        [sys.executable, *words], cwd=house, env=environment, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr[-3000:]
    return answer.stdout


def _program(house: Path, text: str) -> object:
    """The value that a program assigns to `result`."""
    return json.loads(_python(house, "-c", f"{text}\nimport json; print(json.dumps(result))").splitlines()[-1])


def _supplyline(house: Path, *words: str) -> str:
    return _python(house, "-c", "from supplyline.cli.main import app_main; app_main()", *words)


def test_a_rule_is_one_file(house: Path) -> None:
    program = """
import pandas as pd
from supplyline.alerts.conditions import evaluate
from supplyline.alerts.rules import load_rules
rule = next(rule for rule in load_rules() if rule.name == "nearly_empty")
result = evaluate(rule.breach, pd.DataFrame({"last_stock": [2, 3]})).tolist()
"""
    assert _program(house, program) == [True, False]


def test_a_model_is_one_file(house: Path) -> None:
    program = """
import pandas as pd
from supplyline.forecasting import forecast_panel
days = pd.date_range("2025-01-01", periods=28)
history = pd.DataFrame({"sku": "TEA", "date": days, "quantity": 4.0})
forecast = forecast_panel(history, horizon=2, models="yesterday")
result = [forecast["model"].tolist(), forecast["mean"].round(6).tolist()]
"""
    assert _program(house, program) == [["yesterday", "yesterday"], [4.0, 4.0]]


def test_a_source_a_table_and_a_job_are_one_file_each(house: Path) -> None:
    program = """
from supplyline.cli.run import run_program
from supplyline.config import load_settings
from supplyline.spark.class_archive import archive_options
from supplyline.spark.session import spark_session
java = {"spark.driver.extraJavaOptions": " ".join(["-XX:TieredStopAtLevel=1", *archive_options()])}
spark = {"master": "local[2]", "driver_memory": "1g", "shuffle_partitions": 1, "options": java}
settings = load_settings(spark=spark)
with spark_session("extending", settings):  # one JVM for both jobs
    run_program("supplyline.jobs", "ingest", ["--source", "corner_shop", "--input", "till"])
    run_program("supplyline.jobs", "count_parcels", [])
result = None
"""
    _program(house, program)
    answer = _supplyline(house, "sql", "--json", "select date, parcels from parcels order by date")
    assert json.loads(answer) == [{"date": "2025-12-24", "parcels": 1}, {"date": "2025-12-25", "parcels": 1}]


def test_the_new_files_are_listed_without_being_told_of(house: Path) -> None:
    assert "count_parcels" in _supplyline(house, "run", "--help")
    assert "parcels" in _supplyline(house, "tables", "list")
