"""What stands above the knowledge while changes wait in a draft: that they do, and what can be done with them."""

import streamlit as st

from services.ui import staff, windows
from services.ui.browser import say
from services.ui.caller import Json
from services.ui.client import Staff


def count(api: Staff, base: Json) -> int:
    """How many passages came or went in the draft."""
    if not base["drafting"]:
        return 0
    waiting: int = api.versions(base["id"], limit=1)["waiting"]
    return waiting


def show(base: Json) -> None:
    """The banner, while something waits."""
    if not base["waiting"]:
        return
    with st.container(key="waiting", horizontal=True, vertical_alignment="center", gap="small"):
        st.html(
            f'<div class="fd-waiting"><b>{say("waiting.title")}</b>'
            f"<span>{say('waiting.lead', count=base['waiting'], number=base['published'])}</span></div>",
            width="stretch",
        )
        with st.container(key="waiting-verbs", horizontal=True, gap="xsmall", width="content"):
            if st.button(say("waiting.compare"), key="draft-compare", icon=":material/difference:"):
                windows.open_window("comparison", {"before": base["published"], "after": base["draft"]})
            if not staff.is_admin():
                return
            if st.button(say("waiting.discard"), key="draft-discard", icon=":material/undo:"):
                windows.open_window("discard")
            if st.button(say("waiting.publish"), key="draft-publish", icon=":material/publish:", type="primary"):
                windows.open_window("publish")
