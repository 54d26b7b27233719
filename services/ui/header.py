"""The bar above every page: the shop, the staff's pages, language, account."""

from html import escape

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from services.ui import browser, staff, windows
from services.ui.browser import say
from services.ui.caller import ApiError, Json, Unreachable
from services.ui.client import Contact
from services.ui.words import LANGUAGES


@st.cache_data(ttl=60, show_spinner=False)
def _inbox() -> Json:
    return Contact().inbox()


def inbox() -> Json | None:
    """How the shop presents itself, None while the api can not be asked."""
    try:
        return _inbox()
    except (ApiError, Unreachable):
        return None


def shop_name() -> str:
    """The shop's name in the reader's language."""
    shop = inbox()
    return shop["name"][browser.language()] if shop else say("shop.unknown")


def show(pages: dict[str, StreamlitPage], agent: Json | None) -> None:
    """Draw the bar; `pages` by name, `agent` when somebody is signed in."""
    with st.container(key="topbar", horizontal=True, vertical_alignment="center", gap="small"):
        name = shop_name()
        st.html(f'<div class="fd-brand"><span>{escape(name[:1])}</span>{escape(name)}</div>', width="content")
        with st.container(key="nav", horizontal=True, gap="xsmall", vertical_alignment="center"):
            if agent:
                for page in ("chat", "desk", "knowledge", *(["quality"] if agent["role"] == "admin" else [])):
                    st.page_link(pages[page], label=say(f"nav.{page}"), icon=_ICONS[page])
        with st.container(
            key="account", horizontal=True, gap="xsmall", vertical_alignment="center", width="content"
        ):
            _language_switch()
            if agent:
                _account(pages, agent)
            else:
                st.page_link(pages["sign-in"], label=say("nav.sign_in"))


_ICONS = {
    "chat": ":material/forum:",
    "desk": ":material/support_agent:",
    "knowledge": ":material/library_books:",
    "quality": ":material/fact_check:",
}


def _language_switch() -> None:
    other = next(code for code in LANGUAGES if code != browser.language())
    st.button(
        LANGUAGES[other],
        key="language",
        type="tertiary",
        icon=":material/translate:",
        on_click=browser.choose_language,
        args=(other,),
    )


def _account(pages: dict[str, StreamlitPage], agent: Json) -> None:
    key = f"account-menu-{windows.menu_round()}"
    with st.popover(agent["name"], icon=":material/account_circle:", type="tertiary", key=key):
        st.html(
            f'<div class="fd-account"><b>{escape(agent["name"])}</b><br>{escape(agent["email"])}'
            f"<br>{say('role.' + agent['role'])}</div>"
        )
        if agent["role"] == "admin" and st.button(
            say("nav.website"), key="to-website", icon=":material/web:", width="stretch"
        ):
            windows.close_menus()
            st.switch_page(pages["website"])
        st.button(say("account.sign_out"), key="sign-out", on_click=staff.sign_out, width="stretch")
