"""What a contact reads when nobody is there."""

from datetime import UTC, date, datetime

import pytest

from frontdesk.language import Language
from frontdesk.teams.hours import Week, read_hours
from frontdesk.teams.wording import closed_notice

WORKING: Week = {str(day): [["09:00", "18:00"]] for day in range(5)}
THURSDAY, FRIDAY, SATURDAY = (date(2026, 12, day) for day in (24, 25, 26))


def notice(zone: str, moment: datetime, language: Language, holidays: tuple[date, ...] = ()) -> str | None:
    return closed_notice(read_hours(WORKING, zone, holidays), moment, language)


@pytest.mark.parametrize(
    ("moment", "holidays", "english", "chinese"),
    [
        (datetime(2026, 12, 24, 5, 30, tzinfo=UTC), (), "today at 09:00 (Berlin time)", "今天 09:00（UTC+1）"),
        (datetime(2026, 12, 23, 20, 0, tzinfo=UTC), (), "tomorrow at 09:00", "明天 09:00"),
        # It is Thursday in Berlin already, and the contact reads the clock of Berlin.
        (datetime(2026, 12, 23, 23, 30, tzinfo=UTC), (), "today at 09:00", "今天 09:00"),
        (datetime(2026, 12, 25, 20, 0, tzinfo=UTC), (), "on Monday at 09:00", "周一 09:00"),
        (
            datetime(2026, 12, 24, 7, 0, tzinfo=UTC),
            (THURSDAY, FRIDAY, date(2026, 12, 28), date(2026, 12, 29), date(2026, 12, 30), date(2026, 12, 31)),
            "on Friday, 1 January 2027 at 09:00",
            "2027年1月1日（周五） 09:00",
        ),
    ],
)
def test_it_says_when_somebody_is_back(
    moment: datetime, holidays: tuple[date, ...], english: str, chinese: str
) -> None:
    for language, words in ((Language.EN, english), (Language.ZH, chinese)):
        told = notice("Europe/Berlin", moment, language, holidays)
        assert told is not None
        assert words in told


@pytest.mark.parametrize(
    ("zone", "english", "chinese"),
    [
        ("Asia/Shanghai", "(Shanghai time)", "（北京时间）"),
        ("America/New_York", "(New York time)", "（UTC-5）"),
        ("Asia/Kathmandu", "(Kathmandu time)", "（UTC+5:45）"),
        ("UTC", "(UTC)", "（UTC）"),
        ("Etc/GMT-3", "(UTC+3)", "（UTC+3）"),
    ],
)
def test_it_says_by_which_clock(zone: str, english: str, chinese: str) -> None:
    sunday = datetime(2026, 12, 27, 6, tzinfo=UTC)
    assert english in (notice(zone, sunday, Language.EN) or "")
    assert chinese in (notice(zone, sunday, Language.ZH) or "")


def test_whole_sentences() -> None:
    sunday = datetime(2026, 12, 27, 6, tzinfo=UTC)
    english = "We are not here right now. We are back tomorrow at 09:00 (Shanghai time)."
    assert notice("Asia/Shanghai", sunday, Language.EN) == english
    assert (
        notice("Asia/Shanghai", sunday, Language.ZH) == "现在是非工作时间，人工客服将于明天 09:00（北京时间）上班。"
    )


def test_nothing_is_said_while_somebody_is_there_and_no_time_when_nobody_comes() -> None:
    assert notice("UTC", datetime(2026, 12, 24, 9, tzinfo=UTC), Language.EN) is None
    never = read_hours({"0": []}, "UTC")
    for language in Language:
        told = closed_notice(never, datetime(2026, 12, 24, 9, tzinfo=UTC), language)
        assert told
        assert not any(letter.isdigit() for letter in told)
