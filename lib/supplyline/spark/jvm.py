"""Spark's local JVM: started with its chatter in a file, ended when its work is done."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from py4j.protocol import Py4JError
from pyspark import SparkConf, SparkContext
from pyspark.errors import PySparkRuntimeError
from pyspark.java_gateway import launch_gateway

from supplyline.config import conf_path
from supplyline.errors import SetupError


def start_jvm(options: dict[str, str]) -> SparkContext:
    """A local Spark context whose JVM writes its own log lines to a file beside other temporary files.

    Errors of a job reach Python as exceptions all the same. SetupError names the file where Java does not start.
    """
    log_file = Path(tempfile.gettempdir()) / f"supplyline-spark-{os.getuid()}.log"
    logging = f"-Dlog4j2.configurationFile={conf_path('log4j2.properties').as_uri()}"
    conf = SparkConf().setAll(list(options.items()))
    conf.set("spark.driver.extraJavaOptions", f"{options.get('spark.driver.extraJavaOptions', '')} {logging}")
    try:
        with log_file.open("wb") as log:
            gateway = launch_gateway(conf, popen_kwargs={"stdout": log, "stderr": log})  # type: ignore[no-untyped-call]
        return SparkContext(conf=conf, gateway=gateway)
    except (PySparkRuntimeError, Py4JError) as error:
        fix = "run `supplyline doctor`, and read that file"
        raise SetupError("Spark's JVM did not start", where=str(log_file), fix=fix) from error


def end_jvm() -> None:
    """End the JVM that `spark.stop()` leaves running, and give its memory back.

    The gateway server ends itself when its standard input is closed.
    """
    gateway: Any = SparkContext._gateway
    process = getattr(gateway, "proc", None)
    if process is None:
        return
    gateway.shutdown()
    process.stdin.close()
    process.wait(timeout=300)
    SparkContext._gateway = SparkContext._jvm = None
