"""The `supplyline` command. Only the subcommand that is called is imported, so that `sql` starts at once."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from typing import Annotated

import typer

from supplyline import __version__
from supplyline.errors import SupplylineError

# Command → where it is and the line that `supplyline --help` shows. A new command is one entry here.
COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("supplyline.cli.demo:demo", "Run the whole loop on the bundled real data."),
    "run": ("supplyline.cli.run:run", "Run one Spark job: `supplyline run JOB --help` shows its options."),
    "stream": ("supplyline.cli.stream:stream", "Run one Flink monitor."),
    "publish": ("supplyline.cli.publish:publish", "Turn landed files into Delta commits, exactly once."),
    "alerts": ("supplyline.cli.alerts:alerts_app", "List, show, acknowledge, mute and watch alerts."),
    "sql": ("supplyline.cli.sql:sql", "Ask the tables in SQL, without a JVM."),
    "tables": ("supplyline.cli.tables:tables_app", "List the tables and show what is in one."),
    "diagnose": ("supplyline.cli.diagnose:diagnose", "The Box-Jenkins procedure for one product, step by step."),
    "explain": ("supplyline.cli.explain:explain", "Why a product is to be ordered, from the forecast to the money."),
    "simulate": ("supplyline.cli.simulate:simulate", "Replay stock policies on the demand that came."),
    "report": ("supplyline.cli.report:report", "Write the report, one self-contained HTML file."),
    "doctor": ("supplyline.cli.doctor:doctor", "Check this machine and say the fix for each fault."),
}
# These hand every further word on to the job or monitor.
PASSES_ON = {"run", "stream"}


def app_main() -> None:
    """Entry point: one line and exit code 1 for an error that a user can mend, no traceback."""
    try:
        build_app(sys.argv[1:])()
    except SupplylineError as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(1) from error


def build_app(argv: list[str]) -> typer.Typer:
    """The command line, with the command that `argv` calls imported and the others named only."""
    called = next((word for word in argv if not word.startswith("-")), "")
    app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
    app.callback(help="What will sell, what to reorder, and what is going wrong right now.")(_root)
    for name, (place, text) in COMMANDS.items():
        command = _imported(place) if name == called else _named_only
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name, help=text)
        else:
            app.command(name, help=text, context_settings=_context(name))(command)
    return app


def _context(name: str) -> dict[str, object]:
    if name not in PASSES_ON:
        return {}
    return {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


def _imported(place: str) -> Callable[..., None] | typer.Typer:
    module, _, attribute = place.partition(":")
    command: Callable[..., None] | typer.Typer = getattr(importlib.import_module(module), attribute)
    return command


def _named_only() -> None:
    """Stands in the list of commands for one that is not being called."""


def _print_version(wanted: bool) -> None:
    if wanted:
        print(__version__)
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    del version
