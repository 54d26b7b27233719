"""What a person sees in a spreadsheet's cell."""

import re
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

from frontdesk.knowledge.parsing.writing import one_line

_EXACT = 10**15
_CURRENCY = re.compile(r"\[\$([^\]-]*)[^\]]*\]")
_NOT_SHOWN = re.compile(r"\[[^\]]*\]|[_*].")
_DIGITS = re.compile(r"([^#0?]*)[#0?][#0?,.]*(.*)", re.DOTALL)
_QUOTING = re.compile(r'["\\]')
_LONGEST_UNIT = 8
_ERROR = re.compile(r"#(?:[A-Z/0]{3,8}[!?]|N/A|GETTING_DATA)|Err:5\d\d")


def shown(value: Any, number_format: str | None = None) -> str:
    """A cell's value as text: dates without midnight, 18.0 as 18, shares as per cent, amounts with their unit."""
    match value:
        case None:
            return ""
        case str() as text:
            return "" if _ERROR.fullmatch(text) else one_line(text)
        case bool() as flag:
            return "TRUE" if flag else "FALSE"
        case int() | float() as number:
            return _number(number, number_format or "")
        case datetime() as moment:
            return f"{moment:%Y-%m-%d}" if moment.time() == time() else f"{moment:%Y-%m-%d %H:%M}"
        case date() as day:
            return day.isoformat()
        case time() as clock:
            return f"{clock:%H:%M}"
        case other:
            return one_line(str(other))


def shown_on_lines(value: Any, number_format: str | None = None) -> str:
    """The same, but a text keeps its line breaks."""
    return value if isinstance(value, str) and not _ERROR.fullmatch(value) else shown(value, number_format)


def _number(number: float, number_format: str) -> str:
    before, after = _units(number_format)
    if after.startswith("%"):
        number *= 100
    plain = f"{number:.12g}" if abs(number) < 1 else f"{number:.15g}"
    return f"{before}{plain if abs(number) < _EXACT else f'{number:.0f}'}{after}"


@lru_cache(maxsize=1024)
def _units(number_format: str) -> tuple[str, str]:
    """What the format sets before and after the digits: a currency, 元, kg, %."""
    positive = _NOT_SHOWN.sub("", _CURRENCY.sub(r"\1", number_format.split(";")[0]))
    found = _DIGITS.fullmatch(positive)
    if found is None:
        return "", ""
    before, after = (_QUOTING.sub("", part).strip() for part in found.groups())
    if max(len(before), len(after)) > _LONGEST_UNIT or "/" in after or after.startswith(("E", "e")):
        return "", ""
    return before, after
