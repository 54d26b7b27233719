"""The screens: what every page shares, and which page is shown. Run by `streamlit run services/ui/app.py`."""

import logging
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from services.ui import browser, header, presence, problems, reruns, staff, theme
from services.ui.browser import say
from services.ui.caller import ApiError, Json, Unreachable
from services.ui.screens import account, chat, desk, documents, knowledge, quality, reports, sign_in, team, website

log = logging.getLogger(__name__)

# A file of ours: named icons would be fetched from a font server.
ICON = Path(__file__).parent / "icon.svg"


def main() -> None:
    """One run: the frame, then the page that the address asks for."""
    reruns.carry_out_once()
    st.set_page_config(page_title=header.shop_name(), page_icon=str(ICON), layout="wide")
    theme.apply(
        upload=say("documents.choose"),
        upload_refused=say("documents.not_accepted", limit=documents.UPLOAD_LIMIT_MB),
    )
    browser.write_cookies()
    agent = _agent_if_known()
    pages = {
        "chat": st.Page(_guarded(chat.show), title=say("nav.chat"), url_path="chat", default=True),
        "desk": st.Page(_guarded(_for_staff(desk.show)), title=say("nav.desk"), url_path="desk"),
        "knowledge": st.Page(
            _guarded(_for_staff(knowledge.show)), title=say("nav.knowledge"), url_path="knowledge"
        ),
        "reports": st.Page(_guarded(_for_staff(reports.show)), title=say("nav.reports"), url_path="reports"),
        "quality": st.Page(_guarded(_for_staff(quality.show)), title=say("nav.quality"), url_path="quality"),
        "team": st.Page(_guarded(_for_staff(team.show)), title=say("nav.team"), url_path="team"),
        "website": st.Page(_guarded(_for_staff(website.show)), title=say("nav.website"), url_path="website"),
        "account": st.Page(_guarded(_for_staff(account.show)), title=say("account.password"), url_path="account"),
        "sign-in": st.Page(_guarded(sign_in.show), title=say("nav.sign_in"), url_path="sign-in"),
    }
    page = st.navigation(list(pages.values()), position="hidden")
    if agent and page == pages["sign-in"]:
        st.switch_page(pages["desk"])
    header.show(pages, agent)
    if agent and page != pages["chat"]:
        presence.keep()
    page.run()


def _agent_if_known() -> Json | None:
    try:
        return staff.signed_in()
    except (ApiError, Unreachable):
        return None


def _for_staff(show: Callable[[], None]) -> Callable[[], None]:
    def page() -> None:
        if staff.signed_in() is None:
            sign_in.show()
        else:
            show()

    return page


def _guarded(show: Callable[[], None]) -> Callable[[], None]:
    def page() -> None:
        try:
            show()
        except Unreachable:
            problems.show_unreachable()
        except ApiError as error:
            if error.kind == "unauthenticated":
                staff.drop_session()
                st.rerun()
            st.warning(problems.sentence(error))
        except Exception:
            # The last door before a customer: whatever broke is for the log, never for the screen.
            log.exception("A page broke")
            problems.show_broken()

    page.__name__ = show.__name__
    return page


main()
