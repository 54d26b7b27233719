"""The windows about an account: a new one, changes, another password, and leaving."""

import secrets
from html import escape

import streamlit as st

from services.ui import staff, windows
from services.ui.browser import say
from services.ui.caller import Json
from services.ui.client import Staff

LONGEST_NAME = 80
SHORTEST_PASSWORD = 10
LARGEST_CAPACITY = 50
USUAL_CAPACITY = 5
ROLES = ("agent", "admin")


def edit(api: Staff, agent: Json) -> None:
    """Name, role and how much they take; of a new agent, if `agent` is empty, the account as well."""

    @st.dialog(say("agents.change" if agent else "agents.add"), on_dismiss=windows.close)
    def window() -> None:
        wanted: Json = {}
        if not agent:
            wanted["email"] = st.text_input(say("agents.email"), key="agent-email", max_chars=254).strip()
        wanted["name"] = st.text_input(
            say("agents.name"), agent.get("name", ""), key="agent-name", max_chars=LONGEST_NAME
        ).strip()
        wanted["role"] = st.segmented_control(
            say("agents.role"),
            ROLES,
            default=agent.get("role", "agent"),
            format_func=lambda role: say(f"role.{role}"),
            required=True,
            key="agent-role",
            help=say("agents.role_lead"),
        )
        capacity = st.number_input(
            say("agents.capacity"),
            0,
            LARGEST_CAPACITY,
            agent.get("capacity", USUAL_CAPACITY),
            key="agent-capacity",
            help=say("agents.capacity_lead"),
        )
        if not agent:
            wanted["password"] = _password()
        ready = all(wanted.values()) and len(wanted.get("password", "x" * SHORTEST_PASSWORD)) >= SHORTEST_PASSWORD
        if st.button(say("common.save"), key="agent-save", type="primary", width="stretch", disabled=not ready):
            wanted["capacity"] = int(capacity)
            windows.close_after(lambda: _save(api, agent, wanted), say("agents.saved", name=wanted["name"]))

    window()


def _save(api: Staff, agent: Json, wanted: Json) -> None:
    if not agent:
        capacity = wanted.pop("capacity")
        added = api.add_agent(wanted)
        # From here on the account is there, and trying again after a failure changes it.
        agent.update(added)
        wanted = {"capacity": capacity}
    change = {name: value for name, value in wanted.items() if value != agent[name]}
    if change:
        api.change_agent(agent["id"], change)


def reset_password(api: Staff, agent: Json) -> None:
    """Another password; whoever is signed in with the account is signed out."""

    @st.dialog(say("agents.reset_password"), on_dismiss=windows.close)
    def window() -> None:
        st.html(f"<p>{escape(say('agents.reset_lead', name=agent['name']))}</p>")
        password = _password()
        if st.button(
            say("agents.reset_password"),
            key="agent-password-save",
            type="primary",
            width="stretch",
            disabled=len(password) < SHORTEST_PASSWORD,
        ):
            done = say("agents.password_changed", name=agent["name"])
            windows.close_after(lambda: api.change_agent(agent["id"], {"password": password}), done)

    window()


def deactivate(api: Staff, agent: Json) -> None:
    """Nobody signs in with the account any more; or again, if it is inactive."""
    words = "deactivate" if agent["active"] else "activate"

    @st.dialog(say(f"agents.{words}"), on_dismiss=windows.close)
    def window() -> None:
        st.html(f"<p>{escape(say(f'agents.{words}_sure', name=agent['name']))}</p>")
        me = staff.signed_in()
        if me is not None and me["id"] == agent["id"] and agent["active"]:
            st.html(f'<div class="fd-hint">{say("agents.deactivate_self")}</div>')
        if st.button(say(f"agents.{words}"), key="agent-leaving-confirm", type="primary", width="stretch"):
            windows.close_after(lambda: api.change_agent(agent["id"], {"active": not agent["active"]}))

    window()


def _password() -> str:
    """A field with a password that nobody guesses; another one may be written."""
    if "agent-password" not in st.session_state:
        st.session_state["agent-password"] = secrets.token_urlsafe(9)
    password = st.text_input(say("agents.password"), key="agent-password", autocomplete="off", max_chars=1024)
    st.html(f'<div class="fd-meta">{escape(say("agents.password_lead", count=SHORTEST_PASSWORD))}</div>')
    return password
