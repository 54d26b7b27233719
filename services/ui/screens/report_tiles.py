"""The figures at the head of a report: each with how far it can be relied on, and whether it has changed."""

from services.ui.browser import say
from services.ui.caller import Json

GOOD_WHEN_MORE = {"answered": True, "resolved": True, "handed_over": False, "content": True, "first_response": True}
"""Whether more of it is welcome, in the order of the tiles."""


def tiles_html(report: Json) -> str:
    """All of them; those of which there is nothing to say are left out."""
    rates = [
        _rate_tile(name, report, welcome)
        for name, welcome in GOOD_WHEN_MORE.items()
        if report["rates"][name]["now"]["of"]
    ]
    return f'<div class="fd-tiles">{_volume_tile(report)}{"".join(rates)}{_waits_tile(report)}</div>'


def percent(share: float) -> str:
    """A whole number, but for small and large ones, where the rest counts."""
    return f"{round(100 * share, 1 if 0 < share < 0.03 or 0.97 < share < 1 else 0):g}"


def rate_sentence(rate: Json) -> str:
    """How many of how many, and between what the share behind it lies."""
    return say(
        "reports.rate",
        count=rate["count"],
        of=f"{rate['of']:,}",
        low=percent(rate["low"]),
        high=percent(rate["high"]),
    )


def duration(seconds: float) -> str:
    """In the unit that says most: `45 s`, `12 min`, `3.5 h`, `2 days`; a whole minute or hour is one."""
    if seconds < 90 and seconds != 60:
        return say("reports.seconds", count=f"{seconds:.0f}")
    if seconds < 90 * 60 and seconds != 3600:
        return say("reports.minutes", count=f"{seconds / 60:.0f}")
    if seconds < 36 * 3600:
        return say("reports.hours", count=f"{seconds / 3600:.1f}".removesuffix(".0"))
    return say("reports.days_long", count=f"{seconds / 86400:.1f}".removesuffix(".0"))


def _volume_tile(report: Json) -> str:
    words = say("reports.contacts", count=report["contacts"])
    before = say("reports.volume_before", count=report["conversations_before"])
    count = f"{report['conversations']:,}"
    return _tile(say("reports.conversations"), count, "", words, f'<p class="fd-trend">{before}</p>')


def _rate_tile(name: str, report: Json, welcome: bool) -> str:
    trend = report["rates"][name]
    now = trend["now"]
    share, low, high = now["count"] / now["of"], now["low"], now["high"]
    where = f"left:{100 * low:.1f}%;width:{100 * (high - low):.1f}%"
    bar = (
        f'<div class="fd-range" aria-hidden="true"><i style="{where}"></i>'
        f'<b style="left:{100 * share:.1f}%"></b></div>'
    )
    more = _trend(trend["change"], welcome) + _beside(name, report)
    return _tile(say(f"reports.{name}"), f"{percent(share)}<small>%</small>", bar, rate_sentence(now), more)


def _trend(change: Json | None, welcome: bool) -> str:
    if change is None:
        return ""
    points = f"{abs(100 * change['by']):.1f}".removesuffix(".0")
    if change["low"] <= 0 <= change["high"]:
        return f'<p class="fd-trend">{say("reports.trend_unclear")}</p>'
    rises = change["low"] > 0
    tone = "good" if rises == welcome else "bad"
    words = say("reports.trend_up" if rises else "reports.trend_down", points=points)
    return f'<p class="fd-trend fd-trend-{tone}">{words}</p>'


def _beside(name: str, report: Json) -> str:
    """What else belongs to a figure."""
    words = []
    if name == "answered":
        back = report["rates"]["asked_back"]["now"]
        if back["of"]:
            share = percent(back["count"] / back["of"])
            words.append(say("reports.asked_back", of=f"{back['of']:,}", percent=share))
    if name == "resolved":
        alone = report["rates"]["resolved_alone"]["now"]
        words.append(say("reports.resolved_alone", percent=percent(alone["count"] / alone["of"])))
        if report["unknown"]:
            words.append(say("reports.unknown", count=report["unknown"]))
    if name == "content":
        words.append(say("reports.mean_score", score=f"{report['mean_score']:.1f}"))
    return "".join(f'<p class="fd-tile-beside">{one}</p>' for one in words)


def _waits_tile(report: Json) -> str:
    first, ended = report["times"]["first_response"], report["times"]["resolution"]
    if first["median"] is None:
        return ""
    words = say("reports.nine_of_ten", time=duration(first["p90"]))
    more = ""
    if ended["median"] is not None:
        times = {"median": duration(ended["median"]), "p90": duration(ended["p90"])}
        more = f'<p class="fd-tile-beside">{say("reports.resolution_times", **times)}</p>'
    before = report["times_before"]["first_response"]["median"]
    if before is not None:
        more = f'<p class="fd-trend">{say("reports.time_before", time=duration(before))}</p>' + more
    return _tile(say("reports.first_response_time"), duration(first["median"]), "", words, more)


def _tile(label: str, figure: str, bar: str, words: str, more: str) -> str:
    return (
        f'<section class="fd-tile"><h3>{label}</h3><div class="fd-tile-figure">{figure}</div>{bar}'
        f"<p>{words}</p>{more}</section>"
    )
