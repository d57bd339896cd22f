"""What is left of a negative binomial count above a lower bound: mean, E[ψ(D + r)] and quantiles, compiled.

NB(mean μ, r) has the variance μ + μ²/r.
"""

from __future__ import annotations

import numpy as np
from numba import njit

# Cells a standard deviation is cut into, where the pieces themselves are more: bounds the length of a tail.
CELLS = 24.0
LONGEST_TAIL = 20_000
# The first pieces are counted one by one: with a small r most of a demand is there, and no cell is narrow enough.
HEAD = 256
NEGLIGIBLE = 1e-9


@njit(cache=True)
def digamma(x: float) -> float:
    """ψ(x), x > 0: recurrence up to 6, then the asymptotic series (Abramowitz and Stegun 6.3.5, 6.3.18)."""
    low = 0.0
    while x < 6.0:
        low, x = low - 1.0 / x, x + 1.0
    inverse = 1.0 / (x * x)
    return low + np.log(x) - 0.5 / x - inverse * (1.0 / 12 - inverse * (1.0 / 120 - inverse / 252))


@njit(cache=True)
def cells_of(mean: float, r: float) -> tuple[float, float, float, float]:
    """Width and middle of the cells that NB(mean, r) is counted in, its r and odds μ / (μ + r) in cells."""
    variance = mean + mean * mean / r
    width = max(np.sqrt(variance) / CELLS, 1.0)
    m = max(mean / width, 1e-12)
    inverse = min(max((variance / (width * width) - m) / (m * m), 1e-6), 1e6)
    return width, 0.5 * (1.0 - 1.0 / width), 1.0 / inverse, m / (m + 1.0 / inverse)


@njit(cache=True)
def head_of(least: float, mean: float, r: float) -> tuple[float, float, float, float]:
    """Sums of P(d), d P(d) and ψ(d + r) P(d) over d < least, D ~ NB(mean, r), and P(least)."""
    odds, score = mean / (mean + r), digamma(r)
    chance = np.exp(r * np.log(r / (r + mean)))
    total, first, psi = 0.0, 0.0, 0.0
    for d in range(int(least)):
        total, first, psi = total + chance, first + d * chance, psi + score * chance
        score += 1.0 / (d + r)
        chance *= (d + r) / (d + 1.0) * odds
    return total, first, psi, chance


@njit(cache=True)
def has_head(least: float, mean: float, r: float) -> bool:
    """Whether cells are wider than a piece, and the tail begins among the first pieces and below the mean."""
    return mean + mean * mean / r > CELLS * CELLS and least <= min(mean, HEAD)


@njit(cache=True)
def tail_mean(least: float, mean: float, r: float) -> tuple[float, float]:
    """E[D] and E[ψ(D + r)] of D ~ NB(mean, r) given D >= least.

    P(x + 1) / P(x) = (x + r) / (x + 1) · μ / (μ + r), so that only ratios are summed and nothing underflows. Large
    counts are taken in cells of several pieces, each by its middle. Near zero it is the other way round: the whole,
    E[D] = μ and E[ψ(D + r)] = ψ(r) + log((r + μ) / r), less the pieces below `least`.
    """
    if has_head(least, mean, r):
        total, first, psi, _ = head_of(least, mean, r)
        return (mean - first) / (1.0 - total), (digamma(r) + np.log((r + mean) / r) - psi) / (1.0 - total)
    width, middle, cell_r, odds = cells_of(mean, r)
    x = max(least, 0.0) / width + middle
    total, first, psi, weight, cell = 0.0, 0.0, 0.0, 1.0, 0
    value = max(least, 0.0) + width * middle
    score = digamma(value + r)
    while cell < LONGEST_TAIL:
        total, first, psi = total + weight, first + weight * value, psi + weight * score
        ratio = (x + cell + cell_r) / (x + cell + 1.0) * odds
        score = score + 1.0 / (value + r) if width == 1.0 else digamma(value + width + r)
        weight, cell, value = weight * ratio, cell + 1, value + width
        if ratio < 1.0 and weight < NEGLIGIBLE * (1.0 - ratio) * total:
            break
        if total > 1e200:
            total, first, psi, weight = total * 1e-200, first * 1e-200, psi * 1e-200, weight * 1e-200
    return first / total, psi / total


@njit(cache=True)
def tail_quantile(least: float, mean: float, r: float, share: float) -> float:
    """The `share` quantile (0 … 1) of D ~ NB(mean, r) given D >= least, whole pieces above `least`."""
    if not has_head(least, mean, r):
        return cell_quantile(least, mean, r, share)
    below, _, _, chance = head_of(least, mean, r)
    left, odds = 1.0 - below, mean / (mean + r)
    wanted = share * left
    for k in range(HEAD):
        if wanted < chance:
            return float(k)
        wanted, left = wanted - chance, left - chance
        chance *= (least + k + r) / (least + k + 1.0) * odds
    return HEAD + cell_quantile(least + HEAD, mean, r, min(wanted / left, 1.0) if left > 0.0 else 0.0)


@njit(cache=True)
def cell_quantile(least: float, mean: float, r: float, share: float) -> float:
    """`tail_quantile` by cells of several pieces, each taken as even."""
    width, middle, cell_r, odds = cells_of(mean, r)
    x = max(least, 0.0) / width + middle
    weights = np.empty(LONGEST_TAIL)
    weight, total, cells = 1.0, 0.0, 0
    while cells < LONGEST_TAIL:
        weights[cells] = weight
        total += weight
        ratio = (x + cells + cell_r) / (x + cells + 1.0) * odds
        weight, cells = weight * ratio, cells + 1
        if ratio < 1.0 and weight < NEGLIGIBLE * (1.0 - ratio) * total:
            break
        if total > 1e200:
            weights[:cells] *= 1e-200
            total, weight = total * 1e-200, weight * 1e-200
    wanted = share * total
    for cell in range(cells):
        if wanted < weights[cell]:
            return np.floor(width * (cell + wanted / weights[cell]))
        wanted -= weights[cell]
    return np.floor(width * cells)
