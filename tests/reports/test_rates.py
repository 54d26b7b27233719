"""Intervals cover the share behind what was counted, at their level, although contacts come back."""

import math
import random

import pytest
from scipy.stats import beta

from frontdesk.reports.rates import DOUBT, Rate, Tally, change_between, effective_size, rate_of

DRAWS = 200
SHARES = (0.05, 0.3, 0.72, 0.95)


def drawn(chance: random.Random, share: float, contacts: int, alike: float, often: float) -> Tally:
    """Counts of contacts, each with a share of their own: as alike as the correlation within a contact says."""
    count = of = squares = products = sizes = 0
    for _ in range(contacts):
        own = share
        if alike:
            own = chance.betavariate(share * (1 / alike - 1), (1 - share) * (1 / alike - 1))
        conversations = 1
        while chance.random() < 1 - 1 / often:
            conversations += 1
        good = sum(chance.random() < own for _ in range(conversations))
        count, of = count + good, of + conversations
        squares += good * good
        products += good * conversations
        sizes += conversations * conversations
    return Tally(count, of, contacts, squares, products, sizes)


def covers(rate: Rate, share: float) -> bool:
    return rate.low <= share <= rate.high


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize(
    ("contacts", "alike", "often"), [(40, 0.0, 1), (60, 0.3, 2.5), (400, 0.3, 2.5), (300, 0.6, 5)]
)
def test_an_interval_covers_at_its_level(share: float, contacts: int, alike: float, often: float) -> None:
    chance = random.Random(f"{share} {contacts} {alike} {often}")
    rates = [rate_of(drawn(chance, share, contacts, alike, often)) for _ in range(DRAWS)]
    covered = sum(covers(rate, share) for rate in rates)
    # As rarely as once in a thousand would so many draws of an interval at its level cover less.
    assert covered >= DRAWS * (1 - DOUBT) - 3.1 * math.sqrt(DRAWS * DOUBT * (1 - DOUBT))


def test_without_regard_to_contacts_it_would_not() -> None:
    chance = random.Random(7)
    tallies = [drawn(chance, 0.72, 300, 0.6, 5) for _ in range(DRAWS)]
    blind = [rate_of(Tally(one.count, one.of, one.of)) for one in tallies]
    assert sum(covers(rate, 0.72) for rate in blind) < 0.85 * DRAWS


@pytest.mark.parametrize(
    ("count", "of"), [(0, 1), (1, 1), (7, 10), (30, 100), (0, 250), (6000, 20_000), (3, 200_000)]
)
def test_of_contacts_who_came_once_it_is_that_of_clopper_and_pearson(count: int, of: int) -> None:
    rate = rate_of(Tally(count, of, of, count, count, of))
    low = beta.ppf(DOUBT / 2, count, of - count + 1) if count else 0
    high = beta.ppf(1 - DOUBT / 2, count + 1, of - count) if count < of else 1
    assert (rate.low, rate.high) == pytest.approx((low, high), abs=1e-9)


def test_one_who_writes_a_hundred_times_is_one() -> None:
    assert effective_size(Tally(80, 100, 1, 6400, 8000, 10_000)) == 1
    assert effective_size(Tally(100, 100, 20, 500, 500, 500)) == 20


def test_nothing_counted_says_nothing() -> None:
    nothing = rate_of(Tally())
    assert (nothing.share, nothing.low, nothing.high) == (None, 0, 1)
    assert change_between(nothing, rate_of(Tally(1, 2, 2))) is None


def test_a_change_is_found_where_there_is_one_and_rarely_elsewhere() -> None:
    chance = random.Random(11)
    found = {0.72: 0, 0.85: 0}
    for after in found:
        for _ in range(DRAWS):
            before = rate_of(drawn(chance, 0.72, 250, 0.3, 2.5))
            change = change_between(before, rate_of(drawn(chance, after, 250, 0.3, 2.5)))
            assert change is not None
            found[after] += not change.low <= 0 <= change.high
    assert found[0.72] < 0.08 * DRAWS
    assert found[0.85] > 0.9 * DRAWS
