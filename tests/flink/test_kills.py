"""`flink run -py` on a standalone cluster whose processes are killed: nothing lost, nothing changed."""

from __future__ import annotations

import datetime as dt
import json
import random
from pathlib import Path
from typing import Any

import pytest

from supplyline.alerts.rules import load_rules
from supplyline.flink.environment import latest_checkpoint
from tests.support.flink_cluster import FlinkCluster, wait_for
from tests.support.landed_rows import landed
from tests.support.live_events import HOUR, LATENESS, Event, in_order_of_arrival, product_day, signals_of, windows_of

MONITOR = Path(__file__).resolve().parents[2] / "streaming" / "monitor_inventory.py"
SETTINGS = {"SUPPLYLINE_MONITOR__CHECKPOINT_INTERVAL": "1 second", "SUPPLYLINE_MONITOR__POLL_INTERVAL": "1 second"}
PATIENCE = 400


class Trial:
    """A job that follows a folder, and what has been fed to it."""

    def __init__(self, cluster: FlinkCluster, folder: Path, hours: int) -> None:
        self.cluster, self.landing, self.events = cluster, folder / "landing", folder / "events"
        self.events.mkdir(parents=True)
        self.limits = folder / "thresholds.jsonl"
        self.thresholds = [_threshold(f"K{number}") for number in range(4)]
        self.limits.write_text("".join(json.dumps(row) + "\n" for row in self.thresholds))
        products = [product_day(f"K{number}", hours=hours, seed=number) for number in range(4)]
        self.waiting = in_order_of_arrival([event for product in products for event in product])
        self.fed: list[Event] = []
        self.files = 0

    def submit(self, resume: Path | None = None) -> None:
        names = {"--events": self.events, "--thresholds": self.limits, "--landing": self.landing}
        words = [str(word) for pair in names.items() for word in pair]
        self.cluster.run(MONITOR, words, SETTINGS, resume)

    def feed(self, pieces: int) -> None:
        """The next events as one file, with a repeated and a broken record among them."""
        piece, self.waiting = self.waiting[:pieces], self.waiting[pieces:]
        self.fed += piece
        self._write([event.line for event in piece] + [piece[-1].line, f"broken {self.files}"])

    def flush(self) -> None:
        """An event far ahead closes all windows."""
        last = max(event.event_time for event in self.fed)
        self._write([Event("end", last + 3 * HOUR, "end", "receipt", 1, None, None, 1).line])

    def _write(self, lines: list[str]) -> None:
        self.files += 1
        hidden = self.events / f".{self.files:04}"
        hidden.write_text("".join(f"{line}\n" for line in lines))
        hidden.rename(self.events / f"{self.files:04}.jsonl")

    def await_windows(self, slack: dt.timedelta = LATENESS) -> None:
        """Until every window that the events fed so far have closed has landed; one file is in flight at a time."""
        reached = max(event.event_time for event in self.fed) - slack
        expected = windows_of(self.fed)
        closed = int((expected.window_end <= reached).sum())
        wait_for(lambda: len(self.landed("window_metrics", "window_id")) >= closed, f"{closed} windows", PATIENCE)

    def landed(self, stream: str, key: str) -> dict[str, dict[str, Any]]:
        """Landed rows by their id, as the publisher sees them; rows of one id must be equal."""
        found: dict[str, dict[str, Any]] = {}
        for row in landed(self.landing)[stream]:
            assert found.setdefault(row[key], row) == row
        return {name: row for name, row in found.items() if row.get("sku") != "end"}

    def events_found(self) -> int:
        """Events in the windows; fails unless all that landed is what an undisturbed run gives."""
        windows = windows_of(self.fed)
        expected = [signal[:4] for signal in signals_of(windows, self.thresholds, load_rules())]
        # They are two operators further on than the windows, so a checkpoint may lie between.
        wait_for(lambda: len(self.landed("signals", "signal_id")) >= len(expected), "all signals", PATIENCE)
        found = sorted(self.landed("window_metrics", "window_id").values(), key=lambda r: (r["sku"], r["window_start"]))
        texts = windows.assign(window_start=windows.window_start.astype(str), window_end=windows.window_end.astype(str))
        assert [{k: v for k, v in row.items() if k != "window_id"} for row in found] == texts.to_dict("records")
        signals = sorted(
            (row["rule"], row["sku"], dt.datetime.fromisoformat(row["event_time"]), row["signal"])
            for row in self.landed("signals", "signal_id").values()
        )
        assert signals == expected
        broken = {row["raw"] for row in self.landed("rejected_events", "rejected_event_id").values()}
        assert len(broken) == self.files - 1
        assert not self.landed("late_events", "late_event_id")
        return sum(row["events"] for row in found)


def _threshold(sku: str) -> dict[str, Any]:
    return {
        "warehouse": "main",
        "sku": sku,
        "effective_from": "2011-11-01 00:00:00",
        "reorder_point": 15,
        "order_up_to_level": 90,
        "lead_time_days": 2.5,
        "daily_demand": 9.7,
        "daily_demand_q95": 150.25,
    }


def kill_taskmanager(trial: Trial) -> None:
    trial.cluster.kill("taskmanager")
    trial.cluster.start("taskmanager")


def kill_all_and_resume(trial: Trial) -> None:
    """A lost JobManager forgets its jobs: the job goes on from its last complete checkpoint under a new id."""
    trial.cluster.kill("jobmanager")
    trial.cluster.kill("taskmanager")
    trial.cluster.start("jobmanager")
    trial.cluster.start("taskmanager")
    checkpoint = latest_checkpoint(trial.cluster.checkpoints)
    assert checkpoint is not None
    trial.submit(checkpoint)


def test_a_killed_taskmanager_and_jobmanager_lose_nothing(tmp_path: Path) -> None:
    with FlinkCluster(tmp_path / "cluster") as cluster:
        trial = Trial(cluster, tmp_path, hours=5)
        trial.submit()
        for kill in (None, kill_taskmanager, kill_all_and_resume):
            trial.feed(len(trial.waiting) // 3)
            if kill:
                kill(trial)
            trial.await_windows()
        trial.feed(len(trial.waiting))
        trial.await_windows()
        trial.flush()
        trial.await_windows(slack=-HOUR)
        assert trial.events_found() == len(trial.fed)


@pytest.mark.chaos
@pytest.mark.timeout(3600)
def test_many_kills_at_random_moments_lose_nothing(tmp_path: Path) -> None:
    chance = random.Random(11)
    with FlinkCluster(tmp_path / "cluster") as cluster:
        trial = Trial(cluster, tmp_path, hours=40)
        trial.submit()
        while trial.waiting:
            trial.feed(min(60, len(trial.waiting)))
            if trial.files > 1 and chance.random() < 0.8:
                chance.choice([kill_taskmanager, kill_taskmanager, kill_all_and_resume])(trial)
            trial.await_windows()
        trial.flush()
        trial.await_windows(slack=-HOUR)
        assert trial.events_found() == len(trial.fed)
