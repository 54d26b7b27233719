"""The history of a conversation as the staff sees it: messages with decisions, notes, changes of hands."""

from html import escape

import streamlit as st

from services.ui import bubbles, files, pictures, staff, windows
from services.ui.browser import clock_time, say
from services.ui.caller import Json
from services.ui.client import Staff
from services.ui.decision import shares, show_record
from services.ui.screens import labelling


def show(api: Staff, answer: Json) -> None:
    """All of it, in the order in which it happened; `answer` is the api's."""
    by_reply = {decision["reply_id"] or decision["message_id"]: decision for decision in answer["decisions"]}
    previous: Json | None = None
    for kind, entry in _in_order(answer):
        if kind == "note":
            st.html(_note(entry))
        elif kind == "change":
            st.html(f'<div class="fd-hands">{_change(entry)}</div>')
        else:
            bubbles.show_message(entry, previous, _open_citation)
            files.show(entry, api, answer["conversation"]["id"], desk=True)
            pictures.show(entry["citations"], staff.caller(), entry["id"])
            _decision(api, answer["conversation"]["id"], by_reply.get(entry["id"]))
        previous = entry if kind == "message" else None


def _in_order(answer: Json) -> list[tuple[str, Json]]:
    entries = [("message", message) for message in answer["messages"]]
    entries += [("change", change) for change in answer["changes"]]
    entries.sort(key=lambda one: int(one[1]["sequence"]))
    for note in answer["notes"]:
        # Notes have no number: they stand behind what had been said by then.
        earlier = [one["created_at"] <= note["created_at"] for _, one in entries]
        entries.insert(earlier.index(False) if False in earlier else len(entries), ("note", note))
    return entries


def _note(note: Json) -> str:
    by = f"<b>{escape(note['agent_name'])}</b> {clock_time(note['created_at'])} · {say('desk.note_private')}"
    return f'<div class="fd-note"><div class="fd-meta">{by}</div>{escape(note["text"])}</div>'


def _change(change: Json) -> str:
    who = change["agent_name"]
    key = f"desk.change_{change['activity']}"
    if change["activity"] == "transferred" and who is None:
        key = "desk.change_transferred_team"
    words = say(key, name=who or say("desk.nobody"))
    return f"{escape(words)} · {clock_time(change['created_at'])}"


def _decision(api: Staff, conversation_id: str, decision: Json | None) -> None:
    if decision is None:
        return
    with st.expander(_decision_label(decision), key=f"decision-{decision['message_id']}", type="compact"):
        show_record(decision)
        if decision["bases"]:
            labelling.show(api, conversation_id, decision)


def _open_citation(citation: Json) -> None:
    windows.remember_window("passage", citation)


def _decision_label(decision: Json) -> str:
    if decision["confidence"] is None or decision["threshold"] is None:
        return say("desk.decision")
    return say("desk.decision_numbers", **shares(decision["confidence"], decision["threshold"]))
