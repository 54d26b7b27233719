"""What people read when something is wrong, and how a page comes back by itself."""

import time
from collections.abc import Callable

import streamlit as st

from services.ui.browser import say, say_or
from services.ui.caller import ApiError, Json, Unreachable

RETRY_SECONDS = 3.0


def sentence(error: ApiError | Unreachable) -> str:
    """What went wrong in the reader's language: by the api's code, else its kind, else its own words."""
    if isinstance(error, Unreachable):
        return say("problem.unreachable")
    seconds = int(error.retry_after or 0)
    otherwise = say_or(f"error.kind.{error.kind}", error.message)
    if error.kind == "rate_limited" and seconds:
        otherwise = say("error.rate_limited_seconds", seconds=seconds)
    return say_or(f"error.{error.code}", otherwise, **{"line": "?", **error.details})


def stored_sentence(error: Json) -> str:
    """As `sentence`, for an error that the api keeps with a document or an entry."""
    return say_or(f"error.{error['code']}", error["message"])


def attempt(verb: Callable[[], object]) -> bool:
    """Do it; when it fails, say why in passing and return False. For callbacks, where no page stands around it."""
    try:
        verb()
    except (ApiError, Unreachable) as failure:
        st.toast(sentence(failure), icon=":material/info:", duration="long")
        return False
    return True


def show_unreachable() -> None:
    """Say that the service is away, and run the page again until it is back."""
    st.info(say("problem.unreachable"), icon=":material/cloud_off:")
    try_again_soon()


def show_broken() -> None:
    """Apologise for a fault of ours, and run the page again."""
    st.info(say("problem.broken"), icon=":material/healing:")
    try_again_soon(10 * RETRY_SECONDS)


def try_again_soon(seconds: float = RETRY_SECONDS) -> None:
    """Run the whole page again after so many seconds."""
    due = time.monotonic() + seconds

    @st.fragment(run_every=min(seconds, RETRY_SECONDS))
    def wait() -> None:
        if time.monotonic() >= due - 0.1:
            st.rerun()

    wait()


def show_reconnecting() -> None:
    """For what looks again every moment: a quiet line while the service is away, the page stays as it is."""
    st.html(f'<div class="fd-reconnecting" role="status">{say("problem.reconnecting")}</div>')
