"""What Streamlit would do wrong with a click, or with words: carry it out twice, by half, or not at all.

The browser keeps what was clicked or typed until the end of a tick, and sends it then. A timer of a fragment
(`run_every`) that fires in between sends it as well, and the callback runs twice: the same words are said twice.
What is sent for a fragment that is gone by then is dropped, and with it all that was clicked in that tick. And
a run that is to give way to a newer one does so wherever it next reads its state, before its callbacks or in them.

This goes with `runner.fastReruns = false`: a run ends for a newer one, which brings along what was clicked before
and was not carried out yet, though behind what was clicked since. With fast reruns it is a newer thread that runs,
beside the old one and without that.
"""

import functools
from typing import Any

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner_utils import script_requests
from streamlit.runtime.state.safe_session_state import SafeSessionState

CLICKS = ("trigger_value", "string_trigger_value", "chat_input_value", "json_trigger_value")
"""The values of a widget that last for one run."""


@functools.cache
def carry_out_once() -> None:
    """For all sessions of this process: timers bring no clicks, the page runs where a fragment is gone, the earlier
    click is carried out first, and no run gives way before its callbacks have ended."""
    usual_request, usual_callbacks = AppSession.request_rerun, SafeSessionState.on_script_will_rerun
    usual_merging = script_requests._coalesce_widget_states

    def request_rerun(session: AppSession, client_state: ClientState | None) -> None:
        if client_state is not None and client_state.is_auto_rerun:
            widgets = client_state.widget_states.widgets
            lasting = [widget for widget in widgets if widget.WhichOneof("value") not in CLICKS]
            del widgets[:]
            widgets.extend(lasting)
        elif client_state is not None and not session.has_fragment(client_state.fragment_id):
            client_state.fragment_id = ""
        usual_request(session, client_state)

    def in_order(older: WidgetStates | None, newer: WidgetStates | None) -> WidgetStates | None:
        merged = usual_merging(older, newer)
        if older is None or merged is None:
            return merged
        place = {widget.id: number for number, widget in enumerate(older.widgets)}
        return WidgetStates(widgets=sorted(merged.widgets, key=lambda widget: place.get(widget.id, len(place))))

    def on_script_will_rerun(state: SafeSessionState, *widgets: Any, **replayed: Any) -> None:
        run = state._yield_callback.__self__  # type: ignore[attr-defined]
        run._execing = False  # or it would give way
        try:
            usual_callbacks(state, *widgets, **replayed)
        finally:
            run._execing = True

    script_requests._coalesce_widget_states = in_order  # type: ignore[assignment]
    AppSession.request_rerun = request_rerun  # type: ignore[assignment,method-assign]
    SafeSessionState.on_script_will_rerun = on_script_will_rerun  # type: ignore[assignment,method-assign]
