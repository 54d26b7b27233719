"""Who of the staff is signed in at this browser."""

from contextlib import suppress
from datetime import UTC, datetime

import streamlit as st

from services.ui import browser
from services.ui.caller import ApiError, Json, Unreachable
from services.ui.client import Staff


def caller() -> Staff:
    """The api, asked in the name of whoever is signed in (or of nobody yet)."""
    return Staff(browser.recall(browser.STAFF_COOKIE), browser.address())


def signed_in() -> Json | None:
    """The agent at this browser, None when nobody is signed in or the session has ended.

    Raises Unreachable when it can not be found out now.
    """
    if "agent" not in st.session_state:
        st.session_state["agent"] = _ask()
    agent: Json | None = st.session_state["agent"]
    return agent


def is_admin() -> bool:
    """Whether the agent may change knowledge; the api decides in the end, this only hides what it would refuse."""
    agent = signed_in()
    return agent is not None and agent["role"] == "admin"


def sign_in(email: str, password: str) -> None:
    """Open a session and keep it in this browser until it expires; raises ApiError when refused."""
    session = caller().sign_in(email, password)
    left = datetime.fromisoformat(session["expires_at"]) - datetime.now(UTC)
    browser.remember(browser.STAFF_COOKIE, session["token"], int(left.total_seconds()))
    st.session_state["agent"] = session["agent"]


def sign_out() -> None:
    """Revoke the session and forget it here; here it is forgotten even when the api can not be told."""
    with suppress(ApiError, Unreachable):
        caller().sign_out()
    drop_session()


def drop_session() -> None:
    """Forget a session that the api no longer accepts."""
    browser.forget(browser.STAFF_COOKIE)
    st.session_state["agent"] = None


def _ask() -> Json | None:
    if browser.recall(browser.STAFF_COOKIE) is None:
        return None
    try:
        return caller().me()
    except ApiError as error:
        if error.kind != "unauthenticated":
            raise
        browser.forget(browser.STAFF_COOKIE)
        return None
