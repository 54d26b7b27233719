"""The record of how the assistant decided, for agents: at the desk under every turn, and in the search test."""

from collections.abc import Callable
from html import escape

import streamlit as st

from services.ui.browser import say, say_or
from services.ui.caller import Json
from services.ui.found import percent, show_passages

# The steps of a turn in the order they are taken; the api keeps no order.
_STEPS = ("rewrite", "terms", "embed", "find", "rank", "read", "first_token", "first_words", "generate", "total")


def show_record(decision: Json, *, tried: bool = False, open_passage: Callable[[Json], None] | None = None) -> None:
    """Outcome, confidence against the threshold, question, timings, and the passages below.

    `tried` says that nobody asked: it is what the assistant would do. `open_passage` shows a passage in its
    surroundings.
    """
    st.html(
        '<div class="fd-record">'
        + _outcome(decision, "would" if tried else "did")
        + confidence_html(decision["confidence"], decision["threshold"])
        + _facts(decision, written=not tried)
        + "</div>"
    )
    show_passages(decision["passages"], open_passage)


def confidence_html(confidence: float | None, threshold: float | None) -> str:
    """A bar from 0 to 1 with the threshold marked on it."""
    if confidence is None or threshold is None:
        return ""
    side, sure = "enough" if confidence >= threshold else "short", shares(confidence, threshold)
    return (
        f'<div class="fd-meter-block" role="img" aria-label="'
        f'{say("decision.meter", **sure)}">'
        f'<div class="fd-meter-words"><span>{say("decision.confidence")} <b>{sure["confidence"]}%</b></span>'
        f"<span>{say('decision.threshold')} <b>{sure['threshold']}%</b></span></div>"
        f'<div class="fd-meter fd-meter-{side}"><i style="width:{percent(confidence)}"></i>'
        f'<u style="left:{percent(threshold)}"></u></div></div>'
    )


def shares(confidence: float, threshold: float) -> dict[str, int]:
    """Both in percent. What falls short is rounded down, so that nothing looks surer than it is."""
    return {
        "confidence": round(100 * confidence) if confidence >= threshold else int(100 * confidence),
        "threshold": round(100 * threshold),
    }


def reason_words(reason: str | None) -> str:
    """Why a conversation was handed over."""
    return say_or(f"reason.{reason}", reason or "") if reason else ""


def _order_of_steps(timing: tuple[str, float]) -> int:
    name, _ = timing
    return _STEPS.index(name) if name in _STEPS else len(_STEPS)


def _outcome(decision: Json, mood: str) -> str:
    words = say(f"decision.{mood}_{decision['outcome']}")
    reason = reason_words(decision["reason"])
    rule = say_or(f"rule.{decision['rule']}", decision["rule"])
    detail = " · ".join(part for part in (reason, rule) if part)
    kind = f"fd-outcome-{decision['outcome']}"
    return f'<div class="fd-outcome {kind}"><b>{words}</b><span>{escape(detail)}</span></div>'


def _facts(decision: Json, *, written: bool) -> str:
    """`written` says that there is a reply for sure, be it by a model or without one."""
    timings = " · ".join(
        f"{say_or(f'timing.{name}', name)} {_duration(milliseconds)}"
        for name, milliseconds in sorted(decision["timings_ms"].items(), key=_order_of_steps)
        if milliseconds
    )
    model = decision["model"] or ""
    if written and decision["outcome"] == "answer":
        model = model or say("decision.no_model")
    facts = [
        (say("decision.topic"), _topic(decision["topic"])),
        (say("decision.query"), decision["query"]),
        (say("decision.likely"), _likely(decision)),
        (say("decision.choices"), " / ".join(decision["choices"])),
        (say("decision.legs"), " + ".join(say_or(f"leg.{leg}", leg) for leg in decision["legs"])),
        (say("decision.model"), model),
        (say("decision.failed_check"), _failed_check(decision["failed_check"])),
        (say("decision.timings"), timings),
        (say("decision.notes"), "; ".join(say_or(f"note.{note}", note) for note in decision["notes"])),
    ]
    rows = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in facts if value)
    return f'<dl class="fd-facts">{rows}</dl>'


def _likely(decision: Json) -> str:
    """How likely one of the best answers, where the assistant did not; where it did, that says nothing more."""
    likely = decision["likely"]
    if likely is None or decision["outcome"] == "answer":
        return ""
    return say("decision.likely_words", percent=int(100 * likely))


def _topic(topic: Json | None) -> str:
    """The sensitive topic, and the words that it was known by."""
    return say("decision.topic_words", topic=say(f"topic.{topic['name']}"), words=topic["words"]) if topic else ""


def _failed_check(failed: Json | None) -> str:
    """What a model's reply failed, so that the contact was spared it."""
    if failed is None:
        return ""
    words = say_or(f"check.{failed['name']}", failed["name"])
    return say("decision.failed_words", check=words, found=failed["found"]) if failed["found"] else words


def _duration(milliseconds: float) -> str:
    return f"{milliseconds / 1000:.1f} s" if milliseconds >= 1000 else f"{milliseconds:.0f} ms"
