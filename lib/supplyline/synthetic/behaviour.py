"""A clickstream around real orders: the visit that ends in each order, and the visits that end in none.

All draws belong to an order or a visit by name. Times are microseconds since 1970-01-01 UTC in here.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplyline.config import SyntheticSettings
from supplyline.synthetic import ORIGIN, SOURCE, draws

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

# What of the sale lines and of the catalogue the simulation reads.
LINE_COLUMNS = ("order_line_id", "order_id", "customer_id", "order_time", "sku", "quantity", "unit_price", "owner")
CATALOGUE_COLUMNS = ("sku", "unit_price", "weight")

# The streams of random numbers a visit has.
ABANDONED, BROWSED, RETURNING, ENDS, VIEWS, PRODUCT, CART, PIECES, PLACE_LINE, PLACE_VIEW, GAP = range(11)
# Kinds of visit.
ORDER, CART_LEFT, BROWSE = range(3)

SECOND = 1_000_000
MINUTE = 60 * SECOND
LONGEST_PAUSE = 10 * MINUTE  # below the 30 minutes that end a session
LONGEST_VISIT = 120 * MINUTE
BETWEEN_VISITS = 31 * MINUTE
SAME_DEVICE_AFTER = LONGEST_VISIT + 2 * BETWEEN_VISITS
BROWSED_WITHIN = 6 * 60 * MINUTE  # visits of strangers end at most this long before the order
CAME_BACK_WITHIN = 3 * 24 * 60 * MINUTE
MOST_VIEWS = 60
MOST_PIECES = 12


def simulate_clickstream(
    lines: pd.DataFrame, catalogue: pd.DataFrame, settings: SyntheticSettings, *, timezone: str
) -> pd.DataFrame:
    """Rows of `behaviour_events` for the sale lines of many orders, in any order of rows.

    `lines` has LINE_COLUMNS, where `owner` is the customer, or the order of an unknown one; all lines of an owner must
    be there. `catalogue` has CATALOGUE_COLUMNS: the products that visitors browse and how often. Each line becomes one
    purchase event at its own time. Events of a visit lie less than 30 minutes apart, visits of a visitor more.
    """
    lines = lines.sort_values("order_line_id", ignore_index=True)
    checkouts, of_line = _checkouts(lines)
    visits = _visits(checkouts, settings)
    # A checkout's own visit is the first of its visits.
    bought = _bought(lines, np.flatnonzero(visits["ordinal"] == 0)[of_line], visits)
    events = _in_order(pd.concat([bought, _browsed(visits, catalogue, settings)], ignore_index=True))
    return _event_rows(events, visits, _times(events, visits, settings), timezone)


def visits_for_each_order(settings: SyntheticSettings) -> tuple[float, float]:
    """Mean visits that leave a cart and that only browse for one that orders, from the two rates of the funnel."""
    left = settings.cart_abandonment_rate / (1 - settings.cart_abandonment_rate)
    return left, max(1 / settings.conversion_rate - 1 - left, 0.0)


def _checkouts(lines: pd.DataFrame) -> tuple[pd.DataFrame, Ints]:
    """One row an (order, time), with visitor and earlier checkout on the same device; and the row of each line."""
    lines = lines.assign(time=_micros(lines["order_time"]))
    groups = lines.groupby(["owner", "time", "order_id"], sort=True)
    checkouts = groups.agg(customer_id=("customer_id", "first"), lines=("sku", "size")).reset_index()
    owner, time = checkouts["owner"], checkouts["time"]
    # Orders of one customer in quick succession come from several devices: one visitor can't hold two visits at once.
    pause = time - time.groupby(owner).shift()
    run = (~(pause < SAME_DEVICE_AFTER)).cumsum()
    checkouts["device"] = checkouts.groupby(run).cumcount()
    checkouts["idle"] = time - time.groupby([owner, checkouts["device"]]).shift()
    part = checkouts.groupby("order_id").cumcount().astype(str)
    checkouts["name"] = checkouts["order_id"] + "." + part
    return checkouts, np.asarray(groups.ngroup(), dtype=np.int64)


def _visits(checkouts: pd.DataFrame, settings: SyntheticSettings) -> pd.DataFrame:
    """One row a visit: its checkout's facts, kind, key, visitor and the time of its last event."""
    key = draws.keys(settings.seed, checkouts["name"])
    left, browsed = visits_for_each_order(settings)
    lefts = np.floor(left + draws.uniform(key, ABANDONED)).astype(np.int64)
    others = np.floor(browsed + draws.uniform(key, BROWSED)).astype(np.int64)
    visits = checkouts.loc[np.repeat(checkouts.index, 1 + lefts + others)]
    visits = visits.assign(ordinal=visits.groupby(level=0).cumcount(), lefts=np.repeat(lefts, 1 + lefts + others))
    visits = visits.reset_index(drop=True)
    ordinal = visits["ordinal"]
    visits["kind"] = np.select([ordinal == 0, ordinal <= visits["lefts"]], [ORDER, CART_LEFT], BROWSE)
    visits["session_id"] = visits["name"] + "/" + ordinal.astype(str)
    visits["key"] = draws.keys(settings.seed, visits["session_id"])
    return _with_visitors(visits, settings)


