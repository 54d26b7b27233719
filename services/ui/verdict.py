"""Why the assistant answers a question or leaves it to a person, in plain words."""

from html import escape

from services.ui.browser import say, say_or
from services.ui.caller import Json
from services.ui.decision import shares
from services.ui.trial import rival

MUCH_COVERED = 0.75
"""From this share of a question's words on, a source is not the reason for doubt."""
CLOSE_RIVAL = 0.85
"""From this share of the best score on, another source is one."""


def verdict_html(decision: Json) -> str:
    """One sentence on what would happen, and another on what keeps the assistant from being sure."""
    sure, enough = decision["confidence"], decision["threshold"]
    rule, outcome = decision["rule"], decision["outcome"]
    otherwise = f"{say_or(f'decision.would_{outcome}', outcome)} · {say_or(f'rule.{rule}', rule)}"
    numbers = {"confidence": "?", "threshold": "?"} if sure is None or enough is None else shares(sure, enough)
    words = say_or(f"verdict.{rule}", otherwise, **numbers)
    sentences = [f"<b>{escape(words)}</b>"]
    if rule == "below_threshold":
        sentences += map(escape, _doubts(decision))
    kind = "answer" if outcome == "answer" else "handoff"
    return f'<div class="fd-verdict fd-outcome-{kind}">{say("common.next_sentence").join(sentences)}</div>'


def _doubts(decision: Json) -> list[str]:
    passages = decision["passages"]
    best = passages[0]
    doubts = []
    if best["coverage"] < MUCH_COVERED:
        doubts.append(say("verdict.coverage", title=best["title"], percent=round(100 * best["coverage"])))
    other = rival(passages)
    if other and _standing(other) >= CLOSE_RIVAL * _standing(best):
        doubts.append(say("verdict.rival", title=best["title"], other=other["title"]))
    return doubts


def _standing(passage: Json) -> float:
    score: float = passage["score"] if passage["rerank"] is None else passage["rerank"]
    return score
