"""Flink's environment: a mini-cluster in this process' JVM, or whatever `flink run` set up."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from py4j.protocol import Py4JJavaError
from pyflink.common import Configuration
from pyflink.table import EnvironmentSettings, PlanReference, StatementSet, TableEnvironment, TableResult
from pyflink.util.exceptions import JavaException

from supplyline.config import MonitorSettings
from supplyline.errors import SourceError
from supplyline.flink.sources import Files, Source
from supplyline.flink.text import milliseconds
from supplyline.jars import jar_paths
from supplyline.logs import get_logger
from supplyline.machine import find_java

log = get_logger()
SHORT_RUN_BYTES = 100 << 20


def table_environment(name: str, monitor: MonitorSettings, source: Source, landing: Path) -> TableEnvironment:
    """A streaming environment. A local run keeps its checkpoints under `landing`; a submitted one uses its cluster's.

    Raises SetupError where Java or a jar is missing.
    """
    if not submitted():
        _start_java(monitor, short=_is_short(source))
    options = _common_options(name, monitor, source.bounded)
    if not submitted():
        options |= _local_options(landing / "_checkpoints", source.bounded)
    if not _lands_at_the_end(source):
        options |= _checkpoint_options(monitor)
    configuration = Configuration()
    for key, value in options.items():
        configuration.set_string(key, value)
    settings = EnvironmentSettings.new_instance().in_streaming_mode().with_configuration(configuration).build()
    return TableEnvironment.create(settings)


def submitted() -> bool:
    """True under `flink run`, whose client has started Java before this process."""
    return "PYFLINK_GATEWAY_PORT" in os.environ


def execute(
    environment: TableEnvironment, statements: StatementSet, source: Source, monitor: MonitorSettings
) -> TableResult:
    """Start the statements as one job. Raises SourceError with Flink's own reason where they can't be planned."""
    try:
        if source.bounded:  # It ends long before an id may be forgotten, and need not be planned a second time.
            return statements.execute()
        plan = json.loads(statements.compile_plan().as_json_string())
        _forget_ids_after(plan, milliseconds(monitor.remember_ids))
        loaded = environment.load_plan(PlanReference.from_json_string(json.dumps(plan)))
        # PyFlink 2.3's own CompiledPlan.execute() fails on every loaded plan: it calls a Python method in Java.
        return TableResult(loaded._j_compiled_plan.execute())
    except (Py4JJavaError, JavaException) as error:
        raise _translated(error) from error


def wait(result: TableResult, every_seconds: float = 5.0) -> None:
    """Wait for the end of a bounded job, with a log line now and then. Raises SourceError with Flink's reason."""
    client = result.get_job_client()
    done = client.get_job_execution_result()
    started = shown = time.monotonic()
    while not done.done():
        time.sleep(0.1)
        if time.monotonic() - shown >= every_seconds:
            shown = time.monotonic()
            log.info("watching", job=str(client.get_job_id()), seconds=round(shown - started))
    try:
        done.result()
    except (Py4JJavaError, JavaException) as error:
        raise _translated(error) from error


def latest_checkpoint(folder: Path) -> Path | None:
    """The newest completed checkpoint under a folder of checkpoints, of whichever job; None where there is none.

    A checkpoint without `_metadata` was cut short and can't be resumed from.
    """
    complete = [path.parent for path in folder.glob("*/chk-*/_metadata")]
    return max(complete, key=lambda path: (path.stat().st_mtime_ns, int(path.name.removeprefix("chk-"))), default=None)


def _common_options(name: str, monitor: MonitorSettings, bounded: bool) -> dict[str, str]:
    return {
        "pipeline.name": name,
        "pipeline.jars": ";".join(path.as_uri() for path in jar_paths("flink")),
        # The SQL operators neither keep nor change the rows they are handed, so copies between them are waste.
        "pipeline.object-reuse": "true",
        # Repeated ids are dropped after a shuffle, so a sum before the next one has little left to add up.
        "table.optimizer.agg-phase-strategy": "ONE_PHASE",
        "parallelism.default": str(1 if bounded else monitor.parallelism),
        "python.executable": sys.executable,
        "python.client.executable": sys.executable,
        "table.local-time-zone": "UTC",
        "table.exec.source.idle-timeout": milliseconds(monitor.idle_timeout),
    }


def _lands_at_the_end(source: Source) -> bool:
    """Whether no checkpoint is taken: a local run never resumes a file that has an end, and its sinks finish with it.

    A Kafka group's offsets are kept at checkpoints, whether the topic is read to an end or not.
    """
    return isinstance(source, Files) and source.bounded and not submitted()


def _checkpoint_options(monitor: MonitorSettings) -> dict[str, str]:
    return {
        "execution.checkpointing.interval": milliseconds(monitor.checkpoint_interval),
        "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
    }


def _local_options(checkpoints: Path, bounded: bool) -> dict[str, str]:
    options = {
        "execution.checkpointing.dir": checkpoints.absolute().as_uri(),
        "rest.port": "0",
        "rest.bind-port": "0",
        "taskmanager.memory.managed.size": "128m",
        # Flink's default tries for ever: a broken thresholds file would never be reported.
        "restart-strategy.type": "none" if bounded else "failure-rate",
    }
    newest = None if bounded else latest_checkpoint(checkpoints)
    if newest is not None:
        log.info("resuming", checkpoint=str(newest))
        options["execution.state-recovery.path"] = newest.absolute().as_uri()
    return options


def _is_short(source: Source) -> bool:
    size = source.path.stat().st_size if isinstance(source, Files) else 0
    return source.bounded and size < SHORT_RUN_BYTES


def _start_java(monitor: MonitorSettings, *, short: bool) -> None:
    """Settings of the JVM that PyFlink starts; it reads them from the environment.

    A short run spends most of its time in planning and code generation, which the second compiler makes twice as dear.
    With Java's own sizes much of it goes to collections: of a small young part, and at each growth of the class space.
    """
    find_java()
    sizes = "-XX:NewRatio=1 -XX:MetaspaceSize=256m"
    compiler = " -XX:TieredStopAtLevel=1" if short else ""
    os.environ["JVM_ARGS"] = f"-Xmx{monitor.memory} -XX:+UseSerialGC {sizes} -Xshare:auto{compiler}"


def _forget_ids_after(plan: dict[str, Any], length: str) -> None:
    """Bound the memory for event ids, and only that one: a rule's state and thresholds of a quiet product must stay."""
    for node in plan["nodes"]:
        if node["type"].startswith("stream-exec-deduplicate"):
            for state in node["state"]:
                state["ttl"] = length


def _translated(error: Exception) -> SourceError:
    """Flink's long Java errors as one line of ours: the innermost cause."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    causes = [line for line in lines if line.startswith("Caused by: ")] or lines[:2]
    return SourceError(
        f"the monitor failed: {causes[-1].removeprefix('Caused by: ')}",
        where="Flink",
        fix="mend the named input; the whole story is in Flink's log",
    )
