"""Contract → Flink → contract: every table keeps its columns, types and what may be missing."""

from __future__ import annotations

import pytest

from supplyline.config import load_settings
from supplyline.flink.schema import FLINK_TYPES, flink_columns
from supplyline.flink.sources import KafkaTopic
from supplyline.tables import all_tables


@pytest.fixture(scope="module")
def flink(tmp_path_factory: pytest.TempPathFactory) -> object:
    from supplyline.flink.environment import table_environment

    nowhere = KafkaTopic(bootstrap_servers="nowhere:9", topic="none", bounded=True)
    return table_environment("schema", load_settings().monitor, nowhere, tmp_path_factory.mktemp("landing"))


@pytest.mark.parametrize("name", sorted(all_tables()))
def test_every_contract_survives_the_way_through_flink(name: str, flink: object) -> None:
    table = all_tables()[name]
    flink.execute_sql(f"CREATE TEMPORARY TABLE `t_{name}` ({flink_columns(table)}) WITH ('connector' = 'blackhole')")
    described = [(row[0], row[1], row[2]) for row in flink.execute_sql(f"DESCRIBE `t_{name}`").collect()]
    assert described == [(c.name, FLINK_TYPES[c.type], not c.required) for c in table.columns]
