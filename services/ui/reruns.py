"""What Streamlit would do wrong with a click, or with words: carry it out twice, or not at all.

The browser keeps what was clicked or typed until the end of a tick, and sends it then. A timer of a fragment
(`run_every`) that fires in between sends it as well, and the callback runs twice: the same words are said twice.
What is sent for a fragment that is gone by then is dropped, and with it all that was clicked in that tick.
"""

import functools
from typing import Any

import streamlit as st
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession

CLICKS = ("trigger_value", "string_trigger_value", "chat_input_value", "json_trigger_value")
"""The values of a widget that last for one run."""


@functools.cache
def carry_out_once() -> None:
    """Have timers bring no clicks, and run the page where a fragment is gone, in all sessions of this process."""
    usual = AppSession.request_rerun

    def request_rerun(session: AppSession, client_state: ClientState | None) -> None:
        if client_state is not None and client_state.is_auto_rerun:
            widgets = client_state.widget_states.widgets
            lasting = [widget for widget in widgets if widget.WhichOneof("value") not in CLICKS]
            del widgets[:]
            widgets.extend(lasting)
        elif client_state is not None and not session.has_fragment(client_state.fragment_id):
            client_state.fragment_id = ""
        usual(session, client_state)

    AppSession.request_rerun = request_rerun  # type: ignore[assignment,method-assign]


def typed(key: str) -> Any:
    """The value of a widget, for its callback. Reading it alone is where Streamlit ends a run for a newer one."""
    return st.session_state.to_dict()[key]
