"""Which addresses belong to a website as its administrator means it."""

from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from frontdesk.errors import Invalid
from frontdesk.knowledge.feeds.addresses import path_of, respelt_path
from frontdesk.knowledge.feeds.sources import Website


@dataclass(frozen=True, slots=True)
class Pattern:
    """The beginning of a path, `*` for anything between, `$` for its end: as robots.txt writes them."""

    parts: tuple[str, ...]
    to_the_end: bool

    @classmethod
    def of(cls, text: str) -> Self:
        """From the way a person writes it."""
        to_the_end = text.endswith("$")
        text = text.removesuffix("$")
        text = text if text.startswith(("/", "*")) else f"/{text}"
        return cls(tuple(map(respelt_path, text.split("*"))), to_the_end)

    def matches(self, path: str) -> bool:
        """Whether a path with its query begins so."""
        first, *others = self.parts
        if not path.startswith(first):
            return False
        at = len(first)
        for part in others[:-1]:
            found = path.find(part, at)
            if found < 0:
                return False
            at = found + len(part)
        if not others:
            return not self.to_the_end or at == len(path)
        if self.to_the_end:
            return len(path) - at >= len(others[-1]) and path.endswith(others[-1])
        return path.find(others[-1], at) >= 0


@dataclass(frozen=True, slots=True)
class Site:
    """The bounds of a website: its host, a folder of it, and what is left out."""

    host: str
    folder: str
    include: tuple[Pattern, ...]
    exclude: tuple[Pattern, ...]

    @classmethod
    def of(cls, website: Website) -> Self:
        """The bounds that an administrator chose."""
        return cls(
            host=_host(website.url),
            folder="/" if website.whole_site else _folder(urlsplit(website.url).path),
            include=tuple(map(Pattern.of, website.include)),
            exclude=tuple(map(Pattern.of, website.exclude)),
        )

    def is_on_host(self, address: str) -> bool:
        """Whether a canonical address is of the same host; `www.` in front makes no other."""
        return _host(address) == self.host

    def holds(self, address: str) -> bool:
        """Whether links to a canonical address are followed."""
        path = path_of(address)
        in_folder = path.startswith(self.folder) or urlsplit(address).path == self.folder.rstrip("/")
        return self.is_on_host(address) and in_folder and not any(one.matches(path) for one in self.exclude)

    def check_first(self, address: str) -> None:
        """Raises Invalid with feed_moved when the first page leads to an address outside."""
        if not self.holds(address):
            raise Invalid(
                f"This address leads to {address}. Enter that one instead.",
                code="feed_moved",
                details=[{"url": address}],
            )

    def keeps(self, address: str) -> bool:
        """Whether the page at an address that it holds becomes a document."""
        return not self.include or any(one.matches(path_of(address)) for one in self.include)


def _host(address: str) -> str:
    parts = urlsplit(address)
    host = (parts.hostname or "").removeprefix("www.")
    return f"{host}:{parts.port}" if parts.port else host


def _folder(path: str) -> str:
    if path.lower().endswith((".xml", ".xml.gz")):
        return "/"  # a sitemap lists pages of all folders, wherever it lies itself
    before, _, last = path.rpartition("/")
    return f"{before}/" if not last or "." in last else f"{path}/"
