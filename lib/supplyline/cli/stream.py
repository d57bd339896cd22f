"""`supplyline stream MONITOR …`: one Flink monitor in this process."""

from __future__ import annotations

import typer

from supplyline.cli.run import program_names, run_program


def stream(context: typer.Context) -> None:
    """The first word names the monitor; all others are its own options."""
    words = context.args
    if not words or words[0] in {"-h", "--help"}:
        known = ", ".join(program_names("supplyline.streaming"))
        print(f"Usage: supplyline stream MONITOR [OPTIONS]\n\nMonitors: {known}")
        return
    run_program("supplyline.streaming", words[0], words[1:])
