"""A Flink standalone cluster on this machine out of the pip package: processes that a test can kill and start anew."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from urllib.error import URLError
from urllib.request import urlopen

import pyflink
import yaml

from tests.support.spark_cluster import HOST, free_port

HOME = Path(pyflink.__file__).parent
QUICK = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


class FlinkCluster:
    """One JobManager and one TaskManager whose configuration, logs and checkpoints lie in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.conf = folder, folder / "conf"
        self.checkpoints = folder / "checkpoints"
        self.rest = free_port()
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.started = 0

    def __enter__(self) -> FlinkCluster:
        self.conf.mkdir(parents=True)
        stock = yaml.safe_load((HOME / "conf" / "config.yaml").read_text())
        text = yaml.safe_dump(_settings(stock["env"]["java"]["opts"]["all"], self.rest, self.checkpoints))
        (self.conf / "config.yaml").write_text(text)
        for file in (HOME / "conf").glob("log4j*.properties"):
            shutil.copy(file, self.conf)
        self.start("jobmanager")
        self.start("taskmanager")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for name in list(self.running):
            self.kill(name)

    def start(self, name: str) -> None:
        """Start a JobManager or TaskManager."""
        self.started += 1
        own = [f"-Dtaskmanager.resource-id=tm{self.started}"] if name == "taskmanager" else []
        log = (self.folder / f"{name}{self.started}.out").open("wb")
        self.running[name] = subprocess.Popen(
            [HOME / "bin" / f"{name}.sh", "start-foreground", *own],
            env=self._environment(),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        if name == "jobmanager":
            wait_for(self._answers, "the JobManager answers", 90)

    def kill(self, name: str) -> None:
        """SIGKILL."""
        process = self.running.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def run(self, script: Path, arguments: Sequence[str], settings: dict[str, str], resume: Path | None = None) -> None:
        """`flink run -d -py`."""
        since = ["-s", resume.as_uri()] if resume else []
        command = [
            HOME / "bin" / "flink",
            "run",
            "-d",
            *since,
            "-pyclientexec",
            sys.executable,
            "-py",
            script,
            *arguments,
        ]
        answer = subprocess.run(
            command, env=self._environment() | settings, capture_output=True, text=True, check=False, timeout=240
        )
        assert answer.returncode == 0, answer.stdout[-3000:] + answer.stderr[-3000:]

    def _environment(self) -> dict[str, str]:
        folders = {"FLINK_CONF_DIR": self.conf, "FLINK_LOG_DIR": self.folder, "FLINK_PID_DIR": self.folder}
        return os.environ | {name: str(folder) for name, folder in folders.items()}

    def _answers(self) -> bool:
        try:
            with urlopen(f"http://{HOST}:{self.rest}/overview", timeout=5) as answer:
                return bool(answer.status == 200)
        except (URLError, ConnectionError, TimeoutError):
            return False


def wait_for(condition: Callable[[], bool], what: str, seconds: float) -> None:
    """Look every 0.3 s until it holds; TimeoutError after `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {seconds:.0f} s: {what}")
        time.sleep(0.3)


def _settings(opens: str, rest: int, checkpoints: Path) -> dict[str, str | int]:
    return {
        "env.java.opts.all": f"{opens} {QUICK}",
        "jobmanager.rpc.address": HOST,
        "jobmanager.rpc.port": free_port(),
        "jobmanager.bind-host": HOST,
        "jobmanager.memory.process.size": "1000m",
        "rest.address": HOST,
        "rest.bind-address": HOST,
        "rest.port": rest,
        "rest.bind-port": rest,
        "taskmanager.bind-host": HOST,
        "taskmanager.host": HOST,
        "taskmanager.memory.process.size": "1000m",
        "taskmanager.memory.managed.size": "64m",
        "taskmanager.memory.network.min": "32m",
        "taskmanager.memory.network.max": "32m",
        "taskmanager.numberOfTaskSlots": 2,
        "heartbeat.interval": 1000,
        "heartbeat.timeout": 8000,
        "execution.checkpointing.dir": checkpoints.as_uri(),
        "restart-strategy.type": "fixed-delay",
        "restart-strategy.fixed-delay.attempts": 1000,
        "restart-strategy.fixed-delay.delay": "1 s",
    }
