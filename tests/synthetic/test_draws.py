"""Random numbers by name."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
from scipy import stats

from supplyline.synthetic import draws


def test_splitmix64_gives_the_published_sequence() -> None:
    # Java's SplittableRandom and Vigna's splitmix64.c with seed 1234567 start with these values.
    golden = np.uint64(0x9E3779B97F4A7C15)
    states = np.array([1234567], dtype=np.uint64) + golden * np.arange(1, 4, dtype=np.uint64)
    assert draws._mix(states).tolist() == [6457827717110365317, 3203168211198807973, 9817491932198370423]


def test_draws_are_uniform_and_streams_and_counters_are_independent() -> None:
    keys = draws.keys(7, [f"sku{number}" for number in range(20_000)])
    first, second, later = draws.uniform(keys, 0), draws.uniform(keys, 1), draws.uniform(keys, 0, 1)
    assert stats.kstest(first, "uniform").pvalue > 0.01
    assert abs(np.corrcoef([first, second, later])[np.triu_indices(3, 1)]).max() < 0.02


def test_a_key_is_the_same_in_another_process() -> None:
    program = "from supplyline.synthetic import draws; print(draws.keys(1, ['85048', 'Größe'])[1])"
    other = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(other.stdout) == draws.keys(1, ["85048", "Größe"])[1]


def test_no_names_give_no_keys() -> None:
    assert draws.uniform(draws.keys(1, []), 0).size == 0
