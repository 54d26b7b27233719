"""The staff's way in."""

import streamlit as st

from services.ui import problems, staff
from services.ui.browser import say
from services.ui.caller import ApiError


def show() -> None:
    """The form; whoever is signed in already is told so."""
    with st.container(key="sign-in-page"):
        agent = staff.signed_in()
        if agent is None:
            _form()
        else:
            st.html(f'<h1 class="fd-title">{say("sign_in.title")}</h1>')
            st.success(say("sign_in.already", name=agent["name"]))


def _form() -> None:
    st.html(f'<h1 class="fd-title">{say("sign_in.title")}</h1><p class="fd-lead">{say("sign_in.lead")}</p>')
    with st.form("sign-in", border=False):
        email = st.text_input(say("sign_in.email"), key="sign-in-email", autocomplete="username")
        password = st.text_input(
            say("sign_in.password"), key="sign-in-password", type="password", autocomplete="current-password"
        )
        pressed = st.form_submit_button(
            say("sign_in.submit"), type="primary", key="sign-in-submit", width="stretch"
        )
    if not pressed:
        return
    if not (email and password):
        st.error(say("sign_in.both_needed"))
        return
    try:
        staff.sign_in(email.strip(), password)
    except ApiError as error:
        st.error(problems.sentence(error))
    else:
        st.rerun()
