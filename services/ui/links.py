"""Addresses on the web that knowledge came from, as links."""

from html import escape
from urllib.parse import urlsplit


def web_link(url: str | None, words: str | None = None) -> str:
    """A link that opens apart from this page; empty for what is no web page.

    Its words are the address unless said. The address comes from wherever a crawl went: it may begin with a scheme
    that would run here.
    """
    if not url or not url.lower().startswith(("http://", "https://")):
        return ""
    shown = words or _short(url)
    return (
        f'<a class="fd-link" href="{escape(url, quote=True)}" target="_blank" rel="noopener noreferrer">'
        f"{escape(shown)}</a>"
    )


def _short(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.netloc}{parts.path}".rstrip("/")
