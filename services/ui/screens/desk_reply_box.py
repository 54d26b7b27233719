"""Where an agent answers: the box, what can be put into it, and what waits to be sent."""

from dataclasses import dataclass, field
from threading import Lock

import streamlit as st

from services.ui import problems, reply_pen, reruns
from services.ui.browser import say
from services.ui.caller import ApiError, Json
from services.ui.client import Staff
from services.ui.screens import canned_menu, desk_files, desk_suggestions
from services.ui.thread import LONGEST_MESSAGE, Outgoing

SLASHES = ("/", "／")
BLANK = "____"
"""What the api leaves where a canned response has no value."""


@dataclass
class Outbox:
    """What waits to be sent. The page may run anew while an earlier run waits for the api: one at a time sends."""

    waiting: list[Outgoing] = field(default_factory=list)
    sending: Lock = field(default_factory=Lock)


def show(api: Staff, answer: Json) -> None:
    """Below the thread of a conversation that is the agent's own."""
    conversation_id = answer["conversation"]["id"]
    desk_suggestions.show(api, answer)
    box = f"reply-{conversation_id}"
    with st.container(key="desk-reply", horizontal=True, vertical_alignment="bottom", gap="xsmall", wrap=False):
        canned_menu.show(api, conversation_id)
        desk_files.show(api, conversation_id)
        st.chat_input(
            say("desk.reply_placeholder"),
            key=box,
            max_chars=LONGEST_MESSAGE,
            on_submit=_compose,
            args=(api, conversation_id, _outbox(conversation_id).waiting),
        )
    st.html(f'<div class="fd-keys">{say("desk.reply_keys")}</div>')
    reply_pen.hold(
        conversation_id,
        LONGEST_MESSAGE,
        box=box,
        menu=canned_menu.key(conversation_id),
        search=canned_menu.search_key(conversation_id),
    )


def send_waiting(api: Staff, conversation_id: str) -> None:
    """Send what was written; what the api refuses comes back into the box. Raises Unreachable; may be repeated."""
    outbox = _outbox(conversation_id)
    with outbox.sending:
        while outbox.waiting:
            outgoing = outbox.waiting[0]
            try:
                api.reply(conversation_id, outgoing.text, outgoing.key)
            except ApiError as error:
                st.warning(say("desk.not_sent", reason=problems.sentence(error), text=outgoing.text))
                reply_pen.offer(conversation_id, outgoing.text)
            outbox.waiting.pop(0)


def is_waiting(conversation_id: str) -> bool:
    """Whether there is something to be sent."""
    return bool(_outbox(conversation_id).waiting)


def _outbox(conversation_id: str) -> Outbox:
    kept: dict[str, Outbox] = st.session_state.setdefault("desk-outboxes", {})
    return kept.setdefault(conversation_id, Outbox())


def _compose(api: Staff, conversation_id: str, waiting: list[Outgoing]) -> None:
    """What begins with a slash is looked for among the canned responses, and never sent."""
    text = str(reruns.typed(f"reply-{conversation_id}") or "").strip()
    is_search, has_blank = text.startswith(SLASHES), BLANK in text
    if text and not is_search and not has_blank:
        waiting.append(Outgoing(text))
    reply_pen.count_sent()
    if is_search:
        problems.attempt(lambda: _put_in(api, conversation_id, text))
    elif has_blank:
        st.toast(say("desk.fill_blank"), icon=":material/edit:")
        reply_pen.offer(conversation_id, text)


def _put_in(api: Staff, conversation_id: str, text: str) -> None:
    ready = api.ready_responses(conversation_id, text[1:].strip())
    if not ready:
        st.toast(say("canned.not_found", text=text), icon=":material/search_off:")
    reply_pen.offer(conversation_id, ready[0]["text"] if ready else text)
