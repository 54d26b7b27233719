"""What becomes of a hundred questions, drawn one by one; how far that can be relied on, and what is missing."""

from services.ui.browser import say
from services.ui.caller import Json

ASSUMED_OUTSIDE = 0.2
"""The share of questions that nothing answers which the api assumes where nobody knows it."""
BY_USE = ("meaning+rerank", "meaning", "words+rerank", "words")
"""What questions are searched by, that first which is used while everything works."""


def usual(calibration: Json) -> Json:
    """The threshold that holds while everything works."""
    by_basis: dict[str, Json] = {one["basis"]: one for one in calibration["thresholds"]}
    return next(by_basis[basis] for basis in BY_USE if basis in by_basis)


def percent(share: float) -> str:
    """A whole number, but for small ones, where the rest counts."""
    return f"{round(100 * share, 1 if share < 0.03 else 0):g}"


def badge_html(ground: str) -> str:
    """How far it can be relied on, in a word."""
    return f'<span class="fd-badge fd-ground-{ground}">{say(f"promise_ground.{ground}")}</span>'


def summary_html(calibration: Json) -> str:
    """The sentence, the picture, and what they rest on."""
    threshold = usual(calibration)
    ground = threshold["ground"]
    shares = {name: percent(threshold.get(f"answered_{name}", 0)) for name in ("least", "most")}
    holds = say(f"promise.holds_{ground}", percent=percent(calibration["error"]), **shares)
    title = f'<h2 class="fd-subtitle">{_sentence(threshold)}</h2>'
    return (
        f'<div class="fd-promise-head">{title}{badge_html(ground)}</div>'
        f'{_picture(threshold)}<p class="fd-promise-holds">{holds}</p>'
    )


def _sentence(threshold: Json) -> str:
    if threshold["ground"] == "nothing":
        return say("promise.answers_unknown")
    count = round(100 * threshold["answered"])
    return say("promise.answers", count=count) if count else say("promise.answers_hardly")


def _picture(threshold: Json) -> str:
    if threshold["ground"] == "nothing":
        return f'<div class="fd-hundred" aria-hidden="true">{_cells("unknown", 100)}</div>'
    answered = round(100 * threshold["answered"])
    wrong = round(100 * threshold["answered"] * threshold["wrong"])
    counts = {"right": answered - wrong, "wrong": wrong, "handed": 100 - answered}
    cells = "".join(_cells(name, count) for name, count in counts.items())
    return (
        f'<div class="fd-hundred fd-hundred-{threshold["ground"]}" role="img" '
        f'aria-label="{say("promise.picture", **counts)}">{cells}</div>'
        f"{_between(threshold)}{_legend(threshold, counts)}"
    )


def _between(threshold: Json) -> str:
    """Where the end of what is answered lies; that of an expectation is too vague to be drawn."""
    least, most = 100 * threshold["answered_least"], 100 * threshold["answered_most"]
    where = (
        f'<i style="left:{least:.1f}%;width:{most - least:.1f}%"></i>' if threshold["ground"] == "promised" else ""
    )
    return f'<div class="fd-hundred-between" aria-hidden="true">{where}</div>'


def _cells(name: str, count: int) -> str:
    return f'<i class="fd-share-{name}"></i>' * count


def _legend(threshold: Json, counts: dict[str, int]) -> str:
    words = {name: str(count) for name, count in counts.items()}
    if not counts["wrong"] and threshold["wrong"]:
        words["wrong"] = say("promise.below_one")
    return '<div class="fd-legend">{}</div>'.format(
        "".join(
            f'<span><i class="fd-share-{name}"></i>{say(f"promise.{name}")} <b>{count}</b></span>'
            for name, count in words.items()
        )
    )


def is_in_reach(calibration: Json) -> bool:
    """Whether more labelled questions would make a promise."""
    return usual(calibration)["missing"] is not None


def next_html(calibration: Json) -> str:
    """What would make it a promise; nothing where it is one."""
    threshold, labelled = usual(calibration), calibration["labelled"]
    if threshold["ground"] == "promised":
        return ""
    missing = threshold["missing"]
    how = f"<p>{say('promise.missing_how')}</p><p>{say('promise.missing_where')}</p>"
    if missing is not None:
        title = say("promise.missing" if labelled else "promise.missing_least", count=missing)
        return f"<b>{title}</b>{_progress(labelled, labelled + missing)}{how}"
    return f"<b>{say('promise.missing_never')}</b><p>{say('promise.never_how')}</p>"


def _progress(labelled: int, needed: int) -> str:
    share = 100 * labelled / max(needed, 1)
    return (
        f'<div class="fd-progress" role="progressbar" aria-valuenow="{share:.0f}" aria-valuemin="0" '
        f'aria-valuemax="100"><i style="width:{share:.0f}%"></i></div>'
        f'<div class="fd-meta">{say("promise.labelled", count=labelled, of=needed)}</div>'
    )
