"""A chat in which the staff tries what customers get: from the draft, from what is published, or from both."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from html import escape

import streamlit as st

from services.ui import browser, bubbles, differences, pictures, problems, windows
from services.ui.browser import say
from services.ui.caller import ApiError, Json, Unreachable
from services.ui.client import Staff
from services.ui.decision import confidence_html, show_record
from services.ui.screens import tagging
from services.ui.scrolling import stay_at_end
from services.ui.trial import VERSIONS, Trial, Turn, words_of
from services.ui.verdict import verdict_html

LONGEST_QUESTION = 4000
WAYS = ("draft", "published", "both")

_TAGS = {"same": "span", "removed": "del", "added": "ins"}


def show(api: Staff, base: Json) -> None:
    """The tab: from what to answer, what was said so far, and a line to write in."""
    key = f"trial-{base['id']}"
    trial: Trial = st.session_state.setdefault(key, Trial())
    st.html(f'<p class="fd-lead">{say("try.lead")}</p>')
    versions, tags = _choices(api, base, trial)
    with st.container(key="trial", gap="small"):
        for number, turn in enumerate(trial.turns):
            _turn(api, turn, number)
        if trial.pending is not None:
            _question(trial.pending, len(trial.turns))
            _answer(api, base, trial, versions, tags)
        elif trial.turns:
            stay_at_end(f"{key}-{len(trial.turns)}")
    st.chat_input(
        say("try.placeholder"),
        key="trial-text",
        max_chars=LONGEST_QUESTION,
        on_submit=_ask,
        args=(trial,),
    )


def _choices(api: Staff, base: Json, trial: Trial) -> tuple[Sequence[str], list[str]]:
    """The versions that answer, and the tags that narrow them down."""
    way: str | None = "published"
    with st.container(key="trial-choices", horizontal=True, vertical_alignment="center", gap="small"):
        if base["waiting"]:
            way = st.segmented_control(
                say("try.answered_from"),
                WAYS,
                default="draft",
                required=True,
                format_func=lambda name: say(f"try.{name}"),
                key="trial-way",
                label_visibility="collapsed",
            )
        tags = tagging.narrow(api, base, "trial-tags")
        if trial.turns or trial.pending:
            st.button(
                say("try.again"), key="trial-again", icon=":material/refresh:", on_click=_begin_anew, args=(trial,)
            )
    if not base["waiting"]:
        st.html(f'<div class="fd-meta">{say("try.nothing_waits")}</div>')
    return (VERSIONS if way == "both" else (str(way),)), tags


def _ask(trial: Trial) -> None:
    text: str | None = st.session_state["trial-text"]
    if text and text.strip():
        trial.pending = text.strip()


def _begin_anew(trial: Trial) -> None:
    trial.turns.clear()
    trial.pending = None


def _answer(api: Staff, base: Json, trial: Trial, versions: Sequence[str], tags: list[str]) -> None:
    """Have the pending question answered by these versions, at the same time."""
    language = browser.language()

    def rehearse(version: str) -> Json:
        return api.rehearse(base["id"], trial.messages(version), version, tags, language)

    try:
        with st.spinner(say("try.thinking")), ThreadPoolExecutor(len(versions)) as pool:
            outcomes = dict(zip(versions, pool.map(rehearse, versions), strict=True))
    except Unreachable:
        problems.show_unreachable()
        return
    except ApiError as error:
        st.warning(problems.sentence(error), icon=":material/info:")
        if error.kind in ("rate_limited", "unavailable"):
            problems.try_again_soon(error.retry_after or problems.RETRY_SECONDS)
        else:
            trial.pending = None
        return
    trial.answered(outcomes)
    st.rerun()


def _question(text: str, number: int) -> None:
    with st.container(key=f"message-contact-trial-{number}", gap=None):
        st.html(f'<div class="fd-bubble fd-plain">{escape(text)}</div>')


def _turn(api: Staff, turn: Turn, number: int) -> None:
    _question(turn.question, number)
    if len(turn.outcomes) == 1:
        ((version, outcome),) = turn.outcomes.items()
        _outcome(api, version, outcome, number)
        return
    with st.container(key=f"trial-both-{number}", gap="small"):
        st.html(_difference(turn.outcomes["published"], turn.outcomes["draft"]))
        for column, (version, outcome) in zip(st.columns(2, gap="medium"), turn.outcomes.items(), strict=True):
            with column:
                _outcome(api, version, outcome, number)


def _outcome(api: Staff, version: str, outcome: Json, number: int) -> None:
    """What the customer would read, and why, in a few words and in all."""
    decision, key = outcome["decision"], f"trial-{number}-{version}"

    def open_citation(citation: Json) -> None:
        windows.remember_window("passage", citation | {"is_draft": version == "draft"})

    with st.container(key=f"outcome-{key}", gap="small"):
        st.html(f'<div class="fd-trial-head">{_badge(version, decision["version"])}</div>')
        message = outcome["reply"] | {"id": key, "sender": "assistant", "withheld": False}
        bubbles.show_words(message, open_citation)
        pictures.show(message["citations"], api, key)
        st.html(verdict_html(decision) + confidence_html(decision["confidence"], decision["threshold"]))
        with st.expander(say("try.why"), key=f"decision-{key}", type="compact"):
            show_record(decision, tried=True)


def _badge(version: str, number: int | None) -> str:
    words = say(f"try.{version}")
    if version == "published" and number is not None:
        words += " · " + say("versions.number", number=number)
    return f'<span class="fd-badge fd-trial-{version}">{escape(words)}</span>'


def _difference(published: Json, draft: Json) -> str:
    """How the reply from the draft differs from the one that customers get now, word by word."""
    before, after = published["reply"]["handoff_reason"], draft["reply"]["handoff_reason"]
    if bool(before) != bool(after):
        return _told("try.now_hands_over" if after else "try.now_answers")
    old, new = words_of(published["reply"]), words_of(draft["reply"])
    if old == new:
        return _told("try.same")
    words = "".join(
        f"<{_TAGS[piece.kind]}>{escape(piece.text)}</{_TAGS[piece.kind]}>" for piece in differences.pieces(old, new)
    )
    return _told("try.different", f'<div class="fd-change-text">{words}</div>')


def _told(words: str, detail: str = "") -> str:
    return f'<div class="fd-trial-difference"><b>{escape(say(words))}</b>{detail}</div>'
