"""From which confidence on the error of what is answered is promised. Pure.

The promise: of the answered questions a share of at most `error` is answered wrongly, but for a probability of
`doubt`, whatever the confidence is worth, as long as the questions to come are like the labelled ones. It is
learned by testing (Angelopoulos, Bates, Candès, Jordan and Lei 2021, "Learn then Test"): each level of confidence
is under suspicion of breaking the promise until an exact binomial test says otherwise.

Levels are tested from strict to loose. Several of them begin a sequence with a part of the doubt, and a level that
passes hands its part on to the next (the fallback procedure of Wiens and Dmitrienko 2005), so that a confidence
whose highest values are not its cleanest, or are too few to tell, does not end everything.

Questions that nothing answers are rarer or more frequent among the labelled ones than among those that come. Where
their share is known, the two kinds are tested apart and weighed by it: the promise is kept if and only if the mean
of a loss is at most `error`, where a wrong answer loses 1, a question that is handed over loses `error`, and a
right answer nothing. A coin that is thrown beforehand makes the middle one 1 or 0, so that both kinds are counts.
Their weighed sum is tested without further approximation (Barnard 1945), over all pairs of rates that would just
break the promise and are believable (Berger and Boos 1994).
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from frontdesk.confidence.binomial import Floats, at_most, interval, masses

Bools = NDArray[np.bool_]

LEVELS: tuple[float, ...] = (*(1 / (1 + math.exp(-fifth / 5)) for fifth in range(23, -31, -1)), 0.0)
"""The thresholds that are tested, strict to loose; the last one answers everything. They must not follow the data.

