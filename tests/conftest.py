"""What all tests share: one Spark session, a warehouse of their own, the settings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from supplyline.config import Settings, load_settings

# The same examples on every machine, however slow, so that a red run is the change's own doing. `make chaos` looks for
# new ones.
hypothesis.settings.register_profile(
    "everyday", derandomize=True, deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("everyday")


@pytest.fixture(scope="session")
def _settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    from supplyline.spark.class_archive import archive_options

    # Tests run much code once: the optimising compiler would cost more than it saves.
    java = " ".join(["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", *archive_options()])
    options = {"spark.driver.extraJavaOptions": java}
    spark = {"master": "local[2]", "driver_memory": "1g", "shuffle_partitions": 2, "options": options}
    return load_settings(spark=spark, warehouse=str(tmp_path_factory.mktemp("session_warehouse")))


@pytest.fixture(scope="session")
def _spark(_settings: Settings) -> Iterator[object]:
    from supplyline.spark.session import spark_session

    with spark_session("tests", _settings) as spark:
        yield spark


@pytest.fixture
def warehouse(tmp_path: Path) -> str:
    """Path of an empty warehouse of this test's own."""
    return str(tmp_path / "warehouse")


@pytest.fixture
def settings(_settings: Settings, warehouse: str) -> Settings:
    """Settings whose warehouse is this test's own."""
    return _settings.model_copy(update={"warehouse": warehouse})


@pytest.fixture
def spark(_spark: object, settings: Settings) -> Iterator[object]:
    """The one Spark session of the run, pointed at this test's warehouse."""
    from supplyline.spark.session import spark_session

    with spark_session("test", settings) as spark:
        yield spark
