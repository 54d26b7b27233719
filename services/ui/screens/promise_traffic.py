"""What customers asked since a knowledge base was measured, and an alarm where it is not what was reckoned with."""

from services.ui.browser import clock_time, say
from services.ui.caller import Json
from services.ui.screens.promise_figures import ASSUMED_OUTSIDE, percent

MUCH = 0.05
"""So much more than was reckoned with is worth an alarm."""


def since_html(standing: Json) -> str:
    """How much was asked and answered, and how much nothing answers."""
    traffic = standing["traffic"]
    title = say("promise.since", time=clock_time(standing["calibration"]["made_at"]))
    return f'<div class="fd-since"><b>{title}</b> {" · ".join(_asked(traffic))}</div>'


def _asked(traffic: Json) -> list[str]:
    if not traffic["asked"]:
        return [say("promise.since_none")]
    words = [
        say("promise.since_asked", asked=traffic["asked"], percent=percent(traffic["answered"] / traffic["asked"]))
    ]
    if traffic["outside"] is not None:
        shares = {name: percent(traffic[f"outside_{name}"]) for name in ("least", "most")}
        words.append(say("promise.since_outside", percent=percent(traffic["outside"]), **shares))
    return words


def alarm_html(standing: Json) -> str:
    """That more is asked about what is not in the knowledge, and what the assistant makes of it; mostly nothing."""
    made, given = standing["calibration"], standing["target"]["outside"]
    if standing["traffic"]["has_drifted"]:
        return _alarm("soon", standing["traffic"]["outside"], made["outside"], made["error"])
    expected = ASSUMED_OUTSIDE if given is None else given
    if made["outside_from"] == "seen" and made["outside"] > expected + MUCH:
        return _alarm("now", made["outside"], expected, made["error"])
    return ""


def _alarm(when: str, seen: float, expected: float, error: float) -> str:
    told = say(f"promise.drifted_{when}", percent=percent(seen), expected=percent(expected), error=percent(error))
    return (
        f'<div class="fd-alarm" role="alert"><b>{say("promise.drifted")}</b>'
        f"<p>{told}</p><p>{say('promise.drifted_do')}</p></div>"
    )
