"""`supplyline explain`: why so many pieces of a product are to be ordered."""

from __future__ import annotations

import dataclasses
import json
from typing import Annotated, Any

import typer

from supplyline.config import Settings, load_settings
from supplyline.errors import QueryError, TableError
from supplyline.inventory.explanation import Explanation, explain_plan_line, explain_policy
from supplyline.query import connect
from supplyline.query.connection import Connection
from supplyline.query.values import json_value

POLICY = """
SELECT policy.*, description FROM reorder_policy AS policy LEFT JOIN products USING (sku)
WHERE upper(sku) = upper($sku) AND as_of = (SELECT max(as_of) FROM reorder_policy) ORDER BY warehouse
"""
PLAN = """
SELECT * FROM purchase_plan
WHERE upper(sku) = upper($sku) AND as_of = (SELECT max(as_of) FROM purchase_plan) ORDER BY warehouse, line
"""


def explain(
    sku: Annotated[str, typer.Argument(metavar="SKU", help="The product.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the rows and their parts.")] = False,
    warehouse: Annotated[str | None, typer.Option(help="Folder or URI of the Delta tables.")] = None,
    config: Annotated[str | None, typer.Option(help="YAML file with settings.")] = None,
) -> None:
    """From forecast to order, in words, pieces and money: the last reorder policy and purchase plan of a product."""
    settings = load_settings(config, warehouse=warehouse)
    with connect(settings) as connection:
        policies = connection.rows(POLICY, {"sku": sku})
        lines = _plan_lines(connection, sku)
    if not policies and not lines:
        raise QueryError(f"no product {sku}", where="reorder_policy", fix="run plan_inventory, or correct the number")
    told = _told(policies, lines, settings)
    if as_json:
        print(
            json.dumps([json_value(row | dataclasses.asdict(each)) for row, each in told], ensure_ascii=False, indent=2)
        )
    else:
        print("\n\n".join(_text(row, each) for row, each in told))


def _plan_lines(connection: Connection, sku: str) -> list[dict[str, Any]]:
    """None where no purchases have been planned yet: the policy is explained all the same."""
    try:
        return connection.rows(PLAN, {"sku": sku})
    except TableError:
        return []


def _told(
    policies: list[dict[str, Any]], lines: list[dict[str, Any]], settings: Settings
) -> list[tuple[dict[str, Any], Explanation]]:
    currency = settings.shop.currency
    told = [(row, explain_policy(row, currency)) for row in policies]
    return told + [(row, explain_plan_line(row, currency)) for row in lines]


def _text(row: dict[str, Any], explanation: Explanation) -> str:
    named = [f"  {row['description']}"] if row.get("description") else []
    first, *rest = explanation.lines()
    return "\n".join([first, *named, *rest])
