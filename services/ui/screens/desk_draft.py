"""Making knowledge of what an agent answered: the draft of an entry, from the conversation in which it was said."""

import streamlit as st

from services.ui import problems, staff, windows
from services.ui.browser import say
from services.ui.caller import ApiError, Json, Unreachable
from services.ui.client import Staff
from services.ui.screens import draft_editor


def button(api: Staff, conversation: Json) -> None:
    """In the menu of a conversation; the draft opens for an administrator, for others it is proposed."""
    st.button(
        say("desk.draft"),
        key="desk-draft",
        width="stretch",
        icon=":material/library_add:",
        on_click=_draft,
        args=(api, conversation["id"]),
    )


def show_window(api: Staff) -> None:
    """The draft, while its window is open."""
    if (draft := windows.opened("desk-draft")) is not None:
        window(api, draft)


def window(api: Staff, subject: Json) -> None:
    """The draft of this id."""

    @st.dialog(say("desk.draft"), width="medium", on_dismiss=windows.close)
    def told() -> None:
        try:
            draft_editor.show(api, subject["id"])
        except (ApiError, Unreachable) as failure:
            st.error(problems.sentence(failure))

    told()


def _draft(api: Staff, conversation_id: str) -> None:
    made: list[Json] = []
    if not problems.attempt(lambda: made.append(api.draft_from_conversation(conversation_id))):
        windows.close_menus()
    elif staff.is_admin():
        windows.remember_window("desk-draft", {"id": made[0]["id"]})
    else:
        st.toast(say("desk.draft_proposed"), icon=":material/check:")
        windows.close_menus()
