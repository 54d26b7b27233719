"""What an evaluation tells people who watch it."""

import sys
import time
from collections.abc import Sequence

from frontdesk.evaluation.calibrated import Calibrated
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
            _share(one.oos_auroc),
            *(f"{value:.0f}" for value in (one.p50_ms, one.p95_ms, one.passages_per_s)),
            " + ".join(one.legs),
        )
        for one in measured
    ]
    return _markdown(heads, rows)


def calibration_table(found: Sequence[Calibrated]) -> str:
    """The same for what calibrating some sets came to."""
    heads = (
        "set", "basis", "questions", "nothing answers", "OOS AUROC", "promise broken", "answered", "weighed",
        "by own wordings: wrong", "answered", "ECE",
    )  # fmt: skip
    rows = [
        (
            one.name,
            one.basis,
            str(one.questions),
            *map(_share, (one.outside, one.oos_auroc, one.kept.broken, one.kept.answered)),
            _share(one.use.answered if one.use else None),
            *map(_share, (one.held_out.wrong, one.held_out.answered) if one.held_out else (None, None)),
            _share(one.calibration.calibrated),
        )
        for one in found
    ]
    return _markdown(heads, rows)


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _markdown(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines)
