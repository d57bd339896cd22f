"""Which job writes a table, read from the first line of each job: "…: inputs → outputs."."""

from __future__ import annotations

import ast
import re
from functools import cache
from importlib import resources

from supplyline.errors import SupplylineError
from supplyline.tables import Table

PROGRAMS = {"supplyline.jobs": "run", "supplyline.streaming": "stream"}


def how_to_build(table: Table) -> str:
    """The command that builds a table, for the end of an error message or an empty section of the report."""
    commands = [_commands()[table.name]] if table.name in _commands() else []
    if table.layer == "live":
        commands = ["stream monitor_inventory", "publish"]
    elif table.layer == "silver":
        commands = ["run ingest", *(command for command in commands if command != "run ingest")]
    if not commands:
        return f"run the job that writes {table.name}"
    return "run " + ", then ".join(f"`supplyline {command}`" for command in commands)


@cache
def _commands() -> dict[str, str]:
    """Table → "run JOB" for every table that a job's first line names behind its arrow."""
    commands: dict[str, str] = {}
    for package, verb in PROGRAMS.items():
        for item in resources.files(package).iterdir():
            if item.name.endswith(".py") and not item.name.startswith("_"):
                job = item.name.removesuffix(".py")
                commands |= dict.fromkeys(_outputs(item.read_text(encoding="utf-8"), item.name), f"{verb} {job}")
    return commands


def _outputs(source: str, name: str) -> list[str]:
    try:
        doc = ast.get_docstring(ast.parse(source)) or ""
    except SyntaxError as error:
        raise SupplylineError(
            f"no valid Python: {error.msg}", where=f"{name}:{error.lineno}", fix="correct the job"
        ) from error
    _, arrow, outputs = doc.partition("→")
    return re.findall(r"[a-z][a-z0-9_]+", outputs.split(".")[0]) if arrow else []
