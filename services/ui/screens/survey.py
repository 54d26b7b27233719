"""How it went, asked once a conversation is closed: five stars, and a line for whoever wants to say more."""

from html import escape

import streamlit as st

from services.ui.browser import say
from services.ui.caller import ApiError, Json, Unreachable
from services.ui.client import Contact
from services.ui.conversation import Conversation

LONGEST_WORDS = 1000
STARS = 5


def show(conversation: Conversation, contact: Contact) -> None:
    """The stars, showing what was given before; below them, the line until something was said or left."""
    given = conversation.survey
    key = f"survey-stars-{conversation.id}"
    with st.container(key="survey", gap="xsmall"):
        st.html(f'<div class="fd-survey-title">{say("survey.thanks" if given else "survey.title")}</div>')
        st.feedback(
            "stars",
            key=key,
            default=given["score"] - 1 if given else None,
            on_change=_scored,
            args=(conversation, contact, key),
        )
        if given and given["words"]:
            st.html(f'<div class="fd-meta fd-survey-words">{escape(given["words"])}</div>')
        elif given and st.session_state.get("survey-asked") == conversation.id:
            _ask_more(conversation, contact, given)


def given_html(survey: Json) -> str:
    """What the contact gave, for the staff."""
    score = int(survey["score"])
    stars = f'<span class="fd-stars" aria-hidden="true">{"★" * score}<i>{"★" * (STARS - score)}</i></span>'
    words = f"<q>{escape(survey['words'])}</q>" if survey["words"] else ""
    label = say("survey.given", score=score, of=STARS)
    return f'<div class="fd-survey-given">{stars}<span>{label}</span>{words}</div>'


def _scored(conversation: Conversation, contact: Contact, key: str) -> None:
    chosen = st.session_state[key]
    if chosen is None:
        return
    words = conversation.survey["words"] if conversation.survey else None
    if _save(conversation, contact, chosen + 1, words):
        st.session_state["survey-asked"] = conversation.id


def _ask_more(conversation: Conversation, contact: Contact, given: Json) -> None:
    with (
        st.form("survey-more", border=False),
        st.container(horizontal=True, vertical_alignment="bottom", gap="small"),
    ):
        words = st.text_input(
            say("survey.more"),
            key="survey-words",
            placeholder=say("survey.more"),
            max_chars=LONGEST_WORDS,
            label_visibility="collapsed",
        )
        sent = st.form_submit_button(say("rating.send"), key="survey-send")
    if sent:
        if words.strip() and not _save(conversation, contact, given["score"], words.strip()):
            return
        st.session_state["survey-asked"] = None
        st.rerun()


def _save(conversation: Conversation, contact: Contact, score: int, words: str | None) -> bool:
    try:
        conversation.survey = contact.give_survey(conversation.id, score, words)
    except ApiError as error:
        known = error.code == "survey_closed"
        st.toast(say("survey.closed" if known else "rating.not_saved"), icon=":material/info:")
        return False
    except Unreachable:
        st.toast(say("rating.not_saved"), icon=":material/cloud_off:")
        return False
    return True
