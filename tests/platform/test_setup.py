"""`make setup`: stops at once on a machine that can't run us, and repairs whatever an earlier run left."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.small_checkout import PROJECT, SmallCheckout

SITE_PACKAGES = ".venv/lib/python3.11/site-packages"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> SmallCheckout:
    """A small checkout that is set up."""
    small = SmallCheckout(tmp_path_factory.mktemp("setup"))
    answer = small.set_up()
    assert answer.returncode == 0, answer.stderr
    return small


@pytest.fixture
def bare(tmp_path: Path) -> SmallCheckout:
    """A small checkout as cloned."""
    return SmallCheckout(tmp_path)


def test_first_run_installs_everything_and_the_second_does_nothing(checkout: SmallCheckout) -> None:
    calls = (checkout.registry / "calls").read_text()
    assert checkout.faults() == []
    again = checkout.set_up(PIP_FIND_LINKS="/nowhere")
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    assert (checkout.registry / "calls").read_text() == calls


def _delete(name: str) -> Callable[[SmallCheckout], None]:
    def damage(small: SmallCheckout) -> None:
        path = small.root / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()

    return damage


def _truncate(name: str) -> Callable[[SmallCheckout], None]:
    return lambda small: os.truncate(small.root / name, 1)


def _pip_killed_while_it_wrote(small: SmallCheckout) -> None:
    """What a kill leaves: no stamp, a package without its RECORD and half its files, an old one moved aside."""
    for name in (".venv/.installed", f"{SITE_PACKAGES}/pyspark-4.0.0.dist-info/RECORD"):
        _delete(name)(small)
    _delete(f"{SITE_PACKAGES}/pyspark/jars")(small)
    (small.root / SITE_PACKAGES / "~yspark").mkdir()


def _other_pins(small: SmallCheckout) -> None:
    with (small.root / "constraints.txt").open("a") as constraints:
        constraints.write("# another day\n")


def _damaged_in_ivys_cache(small: SmallCheckout) -> None:
    for folder in ("jars/spark", "jars/.ivy/copy/spark"):
        _truncate(f"{folder}/delta-1.jar")(small)


DAMAGES = {
    "stamp deleted": _delete(".venv/.installed"),
    "package file deleted": _delete(f"{SITE_PACKAGES}/pyspark/jars/ivy-2.jar"),
    "package file truncated": _truncate(f"{SITE_PACKAGES}/pyspark/jars/ivy-2.jar"),
    "pip killed": _pip_killed_while_it_wrote,
    "pip itself damaged": _delete(f"{SITE_PACKAGES}/pip/__main__.py"),
    "python of the environment deleted": _delete(".venv/bin/python"),
    "jar deleted": _delete("jars/flink/kafka-1.jar"),
    "jars deleted": _delete("jars"),
    "jar truncated": _truncate("jars/spark/delta-1.jar"),
    "jar damaged in Ivy's cache too": _damaged_in_ivys_cache,
    "constraints changed": _other_pins,
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_next_run_repairs(checkout: SmallCheckout, damage: Callable[[SmallCheckout], None]) -> None:
    damage(checkout)
    answer = checkout.set_up()
    assert answer.returncode == 0, answer.stderr
    assert checkout.faults() == []
    assert checkout.set_up().stdout == ""


def test_a_moved_checkout_is_set_up_for_its_new_place(checkout: SmallCheckout) -> None:
    checkout.root = checkout.root.rename(checkout.root.with_name("moved"))
    assert checkout.set_up().returncode == 0
    assert checkout.faults() == []


def test_a_registry_that_does_not_answer_is_one_line_and_the_next_run_goes_on(checkout: SmallCheckout) -> None:
    _delete("jars")(checkout)
    (checkout.registry / "down").touch()
    answer = checkout.set_up()
    assert answer.returncode == 1
    assert "registry does not answer" in answer.stderr
    assert "Traceback" not in answer.stderr
    (checkout.registry / "down").unlink()
    assert checkout.set_up().returncode == 0
    assert checkout.faults() == []


SECONDS = [2.0, *(pytest.param(seconds, marks=pytest.mark.chaos) for seconds in (0.3, 1.0, 3.0, 4.0, 5.0, 6.0))]


@pytest.mark.parametrize("seconds", SECONDS)
def test_a_killed_run_is_repaired(bare: SmallCheckout, seconds: float) -> None:
    with subprocess.Popen(
        bare.command(), env=bare.environment(), stdout=subprocess.DEVNULL, start_new_session=True
    ) as running:
        time.sleep(seconds)
        os.killpg(running.pid, signal.SIGKILL)
    answer = bare.set_up()
    assert answer.returncode == 0, answer.stderr
    assert bare.faults() == []


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("11.0.2", "Java 11 is too old"),
        ("1.8.0_392", "Java 8 is too old"),
        ("25.0.3", "Java 25 is too new for Spark 4.1"),
    ],
)
def test_a_java_that_spark_cannot_run_on_stops_at_once(bare: SmallCheckout, version: str, said: str) -> None:
    bare.install_java(version)
    answer = bare.set_up()
    assert (answer.returncode, answer.stdout) == (1, "")
    assert answer.stderr.startswith(f"error: {said} (")
    _assert_it_stopped_at_once(bare, answer.stderr)


def test_no_java_stops_at_once(bare: SmallCheckout, tmp_path: Path) -> None:
    answer = bare.set_up(JAVA_HOME="", PATH=str(tmp_path))
    assert (answer.returncode, answer.stdout) == (1, "")
    assert answer.stderr.startswith("error: no Java found (PATH)")
    _assert_it_stopped_at_once(bare, answer.stderr)


def _assert_it_stopped_at_once(small: SmallCheckout, message: str) -> None:
    assert message.count("\n") == 1
    assert "install Java 17 or newer" in message
    assert not (small.root / ".venv").exists()


def test_another_python_stops_at_once() -> None:
    script = PROJECT / "tools" / "setup_environment.py"
    older = f"import runpy, sys; sys.version_info = (3, 9, 2); runpy.run_path({str(script)!r})"
    answer = subprocess.run([sys.executable, "-c", older], capture_output=True, text=True, check=False)
    assert answer.returncode == 1
    assert answer.stderr.startswith("error: supplyline needs Python 3.11, this is 3.9: install it")
    assert answer.stderr.count("\n") == 1


def test_make_demo_without_java_stops_before_anything_else(bare: SmallCheckout) -> None:
    shutil.copy(PROJECT / "Makefile", bare.root)
    environment = bare.environment() | {"JAVA_HOME": str(bare.root / "nowhere")}
    command = ["make", "demo", f"PYTHON={sys.executable}"]
    answer = subprocess.run(command, cwd=bare.root, env=environment, capture_output=True, text=True, check=False)
    assert answer.returncode != 0
    assert answer.stderr.startswith("error: no Java found (JAVA_HOME=")
    assert not (bare.root / ".venv").exists()
