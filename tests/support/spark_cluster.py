"""A Spark standalone cluster on this machine: one master and some workers out of pyspark's own jars."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pyspark

SPARK_CLASS = Path(pyspark.__file__).parent / "bin" / "spark-class"
HOST = "127.0.0.1"


@contextmanager
def standalone_cluster(folder: Path, *, workers: int = 2) -> Iterator[str]:
    """URL of a master with `workers` workers of one core and 1 GB each; logs and work lie in `folder`."""
    port, page = free_port(), free_port()
    url = f"spark://{HOST}:{port}"
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as running:
        master = ["master.Master", "--host", HOST, "--port", str(port), "--webui-port", str(page)]
        running.enter_context(_process(folder, "master", master))
        _wait_for(lambda: _registered(page) >= 0, "the master answers")
        for number in range(workers):
            options = ["--host", HOST, "--cores", "1", "--memory", "1g", "--webui-port", "0"]
            running.enter_context(_process(folder, f"worker{number}", ["worker.Worker", *options, url]))
        _wait_for(lambda: _registered(page) == workers, f"{workers} workers registered")
        yield url


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.create_server((HOST, 0)) as server:
        return int(server.getsockname()[1])


@contextmanager
def _process(folder: Path, name: str, words: list[str]) -> Iterator[None]:
    environment = os.environ | {
        "SPARK_LOCAL_IP": HOST,
        "SPARK_DAEMON_MEMORY": "256m",
        "SPARK_DAEMON_JAVA_OPTS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        "SPARK_WORKER_DIR": str(folder / name),
    }
    command = [str(SPARK_CLASS), f"org.apache.spark.deploy.{words[0]}", *words[1:]]
    with (folder / f"{name}.log").open("wb") as log:
        # A session of its own, so that the executors a worker starts end with it.
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


def _registered(page: int) -> int:
    """Live workers by the master's own page, -1 while it doesn't answer."""
    try:
        with urlopen(f"http://{HOST}:{page}/json/", timeout=5) as answer:
            return int(json.load(answer)["aliveworkers"])
    except (URLError, ConnectionError, TimeoutError):
        return -1


def _wait_for(condition: Callable[[], bool], what: str, seconds: float = 180) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {seconds:.0f} s: {what}")
        time.sleep(0.3)
