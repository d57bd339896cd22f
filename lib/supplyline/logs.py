"""Structured log lines with the run id: plain `key=value` for people, JSON when SUPPLYLINE_LOG=json."""

from __future__ import annotations

import os
import sys
import uuid
from functools import cache
from typing import Any

import structlog


@cache
def run_id() -> str:
    """Id of this run; a parent process hands its own down through SUPPLYLINE_RUN_ID."""
    return os.environ.setdefault("SUPPLYLINE_RUN_ID", uuid.uuid4().hex[:12])


@cache
def _configure() -> None:
    as_json = os.environ.get("SUPPLYLINE_LOG") == "json"
    renderer: Any = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        # Standard output belongs to results (`--json`), so log lines go to standard error.
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )


def get_logger(**context: object) -> Any:
    """A logger that writes to standard error; `context` is bound to each of its lines beside the run id."""
    _configure()
    return structlog.get_logger(run=run_id(), **context)
