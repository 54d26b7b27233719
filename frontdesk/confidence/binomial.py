"""What a count among so many says of the share behind it: exact binomial sums. Pure."""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

HALVINGS = 50
"""So many halvings of an interval find a share to the last bit that matters."""
REACH = 20
"""Roots of the number of trials, within which of what is expected a count lies."""


def masses(of: int, share: float) -> Floats:
    """The probability of each count from 0 to `of`, in `of` trials of which each succeeds with `share`."""
    return _masses(np.arange(of + 1), of, share)


def at_most(count: int, of: int, share: float) -> float:
    """The probability of `count` or fewer."""
    if count >= of:
        return 1.0
    # Counts further below what is expected have a probability under exp(-800) together (Hoeffding, 1963).
    first = max(0, math.floor(min(count, of * share) - REACH * math.sqrt(of)))
    return min(1.0, float(_masses(np.arange(first, count + 1), of, share).sum()))


def lowest(count: int, of: int, doubt: float) -> float:
    """The least share that is believable: below it, `count` or more has a probability under `doubt`.

    One side of the interval of Clopper and Pearson (1934).
    """
    return 1 - highest(of - count, of, doubt)


def highest(count: int, of: int, doubt: float) -> float:
    """The greatest share that is believable: above it, `count` or fewer has a probability under `doubt`."""
    if count >= of:
        return 1.0
    low, high = count / of, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if at_most(count, of, middle) > doubt else (low, middle)
    return high


def interval(count: int, of: int, doubt: float) -> tuple[float, float]:
    """Where the share lies but for a probability of `doubt`; all of 0 to 1 where nothing was counted."""
    return lowest(count, of, doubt / 2), highest(count, of, doubt / 2)


def _masses(counts: NDArray[np.int_], of: int, share: float) -> Floats:
    if share <= 0 or share >= 1:
        return (counts == (of if share >= 1 else 0)).astype(np.float64)
    chosen = _log_factorials(of)
    ways = chosen[of] - chosen[counts] - chosen[of - counts]
    return np.exp(ways + counts * math.log(share) + (of - counts) * math.log1p(-share))


def _log_factorials(of: int) -> Floats:
    """The logarithms of the factorials of 0 to `of`, and maybe of more."""
    return _log_factorials_to(1 << max(of, 1).bit_length())


@lru_cache(8)
def _log_factorials_to(limit: int) -> Floats:
    return np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, limit + 1)))])
