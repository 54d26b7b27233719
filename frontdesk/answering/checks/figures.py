"""The figures of a text: prices, dates, times, shares, numbers and codes, in one form for both languages."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from frontdesk.answering.checks.folding import folded


@dataclass(frozen=True, slots=True)
class Figure:
    """A value with its kind (a unit, `date`, `time`, `code`, or none); `half` is the half of the day, where told.

    `words` are those that it was read from.
    """

    kind: str
    value: str
    half: str = ""
    words: str = field(default="", compare=False)

    def says(self, other: "Figure") -> bool:
        """Whether this, in a source, supports the other: a number without unit supports it with any unit."""
        if self.value != other.value or (self.half and other.half and self.half != other.half):
            return False
        return self.kind == other.kind or (not self.kind and other.kind not in ("date", "time", "code"))


def figures(text: str) -> list[Figure]:
    """All figures of a text, in no order."""
    text = _LIST_NUMBER.sub(" ", folded(text))
    text = _SPACED_DIGITS.sub(lambda found: found[0].replace(" ", ""), text)
    text = _ENGLISH_NUMBER.sub(_english_number, _HAN_NUMBER.sub(_han_number, text))
    text = _GROUPED.sub(lambda found: found[0].replace(",", ""), text)
    found: list[Figure] = []
    for pattern, read in _READERS:

        def take(match: re.Match[str], read: Callable[[re.Match[str]], Iterator[Figure]] = read) -> str:
            found.extend(read(match))
            return " \x1f "

        text = pattern.sub(take, text)
    return found


def unsupported(wanted: Sequence[Figure], sources: Sequence[Figure]) -> Figure | None:
    """The first figure that no source says."""
    return next((one for one in wanted if not any(source.says(one) for source in sources)), None)


_LIST_NUMBER = re.compile(r"(?m)^\s*\d{1,2}[.)、]\s+")
_SPACED_DIGITS = re.compile(r"(?<!\d)\d(?: \d){2,}(?!\d)")
_GROUPED = re.compile(r"(?<![\d,])\d{1,3}(?:,\d{3})+(?!\d)")

_NUMBER = r"\d+(?:\.\d+)?"
_UNITS = {
    "percent": r"%|percent\b|per cent\b|个百分点",
    "yuan": r"元|块钱?|人民币|yuan\b|rmb\b|cny\b",
    "dollar": r"美元|美金|刀|dollars?\b|usd\b",
    "euro": r"欧元|euros?\b|eur\b",
    "hour": r"个?小时|个?钟头|hours?\b|hrs?\b|h\b",
    "minute": r"分钟|minutes?\b|mins?\b",
    "second": r"秒钟?|seconds?\b|secs?\b",
    "day": r"个?工作日|个?自然日|天|日|(?:business |working |calendar )?days?\b",
    "week": r"个?星期|个?礼拜|周|weeks?\b",
    "month": r"个月|月|months?\b",
    "year": r"周年|年|years?\b|yrs?\b",
    "fold": r"折",
    "times": r"倍",
    "tenth": r"成(?!功|交|为|本|品|员|年|立|人)",
    "kilogram": r"公斤|千克|kg\b|kilograms?\b|kilos?\b",
    "gram": r"克|g\b|grams?\b",
    "metre": r"米|m\b|met(?:er|re)s?\b",
    "centimetre": r"厘米|cm\b|centimet(?:er|re)s?\b",
    "kilometre": r"公里|千米|km\b|kilomet(?:er|re)s?\b",
    "litre": r"升|l\b|lit(?:er|re)s?\b",
}
_UNIT = "|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _UNITS.items())
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"(?P<name>{'|'.join(_MONTHS)})[a-z]*\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?:,?\s+(?P<year>\d{4}))?"
_SIGN = r"\s*[年月/.\-]\s*"
_DAYS_OF_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MORNING, _EVENING = "上午|早上|早晨|凌晨|清晨", "下午|晚上|傍晚|中午|夜里"


def _number(digits: str) -> str:
    value = Decimal(digits)
    return str(value.to_integral_value() if value == value.to_integral_value() else value.normalize())


def _date(match: re.Match[str]) -> Iterator[Figure]:
    parts = match.groupdict()
    month = str(_MONTHS.index(parts["name"]) + 1) if parts.get("name") else _number(parts["month"])
    yield Figure("date", f"{month}-{_number(parts['day'])}", words=match[0])
    if parts.get("year"):
        yield Figure("year", _number(parts["year"]), words=match[0])


def _time(match: re.Match[str]) -> Iterator[Figure]:
    parts = match.groupdict()
    hour, minutes = int(parts["hour"]), parts.get("minutes") or "0"
    after = 30 if minutes == "半" else int(minutes)
    told = (parts.get("before") or "") + (parts.get("after") or "").replace(".", "")
    half = "pm" if hour > 12 or re.search(f"{_EVENING}|pm", told) else ""
    half = half or ("am" if re.search(f"{_MORNING}|am", told) or parts["hour"].startswith("0") else "")
    yield Figure("time", str((hour * 60 + after) % 720), half, match[0])


def _weekday(match: re.Match[str]) -> Iterator[Figure]:
    day = match["han"]
    number = min("一二三四五六日天".index(day), 6) if day else _DAYS_OF_WEEK.index(match["english"])
    yield Figure("weekday", str(number), words=match[0])


def _in_front(kind: str) -> Callable[[re.Match[str]], Iterator[Figure]]:
    """A unit that stands before its number, or is no word of its own."""

    def read(match: re.Match[str]) -> Iterator[Figure]:
        for number in re.findall(_NUMBER, match[0]):
            yield Figure(kind, _number(number), words=match[0])

    return read


def _measured(match: re.Match[str]) -> Iterator[Figure]:
    """A number with its unit, or a range, whose first number has the same."""
    kind = next(kind for kind in _UNITS if match[kind])
    for number in re.findall(_NUMBER, match["numbers"]):
        yield Figure(kind, _number(number), words=match[0])


def _half(match: re.Match[str]) -> Iterator[Figure]:
    kind = next(kind for kind in _UNITS if match[kind])
    yield Figure(kind, "0.5", words=match[0])


def _code(match: re.Match[str]) -> Iterator[Figure]:
    yield Figure("code", match[0], words=match[0])


def _bare(match: re.Match[str]) -> Iterator[Figure]:
    yield Figure("", _number(match[0]), words=match[0])


_HALF_OF_DAY = r"\s*(?P<after>[ap]\.?m\b\.?)?"
_READERS: Sequence[tuple[re.Pattern[str], Callable[[re.Match[str]], Iterator[Figure]]]] = (
    (re.compile(rf"(?P<year>\d{{4}}){_SIGN}(?P<month>\d{{1,2}}){_SIGN}(?P<day>\d{{1,2}})(?!\d)[日号]?"), _date),
    (re.compile(r"\d{1,2}/\d{1,2}/\d{2,4}"), _code),
    (re.compile(r"(?P<month>\d{1,2})\s*月\s*(?P<day>\d{1,2})\s*[日号]"), _date),
    (re.compile(rf"\b{_MONTH}\s*{_DAY}\b{_YEAR}"), _date),
    (re.compile(rf"\b{_DAY}\s+(?:of\s+)?{_MONTH}(?![a-z]){_YEAR}"), _date),
    (
        re.compile(
            rf"(?P<before>{_MORNING}|{_EVENING})?\s*(?<!\d)(?P<hour>\d{{1,2}}):(?P<minutes>\d{{2}})(?::\d\d)?"
            rf"{_HALF_OF_DAY}"
        ),
        _time,
    ),
    (
        re.compile(
            rf"(?P<before>{_MORNING}|{_EVENING})?\s*(?<![\d.])(?P<hour>\d{{1,2}})点钟?(?P<minutes>半|\d{{1,2}})?分?"
        ),
        _time,
    ),
    (re.compile(r"(?<![\d.])(?P<hour>\d{1,2})\s*(?P<after>[ap]\.?m\b\.?)"), _time),
    (
        re.compile(
            r"(?:周|星期|礼拜)(?P<han>[一二三四五六日天])|\b(?P<english>mon|tue|wed|thu|fri|sat|sun)[a-z]*day\b"
        ),
        _weekday,
    ),
    (re.compile(rf"百分之\s*{_NUMBER}"), _in_front("percent")),
    (re.compile(rf"(?:us\$|\$)\s*{_NUMBER}"), _in_front("dollar")),
    (re.compile(rf"(?:¥|rmb|cny)\s*{_NUMBER}"), _in_front("yuan")),
    (re.compile(rf"(?:€|eur)\s*{_NUMBER}"), _in_front("euro")),
    (
        re.compile(
            rf"(?<![\d.a-z])(?P<numbers>{_NUMBER}(?:\s*(?:-|–|—|~|到|至|或|to|or)\s*{_NUMBER})?)\s*-?\s*(?:{_UNIT})"
        ),
        _measured,
    ),
    (re.compile(rf"(?:半个?|\bhalf an?\s+)(?:{_UNIT})"), _half),
    (re.compile(r"[a-z0-9]*(?:[a-z]\d|\d[a-z])[a-z0-9]*"), _code),
    (re.compile(_NUMBER), _bare),
)

_HAN_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_HAN_POWERS = {"十": 10, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}
_HAN_UNIT = (
    r"[天日周年元块折倍成号克米升斤秒]|个?工作日|个?自然日|个?星期|个?礼拜|个?月|个?小时|分钟|公斤|千克|公里|厘米"
)
_HAN_MEASURE = "[件台双套箱瓶份枚条支张只次个位款点]"
_HAN_NUMBER = re.compile(
    r"(?<!周)(?<!星期)(?<!礼拜)(?:(?P<digits>\d+(?:\.\d+)?)(?P<power>[百千万亿]+)"
    rf"|(?P<han>[〇零一二两三四五六七八九十百千万亿]+)(?=(?P<unit>{_HAN_UNIT})?(?P<measure>{_HAN_MEASURE})?))"
)


def _han_number(match: re.Match[str]) -> str:
    """In digits, where it is a number: 「一般」 and 「万一」 are none, and neither is the 「一」 of 「一个」."""
    if match["digits"]:
        amount = Decimal(match["digits"])
        for power in match["power"]:
            amount *= _HAN_POWERS[power]
        return _number(str(amount))
    text: str = match["han"]
    if len(text) == 1 and not match["unit"] and (text in "一零〇十百千万亿" or not match["measure"]):
        starts_share = match.string[max(0, match.start() - 3) : match.start()] == "百分之"
        return str(_han_value(text)) if starts_share and text in _HAN_DIGITS else text
    value = _han_value(text)
    return text if value is None else str(value)


def _han_value(text: str) -> int | None:
    """None for what is no number, such as a power without anything before it."""
    if all(sign in _HAN_DIGITS for sign in text):
        return int("".join(str(_HAN_DIGITS[sign]) for sign in text))
    total = section = digit = 0
    for place, sign in enumerate(text):
        if sign in _HAN_DIGITS:
            digit = _HAN_DIGITS[sign]
            continue
        power = _HAN_POWERS[sign]
        if power >= 10_000:
            if not section + digit:
                return None
            total, section, digit = (total + section + digit) * power, 0, 0
        elif digit or (sign == "十" and place == 0):
            section, digit = section + (digit or 1) * power, 0
        else:
            return None
    return total + section + digit


_ENGLISH = dict(
    zip(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
            "twenty",
            "thirty",
            "forty",
            "fifty",
            "sixty",
            "seventy",
            "eighty",
            "ninety",
        ],
        [*range(20), *range(20, 100, 10)],
        strict=True,
    )
)
_ENGLISH_POWERS = {"hundred": 100, "thousand": 1000, "million": 1_000_000}
_WORD = "|".join([*sorted(_ENGLISH, key=len, reverse=True), *_ENGLISH_POWERS])
_SPAN = r"(?:(?:business|working|calendar)\s+)?(?:hour|day|week|month|year)"
_ENGLISH_NUMBER = re.compile(
    rf"\b(?P<words>(?:{_WORD}|\d+(?=\s+(?:hundred|thousand|million)\b))(?:(?:\s+and\s+|[\s-]+)(?:{_WORD})\b)*)\b"
    rf"|\b(?P<before>within|in|after|for|takes|up to|than)\s+an?\s+(?={_SPAN}\b)"
)


def _english_number(match: re.Match[str]) -> str:
    if match["before"]:
        return f"{match['before']} 1 "
    words = re.split(r"[\s-]+", match["words"])
    if words == ["one"] and not re.match(rf"\s+(?:{_SPAN}|percent|yuan|dollar)", match.string[match.end() :]):
        return match[0]
    total = section = 0
    for word in words:
        if word in _ENGLISH_POWERS:
            power = _ENGLISH_POWERS[word]
            section = (section or 1) * power
            if power > 100:
                total, section = total + section, 0
        elif word != "and":
            section += int(word) if word.isdecimal() else _ENGLISH[word]
    return str(total + section)
