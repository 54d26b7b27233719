"""What arrives in a chat that is open: the reply being written, and news from people."""

import time
from contextlib import suppress

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from services.ui import bubbles, problems, typed
from services.ui.browser import say
from services.ui.caller import ApiError, Unreachable
from services.ui.client import Contact
from services.ui.conversation import Conversation
from services.ui.screens import company
from services.ui.thread import Thread, is_lost

# How often the page looks into the feed's memory: a person's reply is on screen within a second.
WITH_PERSON_SECONDS = 0.4
IDLE_SECONDS = 2.0
# Pieces of a reply are painted together at this pace; more often is not smoother to the eye.
PAINT_SECONDS = 0.04
# A silence after which the api is asked whether a reply is still owed.
DOUBT_SECONDS = 15.0


def follow(thread: Thread, conversation: Conversation, contact: Contact) -> None:
    """Paint the reply while it is written; the run stays here until it is finished."""
    with st.container(key="message-assistant-draft", gap=None):
        st.html(f'<div class="fd-by"><span class="fd-avatar">{say("sender.assistant_initial")}</span></div>')
        place = st.container(key="bubble-draft").empty()
        quiet_since = time.monotonic()
        while conversation.being_answered:
            if conversation.absorb(conversation.feed.look(wait_seconds=0.4)):
                quiet_since = time.monotonic()
                time.sleep(PAINT_SECONDS)
            elif time.monotonic() - quiet_since > DOUBT_SECONDS:
                _reconcile(thread, conversation, contact)
                break
            # Painting is also where Streamlit lets a press of a button interrupt this run.
            _paint(place, conversation)
    st.rerun()


def _paint(place: DeltaGenerator, conversation: Conversation) -> None:
    draft = conversation.draft
    if draft:
        place.markdown(bubbles.draft_markdown(draft.text, joined_late=draft.start > 0), unsafe_allow_html=True)
    else:
        words = say("problem.reconnecting") if conversation.feed.lost else say("chat.thinking")
        place.html(f'<div class="fd-thinking"><i></i><i></i><i></i><span>{words}</span></div>')


def _reconcile(thread: Thread, conversation: Conversation, contact: Contact) -> None:
    # While the api is away there is nothing to compare with, and the next run doubts again.
    with suppress(Unreachable):
        try:
            thread.reopen(contact, conversation.id)
        except ApiError as error:
            if is_lost(error):
                thread.leave()


def watch(thread: Thread, conversation: Conversation, contact: Contact) -> None:
    """Look for news now and then, and run the page again when there are any; be seen to write, and see it."""
    with_person = conversation.state["status"] in ("open", "snoozed")

    @st.fragment(run_every=WITH_PERSON_SECONDS if with_person else IDLE_SECONDS)
    def look() -> None:
        if conversation.absorb(conversation.feed.look()) or thread.owes:
            st.rerun()
        if conversation.feed.refused:
            thread.leave()
            thread.loaded = False
            st.rerun()
        if conversation.feed.lost:
            problems.show_reconnecting()
        if conversation.agent_writing:
            st.html(company.writing_html(say("company.writing", name=conversation.agent_writing)))
        if with_person and typed.in_place(".st-key-message-text"):
            # A sign that does not arrive is soon followed by another.
            with suppress(ApiError, Unreachable):
                contact.be_seen_to_write(conversation.id)

    look()
