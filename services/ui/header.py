"""The bar above every page: the shop, the staff's pages, language, account."""

from html import escape

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from services.ui import browser, presence, staff, windows
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
                for page in (
                    "chat",
                    "desk",
                    "knowledge",
                    *(["reports", "quality", "team"] if agent["role"] == "admin" else []),
                ):
                    st.page_link(pages[page], label=say(f"nav.{page}"), icon=_ICONS[page])
        with st.container(
            key="account", horizontal=True, gap="xsmall", vertical_alignment="center", width="content"
        ):
            _language_switch()
            if agent:
                presence.switch(agent)
                _account(pages, agent)
            else:
                st.page_link(pages["sign-in"], label=say("nav.sign_in"))


_ICONS = {
    "chat": ":material/forum:",
    "desk": ":material/support_agent:",
    "knowledge": ":material/library_books:",
    "reports": ":material/monitoring:",
    "quality": ":material/fact_check:",
    "team": ":material/groups:",
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
        if agent["role"] == "admin":
            _way_to(pages["website"], "website", "nav.website", ":material/web:")
        _way_to(pages["account"], "password", "account.password", ":material/key:")
        st.button(say("account.sign_out"), key="sign-out", on_click=staff.sign_out, width="stretch")


def _way_to(page: StreamlitPage, name: str, words: str, icon: str) -> None:
    if st.button(say(words), key=f"to-{name}", icon=icon, width="stretch"):
        windows.close_menus()
        st.switch_page(page)
