"""Where an agent answers: the box, what can be put into it, and what waits to be sent."""

import streamlit as st

from services.ui import problems, reply_pen
from services.ui.browser import say
from services.ui.caller import ApiError, Json
from services.ui.client import Staff
from services.ui.screens import canned_menu, desk_files, desk_suggestions
from services.ui.thread import LONGEST_MESSAGE, Outgoing

SLASHES = ("/", "／")
BLANK = "____"
"""What the api leaves where a canned response has no value."""


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
            args=(api, conversation_id),
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
    waiting: list[Outgoing] = st.session_state.get("desk-outgoing", {}).get(conversation_id, [])
    while waiting:
        try:
            api.reply(conversation_id, waiting[0].text, waiting[0].key)
        except ApiError as error:
            st.warning(say("desk.not_sent", reason=problems.sentence(error), text=waiting[0].text))
            reply_pen.offer(conversation_id, waiting[0].text)
        waiting.pop(0)


def _compose(api: Staff, conversation_id: str) -> None:
    """What begins with a slash is looked for among the canned responses, and never sent."""
    text: str = st.session_state[f"reply-{conversation_id}"] or ""
    reply_pen.count_sent()
    if text.startswith(SLASHES):
        problems.attempt(lambda: _put_in(api, conversation_id, text))
    elif BLANK in text:
        st.toast(say("desk.fill_blank"), icon=":material/edit:")
        reply_pen.offer(conversation_id, text)
    elif text.strip():
        outgoing = st.session_state.setdefault("desk-outgoing", {}).setdefault(conversation_id, [])
        outgoing.append(Outgoing(text.strip()))


def _put_in(api: Staff, conversation_id: str, text: str) -> None:
    ready = api.ready_responses(conversation_id, text[1:].strip())
    if not ready:
        st.toast(say("canned.not_found", text=text), icon=":material/search_off:")
    reply_pen.offer(conversation_id, ready[0]["text"] if ready else text)
