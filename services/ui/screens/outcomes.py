"""Questions with what came of them: one reply, or that of before beside that of now."""

import re
from html import escape

from services.ui import differences
from services.ui.browser import say
from services.ui.caller import Json
from services.ui.decision import reason_words
from services.ui.screens import run_figures

_MARK = re.compile(r"\s*\[\d{1,2}\]")
_TAGS = {"same": "span", "removed": "del", "added": "ins"}


def outcome_html(outcome: Json) -> str:
    """A question, its result and its replies."""
    head = f'<div class="fd-question">{escape(outcome["question"])}{_result(outcome)}</div>'
    if outcome["before"] is not None:
        body = _both(outcome["before"], outcome["after"])
    else:
        body = _wanted(outcome) + _side(outcome["after"])
    return f'<div class="fd-change">{head}{body}</div>'


def pair_html(pair: Json) -> str:
    """A question of which two runs made something else."""
    one, other = pair["one"], pair["other"]
    question = (one or other)["question"]
    sides = "".join(
        f"<dt>{say(f'compare_runs.{name}')}</dt><dd>{_result(outcome)}{_side(outcome and outcome['after'])}</dd>"
        for name, outcome in (("one", one), ("other", other))
    )
    return (
        f'<div class="fd-change"><div class="fd-question">{escape(question)}</div>'
        f'<dl class="fd-facts fd-sides">{sides}</dl></div>'
    )


def _wanted(outcome: Json) -> str:
    """What should come of a question, and a good answer to it."""
    expected = say(f"wanted.{outcome['expected']['wanted']}") if outcome["expected"] else ""
    lines = [say("runs.expected", what=expected)] if expected else []
    lines += [say("runs.reference", text=outcome["reference"])] if outcome["reference"] else []
    return "".join(f'<div class="fd-meta">{escape(line)}</div>' for line in lines)


def _result(outcome: Json | None) -> str:
    """What came of a question, in a word."""
    result = outcome and outcome["result"]
    words = say(f"result.{result}") if result else say("compare_runs.missing")
    return f'<span class="fd-badge fd-result-{result}">{words}</span>'


def _both(before: Json, after: Json) -> str:
    if before["text"] and after["text"] and before["text"] != after["text"]:
        pieces = differences.pieces(_words(before), _words(after))
        told = "".join(f"<{_TAGS[one.kind]}>{escape(one.text)}</{_TAGS[one.kind]}>" for one in pieces)
        return f'<div class="fd-change-text">{told}</div>'
    return (
        f'<dl class="fd-facts fd-sides"><dt>{say("replay.before")}</dt><dd>{_side(before)}</dd>'
        f"<dt>{say('replay.after')}</dt><dd>{_side(after)}</dd></dl>"
    )


def _side(reply: Json | None) -> str:
    """What a customer would get."""
    if reply is None:
        return ""
    if reply["text"] is None:
        reason = reason_words(reply["reason"])
        return f'<div class="fd-meta">{say("replay.person")}{escape(f" · {reason}" if reason else "")}</div>'
    sources = " · ".join(str(citation["title"]) for citation in reply["citations"])
    source = f'<div class="fd-meta">{escape(sources)}</div>' if sources else ""
    near = f'<div class="fd-meta">{run_figures.nearness(reply["wording"])}</div>' if reply["wording"] else ""
    return f'<div class="fd-change-text">{escape(_words(reply))}</div>{source}{near}'


def _words(reply: Json) -> str:
    return _MARK.sub("", reply["text"] or "")
