"""`supplyline alerts` and `supplyline publish` as people and scripts use them."""

from __future__ import annotations

import json
import os
import signal as signals
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from supplyline.cli.alerts import alerts_app
from supplyline.cli.main import build_app
from supplyline.config import Settings
from supplyline.errors import ConfigError, QueryError, SupplylineError
from supplyline.publishing import publish_once
from supplyline.publishing.publisher import publisher
from supplyline.tables.landing import landing_folder

from .landed_data import land, land_all, landed_files, live_tables, signal, window

RUN = "from supplyline.cli.main import app_main; app_main()"


@pytest.fixture
def shop(settings: Settings) -> Settings:
    """A warehouse with three alerts: two open, one resolved."""
    rows = [
        signal("a", "breach", 1, "critical"),
        signal("b", "breach", 2),
        signal("c", "breach", 1),
        signal("c", "clear", 3),
    ]
    land(settings, "signals", rows)
    publish_once(settings)
    return settings


def alerts(settings: Settings, *words: str) -> Result:
    result = CliRunner().invoke(alerts_app, [*words, "--warehouse", settings.warehouse])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def listed(settings: Settings, *words: str) -> list[str]:
    return [item["sku"] for item in json.loads(alerts(settings, "list", "--json", *words).stdout)]


def test_list_shows_the_most_urgent_first_and_filters(shop: Settings) -> None:
    assert listed(shop) == ["a", "b"]
    assert listed(shop, "--state", "resolved") == ["c"]
    assert listed(shop, "--state", "all", "--severity", "warning") == ["b", "c"]
    assert listed(shop, "--rule", "another") == []
    assert listed(shop, "--sku", "b") == ["b"]
    assert "1 more" in alerts(shop, "list", "--limit", "1").stdout
    assert "stock_out" in alerts(shop, "list").stdout


def test_show_gives_state_and_history(shop: Settings) -> None:
    shown = json.loads(alerts(shop, "show", "stock_out:main:c", "--json").stdout)[0]
    assert (shown["state"], [event["transition"] for event in shown["history"]]) == ("resolved", ["opened", "resolved"])
    assert "resolved" in alerts(shop, "show", "C").stdout


def test_acknowledged_now_stays_so_and_later_windows_of_2011_still_count(shop: Settings) -> None:
    assert "acknowledged by anna" in alerts(shop, "ack", "a", "--by", "anna").stdout
    assert live_tables(shop)["alerts"][0]["state"] == "acknowledged"
    land(shop, "signals", [signal("a", "clear", 5), signal("a", "breach", 6)], "part-later")
    publish_once(shop)
    row = live_tables(shop)["alerts"][0]
    assert (row["state"], row["occurrences"], row["acknowledged_by"]) == ("open", 2, None)


def test_command_that_would_change_nothing_is_refused_and_does_not_land(shop: Settings) -> None:
    alerts(shop, "ack", "a")
    for words in (
        ["ack", "a"],
        ["ack", "c"],
        ["unmute", "a"],
        ["mute", "a", "--until", "2011-01-01", "--at", "2011-02-01"],
    ):
        with pytest.raises(ConfigError):
            alerts(shop, *words)
    with pytest.raises(ConfigError, match="give an --at after"):
        alerts(shop, "ack", "b", "--at", "2011-11-12T01:00")
    with pytest.raises(QueryError, match="no alert 'nosuch'"):
        alerts(shop, "ack", "nosuch")
    assert landed_files(shop) == []


@pytest.mark.parametrize("words", [["--for", "3"], ["--until", "soon"], [], ["--for", "1h", "--until", "2011-12-01"]])
def test_mute_needs_one_readable_end(shop: Settings, words: list[str]) -> None:
    with pytest.raises(ConfigError):
        alerts(shop, "mute", "a", *words)


def test_mute_and_unmute(shop: Settings) -> None:
    told = alerts(shop, "mute", "a", "--for", "2d", "--at", "2011-11-12T02:00", "--by", "ben").stdout
    assert "muted until 2011-11-14T02:00:00Z" in told
    land(shop, "signals", [signal("a", "clear", 5)], "part-later")
    publish_once(shop)
    assert not _events(shop, "resolved", "a")[0]["notice"]
    assert "muted until" not in alerts(shop, "unmute", "a").stdout


def test_command_beside_a_running_publisher_is_queued_and_taken(shop: Settings) -> None:
    with publisher(shop) as it:
        assert "queued" in alerts(shop, "ack", "a").stdout
        it.run_once()
    assert live_tables(shop)["alerts"][0]["state"] == "acknowledged"


