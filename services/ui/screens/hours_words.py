"""Business hours in words."""

from collections.abc import Iterator
from itertools import groupby

from services.ui.browser import say
from services.ui.caller import Json


def summary(hours: Json) -> str:
    """A week on one line, days of the same hours together: `Mon–Fri 09:00–18:00 · Sat 10:00–16:00`."""
    if not hours:
        return say("hours.always")
    parts = [f"{_days(days)} {spans}" for days, spans in _alike(hours) if spans]
    return " · ".join(parts) or say("hours.never")


def _alike(hours: Json) -> Iterator[tuple[list[int], str]]:
    """Days that follow each other and have the same hours, with these."""

    def spans(day: int) -> str:
        written = hours.get(str(day), [])
        if written == [["00:00", "24:00"]]:
            return say("hours.whole_day")
        return say("common.comma").join(f"{start}–{end}" for start, end in written)

    for shared, days in groupby(range(7), key=spans):
        yield list(days), shared


def _days(days: list[int]) -> str:
    first, last = say(f"weekday.{days[0]}"), say(f"weekday.{days[-1]}")
    if len(days) == 1:
        return first
    return say("hours.days", first=first, last=last)
