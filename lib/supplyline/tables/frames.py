"""pandas frames held to a contract."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from supplyline.errors import ContractError
from supplyline.tables.contract import ColumnType, Table

PANDAS_TYPES: Mapping[ColumnType, str] = {
    "string": "string",
    "long": "Int64",
    "integer": "Int32",
    "double": "float64",
    "boolean": "boolean",
    "date": "object",
    "timestamp": "datetime64[us, UTC]",
}


def conform(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """The contract's columns in order and type.

    Raises ContractError listing every missing, unknown, unconvertible column and every required one with gaps.
    """
    problems = [f"missing column {name}" for name in table.column_names if name not in frame]
    problems += [f"unknown column {name}" for name in frame.columns if name not in table.column_names]
    made: dict[str, pd.Series] = {}
    for column in table.columns:
        if column.name not in frame:
            continue
        try:
            made[column.name] = frame[column.name].astype(PANDAS_TYPES[column.type])  # type: ignore[call-overload]
        except (TypeError, ValueError) as error:
            problems.append(f"column {column.name} is no {column.type}: {error}")
            continue
        if column.required and made[column.name].isna().any():
            problems.append(f"column {column.name} has empty values")
    if problems:
        raise ContractError("; ".join(problems), where=f"table {table.name}", fix="give the columns of the contract")
    return pd.DataFrame(made, columns=table.column_names)
