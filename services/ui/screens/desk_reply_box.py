"""Where an agent answers: the box, what can be put into it, and what waits to be sent."""

from contextlib import suppress
from dataclasses import dataclass, field

import streamlit as st

from services.ui import problems, reply_pen
from services.ui.browser import say
from services.ui.caller import ApiError, Unreachable
from services.ui.client import Staff
from services.ui.screens import canned_menu, desk_files
from services.ui.thread import LONGEST_MESSAGE, Outgoing

SLASHES = ("/", "／")
BLANK = "____"
"""What the api leaves where a canned response has no value."""


@dataclass
class Outbox:
    """What waits to be sent."""

    conversation_id: str
    waiting: list[Outgoing] = field(default_factory=list)

    def send(self, api: Staff) -> None:
        """Before anything else that the agent does; the next run of the page sees to what does not go."""
        with suppress(ApiError, Unreachable):
            while self.waiting:
                self.send_first(api)

    def send_first(self, api: Staff) -> None:
        """Raises Unreachable, or ApiError; nothing is sent twice."""
        api.reply(self.conversation_id, self.waiting[0].text, self.waiting[0].key)
        self.waiting.pop(0)


def show(api: Staff, conversation_id: str) -> None:
    """Below the thread of a conversation that is the agent's own."""
    box = f"reply-{conversation_id}"
    with st.container(key="desk-reply", horizontal=True, vertical_alignment="bottom", gap="xsmall", wrap=False):
        canned_menu.show(api, conversation_id)
        desk_files.show(api, conversation_id)
        st.chat_input(
            say("desk.reply_placeholder"),
            key=box,
            max_chars=LONGEST_MESSAGE,
            on_submit=_compose,
            args=(api, _outboxes().setdefault(conversation_id, Outbox(conversation_id))),
        )
    st.html(f'<div class="fd-keys">{say("desk.reply_keys")}</div>')
    reply_pen.hold(
        conversation_id,
        LONGEST_MESSAGE,
        box=box,
        menu=canned_menu.key(conversation_id),
        search=canned_menu.search_key(conversation_id),
    )


def send_waiting(api: Staff) -> None:
    """Send what was written and not sent at once, whichever conversation is open by now. Raises Unreachable.

    What the api refuses comes back into the box. May be repeated.
    """
    for outbox in tuple(_outboxes().values()):
        while outbox.waiting:
            try:
                outbox.send_first(api)
            except ApiError as error:
                refused = outbox.waiting[0].text
                st.warning(say("desk.not_sent", reason=problems.sentence(error), text=refused))
                reply_pen.offer(outbox.conversation_id, refused)
                outbox.waiting.pop(0)


def is_waiting() -> bool:
    """Whether there is something to be sent."""
    return any(outbox.waiting for outbox in _outboxes().values())


def _outboxes() -> dict[str, Outbox]:
    outboxes: dict[str, Outbox] = st.session_state.setdefault("desk-outboxes", {})
    return outboxes


def _compose(api: Staff, outbox: Outbox) -> None:
    """What begins with a slash is looked for among the canned responses, and never sent."""
    conversation_id = outbox.conversation_id
    text = str(st.session_state[f"reply-{conversation_id}"] or "").strip()
    is_search, has_blank = text.startswith(SLASHES), BLANK in text
    if text and not is_search and not has_blank:
        outbox.waiting.append(Outgoing(text))
        outbox.send(api)
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
