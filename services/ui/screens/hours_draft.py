"""A week of business hours while it is being edited: numbered spans by day, each with the times it has now."""

from datetime import time

from services.ui.caller import Json

USUAL = ("09:00", "18:00")
MOST_SPANS = 6
END_OF_DAY = "24:00"

Times = tuple[str, str]


class HoursDraft:
    """The days of a week, "0" is Monday, as spans by number; a number is never used again."""

    def __init__(self, hours: Json) -> None:
        self._last = 0
        self.days: list[dict[int, Times]] = [{} for _ in range(7)]
        for day in range(7):
            # Who was always there so far begins with the usual week.
            usual = [USUAL] if day < 5 and not hours else []
            for start, end in hours.get(str(day), usual):
                self._add(day, (start, end))

    def open(self, day: int) -> None:
        """As the nearest day before that is open, since most days are alike."""
        before = (self.days[(day - back) % 7] for back in range(1, 7))
        for times in next((spans.values() for spans in before if spans), [USUAL]):
            self._add(day, times)

    def close(self, day: int) -> None:
        """No spans on this day."""
        self.days[day] = {}

    def drop(self, day: int, number: int) -> None:
        """Without one of the spans."""
        del self.days[day][number]

    def extend(self, day: int) -> None:
        """Another span after the last one: the afternoon, where that was the whole day."""
        number, (start, end) = list(self.days[day].items())[-1]
        if start < "12:00" and end > "14:00":
            del self.days[day][number]
            self._add(day, (start, "12:00"))
            self._add(day, ("13:00", end))
        else:
            hour, minute = int(end[:2]), end[3:]
            self._add(day, (f"{(hour + 1) % 24:02}:{minute}", f"{(hour + 2) % 24:02}:{minute}"))

    def copy_monday(self) -> None:
        """The times of Monday on all days until Friday."""
        for day in range(1, 5):
            self.days[day] = {}
            for times in self.days[0].values():
                self._add(day, times)

    def week(self) -> Json:
        """As the api takes it; a closed day is there, without spans."""
        return {str(day): list(map(list, spans.values())) for day, spans in enumerate(self.days)}

    def _add(self, day: int, times: Times) -> None:
        self._last += 1
        self.days[day][self._last] = times


def clock(written: str) -> time:
    """The time on a clock; a day ends when the next one begins."""
    return time() if written == END_OF_DAY else time.fromisoformat(written)


def written(start: time, end: time) -> Times:
    """The same as the api has it."""
    return f"{start:%H:%M}", END_OF_DAY if end == time() else f"{end:%H:%M}"
