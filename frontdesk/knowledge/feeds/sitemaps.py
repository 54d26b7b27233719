"""Sitemaps: lists of a site's pages, and lists of such lists."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

from lxml import etree

from frontdesk.errors import Invalid
from frontdesk.knowledge.feeds.inflating import GZIP_SIGNATURE, inflated

MOST_BYTES = 50 * 1024 * 1024
MOST_ADDRESSES = 50_000
_ROOTS = {"urlset": "url", "sitemapindex": "sitemap"}
_LOOK_BYTES = 2048


@dataclass(frozen=True, slots=True)
class Listed:
    """An address in a sitemap, which may be another sitemap."""

    url: str
    is_sitemap: bool


def is_sitemap(body: bytes) -> bool:
    """Whether this is a sitemap, packed or not."""
    try:
        head = b"".join(inflated([body[:_LOOK_BYTES]], MOST_BYTES)) if body.startswith(GZIP_SIGNATURE) else body
    except Invalid:
        return False
    head = head[:_LOOK_BYTES]
    return b"<urlset" in head or b"<sitemapindex" in head


def read(body: bytes) -> Iterator[Listed]:
    """The addresses in order, as they are written; raises Invalid: sitemap_broken, page_too_large, page_broken."""
    if body.startswith(GZIP_SIGNATURE):
        body = b"".join(inflated([body], MOST_BYTES))
    # No entity of the file's own is filled in, and nothing is fetched for it.
    options = {"resolve_entities": False, "no_network": True, "load_dtd": False, "recover": True}
    kind: str | None = None
    try:
        for event, element in etree.iterparse(BytesIO(body), events=("start", "end"), **options):
            if not isinstance(element.tag, str):
                continue
            name = etree.QName(element)
            if kind is None:
                kind = _ROOTS.get(name.localname)
                if kind is None:
                    break
            elif event == "end" and name.localname == kind:
                address = element.findtext(f"{{{name.namespace}}}loc" if name.namespace else "loc")
                if address and address.strip():
                    yield Listed(address.strip(), kind == "sitemap")
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
    except etree.XMLSyntaxError as error:
        raise _broken() from error
    if kind is None:
        raise _broken()


def _broken() -> Invalid:
    return Invalid("This is not a sitemap, or it is damaged.", code="sitemap_broken")
