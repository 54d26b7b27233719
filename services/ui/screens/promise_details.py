"""The figures behind a promise, one card for each way of searching."""

from services.ui.browser import clock_time, say
from services.ui.caller import Json
from services.ui.screens.promise_figures import BY_USE, badge_html, percent


def details_html(calibration: Json) -> str:
    """From which confidence on is answered, what goes wrong on either side of it, and what was asked to tell."""
    thresholds = sorted(calibration["thresholds"], key=lambda one: BY_USE.index(one["basis"]))
    searches_meaning = any(_searches(one) == "meaning" for one in thresholds)
    cards = "".join(_card(one, searches_meaning) for one in thresholds)
    facts = (
        say("promise.measured", time=clock_time(calibration["made_at"]), version=calibration["version"]),
        say("promise.held_out", count=calibration["held_out"]),
        say("promise.of_sets", count=calibration["labelled"]),
        say(f"promise.outside_{calibration['outside_from']}", percent=percent(calibration["outside"])),
    )
    return f'<div class="fd-bases">{cards}</div><p class="fd-meta">{" · ".join(facts)}</p>'


def _searches(threshold: Json) -> str:
    return str(threshold["basis"]).partition("+")[0]


def _card(threshold: Json, searches_meaning: bool) -> str:
    searches, basis = _searches(threshold), say(f"promise.basis_{_searches(threshold)}")
    if threshold["basis"].endswith("+rerank"):
        basis = say("promise.basis_reranked", basis=basis)
    lead = "basis_only_words_lead" if searches == "words" and not searches_meaning else f"basis_{searches}_lead"
    rows = "".join(f"<dt>{say(f'promise.{name}')}</dt><dd>{words}</dd>" for name, words in _rows(threshold).items())
    return (
        f'<div class="fd-basis"><div class="fd-document-name">{basis}{badge_html(threshold["ground"])}</div>'
        f'<div class="fd-meta">{say(f"promise.{lead}")}</div><dl>{rows}</dl></div>'
    )


def _rows(threshold: Json) -> dict[str, str]:
    rows = {"threshold": say("promise.percent", percent=percent(threshold["threshold"]))}
    if threshold["ground"] == "nothing":
        return rows
    shares = {name: percent(threshold[f"answered_{name}"]) for name in ("least", "most")}
    rows["answered"] = say("promise.range", percent=percent(threshold["answered"]), **shares)
    rows["error_seen"] = say("promise.percent", percent=percent(threshold["wrong"]))
    for name in ("turned_away", "misled", "let_through"):
        rate = threshold[name]
        if rate is not None and rate["seen"] is not None:
            rows[name] = say("promise.at_most", percent=percent(rate["seen"]), most=percent(rate["at_most"]))
    return rows
