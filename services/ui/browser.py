"""What the browser tells us and keeps for us: language, time zone, address, cookies."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from services.ui.words import LANGUAGES, nearest_language, table

CONTACT_COOKIE = "frontdesk_contact"
STAFF_COOKIE = "frontdesk_staff"
LANGUAGE_COOKIE = "frontdesk_language"

HALF_YEAR_SECONDS = 180 * 24 * 3600

_KEEP_COOKIES = """
export default function (component) {
  const { cookies, language } = component.data;
  document.documentElement.lang = language;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  for (const c of cookies) {
    document.cookie = `${c.name}=${c.value}; Path=/; Max-Age=${c.seconds}; SameSite=${c.same_site}${secure}`;
  }
}
"""
_cookie_writer = st.components.v2.component("frontdesk_cookies", js=_KEEP_COOKIES)


def language() -> str:
    """`zh` or `en`: what was chosen here, else at an earlier visit, else the browser's own."""
    chosen = st.session_state.get("chosen-language") or st.context.cookies.get(LANGUAGE_COOKIE)
    return chosen if chosen in LANGUAGES else nearest_language(st.context.locale)


def choose_language(chosen: str) -> None:
    """Switch every page to this language, for later visits too."""
    st.session_state["chosen-language"] = chosen
    remember(LANGUAGE_COOKIE, chosen, HALF_YEAR_SECONDS)


def say(key: str, **values: object) -> str:
    """The words for a key in the reader's language; what says otherwise of one thing has a sentence of its own.

    A whole number as `count` is written with commas.
    """
    words = table(language())
    sentence = words[key]
    count = values.get("count")
    if count in (1, "1"):
        sentence = words.get(f"{key}.if_one", sentence)
    if isinstance(count, int):
        values["count"] = f"{count:,}"
    return sentence.format(**values) if values else sentence


def say_or(key: str, otherwise: str, **values: object) -> str:
    """As `say`; `otherwise` when the table does not have the key (a code that the api invented after us)."""
    return say(key, **values) if key in table(language()) else otherwise


def recall(cookie: str) -> str | None:
    """A cookie's value: what this visit wrote, else what the browser sent."""
    written = st.session_state.get("remembered", {}).get(cookie)
    return written["value"] or None if written else st.context.cookies.get(cookie)


def remember(cookie: str, value: str, seconds: int) -> None:
    """Have the browser keep a value (only letters, digits and `-._~` pass) for so many seconds; 0 forgets it."""
    same_site = "Strict" if cookie == STAFF_COOKIE else "Lax"
    written = {"name": cookie, "value": value, "seconds": seconds, "same_site": same_site}
    st.session_state.setdefault("remembered", {})[cookie] = written


def forget(cookie: str) -> None:
    """Have the browser drop a cookie."""
    remember(cookie, "", 0)


def write_cookies() -> None:
    """Send what is to be remembered to the browser; once in every run."""
    cookies = list(st.session_state.get("remembered", {}).values())
    _cookie_writer(data={"cookies": cookies, "language": _html_language()}, key="cookies")


def address() -> str | None:
    """The way the request came, as a proxy would write it in X-Forwarded-For."""
    hops = [st.context.headers.get("X-Forwarded-For"), st.context.ip_address]
    return ", ".join(hop for hop in hops if hop) or None


def time_zone() -> str:
    """The reader's time zone, by its name in the tz database."""
    return _zone().key


def local(moment: str) -> datetime:
    """An ISO 8601 moment on the reader's clock."""
    return datetime.fromisoformat(moment).astimezone(_zone())


def today() -> date:
    """The date where the reader is."""
    return datetime.now(_zone()).date()


def zone_name() -> str:
    """The reader's time zone by its name in the tz database."""
    return _zone().key


def end_of_day(day: date) -> str:
    """The ISO 8601 moment when a day ends where the reader is."""
    return datetime.combine(day + timedelta(days=1), time(), _zone()).isoformat()


def last_day(moment: str) -> date:
    """The last day that lies wholly or in part before an ISO 8601 moment."""
    return (local(moment) - timedelta(microseconds=1)).date()


def clock_time(moment: str) -> str:
    """`14:05` today, `21 Nov 14:05` this year, `21 Nov 2025 14:05` before."""
    when = local(moment)
    now = today()
    if when.date() == now:
        return when.strftime("%H:%M")
    return say("time.this_year" if when.year == now.year else "time.before", when=when)


def time_since(moment: str) -> str:
    """How long ago, in the largest whole unit: `12 min`."""
    seconds = max(0, int((datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds()))
    return say("time.now") if seconds < 60 else _span(seconds)


def time_ago(moment: str) -> str:
    """`12 min ago`, or that it is just now."""
    words = time_since(moment)
    return words if words == say("time.now") else say("time.ago", time=words)


def time_until(moment: str) -> str:
    """How long it is still until then, in the largest whole unit, a minute at least."""
    return _span(max(60, int((datetime.fromisoformat(moment) - datetime.now(UTC)).total_seconds())))


def has_passed(moment: str) -> bool:
    """Whether an ISO 8601 moment is over."""
    return datetime.fromisoformat(moment) <= datetime.now(UTC)


def _span(seconds: int) -> str:
    if seconds < 3600:
        return say("time.minutes", count=seconds // 60)
    if seconds < 86400:
        return say("time.hours", count=seconds // 3600)
    return say("time.days", count=seconds // 86400)


def _zone() -> ZoneInfo:
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def _html_language() -> str:
    # Chinese characters are drawn in their Chinese forms only where the page says which language it is.
    return {"zh": "zh-CN", "en": "en"}[language()]
