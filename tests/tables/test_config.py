"""Settings: what wins, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from supplyline.config import conf_texts, load_settings
from supplyline.errors import ConfigError


def test_file_beats_default_environment_beats_file_and_argument_beats_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text("warehouse: from_file\nforecasting: {horizon: 14, season_length: 5}\n")
    monkeypatch.setenv("SUPPLYLINE_FORECASTING__HORIZON", "21")
    settings = load_settings(str(mine))
    assert (settings.warehouse, settings.forecasting.horizon, settings.forecasting.season_length) == (
        "from_file",
        21,
        5,
    )
    assert load_settings(str(mine), warehouse="argument").warehouse == "argument"
    assert settings.shop.currency == "GBP"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("forecasting: {horizn: 3}", "forecasting.horizn"),
        ("inventory: {service_level: 1.0}", "inventory.service_level"),
        ("shop: {timezone: Mars/Olympus}", "no IANA time zone"),
        ("warehouse: [", "mine.yaml:1"),
        ("- a\n- b", "no mapping"),
    ],
)
def test_a_bad_file_is_one_line_with_file_key_and_reason(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "mine.yaml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_settings(str(tmp_path / "mine.yaml"))
    assert says in str(caught.value)
    assert "mine.yaml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_or_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="absent.yaml"):
        load_settings(str(tmp_path / "absent.yaml"))
    monkeypatch.setenv("SUPPLYLINE_CONF", str(tmp_path / "absent"))
    with pytest.raises(ConfigError, match="SUPPLYLINE_CONF"):
        conf_texts("rules")


def test_the_users_folder_wins_over_the_shipped_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "supplyline.yaml").write_text("warehouse: mine\n")
    monkeypatch.setenv("SUPPLYLINE_CONF", str(tmp_path))
    assert load_settings().warehouse == "mine"
    assert "forecasts" in conf_texts("contracts")