def test_watch_shows_history_and_stops_at_the_count(shop: Settings) -> None:
    lines = alerts(shop, "watch", "--history", "--count", "3", "--json").stdout.splitlines()
    assert [json.loads(line)["sku"] for line in lines] == ["a", "c", "b"]
    assert "opened" in alerts(shop, "watch", "--history", "--for", "0.1s").stdout
    assert alerts(shop, "watch", "--for", "0.1s", "--interval", "0.05").stdout == ""


def test_watch_holds_back_what_is_muted(shop: Settings) -> None:
    alerts(shop, "mute", "a", "--for", "2d", "--at", "2011-11-12T02:00")
    land(shop, "signals", [signal("a", "clear", 5)], "part-later")
    publish_once(shop)
    assert "resolved     stock_out:main:a" not in alerts(shop, "watch", "--history", "--for", "0.1s").stdout
    assert "resolved     stock_out:main:a" in alerts(shop, "watch", "--history", "--muted", "--for", "0.1s").stdout


def test_watch_follows_new_events_and_ends_cleanly_on_ctrl_c(shop: Settings) -> None:
    command = [
        sys.executable,
        "-c",
        RUN,
        "alerts",
        "watch",
        "--json",
        "--interval",
        "0.1",
        "--warehouse",
        shop.warehouse,
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        seen: list[str] = []
        for hour in range(10, 60):
            land(shop, "signals", [signal(f"new{hour}", "breach", hour)], f"part-{hour}")
            publish_once(shop)
            # The watcher takes a moment to start; the first event after that is what it shows.
            if _readable(process.stdout, 0.5):
                seen.append(process.stdout.readline())
                break
        process.send_signal(signals.SIGINT)
        assert process.wait(30) == 0
        assert "Traceback" not in process.stderr.read()  # type: ignore[union-attr]
    assert json.loads(seen[0])["transition"] == "opened"


def test_publish_says_what_it_did(settings: Settings) -> None:
    land_all(settings, range(3))
    runner, app = CliRunner(), build_app(["publish"])
    first = runner.invoke(app, ["publish", "--warehouse", settings.warehouse])
    assert first.stdout.startswith("16 landed lines: 15 published, 0 changed nothing, 1 rejected")
    second = runner.invoke(app, ["publish", "--json", "--warehouse", settings.warehouse])
    assert json.loads(second.stdout)[0]["landed"] == 0
    rebuilt = runner.invoke(app, ["publish", "--rebuild-alerts", "--warehouse", settings.warehouse])
    assert rebuilt.stdout == "2 alerts rebuilt from alert_events\n"


def test_publisher_process_follows_and_ends_cleanly_on_sigterm(settings: Settings, tmp_path: Path) -> None:
    mine = settings.model_copy(
        update={"publishing": settings.publishing.model_copy(update={"landing": str(tmp_path / "landing")})}
    )
    command = [sys.executable, "-m", "supplyline.publishing", "--follow", "--interval", "0.1"]
    command += ["--warehouse", mine.warehouse, "--landing", str(tmp_path / "landing")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        land(mine, "window_metrics", [window("a", 1)])
        deadline = time.monotonic() + 60
        while landed_files(mine) and time.monotonic() < deadline:
            time.sleep(0.1)
        process.send_signal(signals.SIGTERM)
        assert process.wait(30) == 0
    assert len(live_tables(mine)["window_metrics"]) == 1


def test_second_publisher_process_names_the_first_and_fails(settings: Settings) -> None:
    command = [sys.executable, "-m", "supplyline.publishing", "--warehouse", settings.warehouse]
    with publisher(settings):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"being written by process {os.getpid()}" in done.stderr


def test_error_is_one_line_and_a_code(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    command = [sys.executable, "-m", "supplyline.publishing", "--warehouse", str(tmp_path / "file" / "x")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | {"LANG": "C.UTF-8"})
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert issubclass(ConfigError, SupplylineError)
    assert not landing_folder(settings).exists()


def _events(settings: Settings, transition: str, sku: str) -> list[dict[str, object]]:
    rows = live_tables(settings)["alert_events"]
    return [dict(row) for row in rows if row["transition"] == transition and row["sku"] == sku]


def _readable(stream: object, seconds: float) -> bool:
    import select

    return bool(select.select([stream], [], [], seconds)[0])