def _with_visitors(visits: pd.DataFrame, settings: SyntheticSettings) -> pd.DataFrame:
    """Whose the visits are and when they end.

    The customer's own are the one that orders and, at times, one before it, where the device was idle long enough to
    keep them apart. All others are those of strangers.
    """
    key = visits["key"].to_numpy()
    latest = visits["time"] - LONGEST_VISIT - BETWEEN_VISITS
    room = np.minimum(visits["idle"].fillna(np.inf) - 2 * (LONGEST_VISIT + BETWEEN_VISITS), CAME_BACK_WITHIN)
    may_return = (visits["ordinal"] == 1) & (visits["kind"] == CART_LEFT) & visits["customer_id"].notna()
    returning = may_return & (room > 0) & (draws.uniform(key, RETURNING) < settings.returning_share)
    own = returning | (visits["kind"] == ORDER)
    back = np.where(returning, room, BROWSED_WITHIN) * draws.uniform(key, ENDS)
    end = np.where(returning, latest, visits["time"]) - np.where(visits["kind"] == ORDER, 0, np.rint(back))
    device = visits["owner"] + "#" + visits["device"].astype(str)
    names = np.where(own, device, "visit " + visits["session_id"])
    visitor = pd.Series([f"{value:016x}" for value in draws.keys(settings.seed, names)], dtype=object)
    customer = visits["customer_id"].astype(object).where(own & visits["customer_id"].notna(), None)
    return visits.assign(end=end.astype(np.int64), visitor_id=visitor, customer_id=customer)


def _bought(lines: pd.DataFrame, visit: Ints, visits: pd.DataFrame) -> pd.DataFrame:
    """View, cart and purchase of each line. `place` orders the events of a visit: purchases come last."""
    what = lines[["sku", "unit_price", "quantity", "order_id"]].assign(visit=visit)
    counter = what.groupby("visit").cumcount().to_numpy()
    place = draws.uniform(visits["key"].to_numpy()[visit], PLACE_LINE, counter)
    view = what.assign(event_type="view", place=place, step=0, quantity=np.nan, order_id=None)
    cart = what.assign(event_type="cart", place=place, step=1, order_id=None)
    purchase = what.assign(event_type="purchase", place=2.0, step=counter)
    return pd.concat([view, cart, purchase], ignore_index=True)


def _browsed(visits: pd.DataFrame, catalogue: pd.DataFrame, settings: SyntheticSettings) -> pd.DataFrame:
    """Views of products that are not bought, and the carts left behind."""
    views = _view_counts(visits, settings)
    visit = np.repeat(np.arange(len(visits)), views)
    counter = np.arange(len(visit)) - np.repeat(np.cumsum(views) - views, views)
    key = visits["key"].to_numpy()[visit]
    share = catalogue["weight"].cumsum().to_numpy() / catalogue["weight"].sum()
    product = np.searchsorted(share, draws.uniform(key, PRODUCT, counter)).clip(max=len(share) - 1)
    what = catalogue[["sku", "unit_price"]].iloc[product].reset_index(drop=True)
    what = what.assign(visit=visit, place=draws.uniform(key, PLACE_VIEW, counter), step=0, event_type="view")
    # The first product of an abandoned visit is in its cart for certain, or none would be.
    chosen = (counter == 0) | (draws.uniform(key, CART, counter) < settings.cart_share)
    carted = chosen & (visits["kind"].to_numpy()[visit] == CART_LEFT)
    pieces = np.ceil(MOST_PIECES * draws.uniform(key, PIECES, counter))
    cart: pd.DataFrame = what.assign(quantity=pieces, step=1, event_type="cart")[carted]
    return pd.concat([what, cart], ignore_index=True)


