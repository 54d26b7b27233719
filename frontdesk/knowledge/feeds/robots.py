"""What a site asks of programs that read it."""

import time
from collections.abc import Sequence
from urllib.parse import urlsplit

from protego import Protego

from frontdesk.errors import DomainError, Invalid, NotFound, Unavailable
from frontdesk.knowledge.feeds.fetching import USER_AGENT, Fetcher

_NAME = USER_AGENT.partition("/")[0]
_KNOWN_SECONDS = 900.0
_LONGEST_DELAY_SECONDS = 120.0
_MOST_CHARACTERS = 500_000


class Robots:
    """The robots.txt of every site that is being read, each asked for once in a quarter of an hour."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        self._rules: dict[str, tuple[Protego, float]] = {}

    def forget(self, url: str) -> None:
        """Ask again for the rules of an address's site."""
        self._rules.pop(_origin(url), None)

    def check(self, url: str) -> None:
        """Raises Invalid with page_robots when the site does not want this address read; Unavailable as the fetcher
        does, because a site that does not tell its rules may have some."""
        if not self._of(url).can_fetch(url, _NAME):
            raise Invalid("The site's robots.txt does not allow this page to be read.", code="page_robots")

    def pause_seconds(self, url: str, least: float) -> float:
        """How long to wait between two pages: as long as the site asks for, at least `least`."""
        asked = self._of(url).crawl_delay(_NAME) or 0.0
        return max(least, min(asked, _LONGEST_DELAY_SECONDS))

    def sitemaps(self, url: str) -> Sequence[str]:
        """The sitemaps that a site names."""
        return list(self._of(url).sitemaps)

    def _of(self, url: str) -> Protego:
        origin = _origin(url)
        rules, until = self._rules.get(origin, (None, 0.0))
        if rules is None or time.monotonic() > until:
            rules = self._ask(origin)
            self._rules[origin] = rules, time.monotonic() + _KNOWN_SECONDS
        return rules

    def _ask(self, origin: str) -> Protego:
        text = ""
        try:
            body = self._fetcher.get(f"{origin}/robots.txt", lambda _: None).body or b""
            text = body.decode("utf-8", errors="replace")[:_MOST_CHARACTERS]
        except Unavailable:
            raise
        except NotFound:
            pass
        except DomainError as error:
            if error.code == "address_private":
                raise
        return Protego.parse(text)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
