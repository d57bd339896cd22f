"""Landed files become rows of the live tables: all of them, once, whatever happens."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from supplyline.alerts.lifecycle import Transition, rebuild
from supplyline.config import Settings, conf_text
from supplyline.errors import LockedError, PublishError, TableError
from supplyline.publishing import Published, publish_forever, publish_once, publish_until_idle
from supplyline.publishing.folding import as_rows, rebuild_alerts
from supplyline.publishing.manifests import LandedFile, finished_files
from supplyline.publishing.publisher import publisher
from supplyline.query.snapshot import open_snapshot
from supplyline.tables import ALERT_EVENTS, ALERTS, REJECTED_EVENTS, WINDOW_METRICS, Table
from supplyline.tables.arrow import arrow_schema
from supplyline.tables.landing import landing_folder
from supplyline.tables.warehouse import Warehouse

from .landed_data import land, land_all, landed_files, late, live_tables, rejected, signal, window


def test_every_line_is_published_unchanged_or_rejected(settings: Settings) -> None:
    land(settings, "window_metrics", [window("a", 1), window("a", 1), window("a", 2), "{torn"])
    land(settings, "signals", [signal("a", "breach", 1), signal("a", "breach", 2)])
    land(settings, "late_events", [late("a", 1)])
    land(settings, "rejected_events", [rejected("x")])
    assert publish_once(settings) == Published(manifests=1, landed=8, published=5, unchanged=2, rejected=1)
    assert {name: len(rows) for name, rows in live_tables(settings).items()} == {
        "alert_events": 1,
        "alerts": 1,
        "late_events": 1,
        "rejected_events": 2,
        "window_metrics": 2,
    }
    assert landed_files(settings) == []


def test_values_arrive_as_they_were_landed(settings: Settings) -> None:
    land(settings, "window_metrics", [window("85123A", 3, revenue=0.1 + 0.2)])
    publish_once(settings)
    row = live_tables(settings)["window_metrics"][0]
    assert (row["sku"], row["units_sold"], row["revenue"]) == ("85123A", 3, 0.1 + 0.2)
    assert row["window_start"].isoformat() == "2011-11-12T03:00:00+00:00"  # type: ignore[attr-defined]


def test_nothing_landed_leaves_empty_tables_and_no_manifest(settings: Settings) -> None:
    assert publish_once(settings) == Published()
    assert all(rows == [] for rows in live_tables(settings).values())
    versions = _versions(settings)
    publish_once(settings)
    assert _versions(settings) == versions


def test_unfinished_files_wait(settings: Settings) -> None:
    land(settings, "window_metrics", [window("a", 1)], ".part-0-0.inprogress.1")
    land(settings, "window_metrics", [window("a", 2)], "_part-0-1")
    assert publish_once(settings) == Published()


def test_replay_under_new_file_names_changes_nothing(settings: Settings) -> None:
    land_all(settings, range(6))
    publish_once(settings)
    before, versions = live_tables(settings), _versions(settings)
    land_all(settings, range(6), suffix="-other-job")
    done = publish_once(settings)
    assert (done.published, done.unchanged, done.rejected) == (0, done.landed - 1, 1)
    assert live_tables(settings) == before
    assert _versions(settings) == versions


def test_replay_from_an_older_checkpoint_adds_only_what_is_new(settings: Settings, tmp_path: Path) -> None:
    land_all(settings, range(6))
    publish_once(settings)
    land_all(settings, range(3, 9))
    publish_once(settings)
    once = settings.model_copy(update={"warehouse": str(tmp_path / "once")})
    for first in (0, 3, 6):
        land_all(once, range(first, first + 3))
        publish_once(once)
    tables, expected = live_tables(settings), live_tables(once)
    for name in ("window_metrics", "alerts", "alert_events"):
        assert tables[name] == expected[name]


def test_many_small_manifests_give_the_tables_of_one(settings: Settings, tmp_path: Path) -> None:
    other = settings.model_copy(
        update={
            "warehouse": str(tmp_path / "other"),
            "publishing": settings.publishing.model_copy(update={"max_manifest_bytes": 1}),
        }
    )
    for each in (settings, other):
        for first in range(0, 12, 3):
            land_all(each, range(first, first + 3))
    assert publish_once(settings).manifests == 1
    assert publish_until_idle(other).manifests == 16
    assert live_tables(other) == live_tables(settings)


def test_alerts_are_rebuilt_from_their_events(settings: Settings) -> None:
    land_all(settings, range(7))
    publish_once(settings)
    before = live_tables(settings)
    assert (
        before["alerts"]
        == as_rows(
            [alert for _, alert in sorted(rebuild(Transition(**row) for row in before["alert_events"]).items())],  # type: ignore[arg-type]
            ALERTS,
        ).to_pylist()
    )
    table = DeltaTable(Warehouse(settings.warehouse).path(ALERTS))
    table.delete()
    assert live_tables(settings)["alerts"] == []
    assert rebuild_alerts(Warehouse(settings.warehouse)) == 2
    assert live_tables(settings) == before


def test_alerts_that_lost_their_events_are_mended_by_the_next_fold(settings: Settings) -> None:
    land_all(settings, range(4))
    publish_once(settings)
    before = live_tables(settings)["alerts"]
    DeltaTable(Warehouse(settings.warehouse).path(ALERTS)).delete()
    land(settings, "signals", [signal("another", "breach", 50)])
    publish_once(settings)
    after = live_tables(settings)["alerts"]
    assert [row for row in after if row["sku"] != "another"] == before
    assert len(after) == len(before) + 1


def test_missing_landed_file_publishes_nothing_and_the_rest_waits(settings: Settings) -> None:
    land_all(settings, range(3))
    lost = land(settings, "window_metrics", [window("a", 9)], "part-lost")
    with publisher(settings) as it:
        it.journal.plan(_listing(it.landing))
    content = lost.read_bytes()
    lost.unlink()
    with pytest.raises(PublishError, match="missing.*part-lost.*rename the manifest"):
        publish_once(settings)
    assert all(rows == [] for rows in live_tables(settings).values())
    lost.write_bytes(content)
    publish_once(settings)
    assert len(live_tables(settings)["window_metrics"]) == 7


def test_landed_file_that_has_grown_is_not_published(settings: Settings) -> None:
    path = land(settings, "window_metrics", [window("a", 9)])
    with publisher(settings) as it:
        it.journal.plan(_listing(it.landing))
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(PublishError, match="bytes, not"):
        publish_once(settings)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"window_id": "torn', "is no JSON object"),
        ("[1, 2]", "is no JSON object"),
        ("{}", "breaks the rule window_id_required"),
        ({"units_sold": "many"}, 'column units_sold is not a whole number: "many"'),
        ({"units_sold": 1.5}, "column units_sold is not a whole number: 1.5"),
        ({"units_sold": 10**30}, "column units_sold is not a whole number"),
        ({"units_sold": -1}, "breaks the rule units_sold_minimum"),
        ({"revenue": "NaN"}, "column revenue is not a number"),
        ({"revenue": None}, "breaks the rule revenue_required"),
        ({"window_start": "2011-13-40 00:00:00"}, "column window_start is not a UTC time"),
        ({"window_start": "2011-11-12 10:00:00+02"}, "column window_start is not a UTC time"),
        ({"sku": {"a": 1}}, "column sku is not a string"),
        ({"colour": "red"}, "has columns that the contract lacks"),
    ],
)
def test_malformed_line_is_kept_with_its_reason_and_the_rest_goes_on(
    settings: Settings, line: str | dict[str, object], reason: str
) -> None:
    land(settings, "window_metrics", [line if isinstance(line, str) else {**window("a", 1), **line}, window("b", 1)])
    assert publish_once(settings).rejected == 1
    tables = live_tables(settings)
    assert [row["sku"] for row in tables["window_metrics"]] == ["b"]
    assert tables["rejected_events"][0]["reason"].startswith(f"landed window_metrics {reason}")  # type: ignore[attr-defined]


def test_bytes_that_are_no_utf8_and_lines_of_ten_megabytes_are_kept_apart(settings: Settings) -> None:
    path = land(settings, "late_events", [late("a", 1), "{" + "x" * 10_000_000])
    path.write_bytes(path.read_bytes() + b'{"late_event_id": "\xff"}\n')
    assert publish_once(settings) == Published(manifests=1, landed=3, published=1, rejected=2)


@pytest.mark.parametrize("bad", [{"signal": "explode"}, {"severity": "huge"}, {"signal": "mute"}])
def test_signal_that_breaks_the_contract_is_rejected(settings: Settings, bad: dict[str, object]) -> None:
    land(settings, "signals", [signal("a", "breach", 1), signal("b", "breach", 1) | bad])
    assert publish_once(settings) == Published(manifests=1, landed=2, published=1, rejected=1)


def test_second_publisher_is_told_who_is_at_work(settings: Settings) -> None:
    land(settings, "window_metrics", [window("a", 1)])
    with publisher(settings), pytest.raises(LockedError, match=r"being written by process \d+"):
        publish_once(settings)
    assert publish_once(settings).published == 1


def test_second_writer_on_a_table_stops_the_manifest_until_it_ends(settings: Settings) -> None:
    land_all(settings, range(3))
    with Warehouse(settings.warehouse).lock(WINDOW_METRICS), pytest.raises(LockedError):
        publish_once(settings)
    assert publish_once(settings).manifests == 1
    assert len(live_tables(settings)["window_metrics"]) == 6


def test_writer_without_a_lock_is_noticed_and_nothing_is_doubled(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from supplyline.publishing import live
    from supplyline.publishing import publisher as room

    def commit_behind_a_stranger(delta: DeltaTable, rows: object, *more: object) -> None:
        write_deltalake(delta.table_uri, rows, mode="append")  # type: ignore[arg-type]
        live.commit(delta, rows, *more)  # type: ignore[arg-type]

    land(settings, "window_metrics", [window("a", 1)])
    monkeypatch.setattr(room, "commit", commit_behind_a_stranger)
    with pytest.raises(LockedError, match="another writer committed"):
        publish_once(settings)
    monkeypatch.undo()
    assert publish_once(settings).unchanged == 1
    assert len(live_tables(settings)["window_metrics"]) == 1


def test_table_of_another_schema_is_refused_and_left_as_it_is(settings: Settings) -> None:
    path = Warehouse(settings.warehouse).path(WINDOW_METRICS)
    Path(path).mkdir(parents=True)
    write_deltalake(path, pa.table({"window_id": ["a"], "events": ["three"]}))
    land_all(settings, range(3))
    with pytest.raises(TableError, match="another schema"):
        publish_once(settings)
    assert DeltaTable(path).version() == 0
    assert len(landed_files(settings)) == 4


def test_warehouse_that_is_not_writable_is_one_clear_error(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    blocked = settings.model_copy(update={"warehouse": str(tmp_path / "file" / "warehouse")})
    with pytest.raises(TableError, match="can't be written"):
        publish_once(blocked)


def test_remote_warehouse_needs_a_landing_folder_on_this_machine(settings: Settings) -> None:
    with pytest.raises(PublishError, match="--landing"):
        publish_once(settings.model_copy(update={"warehouse": "s3://bucket/warehouse"}))


def test_warehouse_may_have_spaces_and_accents_in_its_name(settings: Settings, tmp_path: Path) -> None:
    mine = settings.model_copy(update={"warehouse": str(tmp_path / "mein lädchen")})
    land_all(mine, range(3))
    publish_once(mine)
    land_all(mine, range(3), suffix="-again")
    assert publish_once(mine).published == 0
    assert len(live_tables(mine)["window_metrics"]) == 6


def test_file_uri_is_the_same_warehouse(settings: Settings) -> None:
    land_all(settings, range(3))
    publish_once(settings.model_copy(update={"warehouse": f"file://{settings.warehouse}"}))
    assert len(live_tables(settings)["window_metrics"]) == 6


def test_keys_of_an_object_store_are_streamed_by_delta_rs(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """No object store here: a local table read in the way that remote ones are."""
    from supplyline.publishing import live

    land_all(settings, range(6))
    publish_once(settings)
    before = live_tables(settings)
    monkeypatch.setattr(live, "create_view", lambda *_: pytest.fail("read as local files"))
    monkeypatch.setattr(live, "open_snapshot", lambda *where: replace(open_snapshot(*where), local=False))
    for table in (WINDOW_METRICS, REJECTED_EVENTS):
        again = as_stored(before[table.name], table)
        more = again.slice(0, 1).set_column(0, again.schema.field(0), [["new"]])
        fresh = live.unseen(Warehouse(settings.warehouse), table, pa.concat_tables([again, more, more]))
        assert fresh[0].to_pylist() == ["new"]


def as_stored(rows: Sequence[Mapping[str, object]], table: Table) -> pa.Table:
    return pa.Table.from_pylist([dict(row) for row in rows], schema=arrow_schema(table))


def test_new_live_table_needs_its_contract_only(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contract = conf_text("contracts/late_events.yaml").replace("late_event", "door_count")
    (tmp_path / "conf" / "contracts").mkdir(parents=True)
    (tmp_path / "conf" / "contracts" / "door_counts.yaml").write_text(contract)
    monkeypatch.setenv("SUPPLYLINE_CONF", str(tmp_path / "conf"))
    land(
        settings, "door_counts", [{"door_count_id" if k == "late_event_id" else k: v for k, v in late("a", 1).items()}]
    )
    assert publish_once(settings).published == 1
    assert [row["sku"] for row in live_tables(settings)["door_counts"]] == ["a"]


def test_manifest_of_a_stream_that_is_no_longer_known_is_kept(settings: Settings) -> None:
    with publisher(settings) as it:
        it.journal.plan([LandedFile("door_counts", "part-0", 3)])
    with pytest.raises(PublishError, match="no contract for stream door_counts"):
        publish_once(settings)


def test_unreadable_manifest_says_how_to_go_on_without_losing_a_number(settings: Settings) -> None:
    land(settings, "window_metrics", [window("a", 1)])
    with publisher(settings) as it:
        it.journal.plan(_listing(it.landing))
        begun = it.journal.folder / "manifest-0000000001.json"
    begun.write_text("{")
    with pytest.raises(PublishError, match=r"rename it to \.done"):
        publish_once(settings)
    begun.rename(begun.with_suffix(".done"))
    assert publish_once(settings).published == 1


def test_new_landing_folder_begins_at_one_and_nothing_is_taken_for_old(settings: Settings, tmp_path: Path) -> None:
    for number, folder in enumerate(("first", "second")):
        publishing = settings.publishing.model_copy(update={"landing": str(tmp_path / folder)})
        mine = settings.model_copy(update={"publishing": publishing})
        land(mine, "window_metrics", [window("a", number)])
        assert publish_once(mine).published == 1
    assert len(live_tables(settings)["window_metrics"]) == 2


def test_commit_names_run_code_and_manifest(settings: Settings) -> None:
    land(settings, "window_metrics", [window("a", 1)])
    publish_once(settings)
    delta = DeltaTable(Warehouse(settings.warehouse).path(WINDOW_METRICS))
    last = json.loads(delta.history(1)[0]["userMetadata"])
    assert (last["job"], last["manifest"]) == ("publish", 1)
    assert last["run_id"]
    assert last["code_version"]


def test_live_tables_hold_their_contract_themselves(settings: Settings) -> None:
    publish_once(settings)
    configuration = DeltaTable(Warehouse(settings.warehouse).path(REJECTED_EVENTS)).metadata().configuration
    assert configuration["delta.enableDeletionVectors"] == "false"
    events = DeltaTable(Warehouse(settings.warehouse).path(ALERT_EVENTS))
    assert "delta.constraints.sequence_minimum" in events.metadata().configuration
    assert not next(field for field in events.schema().fields if field.name == "rule").nullable


def test_follower_publishes_what_lands_and_stops_when_told(settings: Settings) -> None:
    stop = threading.Event()
    done: list[Published] = []
    thread = threading.Thread(target=lambda: done.append(publish_forever(settings, stop, interval=0.05)))
    thread.start()
    for hour in range(5):
        land(settings, "window_metrics", [window("a", hour)], f".part-{hour}")
        folder = landing_folder(settings) / "window_metrics"
        (folder / f".part-{hour}").rename(folder / f"part-{hour}")
    waited = threading.Event()
    for _ in range(200):
        if not landed_files(settings) and folder.exists():
            break
        waited.wait(0.05)
    stop.set()
    thread.join(20)
    assert not thread.is_alive()
    assert done[0].published == 5


def _listing(landing: Path) -> list[LandedFile]:
    return finished_files(landing, ["window_metrics", "signals", "late_events", "rejected_events"])


def _versions(settings: Settings) -> dict[str, int]:
    warehouse = Warehouse(settings.warehouse)
    return {table.name: DeltaTable(warehouse.path(table)).version() for table in (WINDOW_METRICS, ALERTS, ALERT_EVENTS)}
