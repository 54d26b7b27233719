"""One conversation at the desk: its history with the assistant's decisions, and what the agent can do with it."""

from dataclasses import dataclass
from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from services.ui import bubbles, problems, staff
from services.ui.browser import clock_time, say
from services.ui.caller import ApiError, Json
from services.ui.client import Staff, events_path
from services.ui.events import Event, Feed
from services.ui.screens import (
    company,
    desk_badges,
    desk_passing,
    desk_reply_box,
    desk_suggestions,
    desk_summary,
    desk_thread,
    survey,
    triage_chip,
)

PASSING = ("delta", "presence")
"""What is not stored: the desk shows no pieces of a draft."""


@dataclass
class Followed:
    """A conversation on the screen: the feed tells when it has changed.

    What the contact says is drawn ahead of all that depends on it, in `newest`. The page is to be run again, but
    not in the same moment: Streamlit throws away what it has not sent when a run begins.
    """

    feed: Feed
    newest: DeltaGenerator
    drawn: int
    """The number of the last message that the page has by itself."""
    is_ahead: bool = False

    def look(self) -> list[Event]:
        """What has arrived. To be called in a fragment."""
        arrived = self.feed.look()
        messages = [event.body["message"] for event in arrived if event.name == "message"]
        fresh = [message for message in messages if message["sequence"] > self.drawn]
        said = [message for message in fresh if message["sender"] == "contact" and message["text"]]
        words = "".join(map(bubbles.contact_html, said))
        self.newest.html(words or company.NOBODY)
        self.is_ahead = bool(words)
        if said and said == [event.body.get("message") for event in arrived if event.name not in PASSING]:
            st.session_state["desk-seen"] = str(said[-1]["sequence"])
        return arrived


def show(api: Staff, conversation_id: str) -> Followed | None:
    """Draw it; None when it is not there."""
    try:
        answer = api.desk_conversation(conversation_id)
    except ApiError as error:
        if error.kind not in ("not_found", "invalid"):
            raise
        st.html(f'<div class="fd-empty">{say("desk.gone")}</div>')
        return None
    conversation = answer["conversation"]
    st.session_state["desk-seen"] = answer["last_event_id"]
    agent, owner = staff.signed_in(), conversation["assignee"]
    mine = agent is not None and owner is not None and owner["id"] == agent["id"]
    with st.container(key="desk-top", horizontal=True, vertical_alignment="center"):
        st.html(desk_badges.heading(conversation), width="content")
        triage_chip.show(api, conversation)
        _actions(api, answer, mine)
    # Each in a place of its own, drawn or not: the box in which the agent writes is another one where it moves.
    with st.container():
        desk_passing.show_callback(api, conversation)
    with st.container():
        _earlier(answer["earlier"])
    with st.container():
        desk_summary.show(api, answer)
    with st.container(key="desk-thread", height=540, autoscroll=True, border=True):
        desk_thread.show(api, answer)
        with st.container(key="message-contact-newest", gap=None):
            newest = st.empty()
        if answer["survey"]:
            st.html(survey.given_html(answer["survey"]))
    if mine:
        if conversation["unread"]:
            problems.attempt(lambda: api.mark_read(conversation_id, answer["last_event_id"]))
        with st.container():
            desk_suggestions.show(api, answer)
        desk_reply_box.show(api, conversation_id)
    drawn = max((message["sequence"] for message in answer["messages"]), default=0)
    return Followed(_feed(api, conversation_id, answer["last_event_id"]), newest, drawn)


def _actions(api: Staff, answer: Json, mine: bool) -> None:
    conversation = answer["conversation"]
    with st.container(key="desk-actions", horizontal=True, gap="small", width="content"):
        if mine:
            _action(api, conversation, "resolve", ":material/check_circle:", shortcut="Alt+S")
            _action(api, conversation, "return", ":material/undo:")
        elif conversation["status"] == "open" and not conversation["assignee"]:
            _action(api, conversation, "claim", ":material/front_hand:", kind="primary", shortcut="Alt+A")
        with_people = conversation["status"] in desk_badges.WITH_PEOPLE
        may_pass_on = with_people and (mine or staff.is_admin())
        desk_passing.menu(
            api, conversation, mine=mine, may_pass_on=may_pass_on, any_agent_answered=_any_agent_answered(answer)
        )


def _any_agent_answered(answer: Json) -> bool:
    return any(message["sender"] == "agent" for message in answer["messages"])


def _earlier(conversations: list[Json]) -> None:
    if not conversations:
        return
    with st.expander(say("desk.earlier", count=len(conversations)), key="desk-earlier", type="compact"):
        for one in conversations:
            last = one["last_message"]
            words = f"{clock_time(one['updated_at'])} · {say('status.' + one['status'])}"
            st.button(
                f"{words} · {bubbles.plain_label(desk_badges.last_words(last)[:60])}" if last else words,
                key=f"earlier-{one['id']}",
                type="tertiary",
                on_click=select,
                args=(one["id"],),
            )


def select(conversation_id: str | None) -> None:
    """Open another conversation, or none. Kept in the session, and in the address for a reload or a link."""
    st.session_state["desk-conversation"] = conversation_id
    st.query_params.from_dict({"conversation": conversation_id} if conversation_id else {})


def _action(
    api: Staff,
    conversation: Json,
    verb: str,
    icon: str,
    kind: Literal["primary", "secondary"] = "secondary",
    shortcut: str | None = None,
) -> None:
    st.button(
        say(f"desk.{verb}"),
        key=verb,
        icon=icon,
        type=kind,
        shortcut=shortcut,
        on_click=_move,
        args=(api, conversation["id"], verb),
    )


def _move(api: Staff, conversation_id: str, verb: str) -> None:
    if problems.attempt(lambda: api.move(conversation_id, verb, st.session_state["desk-seen"])):
        st.toast(say(f"desk.{verb}_done"), icon=":material/check:")
        if verb == "claim":
            st.session_state["desk-view"] = "mine"


def _feed(api: Staff, conversation_id: str, last_event_id: str) -> Feed:
    followed: tuple[str, Feed] | None = st.session_state.get("desk-feed")
    if followed and followed[0] == conversation_id and followed[1].refused is None:
        return followed[1]
    if followed:
        followed[1].close()
    path = events_path(conversation_id, desk=True)
    feed = Feed(lambda last: api.stream(path, last), last_event_id)
    st.session_state["desk-feed"] = (conversation_id, feed)
    return feed
