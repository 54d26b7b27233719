"""What a crawler sees on a web page: its title, where it leads, and whether it wants to be kept."""

import hashlib
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from lxml import etree

from frontdesk.errors import Invalid
from frontdesk.knowledge.feeds.addresses import canonical
from frontdesk.texts import without_controls

MOST_BYTES = 8 * 1024 * 1024
_MOST_LINKS = 2000
_LONGEST_TITLE = 300
_BLANKS = re.compile(r"\s+")
_NOT_SHOWN = frozenset(("script", "style", "noscript", "template", "svg"))


@dataclass(frozen=True, slots=True)
class Page:
    """A web page. `text_hash` changes with what a visitor reads, and not with what a server writes in between; None
    for a page that shows no text."""

    title: str | None
    links: tuple[str, ...]  # canonical, each once
    canonical: str | None
    keeps_out: bool  # noindex
    follows: bool  # not nofollow
    text_hash: str | None


def read(body: bytes, url: str, charset: str | None, directives: str = "") -> Page:
    """The page at a canonical address; `directives` are those of its X-Robots-Tag.

    Raises Invalid: page_too_large, page_broken.
    """
    if len(body) > MOST_BYTES:
        raise Invalid(f"This page is larger than {MOST_BYTES // 1024 // 1024} MB.", code="page_too_large")
    root = _tree(body, charset)
    wishes = " ".join([directives, *_metas(root)])
    words = set(re.split(r"[\s,:]+", wishes))
    return Page(
        title=_title(root),
        links=tuple(dict.fromkeys(_links(root, url))),
        canonical=_canonical(root, url),
        keeps_out=bool(words & {"noindex", "none"}),
        follows=not words & {"nofollow", "none"},
        text_hash=_hash(root),
    )


def _tree(body: bytes, charset: str | None) -> etree._Element:
    encoding = None
    for named in filter(None, (charset, "utf-8")):
        with suppress(LookupError, ValueError):
            body, encoding = body.decode(named).encode("utf-8"), "utf-8"
            break
    # Without either, the page's own <meta> tells it.
    parser = etree.HTMLParser(
        encoding=encoding, no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise Invalid("This page can not be read.", code="page_broken") from error
    if root is None:
        raise Invalid("This page is empty.", code="page_broken")
    return root


def _metas(root: etree._Element) -> Iterator[str]:
    for meta in root.iter("meta"):
        if meta.get("name", "").strip().lower() in ("robots", "frontdesk"):
            yield meta.get("content", "").lower()


def _title(root: etree._Element) -> str | None:
    for path in (".//head/title", ".//title", ".//h1"):
        found = root.find(path)
        if found is not None:
            text = without_controls(_BLANKS.sub(" ", "".join(found.itertext())))
            if text:
                return text[:_LONGEST_TITLE]
    return None


def _links(root: etree._Element, url: str) -> Iterator[str]:
    base = _base(root, url)
    for number, element in enumerate(root.iter("a", "area")):
        if number >= _MOST_LINKS:
            return
        if "nofollow" not in element.get("rel", "").lower().split():
            found = canonical(element.get("href", ""), base) if element.get("href") else None
            if found:
                yield found


def _canonical(root: etree._Element, url: str) -> str | None:
    for element in root.iter("link"):
        if "canonical" in element.get("rel", "").lower().split() and element.get("href"):
            return canonical(element.get("href"), _base(root, url))
    return None


def _base(root: etree._Element, url: str) -> str:
    element = root.find(".//base[@href]")
    return (canonical(element.get("href"), url) if element is not None else None) or url


def _hash(root: etree._Element) -> str | None:
    text = "\n".join(filter(None, (_BLANKS.sub(" ", piece).strip() for piece in _shown(root))))
    return hashlib.sha256(text.encode("utf-8", errors="replace")).hexdigest() if text else None


def _shown(root: etree._Element) -> Iterator[str]:
    body = root.find("body")
    hidden = 0
    for event, element in etree.iterwalk(root if body is None else body, events=("start", "end")):
        if element.tag in _NOT_SHOWN:
            hidden += 1 if event == "start" else -1
        if not hidden:
            text = element.text if event == "start" else element.tail
            if text:
                yield text