Between steps that are finer than these, chance ends a sequence more often than it gains by being fine.
"""
STARTS = {LEVELS[0]: 0.05, LEVELS[8]: 0.35, LEVELS[13]: 0.3, LEVELS[18]: 0.2, LEVELS[23]: 0.1}
"""Where a sequence begins (at 0.99, 0.95, 0.88, 0.73 and 0.5), and with which share of the doubt."""
DISBELIEF = 0.02
"""The share of the doubt that is spent on rates too far from what was counted."""
INTERVAL_DOUBT = 0.05
"""What is told of the share answered is true but for this probability."""
CELLS = 24
"""In so many steps the believable rates are gone through; more steps find thresholds that are lower by a trace."""
GROWTH = 1.25
MOST_GROWTH = 50


@dataclass(frozen=True, slots=True)
class Labelled:
    """Questions of which is known what became of them, one place each.

    `right` is whether the first passage answers it, `answerable` whether anything does; what is not answerable is
    never right.
    """

    confidence: Floats
    right: Bools
    answerable: Bools

    def __len__(self) -> int:
        return len(self.confidence)

    def some(self, places: NDArray[np.int64] | Bools) -> "Labelled":
        """Those at these places."""
        return Labelled(self.confidence[places], self.right[places], self.answerable[places])


@dataclass(frozen=True, slots=True)
class Promise:
    """What is wished: see above. `outside` is the share of questions to come that nothing answers.

    None where the labelled questions were drawn from those that come, all kinds alike.
    """

    error: float = 0.05
    doubt: float = 0.05
    outside: float | None = None


@dataclass(frozen=True, slots=True)
class Certificate:
    """The lowest threshold that keeps a promise, and what is to be expected at it.

    `answered` is the share of questions from it on, `between` where that lies nearly certainly, `wrong` the share
    of those that was answered wrongly. Without a threshold nothing is promised, `answered` is 0, and `missing` says
    how many labelled questions more would do, if they turn out like the others; None if no number would.
    """

    threshold: float | None
    answered: float = 0.0
    between: tuple[float, float] = (0.0, 0.0)
    wrong: float = 0.0
    missing: int | None = 0

    def among(self, share: float) -> "Certificate":
        """The same where the questions are such a share of all, and the others are handed over."""
        low, high = self.between
        return replace(self, answered=share * self.answered, between=(share * low, share * high))


@dataclass(frozen=True, slots=True)
class _Counts:
    """What a level would do: of `inside` questions that something answers, and `outside` that nothing does.

    `lost` are those of the first that were answered wrongly, or were handed over with bad luck of the coin.
    """

    inside: int
    answered: int
    wrong: int
    lost: int
    outside: int
    let_through: int

    def grown(self, by: float) -> "_Counts":
        """As if so many times as many had been asked."""
        return _Counts(
            round(by * self.inside),
            round(by * self.answered),
            math.ceil(by * self.wrong),
            math.ceil(by * self.lost),
            round(by * self.outside),
            math.ceil(by * self.let_through),
        )


def certify(labelled: Labelled, promise: Promise) -> Certificate:
    """The lowest threshold that keeps a promise; with a share of `outside` both kinds of question are needed.

    It answers something, and no more of that is wrong than promised: with much doubt left, a level may pass by the
    luck of its coins alone.
    """
    counts = _counted(labelled, promise.error)
    for level in reversed(_passing(lambda level: doubt_of(counts[level], promise), promise.doubt)):
        answered, wrong = _shares(counts[level], promise.outside)
        if answered > 0 and wrong <= promise.error * answered:
            return _certificate(level, counts[level], promise)
    return Certificate(None, missing=_missing(counts, len(labelled), promise))


def expected_at(level: float, labelled: Labelled, promise: Promise) -> Certificate:
    """What is to be expected at one of LEVELS that was found by something else, untested."""
    return _certificate(level, _counted(labelled, promise.error)[level], promise)


def fewest(promise: Promise) -> int:
    """How many answered questions a promise takes at least, none of them wrong."""
    return math.ceil(math.log(promise.doubt * max(STARTS.values())) / math.log1p(-promise.error))


def doubt_of(counts: _Counts, promise: Promise) -> float:
    """The probability of counts as good as these, or better, at a level that breaks the promise."""
    if promise.outside is None:
        answered = counts.answered + counts.let_through
        return at_most(counts.wrong + counts.let_through, answered, promise.error) if answered else 1.0
    if promise.outside <= 0:
        return at_most(counts.lost, counts.inside, promise.error) if counts.inside else 1.0
    if not counts.inside or not counts.outside:
        return 1.0
    return _doubt_of_both(counts, promise.error, promise.doubt * DISBELIEF, promise.outside)


def _doubt_of_both(counts: _Counts, error: float, disbelief: float, share: float) -> float:
    """The same for both kinds: each pair of rates on the border lies in a cell whose best corner is tested."""
    # The loss of a question that nothing answers is at least `error`; what it loses beyond that is counted.
    outside_step, inside_step = share * (1 - error) / counts.outside, (1 - share) / counts.inside
    seen = outside_step * counts.let_through + inside_step * counts.lost
    border = error * (1 - share) / (share * (1 - error))  # the rate let through if nothing else were lost
    low, high = interval(counts.let_through, counts.outside, disbelief)
    if low >= border:
        return 1.0
    rates = np.linspace(low, min(high, border, 1.0), CELLS + 1)
    lost = np.clip((error - share * (error + (1 - error) * rates)) / (1 - share), 0, 1)
    reached = min(counts.outside, int(seen / outside_step + 1e-9))
    left = np.floor((seen - outside_step * np.arange(reached + 1)) / inside_step + 1e-9).astype(int)
    left = np.clip(left, 0, counts.inside)
    worst = 0.0
    for rate, of_inside in zip(rates[:-1].tolist(), lost[1:].tolist(), strict=True):
        so_few = np.cumsum(masses(counts.inside, of_inside))[left]
        worst = max(worst, float(masses(counts.outside, rate)[: reached + 1] @ so_few))
    return min(1.0, worst + disbelief)


def _passing(doubt_at: Callable[[float], float], doubt: float) -> list[float]:
    """The levels that pass, strict to loose: each has what it starts with, and what the one before it hands on."""
    passed, allowed = [], 0.0
    for level in LEVELS:
        allowed += doubt * STARTS.get(level, 0.0)
        if allowed and doubt_at(level) <= allowed:
            passed.append(level)
        else:
            allowed = 0.0
    return passed


def _counted(labelled: Labelled, error: float) -> dict[float, _Counts]:
    """What each level would do. The coins are the same for all levels, and at every call."""
    unlucky = np.random.default_rng(0).random(len(labelled)) < error
    inside = labelled.answerable
    counts = {}
    for level in LEVELS:
        answered = labelled.confidence >= level
        wrong = answered & ~labelled.right & inside
        counts[level] = _Counts(
            inside=int(inside.sum()),
            answered=int((answered & inside).sum()),
            wrong=int(wrong.sum()),
            lost=int((wrong | (inside & ~answered & unlucky)).sum()),
            outside=int((~inside).sum()),
            let_through=int((answered & ~inside).sum()),
        )
    return counts


def _certificate(level: float, counts: _Counts, promise: Promise) -> Certificate:
    answered, wrong = _shares(counts, promise.outside)
    return Certificate(level, answered, _between(counts, promise.outside), wrong / answered if answered else 0.0)


def _shares(counts: _Counts, outside: float | None) -> tuple[float, float]:
    """The shares of all questions that are answered, and that are answered wrongly."""
    if outside is None:
        asked = max(counts.inside + counts.outside, 1)
        return (counts.answered + counts.let_through) / asked, (counts.wrong + counts.let_through) / asked
    let_through = outside * counts.let_through / max(counts.outside, 1)
    inside = (1 - outside) / max(counts.inside, 1)
    return inside * counts.answered + let_through, inside * counts.wrong + let_through


def _between(counts: _Counts, outside: float | None) -> tuple[float, float]:
    if outside is None:
        return interval(counts.answered + counts.let_through, counts.inside + counts.outside, INTERVAL_DOUBT)
    low, high = interval(counts.answered, counts.inside, INTERVAL_DOUBT / 2)
    least, most = interval(counts.let_through, counts.outside, INTERVAL_DOUBT / 2)
    return (1 - outside) * low + outside * least, (1 - outside) * high + outside * most


def _missing(counts: dict[float, _Counts], asked: int, promise: Promise) -> int | None:
    """How many labelled questions more a promise takes, if they turn out like these; None if no number does.

    Where nothing is known of a kind that is needed, so many that are all answered rightly would do at the least.
    """
    some = counts[0.0]
    if not asked or (promise.outside and not (some.inside and some.outside)):
        return fewest(promise)
    for by in _growths():
        grown = {level: counts[level].grown(by) for level in STARTS}
        if any(doubt_of(grown[level], promise) <= promise.doubt * STARTS[level] for level in STARTS):
            return math.ceil(asked * (by - 1))
    return None


def _growths() -> Sequence[float]:
    steps = math.ceil(math.log(MOST_GROWTH) / math.log(GROWTH))
    return [GROWTH**step for step in range(1, steps + 1)]
