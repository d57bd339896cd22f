"""Random numbers that belong to a name and not to a place in a sequence, so that no partitioning can change them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

Keys = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float64]

GOLDEN_GAMMA = np.uint64(0x9E3779B97F4A7C15)


def keys(seed: int, names: Iterable[str]) -> Keys:
    """One 64-bit key for each name: equal on every machine and in every run of the same seed."""
    digests = (hashlib.blake2b(f"{seed}|{name}".encode(), digest_size=8).digest() for name in names)
    return np.array([int.from_bytes(digest, "little") for digest in digests], dtype=np.uint64)


def uniform(key: Keys, stream: int, counter: npt.ArrayLike = 0) -> Floats:
    """Numbers in (0, 1) for (key, stream, counter), shapes broadcast; a stream is one question asked of a key.

    The counter is hashed into the key with SplitMix64's finaliser: Steele, Lea, Flood, "Fast splittable pseudorandom
    number generators", OOPSLA 2014, section 5.
    """
    of_stream = _mix(key + GOLDEN_GAMMA * np.asarray([stream + 1], dtype=np.uint64))
    mixed = _mix(of_stream + GOLDEN_GAMMA * np.asarray(counter, dtype=np.uint64))
    return ((mixed >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53


def _mix(bits: Keys) -> Keys:
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))
