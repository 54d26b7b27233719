"""What an evaluation tells people who watch it."""

import sys
import time
from collections.abc import Sequence

from frontdesk.evaluation.service import Measured

SHOWN_EVERY_S = {True: 0.5, False: 30.0}
"""How often progress is told, by whether somebody watches."""


class Progress:
    """A line on standard error that says how far a set is."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._told_at = time.monotonic()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Tell it now and then, and at the end of a stage."""
        watched = sys.stderr.isatty()
        if done == total or time.monotonic() - self._told_at >= SHOWN_EVERY_S[watched]:
            self._told_at = time.monotonic()
            line = f"{self._name}: {done} of {total} {stage}"
            sys.stderr.write(f"\r\x1b[K{line}" if watched else f"{line}\n")
            sys.stderr.flush()


def table(measured: Sequence[Measured]) -> str:
    """The figures of some sets as a table of Markdown."""
    heads = ("set", "hit@1", "hit@5", "MRR@10", "nDCG@10", "OOS AUROC", "p50 ms", "p95 ms", "passages/s", "legs")
    rows = [
        (
            one.name,
            *(f"{value:.3f}" for value in (one.hit_at_1, one.hit_at_5, one.mrr_at_10, one.ndcg_at_10)),
            "-" if one.oos_auroc is None else f"{one.oos_auroc:.3f}",
            *(f"{value:.0f}" for value in (one.p50_ms, one.p95_ms, one.passages_per_s)),
            " + ".join(one.legs),
        )
        for one in measured
    ]
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines)
