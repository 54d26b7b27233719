"""The windows about a canned response: writing it, and removing it."""

from html import escape

import streamlit as st

from services.ui import windows
from services.ui.browser import say
from services.ui.caller import Json
from services.ui.client import Staff
from services.ui.words import LANGUAGES

LONGEST_NAME = 80
LONGEST_TEXT = 4000


def edit(api: Staff, subject: Json) -> None:
    """Write it; a new one if the subject has no `response`."""
    response: Json = subject.get("response", {})
    teams: dict[str, str] = subject["teams"]

    @st.dialog(say("canned.change" if response else "canned.add"), width="medium", on_dismiss=windows.close)
    def window() -> None:
        name = st.text_input(
            say("canned.name"),
            response.get("name", ""),
            key="canned-name",
            max_chars=LONGEST_NAME,
            help=say("canned.name_lead"),
        )
        text = st.text_area(
            say("canned.text"), response.get("text", ""), key="canned-text", max_chars=LONGEST_TEXT, height=170
        )
        st.html(f'<div class="fd-meta">{escape(say("canned.variables"))}</div>')
        written = {
            "name": name.strip(),
            "text": text.strip(),
            "language": _choice("language", {code: say(f"language.{code}") for code in LANGUAGES}, response),
            "team_id": _choice("team", teams, response, "team_id") if teams else None,
        }
        if st.button(say("common.save"), key="canned-save", type="primary", width="stretch"):
            windows.close_after(lambda: _save(api, response, written))

    window()


def _choice(name: str, names: dict[str, str], response: Json, field: str | None = None) -> str | None:
    choices = [None, *names]
    now = response.get(field or name)
    chosen: str | None = st.selectbox(
        say(f"canned.{name}"),
        choices,
        choices.index(now) if now in choices else 0,
        format_func=lambda one: names[one] if one else say(f"canned.{name}_any"),
        key=f"canned-{name}-choice",
    )
    return chosen


def _save(api: Staff, response: Json, written: Json) -> None:
    if response:
        api.rewrite_canned(response, written)
    else:
        api.add_canned(written)


def remove(api: Staff, subject: Json) -> None:
    """Whether it is meant."""
    response = subject["response"]

    @st.dialog(say("canned.remove_title"), on_dismiss=windows.close)
    def window() -> None:
        st.html(f"<p>{escape(say('canned.remove_sure', name=response['name']))}</p>")
        if st.button(say("canned.remove"), key="canned-remove-confirm", type="primary", width="stretch"):
            windows.close_after(lambda: api.remove_canned(response["id"]))

    window()
