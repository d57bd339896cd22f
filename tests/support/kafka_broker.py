"""A Kafka broker on this machine, out of jars/kafka: broker and controller in one process, on free ports."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from supplyline.jars import jar_paths
from tests.support.spark_cluster import HOST, free_port


@contextmanager
def kafka_broker(folder: Path) -> Iterator[str]:
    """Address of a running broker whose data and log lie in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    properties = folder / "server.properties"
    properties.write_text(_properties(port, free_port(), folder / "data"))
    java = ["java", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", _class_path()]
    tool = [*java, "kafka.tools.StorageTool"]
    cluster = subprocess.run([*tool, "random-uuid"], capture_output=True, text=True, check=True).stdout.split()[-1]
    subprocess.run([*tool, "format", "-t", cluster, "-c", str(properties)], capture_output=True, check=True)
    with (folder / "broker.log").open("wb") as log:
        process = subprocess.Popen([*java, "kafka.Kafka", str(properties)], stdout=log, stderr=log)
    try:
        _wait_for_port(port, process, folder / "broker.log")
        yield f"{HOST}:{port}"
    finally:
        process.kill()
        process.wait()


def _class_path() -> str:
    return os.pathsep.join(map(str, jar_paths("kafka")))


def _properties(port: int, controller: int, data: Path) -> str:
    values = {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@{HOST}:{controller}",
        "listeners": f"PLAINTEXT://{HOST}:{port},CONTROLLER://{HOST}:{controller}",
        "advertised.listeners": f"PLAINTEXT://{HOST}:{port}",
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "PLAINTEXT",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "log.dirs": str(data),
        "auto.create.topics.enable": "false",
        "group.initial.rebalance.delay.ms": "0",
        "offsets.topic.replication.factor": "1",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "message.max.bytes": str(16 << 20),
    }
    return "".join(f"{key}={value}\n" for key, value in values.items())


def _wait_for_port(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        if process.poll() is not None:
            raise AssertionError(f"the broker ended: {log.read_text()[-2000:]}")
        try:
            with socket.create_connection((HOST, port), timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"no broker after 60 s: {log.read_text()[-2000:]}")
