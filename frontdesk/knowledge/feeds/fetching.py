"""One address of the web, asked for as a polite stranger: no cookies, no passwords, limits of size and time."""

import codecs
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import Message

import httpcore

from frontdesk.errors import DomainError, Invalid, NotFound, Unavailable
from frontdesk.knowledge.feeds.addresses import canonical
from frontdesk.knowledge.feeds.inflating import inflated, limited
from frontdesk.knowledge.feeds.network import Guarded

USER_AGENT = "Frontdesk/1 (customer service of the site's owner)"
_MOST_REDIRECTS = 5
_MOVED = (301, 302, 303, 307, 308)
_GONE = (404, 410)
_LONGEST_SILENCE_SECONDS = 15.0
_NO_ENCODINGS = frozenset(("idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape"))


class TooBusy(Unavailable):
    """The site asks for a pause of `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__("The site asks us to slow down; reading goes on by itself.", code="site_busy")
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Known:
    """What the site said about a page when it was read last."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What stands at an address, after redirects; `body` is None when it has not changed since."""

    url: str
    body: bytes | None
    content_type: str
    charset: str | None
    known: Known
    directives: str  # of X-Robots-Tag, in lower case


class Fetcher:
    """Asks for pages of at most `most_bytes` each, and waits at most `seconds` for a whole one.

    `private_hosts` are names that may lead into a private network.
    """

    def __init__(self, private_hosts: Collection[str], most_bytes: int, seconds: float) -> None:
        self._private_hosts = private_hosts
        self._most_bytes = most_bytes
        self._seconds = seconds

    def get(self, url: str, check: Callable[[str], None], known: Known = Known()) -> Reply:
        """The page at a canonical address. `check` is called with every address that it leads to, and may raise.

        Raises NotFound with page_gone; Invalid with address_private, page_refused, page_too_large, page_broken or
        page_moves_in_circles; Unavailable with page_unreachable, page_slow or page_server_error; TooBusy.
        """
        deadline = time.monotonic() + self._seconds
        for _ in range(_MOST_REDIRECTS):
            found = self._ask(url, known, deadline)
            if isinstance(found, Reply):
                return found
            check(found)
            url, known = found, Known()
        raise Invalid("This page leads to other addresses without an end.", code="page_moves_in_circles")

    def _ask(self, url: str, known: Known, deadline: float) -> Reply | str:
        """What stands there, or the address that it has moved to."""
        headers: dict[bytes | str, bytes | str] = {
            "User-Agent": USER_AGENT,
            "Accept": "text/html,application/pdf,*/*;q=0.5",
            "Accept-Encoding": "gzip, deflate",
            "Connection": "close",
        }
        if known.etag:
            headers["If-None-Match"] = known.etag.encode("latin-1")
        if known.last_modified:
            headers["If-Modified-Since"] = known.last_modified.encode("latin-1")
        patience = dict.fromkeys(("connect", "read", "write", "pool"), min(self._seconds, _LONGEST_SILENCE_SECONDS))
        with (
            _as_ours(),
            httpcore.ConnectionPool(network_backend=Guarded(self._private_hosts, deadline)) as pool,
            pool.stream("GET", url, headers=headers, extensions={"timeout": patience}) as response,
        ):
            answered = _headers(response)
            moved = answered.get("location") if response.status in _MOVED else None
            if moved:
                return _moved_to(moved, url)
            _refuse(response.status, answered)
            said = Known(answered.get("etag", "")[:500] or None, answered.get("last-modified", "")[:100] or None)
            described = Message()
            described["Content-Type"] = answered.get("content-type", "")
            body = None if response.status == 304 else self._body(response, answered)
            return Reply(
                url,
                body,
                described.get_content_type() if answered.get("content-type") else "",
                _charset(described),
                said,
                answered.get("x-robots-tag", "").lower(),
            )

    def _body(self, response: httpcore.Response, headers: Mapping[str, str]) -> bytes:
        coding = headers.get("content-encoding", "identity").strip().lower()
        chunks: Iterator[bytes] = limited(response.iter_stream(), self._most_bytes)
        if coding in ("gzip", "x-gzip", "deflate"):
            chunks = inflated(chunks, self._most_bytes)
        elif coding not in ("identity", ""):
            raise Invalid("The site packs its pages in a way that we did not ask for.", code="page_broken")
        return b"".join(chunks)


@contextmanager
def _as_ours() -> Iterator[None]:
    """What the library raises, as errors of ours."""
    try:
        yield
    except httpcore.TimeoutException as error:
        raise Unavailable("The site took too long to answer.", code="page_slow") from error
    except httpcore.RemoteProtocolError as error:
        raise Unavailable("The site's answer broke off.", code="page_unreachable") from error
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol) as error:
        raise Unavailable("The site could not be reached.", code="page_unreachable") from error


def _charset(described: Message) -> str | None:
    """The encoding that the site names, if it is one of documents: the codecs for names of hosts take for ever."""
    try:
        named = codecs.lookup(described.get_content_charset() or "").name
    except (LookupError, ValueError):
        return None
    return None if named in _NO_ENCODINGS else named


def _headers(response: httpcore.Response) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in response.headers:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        found[key] = f"{found[key]}, {text}" if key in found else text
    return found


def _moved_to(location: str, url: str) -> str:
    # Sites write addresses into this header as they are, in UTF-8, although it is meant for Latin-1.
    with suppress(UnicodeError):
        location = location.encode("latin-1").decode("utf-8")
    found = canonical(location, url)
    if found is None:
        raise Invalid("This page leads to an address that can not be used.", code="page_elsewhere")
    return found


def _refuse(status: int, headers: Mapping[str, str]) -> None:
    error: DomainError | None = None
    if status in _GONE:
        error = NotFound("There is no such page any more.", code="page_gone")
    elif status == 429:
        seconds = headers.get("retry-after", "")
        error = TooBusy(float(seconds) if seconds.isdecimal() and len(seconds) < 6 else 60.0)
    elif status >= 500:
        error = Unavailable(f"The site failed with status {status}.", code="page_server_error")
    elif status != 304 and status != 200:
        error = Invalid(f"The site does not show this page to us (status {status}).", code="page_refused")
    if error:
        raise error