def _view_counts(visits: pd.DataFrame, settings: SyntheticSettings) -> Ints:
    """Views in each visit of products that are not bought: geometric, or a share of the lines where there are any."""
    u = draws.uniform(visits["key"].to_numpy(), VIEWS)
    stop = 1 / settings.views_per_visit
    geometric = 1 + np.floor(np.log(u) / np.log1p(-min(stop, 1 - 1e-9)))
    beside_lines = np.maximum(np.floor(visits["lines"] * settings.extra_views_per_line + u), 1)
    counts = np.where(visits["kind"] == ORDER, beside_lines, np.minimum(geometric, MOST_VIEWS))
    return np.asarray(counts, dtype=np.int64)


def _in_order(events: pd.DataFrame) -> pd.DataFrame:
    order = np.lexsort((events["step"].to_numpy(), events["place"].to_numpy(), events["visit"].to_numpy()))
    ordered: pd.DataFrame = events.iloc[order].reset_index(drop=True)
    return ordered.assign(number=ordered.groupby("visit").cumcount())


def _times(events: pd.DataFrame, visits: pd.DataFrame, settings: SyntheticSettings) -> Ints:
    """Time of each event: exponential pauses up to the visit's end, squeezed where it would be too long."""
    visit, number = events["visit"].to_numpy(), events["number"].to_numpy()
    u = draws.uniform(visits["key"].to_numpy()[visit], GAP, number)
    pause = np.minimum(-np.log(u) * settings.view_seconds * SECOND, LONGEST_PAUSE)
    # All lines of an order are bought with one click.
    with_last = (events["event_type"] == "purchase").to_numpy() & (events["step"] > 0).to_numpy()
    pause = np.rint(np.where((number == 0) | with_last, 0.0, pause))
    so_far = np.cumsum(pause)
    at_end = so_far[np.flatnonzero(np.diff(visit, append=-1))]
    length = np.bincount(visit, weights=pause, minlength=len(visits))
    before_end = (at_end[visit] - so_far) * np.minimum(LONGEST_VISIT / np.maximum(length, 1), 1.0)[visit]
    return np.asarray(visits["end"].to_numpy()[visit] - np.rint(before_end), dtype=np.int64)


def _event_rows(events: pd.DataFrame, visits: pd.DataFrame, micros: Ints, timezone: str) -> pd.DataFrame:
    of_visit = visits[["session_id", "visitor_id", "customer_id"]].iloc[events["visit"]].reset_index(drop=True)
    time = pd.Series(micros.astype("datetime64[us]")).dt.tz_localize("UTC")
    # Of a million events few numbers and days are different: each is put into words once.
    numbers = np.array([f"/{number:05}" for number in range(events["number"].max() + 1)], dtype=object)
    local = time.dt.tz_convert(timezone).dt.tz_localize(None).dt.normalize()
    day, days = pd.factorize(local)
    return pd.DataFrame(
        {
            "event_id": of_visit["session_id"] + numbers[events["number"]],
            "event_time": time,
            "event_date": pd.DatetimeIndex(days).date[day],
            **of_visit[["visitor_id", "customer_id", "session_id"]],
            "event_type": events["event_type"],
            "sku": events["sku"],
            "category": None,
            "quantity": events["quantity"].astype("Int64"),
            "unit_price": events["unit_price"],
            "order_id": events["order_id"].astype(object).where(events["order_id"].notna(), None),
            "origin": ORIGIN,
            "source": SOURCE,
        }
    )


def _micros(times: pd.Series) -> pd.Series:
    utc = times.dt.tz_convert(None) if times.dt.tz is not None else times
    return utc.astype("datetime64[us]").astype("int64")
