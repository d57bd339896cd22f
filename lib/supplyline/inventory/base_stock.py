"""Base stock: every piece that goes is ordered anew at once, so stock and orders always add up to S.

Right where an order costs nothing in itself, and for dear, slow products. Arguments broadcast over SKUs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from supplyline.inventory.arrays import Floats, least_whole, numbers
from supplyline.inventory.counts import Poisson
from supplyline.inventory.distributions import Demand
from supplyline.inventory.newsvendor import newsvendor


@dataclass(frozen=True)
class BaseStock:
    """`level` S pieces; mean `stock` on the shelf and pieces `short`; share of demand served at once; cost per time.

    Where shortages wait, `short` is how many wait on average; where they are lost, how many are lost per unit time.
    """

    level: Floats
    stock: Floats
    short: Floats
    fill_rate: Floats
    cost: Floats


def base_stock(lead_demand: Demand, holding_cost: npt.ArrayLike, cost: npt.ArrayLike) -> BaseStock:
    """The level of least cost where what is short waits, h and p per piece and unit time: F(S) = p / (p + h).

    `lead_demand` over the lead time L where stock is watched all the time, over L + 1 periods where it is looked at
    once a period. (Snyder and Shen, sections 4.3.4 and 5.4; Zipkin, chapters 6 and 9.)
    """
    h, p = numbers(above=0.0, holding_cost=holding_cost, cost=cost)
    found = newsvendor(lead_demand, h, p)
    short = lead_demand.loss(found.quantity)
    served = lead_demand.cdf(found.quantity - 1.0 if lead_demand.discrete else found.quantity)
    return BaseStock(found.quantity, np.asarray(found.quantity - lead_demand.mean + short), short, served, found.cost)


def base_stock_for_fill_rate(lead_demand: Poisson, rate: npt.ArrayLike) -> Floats:
    """Least S with P(D ≤ S - 1) ≥ `rate`: a customer asking for one piece finds it (Zipkin, chapter 6)."""
    (wanted,) = numbers(above=0.0, below=1.0, rate=rate)
    return np.asarray(lead_demand.quantile(wanted) + 1.0)


def erlang_loss(level: npt.ArrayLike, load: npt.ArrayLike) -> Floats:
    """Share of single pieces lost with S = `level` whole: B = (a^S / S!) / Σ_{k≤S} a^k / k!, a = `load` = λ E[L].

    Exact for Poisson demand and lead times of any distribution of mean E[L], independent of each other (Erlang's loss
    formula; Zipkin, chapter 7; Snyder and Shen, on lost sales).
    """
    servers, a = numbers(least=0.0, level=level, load=load)
    logarithm = special.xlogy(servers, a) - a - special.gammaln(servers + 1)
    return np.asarray(np.exp(logarithm) / special.pdtr(servers, a))


def base_stock_lost_sales(
    rate: npt.ArrayLike, lead: npt.ArrayLike, holding_cost: npt.ArrayLike, cost: npt.ArrayLike
) -> BaseStock:
    """The level of least cost h E[stock] + p λ B where a piece short is lost at cost p.

    `rate` λ pieces per unit time, `lead` mean lead time. E[stock] = S - a (1 - B), a = λ L; B falls ever more slowly in
    S, so the first level that the next one does not beat is the best. (Zipkin, chapter 7.)
    """
    d, length = numbers(least=0.0, rate=rate, lead=lead)
    h, p = numbers(above=0.0, holding_cost=holding_cost, cost=cost)
    load = np.asarray(d * length)

    def total(level: Floats) -> Floats:
        lost = erlang_loss(np.maximum(level, 0.0), load)
        return np.asarray(h * (level - load * (1 - lost)) + p * d * lost)

    def gain(level: Floats) -> Floats:
        return np.where(level < 0, 1.0, total(level) - total(level + 1))

    shape = np.broadcast_shapes(load.shape, h.shape, p.shape)
    high = np.broadcast_to(load + 5 * np.sqrt(load) + 5, shape)
    level = least_whole(gain, np.zeros(shape), high)
    lost = erlang_loss(level, load)
    return BaseStock(
        level, np.asarray(level - load * (1 - lost)), np.asarray(d * lost), np.asarray(1 - lost), total(level)
    )
