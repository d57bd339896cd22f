"""`supplyline run JOB …`: one Spark job in this process."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Sequence
from importlib import resources

import typer

from supplyline.errors import ConfigError


def run(context: typer.Context) -> None:
    """The first word names the job; all others are the job's own options."""
    words = context.args
    if not words or words[0] in {"-h", "--help"}:
        print(f"Usage: supplyline run JOB [OPTIONS]\n\nJobs: {', '.join(program_names('supplyline.jobs'))}")
        return
    run_program("supplyline.jobs", words[0], words[1:])


def run_program(package: str, name: str, argv: Sequence[str]) -> None:
    """Run jobs/NAME.py or streaming/NAME.py as if it were started by itself; SystemExit carries a failure's code."""
    name = name.removesuffix(".py")
    known = program_names(package)
    if name not in known:
        raise ConfigError(f"no such program {name!r}", where=package, fix=f"use one of {', '.join(known)}")
    before = sys.argv
    sys.argv = [name, *argv]
    try:
        runpy.run_module(f"{package}.{name}", run_name="__main__", alter_sys=False)
    except SystemExit as stop:
        if stop.code:
            raise
    finally:
        sys.argv = before


def program_names(package: str) -> list[str]:
    """Names of the programs in a package, read from its files: a new file is a new program."""
    files = [item.name for item in resources.files(package).iterdir()]
    return sorted(name.removesuffix(".py") for name in files if name.endswith(".py") and not name.startswith("_"))
