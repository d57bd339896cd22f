"""The closed set of operations a source mapping may use, with what each means; the engine implements the same names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

ArgumentKind = Literal["none", "text", "number", "texts", "pairs"]
Argument = str | int | float | list[str] | dict[str, str] | None


@dataclass(frozen=True)
class Operation:
    """One step on a value. `on` is what it works on: the text as read, or the number after the cast."""

    name: str
    on: Literal["text", "number"]
    argument: ArgumentKind
    meaning: str
    example: str


@dataclass(frozen=True)
class Step:
    """An operation with its argument, as a mapping uses it."""

    name: str
    argument: Argument = None


OPERATIONS: Mapping[str, Operation] = {
    item.name: item
    for item in (
        Operation("strip", "text", "none", "Drop white space at both ends.", "strip"),
        Operation("squeeze", "text", "none", "Turn every run of white space into one blank, and strip.", "squeeze"),
        Operation("upper", "text", "none", "Upper case.", "upper"),
        Operation("lower", "text", "none", "Lower case.", "lower"),
        Operation("remove_prefix", "text", "text", "Drop this beginning where it is there.", 'remove_prefix: "SKU-"'),
        Operation("remove_suffix", "text", "text", "Drop this end where it is there.", 'remove_suffix: ".0"'),
        Operation("remove", "text", "text", "Drop this text wherever it stands.", 'remove: "£"'),
        Operation("decimal_comma", "text", "none", "Read 1.234,50 as 1234.50.", "decimal_comma"),
        Operation("thousands_comma", "text", "none", "Read 1,234.50 as 1234.50.", "thousands_comma"),
        Operation("null_if", "text", "texts", "Take these texts as missing.", 'null_if: ["n/a", "-"]'),
        Operation(
            "map", "text", "pairs", "Replace each text; one that is not listed stays.", "map: {pv: view, buy: purchase}"
        ),
        Operation("default", "text", "text", "Put this where the value is missing.", "default: unknown"),
        Operation("negate", "number", "none", "Turn the sign.", "negate"),
        Operation("absolute", "number", "none", "Drop the sign.", "absolute"),
        Operation("multiply_by", "number", "number", "Multiply, such as pence into pounds.", "multiply_by: 0.01"),
    )
}

_KINDS: Mapping[ArgumentKind, tuple[type, ...]] = {
    "text": (str,),
    "number": (int, float),
    "texts": (list,),
    "pairs": (dict,),
}


def parse_step(item: object) -> Step:
    """`strip` or `{remove_suffix: ".0"}` as a Step. Raises ValueError that lists what is allowed."""
    if isinstance(item, Step):
        return item
    if not isinstance(item, str) and not (isinstance(item, dict) and len(item) == 1):
        raise ValueError("write an operation as `name` or `{name: argument}`")
    name, argument = (item, None) if isinstance(item, str) else next(iter(item.items()))
    if name not in OPERATIONS:
        raise ValueError(f"no operation {name!r}; use one of {', '.join(OPERATIONS)}")
    _check_argument(OPERATIONS[name], argument)
    return Step(name, argument)


def _check_argument(operation: Operation, argument: object) -> None:
    if operation.argument == "none":
        fits = argument is None
    else:
        fits = isinstance(argument, _KINDS[operation.argument]) and not isinstance(argument, bool)
    parts = (
        [*argument, *argument.values()]
        if isinstance(argument, dict)
        else argument
        if isinstance(argument, list)
        else []
    )
    if not fits or any(not isinstance(part, str) for part in parts):
        raise ValueError(f"operation {operation.name} does not take {argument!r}; write it like `{operation.example}`")
