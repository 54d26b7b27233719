"""The pictures of a report, drawn as plain HTML: they are read by everybody, on any screen, without a script."""

from collections.abc import Sequence
from datetime import date
from html import escape

from services.ui.browser import say
from services.ui.caller import Json
from services.ui.screens.report_tiles import duration, percent, rate_sentence

MOST_BARS = 62
"""More days than that are drawn by weeks."""
PARTS = ("answered", "handed_over", "open")


def days_html(report: Json) -> str:
    """How many conversations began on each day, by what came of them."""
    bars = _bars(report["days"])
    most = max(bar["conversations"] for bar in bars)
    columns = "".join(_column(bar, most) for bar in bars)
    ticks = {0, len(bars) // 2, len(bars) - 1}
    labels = "".join(f"<span>{_short(bars[number]['day'])}</span>" for number in sorted(ticks))
    legend = "".join(f'<span><i class="fd-part-{part}"></i>{say(f"reports.part_{part}")}</span>' for part in PARTS)
    title = say("reports.by_day" if len(bars) == len(report["days"]) else "reports.by_week")
    picture = (
        f'<div class="fd-days-most">{most:,}</div><div class="fd-days" role="img" '
        f'aria-label="{title}">{columns}</div><div class="fd-days-ticks">{labels}</div>'
    )
    return _card(title, f'{picture}<div class="fd-legend">{legend}</div>', wide=True)


def hours_html(report: Json) -> str:
    """When conversations begin: weekdays by hours, the darker the more."""
    hours = report["hours"]
    most = max(hour["conversations"] for day in hours for hour in day) or 1
    rows = "".join(_weekday(number, day, most) for number, day in enumerate(hours))
    ticks = "".join(f"<span>{hour}</span>" for hour in range(0, 24, 3))
    grid = f'<div class="fd-hours">{rows}<b></b><div class="fd-hours-ticks">{ticks}</div></div>'
    return _card(say("reports.by_hour"), grid + f'<div class="fd-meta">{say("reports.by_hour_help")}</div>')


def reasons_html(report: Json) -> str:
    """Why conversations were handed over."""
    rows = [(say(f"reason.{one['reason']}"), one["rate"]) for one in report["reasons"]]
    return _card(say("reports.reasons"), _share_bars(rows) or _nothing(say("reports.no_handoffs")))


def responses_html(report: Json) -> str:
    """How long contacts waited for the first word of a person."""
    *steps, longest = report["responses"]
    rows = [(say("reports.up_to", time=duration(step["seconds"])), step["count"]) for step in steps]
    rows.append((say("reports.longer_than", time=duration(steps[-1]["seconds"])), longest["count"]))
    if report["unanswered"]:
        rows.append((say("reports.not_yet"), report["unanswered"]))
    if not sum(count for _, count in rows):
        return _card(say("reports.responses"), _nothing(say("reports.no_handoffs")))
    return _card(say("reports.responses"), _count_bars(rows, "handed_over"))


def scores_html(report: Json) -> str:
    """What contacts gave, the best first."""
    scores = report["scores"]
    if not sum(scores):
        return _card(say("reports.scores"), _nothing(say("reports.no_surveys")))
    rows = [
        (f'<span class="fd-stars">{"★" * score}</span>', scores[score - 1]) for score in range(len(scores), 0, -1)
    ]
    return _card(say("reports.scores"), _count_bars(rows, "answered"))


def topics_html(report: Json) -> str:
    """What conversations are about, and what came of them."""
    found = report["topics"]
    if all(topic["topic_id"] is None for topic in found):
        return _card(say("reports.topics"), _nothing(say("reports.no_topics")), wide=True)
    names = ("topic", "conversations", "answered", "resolved")
    head = "".join(f"<th scope='col'>{say(f'reports.{name}')}</th>" for name in names)
    rows = "".join(
        f"<tr><th scope='row'>{escape(topic['name'] or say('reports.unknown_topic'))}</th>"
        f"<td>{topic['conversations']:,}</td>{_cell(topic['answered'])}{_cell(topic['resolved'])}</tr>"
        for topic in found
    )
    table = f'<table class="fd-topics"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
    return _card(say("reports.topics"), table, wide=True)


def _bars(days: Sequence[Json]) -> list[Json]:
    if len(days) <= MOST_BARS:
        return list(days)
    weeks = (days[start : start + 7] for start in range(0, len(days), 7))
    counts = ("conversations", "answered", "handed_over")
    return [{"day": week[0]["day"]} | {name: sum(day[name] for day in week) for name in counts} for week in weeks]


def _column(bar: Json, most: int) -> str:
    counts = {"answered": bar["answered"], "handed_over": bar["handed_over"]}
    counts["open"] = bar["conversations"] - sum(counts.values())
    words = " · ".join(
        [_short(bar["day"]), *(f"{say(f'reports.part_{part}')} {counts[part]:,}" for part in PARTS if counts[part])]
    )
    pieces = "".join(
        f'<i class="fd-part-{part}" style="height:{100 * counts[part] / most:.2f}%"></i>'
        for part in reversed(PARTS)
        if counts[part]
    )
    return f'<span title="{escape(words)}">{pieces}</span>'


def _weekday(number: int, day: Sequence[Json], most: int) -> str:
    name = say(f"reports.weekday_{number}")
    cells = "".join(
        f'<i style="--fd-load:{hour["conversations"] / most:.2f}" title="{_of_hour(name, clock, hour)}"></i>'
        for clock, hour in enumerate(day)
    )
    return f"<b>{name}</b><div>{cells}</div>"


def _of_hour(weekday: str, clock: int, hour: Json) -> str:
    counts = {"count": f"{hour['conversations']:,}", "handed": f"{hour['handed_over']:,}"}
    return escape(f"{weekday} {clock}:00 · {say('reports.in_hour', **counts)}")


def _share_bars(rows: Sequence[tuple[str, Json]]) -> str:
    return "".join(
        f'<div class="fd-bar" title="{escape(rate_sentence(rate))}"><span>{escape(words)}</span>'
        f"<b>{percent(rate['count'] / rate['of'])}%</b>"
        f'<div><i class="fd-part-handed_over" style="width:{100 * rate["count"] / rate["of"]:.1f}%"></i></div>'
        f'<p class="fd-meta">{rate_sentence(rate)}</p></div>'
        for words, rate in rows
    )


def _count_bars(rows: Sequence[tuple[str, int]], part: str) -> str:
    """`rows` are HTML with a count each."""
    total, most = sum(count for _, count in rows), max(count for _, count in rows)
    return "".join(
        f'<div class="fd-bar"><span>{words}</span><b>{count:,}<small> · {percent(count / total)}%</small></b>'
        f'<div><i class="fd-part-{part}" style="width:{100 * count / most:.1f}%"></i></div></div>'
        for words, count in rows
    )


def _cell(rate: Json) -> str:
    if not rate["of"]:
        return "<td>–</td>"
    low, high = percent(rate["low"]), percent(rate["high"])
    share = percent(rate["count"] / rate["of"])
    return f'<td title="{escape(rate_sentence(rate))}">{share}%<small>{low}–{high}%</small></td>'


def _short(day: str) -> str:
    return say("reports.day", when=date.fromisoformat(day))


def _nothing(words: str) -> str:
    return f'<p class="fd-meta">{words}</p>'


def _card(title: str, body: str, *, wide: bool = False) -> str:
    return f'<section class="fd-chart{" fd-chart-wide" if wide else ""}"><h2>{title}</h2>{body}</section>'
