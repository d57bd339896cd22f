"""Jars are found by the checksum list, and a missing one says how to get it."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from supplyline.config import conf_text
from supplyline.errors import SetupError
from supplyline.jars import expected_jars, jar_paths, main


@pytest.fixture
def flink_jar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of jars that holds Flink's only."""
    monkeypatch.setenv("SUPPLYLINE_JARS", str(tmp_path))
    (jar,) = expected_jars("flink")
    jar.path.parent.mkdir()
    jar.path.touch()
    return jar.path


def test_every_configuration_of_ivy_has_its_jars_recorded() -> None:
    ivy = ElementTree.fromstring(conf_text("jars/ivy.xml"))
    named = {element.attrib["name"] for element in ivy.iter("conf")}
    assert {jar.configuration for jar in expected_jars()} == named
    for dependency in ivy.iter("dependency"):
        configuration = dependency.attrib["conf"].partition("->")[0]
        file_name = f"{dependency.attrib['name']}-{dependency.attrib['rev']}.jar"
        assert file_name in {jar.file_name for jar in expected_jars(configuration)}


def test_an_older_version_beside_it_stays_off_the_class_path(flink_jar: Path) -> None:
    flink_jar.with_name("flink-sql-connector-kafka-4.0.0.jar").touch()
    assert jar_paths("flink") == [flink_jar]


@pytest.mark.usefixtures("flink_jar")
def test_a_missing_jar_is_named_with_the_fix() -> None:
    with pytest.raises(SetupError, match=r"missing jar .*delta-spark.*: run `make setup`"):
        jar_paths("spark")


def test_an_unknown_configuration_names_the_known_ones() -> None:
    with pytest.raises(SetupError, match="no jar configuration 'hive' .*: use one of flink, kafka, spark"):
        jar_paths("hive")


def test_paths_are_printed_as_spark_submit_takes_them(flink_jar: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["--paths", "flink"])
    assert capsys.readouterr().out == f"{flink_jar}\n"
