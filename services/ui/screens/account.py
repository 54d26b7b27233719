"""What an agent changes about their own account: the password."""

import streamlit as st

from services.ui import problems, staff
from services.ui.browser import say
from services.ui.caller import ApiError

SHORTEST_PASSWORD = 10


def show() -> None:
    """The page of whoever is signed in."""
    with st.container(key="account-page"):
        st.html(f'<h1 class="fd-title">{say("account.password")}</h1><p class="fd-lead">{say("account.lead")}</p>')
        with st.form("own-password", border=False, clear_on_submit=True):
            current = st.text_input(
                say("account.password_now"), key="password-now", type="password", autocomplete="current-password"
            )
            new = st.text_input(
                say("account.password_new", count=SHORTEST_PASSWORD),
                key="password-new",
                type="password",
                autocomplete="new-password",
            )
            pressed = st.form_submit_button(
                say("common.save"), key="password-save", type="primary", width="stretch"
            )
        if pressed:
            _change(current, new)


def _change(current: str, new: str) -> None:
    try:
        staff.caller().change_password(current, new)
    except ApiError as error:
        if error.kind == "unauthenticated":
            raise
        st.error(problems.sentence(error))
    else:
        st.success(say("account.password_changed"))
