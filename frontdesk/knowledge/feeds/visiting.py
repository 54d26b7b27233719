"""What becomes of a page that a site has sent: decided without looking anything up."""

import codecs
import hashlib
from dataclasses import dataclass
from urllib.parse import urlsplit

from frontdesk.errors import Invalid
from frontdesk.knowledge.feeds import kinds, pages
from frontdesk.knowledge.feeds.fetching import Reply
from frontdesk.knowledge.feeds.site import Site


@dataclass(frozen=True, slots=True)
class Visit:
    """A page that was read: what is kept of it, or why nothing is, and where it leads."""

    url: str
    title: str | None
    suffix: str
    content: bytes
    content_hash: str
    links: tuple[str, ...]
    left_out: Invalid | None = None
    instead: str | None = None  # the address under which the site wants this page to be known


def visit(reply: Reply, body: bytes, site: Site) -> Visit:
    """Look at what stands at the address of a reply. Raises Invalid when it can not be read."""
    suffix = kinds.suffix_of_reply(reply.content_type, reply.url)
    if suffix != kinds.PAGE:
        return _file(reply, body, site, suffix)
    page = pages.read(body, reply.url, reply.charset, reply.directives)
    instead = page.canonical if page.canonical and _stands_for(page.canonical, reply.url, site) else None
    return Visit(
        url=reply.url,
        title=page.title,
        suffix=suffix,
        content=_marked(body, reply.charset),
        content_hash=page.text_hash or "",
        links=tuple(link for link in page.links if site.holds(link) and kinds.may_be_page(link))
        if page.follows
        else (),
        left_out=_why_left_out(page, instead, reply.url, site),
        instead=instead,
    )


def _file(reply: Reply, body: bytes, site: Site, suffix: str | None) -> Visit:
    left_out = None
    if suffix is None:
        left_out = Invalid("This is not a page with text in it.", code="page_no_text")
    elif set(reply.directives.replace(",", " ").split()) & {"noindex", "none"}:
        left_out = _noindex()
    elif not site.keeps(reply.url):
        left_out = _not_included()
    digest = hashlib.sha256(body).hexdigest()
    content = _marked(body, reply.charset) if suffix in (".txt", ".md", ".csv") else body
    return Visit(reply.url, kinds.file_name(reply.url) or None, suffix or "", content, digest, (), left_out)


def _why_left_out(page: pages.Page, instead: str | None, url: str, site: Site) -> Invalid | None:
    if page.keeps_out:
        return _noindex()
    if instead:
        return Invalid("The site names another page that says the same.", code="page_duplicate")
    if not site.keeps(url):
        return _not_included()
    if page.text_hash is None:
        return Invalid(
            "There is no text on this page. It may be put there by a program that runs in the browser.",
            code="page_no_text",
        )
    return None


def _stands_for(other: str, url: str, site: Site) -> bool:
    # A front page that is named for every page of a site is a common mistake; following it would lose all of them.
    return other != url and site.holds(other) and urlsplit(other).path != "/"


def _noindex() -> Invalid:
    return Invalid("The site asks programs not to keep this page (noindex).", code="page_noindex")


def _not_included() -> Invalid:
    return Invalid("Its path is not one of those that are kept.", code="page_not_included")


def _marked(body: bytes, charset: str | None) -> bytes:
    """The text with the mark of its encoding: a file does not carry the header in which the site told it."""
    if not charset:
        return body
    try:
        return codecs.BOM_UTF8 + body.decode(charset).removeprefix("\ufeff").encode("utf-8")
    except (LookupError, ValueError):
        return body
