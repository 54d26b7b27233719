"""That an agent is there: told to the api while a page of theirs is open, and a switch for being away."""

import time

import streamlit as st

from services.ui import problems, staff
from services.ui.browser import say
from services.ui.caller import ApiError, Json, Unreachable

# The api counts somebody as gone after 100 s; browsers wake a page in the background once a minute.
TELL_SECONDS = 20.0


def keep() -> None:
    """Tell the api now and every while; what another window of the agent has switched is seen here, too."""

    @st.fragment(run_every=TELL_SECONDS)
    def tell() -> None:
        agent = staff.signed_in()
        if (
            agent is None
            or time.monotonic() - st.session_state.get("present-at", -TELL_SECONDS) < 0.9 * TELL_SECONDS
        ):
            return
        st.session_state["present-at"] = time.monotonic()
        try:
            found = staff.caller().be_present()
        except (ApiError, Unreachable):
            return  # the page itself says what is wrong
        st.session_state["agent"] = found
        if found["away"] != agent["away"]:
            st.rerun()

    tell()


def switch(agent: Json) -> None:
    """The button that says whether the agent is available, and changes it."""
    now = "away" if agent["away"] else "online"
    st.button(
        say(f"presence.{now}"),
        key=f"presence-{now}",
        type="tertiary",
        help=say(f"presence.{now}_lead"),
        on_click=_change,
        args=(not agent["away"],),
    )


def dot(presence: str) -> str:
    """A coloured dot with its meaning, as HTML."""
    return (
        f'<span class="fd-presence fd-presence-{presence}" role="img" title="{say(f"presence.{presence}")}" '
        f'aria-label="{say(f"presence.{presence}")}"></span>'
    )


def _change(away: bool) -> None:
    def change() -> None:
        st.session_state["agent"] = staff.caller().be_present(away)

    problems.attempt(change)
