"""Runs the publisher in child processes and SIGKILLs them.

    python kill_driver.py steps FOLDER              before each of its durable operations in turn
    python kill_driver.py random FOLDER KILLS SEED  at random moments, while files land and others land again

Between two of these operations nothing that outlives the process happens, so "before operation k" for every k is every
state that a kill can leave behind, but for the inside of one Delta commit, which random kills reach. (Syncing to the
disk is none of them: it matters to a power cut only.)
Prints a JSON object with `operations` or `kills`, and `wrong`, the differences from a run that nobody disturbed.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from deltalake import DeltaTable
from deltalake.table import TableAlterer

sys.path.insert(0, str(Path(__file__).parent))

from landed_data import land_all, landed_files, live_tables

from supplyline.config import Settings, load_settings
from supplyline.publishing import live, publish_forever, publish_once, publish_until_idle
from supplyline.publishing.manifests import Journal
from supplyline.tables.landing import landing_folder

OPERATIONS: tuple[tuple[Any, str], ...] = (
    (os, "replace"),
    (os, "unlink"),
    (live, "write_deltalake"),
    (DeltaTable, "create"),
    (TableAlterer, "add_constraint"),
)


def kill_at_each_step(folder: Path) -> None:
    """Kill before every operation, resume, compare with a run that nobody disturbed."""
    expected = json.loads(_in_child(lambda: _undisturbed(folder / "undisturbed")) or "null")
    operations: list[str] = []
    wrong: list[tuple[int, str, str]] = []
    while (name := _killed_at(folder / "killed", len(operations))) is not None:
        found = json.loads(_in_child(lambda: _resumed(folder / "killed")) or "null")
        if found != expected:
            wrong.append((len(operations), name, _difference(expected, found)))
        operations.append(name)
        shutil.rmtree(folder / "killed")
    print(json.dumps({"operations": operations, "wrong": wrong}))


def kill_at_random(folder: Path, kills: int, seed: int) -> None:
    """Kill a publisher that follows the landing folder, again and again, while a feeder goes on."""
    chance = random.Random(seed)
    settings = _settings(folder / "killed")
    started = time.monotonic()
    _in_child(lambda: _fed(folder / "timed", 1))
    usual = time.monotonic() - started
    for kill in range(kills):
        child = _forked(lambda: str(publish_forever(settings, threading.Event(), interval=0.001)))
        _feed(settings, kill, chance)
        # Now and then it gets through, mostly it dies somewhere on the way.
        time.sleep(chance.uniform(0, 1.2 * usual))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    begun = _numbers(settings)
    found = json.loads(_in_child(lambda: _resumed(folder / "killed")))
    expected = json.loads(_in_child(lambda: _fed(folder / "undisturbed", kills)))
    wrong = [] if found[:2] == expected[:2] else [_difference(expected, found)]
    rows = {name: len(rows) for name, rows in found[0].items()}
    print(json.dumps({"kills": kills, "begun": begun, "rows": rows, "wrong": wrong}))


def _numbers(settings: Settings) -> int:
    """How many manifests the killed publishers have begun."""
    return max(
        (int(path.name[9:19]) for path in Journal(landing_folder(settings)).folder.glob("manifest-*")), default=0
    )


def _feed(settings: Settings, batch: int, chance: random.Random) -> None:
    """Land the next batch and, as after a restart from an older checkpoint, now and then an earlier one again."""
    land_all(settings, range(3 * batch, 3 * batch + 3))
    if batch and chance.random() < 0.5:
        time.sleep(chance.uniform(0, 0.1))
        again = chance.randrange(batch)
        land_all(settings, range(3 * again, 3 * again + 3), suffix=f"-again-{batch}")


def _fed(folder: Path, batches: int) -> str:
    for batch in range(batches):
        land_all(_settings(folder), range(3 * batch, 3 * batch + 3))
        publish_once(_settings(folder))
    return _result(folder)


def _forked(work: Callable[[], str]) -> int:
    child = os.fork()
    if child == 0:
        work()
        os._exit(0)
    return child


def _settings(folder: Path) -> Settings:
    return load_settings(warehouse=str(folder))


def _undisturbed(folder: Path) -> str:
    land_all(_settings(folder), range(4))
    publish_once(_settings(folder))
    return _result(folder)


def _resumed(folder: Path) -> str:
    publish_until_idle(_settings(folder))
    return _result(folder)


def _result(folder: Path) -> str:
    """Everything that must not depend on a kill: rows, files that wait, manifests."""
    settings = _settings(folder)
    landing = landing_folder(settings)
    journal = [path.name for path in sorted(Journal(landing).folder.glob("manifest-*"))]
    return json.dumps([live_tables(settings), landed_files(settings), journal], default=str, sort_keys=True)


def _killed_at(folder: Path, number: int) -> str | None:
    """Name of the operation before which the publisher was killed; None where it has fewer operations."""

    def run() -> str:
        settings = _settings(folder)
        land_all(settings, range(4))
        _arm(number)
        publish_once(settings)
        return ""

    return _in_child(run) or None


def _arm(number: int) -> None:
    count = 0

    def armed(name: str, operation: Callable[..., object]) -> Callable[..., object]:
        def run(*args: object, **more: object) -> object:
            nonlocal count
            if count == number:
                os.write(_PIPE, name.encode())
                os.kill(os.getpid(), signal.SIGKILL)
            count += 1
            return operation(*args, **more)

        return run

    for owner, name in OPERATIONS:
        setattr(owner, name, armed(name, getattr(owner, name)))


_PIPE = -1


def _in_child(work: Callable[[], str]) -> str:
    """What a forked child returned, or wrote before it was killed. The parent itself never touches a table."""
    global _PIPE
    read, _PIPE = os.pipe()
    child = os.fork()
    if child == 0:
        with os.fdopen(_PIPE, "w", closefd=False) as pipe:
            pipe.write(work())
        os._exit(0)
    os.close(_PIPE)
    with os.fdopen(read) as pipe:
        text = pipe.read()
    _, status = os.waitpid(child, 0)
    if not (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL) and status != 0:
        raise RuntimeError(f"the child ended with status {status}")
    return text


def _difference(expected: object, found: object) -> str:
    return f"expected {json.dumps(expected)[:1500]} found {json.dumps(found)[:1500]}"


if __name__ == "__main__":
    if sys.argv[1] == "steps":
        kill_at_each_step(Path(sys.argv[2]))
    else:
        kill_at_random(Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
