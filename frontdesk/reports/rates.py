"""A share among conversations, and how far it can be relied on although contacts come back. Pure.

Conversations of one contact are alike, so that a thousand of them say less than a thousand contacts would. How much
less is read from how the contacts' own counts scatter: the number of conversations is divided by the design effect
(Kish, 1965), and the interval of Clopper and Pearson is that of the number which is left (Korn and Graubard, 1998).
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

from frontdesk.confidence.binomial import highest, lowest

DOUBT = 0.05
"""The probability with which an interval may miss."""
_DEVIATIONS = NormalDist().inv_cdf(1 - DOUBT / 2)


@dataclass(frozen=True, slots=True)
class Tally:
    """`count` of so many, by so many contacts, and the sums over the contacts that their scatter is read from.

    With y of its m conversations counted for each contact, `squares` is the sum of y·y, `products` of y·m and
    `sizes` of m·m.
    """

    count: int = 0
    of: int = 0
    contacts: int = 0
    squares: int = 0
    products: int = 0
    sizes: int = 0


@dataclass(frozen=True, slots=True)
class Rate:
    """`count` of so many; the share behind it lies from `low` to `high`, but for a probability of 5 %."""

    count: int
    of: int
    low: float
    high: float

    @property
    def share(self) -> float | None:
        """From 0 to 1; None where there is nothing to count."""
        return self.count / self.of if self.of else None


@dataclass(frozen=True, slots=True)
class Change:
    """How much greater a share is than it was; the change behind it lies from `low` to `high`."""

    by: float
    low: float
    high: float


def rate_of(tally: Tally) -> Rate:
    """The rate of a tally; its interval is all of 0 to 1 where nothing was counted."""
    if not tally.of:
        return Rate(0, 0, 0.0, 1.0)
    size = effective_size(tally)
    share = tally.count / tally.of
    counted = round(share * size, 6)
    low = lowest(math.floor(counted), size, DOUBT / 2)
    return Rate(tally.count, tally.of, low, highest(math.ceil(counted), size, DOUBT / 2))


def effective_size(tally: Tally) -> int:
    """So many conversations of different contacts would say as much, in whole numbers, rounded down."""
    if tally.contacts >= tally.of:
        return tally.of
    share = tally.count / tally.of
    if tally.contacts == 1 or share in (0, 1):
        # Where all are the same, nothing scatters: then a contact counts once.
        return tally.contacts
    freedom = tally.contacts - 1
    scatter = tally.squares - 2 * share * tally.products + share**2 * tally.sizes
    effect = scatter * tally.contacts / freedom / (tally.of * share * (1 - share))
    # With few contacts their scatter is guessed: Student's t in place of the normal, by its first correction.
    guessed = 1 + (_DEVIATIONS**2 + 1) / (4 * freedom)
    return max(1, math.floor(tally.of / (max(1.0, effect) * guessed**2)))


def change_between(before: Rate, after: Rate) -> Change | None:
    """The change with its interval, from those of the two (Newcombe, 1998); None where one counted nothing."""
    if before.share is None or after.share is None:
        return None
    by = after.share - before.share
    return Change(
        by,
        by - math.hypot(after.share - after.low, before.high - before.share),
        by + math.hypot(after.high - after.share, before.share - before.low),
    )
