"""The chat on the shop's website, for administrators: its line, its looks, who may show it, who is known."""

from html import escape
from urllib.parse import urlsplit

import streamlit as st

from services.ui import browser, problems, staff, windows
from services.ui.browser import say
from services.ui.caller import API_URL, ApiError, Json, Unreachable
from services.ui.client import Staff

POSITIONS = ("right", "left")


def show() -> None:
    """The page."""
    if not staff.is_admin():
        st.html(f'<div class="fd-empty">{say("website.admins")}</div>')
        return
    api = staff.caller()
    widget = api.widget()
    with st.container(key="website-page"):
        st.html(
            f'<div class="fd-page-heading"><h1 class="fd-title">{say("nav.website")}</h1>'
            f'<p class="fd-lead">{say("website.lead")}</p></div>'
        )
        address = widget["address"] or _likely_address()
        _line(address, allowed=bool(widget["origins"]))
        _settings(api, widget, address)
        _users(widget)
    if (subject := windows.opened("website-secret")) is not None:
        _ask_whether(api, subject["verb"])


def _line(address: str, *, allowed: bool) -> None:
    with st.container(key="website-line", gap="small"):
        _heading("website.line", "website.line_lead")
        st.code(f'<script src="{address}/widget.js" async></script>', language="html")
        if not allowed:
            st.warning(say("website.nobody"), icon=":material/info:")
        preview = f"{address}/widget?language={browser.language()}"
        st.link_button(say("website.preview"), preview, icon=":material/open_in_new:")


def _settings(api: Staff, widget: Json, address: str) -> None:
    with st.form("website", border=False, enter_to_submit=False):
        _heading("website.looks")
        with st.container(key="website-looks", horizontal=True, gap="medium"):
            colour = st.color_picker(say("website.colour"), widget["colour"], key="website-colour")
            position = st.radio(
                say("website.position"),
                POSITIONS,
                POSITIONS.index(widget["position"]),
                format_func=lambda one: say(f"website.position_{one}"),
                horizontal=True,
                key="website-position",
            )
        origins = st.text_area(
            say("website.origins"),
            "\n".join(widget["origins"]),
            height=110,
            placeholder="https://www.shop.example",
            help=say("website.origins_lead"),
            key="website-origins",
        )
        reached = st.text_input(
            say("website.address"), address, help=say("website.address_lead"), key="website-address"
        )
        if st.form_submit_button(say("common.save"), key="website-save", type="primary"):
            _save(api, colour, position, origins, reached.strip())


def _save(api: Staff, colour: str, position: str, origins: str, address: str) -> None:
    try:
        api.change_widget(
            {"colour": colour, "position": position, "origins": origins.split(), "address": address or None}
        )
    except (ApiError, Unreachable) as failure:
        st.error(problems.sentence(failure))
        return
    st.toast(say("website.saved"), icon=":material/check:")
    st.rerun()


def _users(widget: Json) -> None:
    """The identity secret, and how a site uses it."""
    secret = widget["identity_secret"]
    with st.container(key="website-users", gap="small"):
        _heading("website.users", "website.users_lead")
        if secret is None:
            if st.button(say("website.secret_make"), key="website-secret-make", icon=":material/key:"):
                staff.caller().renew_widget_secret()
                st.rerun()
            return
        with st.expander(say("website.secret_show"), key="website-secret"):
            st.code(secret, language=None)
            st.html(f'<div class="fd-meta">{escape(say("website.secret_keep"))}</div>')
        st.code(_example(), language="python")
        with st.container(horizontal=True, gap="small"):
            if st.button(say("website.secret_renew"), key="website-secret-renew", icon=":material/autorenew:"):
                windows.open_window("website-secret", {"verb": "renew"})
            if st.button(say("website.secret_drop"), key="website-secret-drop", type="tertiary"):
                windows.open_window("website-secret", {"verb": "drop"})


def _ask_whether(api: Staff, verb: str) -> None:
    """Whether to `renew` or to `drop` the secret."""

    @st.dialog(say(f"website.secret_{verb}"), on_dismiss=windows.close)
    def window() -> None:
        st.write(say(f"website.secret_{verb}_lead"))
        if st.button(say(f"website.secret_{verb}"), key=f"website-secret-{verb}-now", type="primary"):
            change = api.renew_widget_secret if verb == "renew" else api.drop_widget_secret
            windows.close_after(change, say("website.saved"))

    window()


def _heading(title: str, lead: str | None = None) -> None:
    more = f'<p class="fd-lead">{escape(say(lead))}</p>' if lead else ""
    st.html(f'<h2 class="fd-section">{escape(say(title))}</h2>{more}')


def _example() -> str:
    return (
        "import hashlib, hmac, os\n\n"
        'secret = os.environ["FRONTDESK_IDENTITY_SECRET"].encode()\n'
        "user_hash = hmac.new(secret, user_id.encode(), hashlib.sha256).hexdigest()\n"
        '# <script ... data-user-id="{user_id}" data-user-hash="{user_hash}" async></script>'
    )


def _likely_address() -> str:
    """Where this browser probably reaches the api: beside these screens, on the port that they ask it at."""
    page, api = urlsplit(st.context.url or API_URL), urlsplit(API_URL)
    port = f":{api.port}" if api.port else ""
    return f"{page.scheme}://{page.hostname}{port}"
