"""Writing into the box in which an agent answers, without taking away what they have written there."""

from pathlib import Path
from uuid import uuid4

import streamlit as st

_pen = st.components.v2.component(
    "frontdesk_reply_pen", js=(Path(__file__).parent / "reply_pen.js").read_text(encoding="utf-8")
)


def offer(conversation_id: str, text: str) -> None:
    """Have the next run write something into the box of a conversation; nothing is sent."""
    st.session_state["reply-offer"] = {"conversation": conversation_id, "id": str(uuid4()), "text": text}


def hold(conversation_id: str, longest: int, box: str, menu: str, search: str) -> None:
    """Lend the box of a conversation a pen; `box`, `menu` and `search` are keys of elements.

    The box takes `longest` characters. A `/` in it while it is empty opens the menu and goes to its search.
    """
    offered = st.session_state.get("reply-offer")
    if offered and offered["conversation"] != conversation_id:
        offered = None
    keys = {"box": box, "menu": menu, "search": search}
    _pen(data=keys | {"offer": offered, "longest": longest}, key="reply-pen")
