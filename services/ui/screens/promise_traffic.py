"""What customers asked since a knowledge base was measured, and an alarm where it is not what was reckoned with."""

from services.ui.browser import clock_time, say
from services.ui.caller import Json
from services.ui.screens.promise_figures import ASSUMED_OUTSIDE, percent, usual

MUCH = 0.05
"""So much more than was reckoned with is worth an alarm."""


def since_html(standing: Json) -> str:
    """How much was asked and answered, how much nothing answers, and what would come of the questions before."""
    traffic, made = standing["traffic"], standing["calibration"]
    title = say("promise.since", time=clock_time(made["made_at"]))
    told = f"<b>{title}</b> {' · '.join(_asked(traffic))}"
    if made["asked_lately"]:
        counts = {"count": made["asked_lately"], "before": made["answered_lately"], "now": made["answered_again"]}
        told += f"<p>{say('promise.lately', **counts)}</p>"
    return f'<div class="fd-since">{told}</div>'


def _asked(traffic: Json) -> list[str]:
    if not traffic["asked"]:
        return [say("promise.since_none")]
    words = [
        say("promise.since_asked", count=traffic["asked"], percent=percent(traffic["answered"] / traffic["asked"]))
    ]
    if traffic["disliked"]:
        words.append(say("promise.since_disliked", count=traffic["disliked"]))
    if traffic["outside"] is not None:
        shares = {name: percent(traffic[f"outside_{name}"]) for name in ("least", "most")}
        words.append(say("promise.since_outside", percent=percent(traffic["outside"]), **shares))
    return words


def alarm_html(standing: Json) -> str:
    """That too many answers are no help, or too much is asked that is not in the knowledge; mostly nothing."""
    return _disliked_html(standing) + _drifted_html(standing)


def _disliked_html(standing: Json) -> str:
    made, traffic = standing["calibration"], standing["traffic"]
    error = percent(made["error"])
    if traffic["too_many_disliked"]:
        counts = {"count": traffic["disliked"], "answered": traffic["heard"]}
        return _alarm("disliked", say("promise.disliked_soon", error=error, **counts))
    return _alarm("disliked", say("promise.disliked_now", error=error)) if usual(made)["raised"] else ""


def _drifted_html(standing: Json) -> str:
    made, given = standing["calibration"], standing["target"]["outside"]
    if standing["traffic"]["has_drifted"]:
        return _drifted("soon", standing["traffic"]["outside"], made["outside"], made["error"])
    expected = ASSUMED_OUTSIDE if given is None else given
    if made["outside_from"] == "seen" and made["outside"] > expected + MUCH:
        return _drifted("now", made["outside"], expected, made["error"])
    return ""


def _drifted(when: str, seen: float, expected: float, error: float) -> str:
    shares = {"percent": percent(seen), "expected": percent(expected), "error": percent(error)}
    return _alarm("drifted", say(f"promise.drifted_{when}", **shares))


def _alarm(what: str, told: str) -> str:
    return (
        f'<div class="fd-alarm" role="alert"><b>{say(f"promise.{what}")}</b>'
        f"<p>{told}</p><p>{say(f'promise.{what}_do')}</p></div>"
    )
