"""Measures of a ranking against what should be found, as information retrieval defines them. Pure.

`found` are ids, best first, none twice; `gold` are the ids that count as right, all of them equally.
"""

import math
from collections.abc import Sequence
from collections.abc import Set as AbstractSet


def hit(found: Sequence[str], gold: AbstractSet[str], depth: int) -> bool:
    """Whether one of the first `depth` is right."""
    return not gold.isdisjoint(found[:depth])


def reciprocal_rank(found: Sequence[str], gold: AbstractSet[str], depth: int) -> float:
    """1 for a right first one, 1/2 for a right second one, and so on; 0 when none of the first `depth` is."""
    return next((1 / rank for rank, one in enumerate(found[:depth], start=1) if one in gold), 0.0)


def ndcg(found: Sequence[str], gold: AbstractSet[str], depth: int) -> float:
    """Discounted cumulative gain by the best that is possible (Järvelin and Kekäläinen 2002), 0 to 1."""
    gained = sum(_discount(rank) for rank, one in enumerate(found[:depth]) if one in gold)
    possible = sum(map(_discount, range(min(depth, len(gold)))))
    return gained / possible if possible else 0.0


def auroc(higher: Sequence[float], lower: Sequence[float]) -> float | None:
    """How often one of `higher` exceeds one of `lower`, ties counting half (Mann and Whitney 1947).

    None when either is empty.
    """
    if not higher or not lower:
        return None
    ranked = sorted([(score, 1) for score in higher] + [(score, 0) for score in lower])
    rank_sum, start = 0.0, 0
    while start < len(ranked):
        end = start
        while end < len(ranked) and ranked[end][0] == ranked[start][0]:
            end += 1
        shared_rank = (start + 1 + end) / 2
        rank_sum += shared_rank * sum(is_higher for _, is_higher in ranked[start:end])
        start = end
    return (rank_sum - len(higher) * (len(higher) + 1) / 2) / (len(higher) * len(lower))


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that this share of all values does not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def _discount(rank: int) -> float:
    return 1 / math.log2(rank + 2)
