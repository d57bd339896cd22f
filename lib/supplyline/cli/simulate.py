"""`supplyline simulate`: what stock policies would have sold, missed and cost on the demand that came."""

from __future__ import annotations

import datetime as dt
import json
from typing import Annotated

import pandas as pd
import typer

from supplyline.cli.output import print_rows
from supplyline.config import Settings, load_settings
from supplyline.errors import InventoryError
from supplyline.forecasting.plan import AUTOMATIC
from supplyline.inventory.autoets import POLICY_AT_COST, POLICY_NAME
from supplyline.inventory.comparison import compared, distance_covered
from supplyline.inventory.replay import LEAST_COST, MODELS_BY_COST, OURS
from supplyline.inventory.shop_replay import ACTIVE_DAYS, measured_days, replay_period, replay_shop, with_settings
from supplyline.query import connect
from supplyline.query.connection import Connection
from supplyline.query.values import json_value

DRAWN = """
SELECT sku FROM demand_daily WHERE date <= $start AND date > $since AND quantity > 0
GROUP BY sku ORDER BY md5(sku), sku LIMIT $skus
"""
HISTORY = "SELECT sku, date, quantity FROM demand_daily WHERE date <= $as_of AND sku IN (SELECT unnest($skus))"
PRICES = "SELECT sku, unit_price FROM products WHERE sku IN (SELECT unnest($skus))"
SHOWN = {
    "policy": "{}", "fill_rate": "{:.2%}", "short_days": "{:,.0f}", "stock_value": "{:,.0f}", "turnover": "{:.2f}",
    "holding_cost": "{:,.0f}", "shortage_cost": "{:,.0f}", "ordering_cost": "{:,.0f}", "total_cost": "{:,.0f}",
}  # fmt: skip


def simulate(
    skus: Annotated[int | None, typer.Option(min=1, help="Products drawn; default as in the settings.")] = None,
    weeks: Annotated[int | None, typer.Option(min=1, help="Weeks measured; default as in the settings.")] = None,
    service_level: Annotated[float | None, typer.Option(help="Cycle service level aimed at.")] = None,
    cover_weeks: Annotated[float | None, typer.Option(help="Weeks of cover of the rule of thumb.")] = None,
    autoets: Annotated[bool, typer.Option("--autoets", help="Also statsforecast's AutoETS; slow.")] = False,
    models: Annotated[
        list[str] | None, typer.Option("--model", help="Take it for products where it surely cost less; repeatable.")
    ] = None,
    as_of: Annotated[dt.datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day of the replay.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a list of objects.")] = False,
    warehouse: Annotated[str | None, typer.Option(help="Folder or URI of the Delta tables.")] = None,
    config: Annotated[str | None, typer.Option(help="YAML file with settings.")] = None,
) -> None:
    """Replay the shop's rule of thumb, our policy and a clairvoyant on the demand that came, out of sample."""
    changes = {"replay_skus": skus, "replay_weeks": weeks, "service_level": service_level, "cover_weeks": cover_weeks}
    settings = with_settings(load_settings(config, warehouse=warehouse), **changes)
    with connect(settings) as connection:
        day = as_of.date() if as_of else connection.rows("SELECT max(date) AS day FROM demand_daily")[0]["day"]
        history, prices = _drawn(connection, settings, day)
    rows = replay_shop(history, prices, settings, day, autoets=autoets, models=models or ())
    _print(rows, settings, as_json=as_json)


def _drawn(connection: Connection, settings: Settings, day: dt.date) -> tuple[pd.DataFrame, pd.Series]:
    """History and prices of the products to replay: those that the job simulate_policies draws."""
    start = replay_period(settings, day).start
    since = start - dt.timedelta(days=ACTIVE_DAYS)
    asked = {"start": start, "since": since, "skus": settings.inventory.replay_skus}
    skus = [row["sku"] for row in connection.rows(DRAWN, asked)]
    if not skus:
        fix = "give fewer --weeks or another --as-of"
        raise InventoryError(f"no product sold in the half year before {start}", where="demand_daily", fix=fix)
    history = connection.sql(HISTORY, {"as_of": day, "skus": skus}).df()
    prices = connection.sql(PRICES, {"skus": skus}).df().set_index("sku")["unit_price"]
    return history, prices.reindex(skus)


def _print(rows: pd.DataFrame, settings: Settings, *, as_json: bool) -> None:
    table = compared(rows, measured_days(rows))
    if as_json:
        print(json.dumps([json_value(row) for row in table.to_dict("records")], indent=2))
        return
    cells = [[form.format(row[name]) for name, form in SHOWN.items()] for row in table.to_dict("records")]
    print_rows(list(SHOWN), cells, right=set(SHOWN) - {"policy"})
    failed = rows.loc[rows["status"] != "ok", "sku"].nunique()
    first, last = rows["first_date"].iloc[0], rows["last_date"].iloc[0]
    count = f"{rows['sku'].nunique() - failed} products, {first} to {last}"
    print(f"{count}; costs in {settings.shop.currency}, rates assumed")
    for words in (*_chosen(rows), *_covered(rows)):
        print(words)


def _chosen(rows: pd.DataFrame) -> list[str]:
    """Which products the choice of models by cost took off the automatic one."""
    own = rows[rows["policy"] == MODELS_BY_COST]
    if own.empty:
        return []
    left = own[own["model"] != AUTOMATIC]
    named = "".join(f", {sku} {model}" for sku, model in zip(left["sku"], left["model"], strict=True))
    return [f"{MODELS_BY_COST}: {len(left)} of {len(own)} products by another model than the automatic one{named}"]


def _covered(rows: pd.DataFrame) -> list[str]:
    """How far ours come from AutoETS to the clairvoyant, where AutoETS was asked for."""
    if POLICY_NAME not in set(rows["policy"]):
        return []
    words = []
    for theirs, own in ((POLICY_NAME, OURS), (POLICY_AT_COST, LEAST_COST)):
        share, low, high = distance_covered(rows, theirs, own)
        covered = f"{own} covers {share:.0%} ({low:.0%} to {high:.0%})"
        words.append(f"{covered} of the distance in cost from {theirs} to the clairvoyant")
    return words
