"""One conversation at the desk: its history with the assistant's decisions, and what the agent can do with it."""

from html import escape
from typing import Literal

import streamlit as st

from services.ui import bubbles, pictures, problems, staff, windows
from services.ui.browser import say
from services.ui.caller import ApiError, Json
from services.ui.client import Staff, events_path
from services.ui.decision import reason_words, show_record
from services.ui.events import Feed
from services.ui.screens import labelling, triage_chip
from services.ui.thread import Outgoing

LONGEST_MESSAGE = 4000


def show(api: Staff, conversation_id: str) -> Feed | None:
    """Draw it; the feed tells when it has changed, None when it is not there."""
    _send_waiting(api, conversation_id)
    try:
        answer = api.desk_conversation(conversation_id)
    except ApiError as error:
        if error.kind not in ("not_found", "invalid"):
            raise
        st.html(f'<div class="fd-empty">{say("desk.gone")}</div>')
        return None
    conversation = answer["conversation"]
    agent, owner = staff.signed_in(), conversation["assignee"]
    mine = agent is not None and owner is not None and owner["id"] == agent["id"]
    with st.container(key="desk-top", horizontal=True, vertical_alignment="center"):
        _heading(conversation)
        triage_chip.show(api, conversation_id)
        _actions(api, conversation, mine, answer["last_event_id"])
    with st.container(key="desk-thread", height=540, autoscroll=True, border=True):
        _history(api, conversation_id, answer["messages"], answer["decisions"])
    if mine:
        st.chat_input(
            say("desk.reply_placeholder"),
            key=f"reply-{conversation_id}",
            max_chars=LONGEST_MESSAGE,
            on_submit=_compose,
            args=(conversation_id,),
        )
    return _feed(api, conversation_id, answer["last_event_id"])


def _heading(conversation: Json) -> None:
    parts = []
    if conversation["assignee"]:
        parts.append(say("desk.assigned_to", name=conversation["assignee"]["name"]))
    else:
        parts.append(say("status." + conversation["status"]))
    if conversation["handoff"] and conversation["status"] != "pending":
        parts.append(reason_words(conversation["handoff"]["reason"]))
    line = "".join(f'<span class="fd-badge">{escape(part)}</span>' for part in parts)
    label = escape(say("desk.contact", label=conversation["contact"]["label"]))
    st.html(f'<div class="fd-desk-heading"><h2>{label}</h2><div>{line}</div></div>', width="content")


def _actions(api: Staff, conversation: Json, mine: bool, seen: str) -> None:
    with st.container(key="desk-actions", horizontal=True, gap="small", width="content"):
        if mine:
            _action(api, conversation, "resolve", seen, ":material/check_circle:")
            _action(api, conversation, "return", seen, ":material/undo:")
        elif conversation["status"] in ("open", "snoozed") and not conversation["assignee"]:
            _action(api, conversation, "claim", seen, ":material/front_hand:", kind="primary")


def _action(
    api: Staff,
    conversation: Json,
    verb: str,
    seen: str,
    icon: str,
    kind: Literal["primary", "secondary"] = "secondary",
) -> None:
    st.button(
        say(f"desk.{verb}"),
        key=verb,
        icon=icon,
        type=kind,
        on_click=_move,
        args=(api, conversation["id"], verb, seen),
    )


def _move(api: Staff, conversation_id: str, verb: str, seen: str) -> None:
    if problems.attempt(lambda: api.move(conversation_id, verb, seen)):
        st.toast(say(f"desk.{verb}_done"), icon=":material/check:")
        if verb == "claim":
            st.session_state["desk-view"] = "mine"


def _history(api: Staff, conversation_id: str, messages: list[Json], decisions: list[Json]) -> None:
    by_reply = {decision["reply_id"] or decision["message_id"]: decision for decision in decisions}
    previous: Json | None = None
    for message in messages:
        bubbles.show_message(message, previous, _open_citation)
        pictures.show(message["citations"], staff.caller(), message["id"])
        previous = message
        decision = by_reply.get(message["id"])
        if decision:
            with st.expander(_decision_label(decision), key=f"decision-{message['id']}", type="compact"):
                show_record(decision)
                if decision["bases"]:
                    labelling.show(api, conversation_id, decision)


def _open_citation(citation: Json) -> None:
    windows.remember_window("passage", citation)


def _decision_label(decision: Json) -> str:
    if decision["confidence"] is None or decision["threshold"] is None:
        return say("desk.decision")
    return say(
        "desk.decision_numbers",
        confidence=f"{decision['confidence']:.2f}",
        threshold=f"{decision['threshold']:.2f}",
    )


def _compose(conversation_id: str) -> None:
    text = st.session_state[f"reply-{conversation_id}"]
    if text and text.strip():
        st.session_state.setdefault("desk-outgoing", {}).setdefault(conversation_id, []).append(
            Outgoing(text.strip())
        )


def _send_waiting(api: Staff, conversation_id: str) -> None:
    waiting: list[Outgoing] = st.session_state.get("desk-outgoing", {}).get(conversation_id, [])
    while waiting:
        try:
            api.reply(conversation_id, waiting[0].text, waiting[0].key)
        except ApiError as error:
            st.warning(say("desk.not_sent", reason=problems.sentence(error), text=waiting[0].text))
        waiting.pop(0)


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
