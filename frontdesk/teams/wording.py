"""What a contact reads while nobody of a team is there, on the clock of the team."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from frontdesk.language import Language
from frontdesk.teams.calendar import next_opening
from frontdesk.teams.hours import Hours

_WEEKDAYS = {
    Language.ZH: ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
    Language.EN: ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
# One clock holds for all of China.
_BEIJING = ("Asia/Shanghai", "Asia/Chongqing", "Asia/Harbin", "PRC")


def closed_notice(hours: Hours, moment: datetime, language: Language) -> str | None:
    """When the team is back, as in "We are back on Monday at 09:00 (Berlin time)."; None while it is there."""
    opens_at = next_opening(hours, moment)
    if opens_at is None:
        return {
            Language.ZH: "目前没有人工客服值班。",
            Language.EN: "Nobody is here to reply at the moment.",
        }[language]
    if opens_at == moment:
        return None
    when = opening_words(hours, opens_at, moment, language)
    return {
        Language.ZH: f"现在是非工作时间，人工客服将于{when}上班。",
        Language.EN: f"We are not here right now. We are back {when}.",
    }[language]


def opening_words(hours: Hours, opens_at: datetime, moment: datetime, language: Language) -> str:
    """A later moment as seen from `moment`: "tomorrow at 09:00 (Berlin time)", 「明天 09:00（北京时间）」."""
    opens, today = opens_at.astimezone(hours.zone), moment.astimezone(hours.zone).date()
    day, clock, zone = (
        _day_words(opens.date(), today, language),
        opens.strftime("%H:%M"),
        _zone_words(hours.zone, opens, language),
    )
    return {Language.ZH: f"{day} {clock}（{zone}）", Language.EN: f"{day} at {clock} ({zone})"}[language]


def _day_words(day: date, today: date, language: Language) -> str:
    weekday = _WEEKDAYS[language][day.weekday()]
    match (day - today) // timedelta(days=1):
        case 0:
            return {Language.ZH: "今天", Language.EN: "today"}[language]
        case 1:
            return {Language.ZH: "明天", Language.EN: "tomorrow"}[language]
        case days if days < 7:
            return {Language.ZH: weekday, Language.EN: f"on {weekday}"}[language]
    year = day.year != today.year
    return {
        Language.ZH: f"{f'{day.year}年' if year else ''}{day.month}月{day.day}日（{weekday}）",
        Language.EN: f"on {weekday}, {day.day} {_MONTHS[day.month - 1]}{f' {day.year}' if year else ''}",
    }[language]


def _zone_words(zone: ZoneInfo, moment: datetime, language: Language) -> str:
    """The zone by its city in English; in Chinese by its distance from UTC, but for China's own."""
    area, _, city = zone.key.rpartition("/")
    if language == Language.ZH:
        return "北京时间" if zone.key in _BEIJING else _offset(moment)
    return f"{city.replace('_', ' ')} time" if area and area != "Etc" else _offset(moment)


def _offset(moment: datetime) -> str:
    minutes = round((moment.utcoffset() or timedelta()) / timedelta(minutes=1))
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes > 0 else '-'}{hours}{f':{rest:02}' if rest else ''}"
