"""Asking for a page: where we may go, how much we take, how long we wait."""

import gzip
import socket
import time
from collections.abc import Callable

import pytest

from frontdesk.errors import DomainError, Invalid, Unavailable
from frontdesk.knowledge.feeds.fetching import Fetcher, Known, Reply, TooBusy
from frontdesk.knowledge.feeds.network import is_public
from frontdesk.knowledge.feeds.robots import Robots
from tests.feeds.conftest import HOST, WebServer

MEGABYTE = 1024 * 1024


def anywhere(_: str) -> None:
    """Redirects may lead there."""


@pytest.fixture
def fetcher() -> Fetcher:
    """May read the site on this machine."""
    return Fetcher(frozenset({HOST}), MEGABYTE, 1.0)


def refusal(fetcher: Fetcher, url: str, check: Callable[[str], None] = anywhere) -> DomainError:
    """The error that asking for this address ends in."""
    with pytest.raises(DomainError) as raised:
        fetcher.get(url, check)
    return raised.value


class TestPrivateNetworks:
    @pytest.mark.parametrize(
        "address",
        [
            *("127.0.0.1", "127.8.9.10", "0.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1"),
            *("169.254.169.254", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
            *("::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1"),
            *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1"),
            *("64:ff9b::a9fe:a9fe", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:db8::1", "nonsense"),
        ],
    )
    def test_an_address_that_is_not_everybodys_is_not_public(self, address: str) -> None:
        assert not is_public(address)

    @pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::808:808"])
    def test_an_address_of_the_internet_is(self, address: str) -> None:
        assert is_public(address)

    @pytest.mark.parametrize(
        "host",
        [
            *("127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0", "[::1]", "[::ffff:127.0.0.1]"),
            *("10.1.2.3", "169.254.169.254", "[fd00:ec2::254]", "localhost", "LocalHost"),
        ],
    )
    def test_no_spelling_of_one_gets_through(self, site: WebServer, host: str) -> None:
        site.page("/", "secret")
        assert refusal(Fetcher(frozenset(), MEGABYTE, 1.0), site.url(host=host)).code == "address_private"
        assert site.asked == []

    def test_a_name_that_leads_there_does_not_either(
        self, site: WebServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        answers = iter([["93.184.216.34", "127.0.0.1"], ["10.0.0.8"]])
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: looked_up(next(answers)))
        fetcher = Fetcher(frozenset(), MEGABYTE, 1.0)
        for _ in range(2):
            assert refusal(fetcher, site.url(host="shop.example")).code == "address_private"

    def test_the_connection_goes_to_the_address_that_was_checked(
        self, site: WebServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # A name that is looked up a second time, for the connection, would lead to this machine.
        names = []
        public = "192.88.99.1"
        original = socket.getaddrinfo

        def look_up(host: str, port: int, *rest: object, **more: object) -> list[tuple[object, ...]]:
            if host != "rebound.example":
                return original(host, port, *rest, **more)
            names.append(host)
            return looked_up([public] if len(names) == 1 else ["127.0.0.1"], site.port)

        connected = []

        def connect(address: tuple[str, int], *_: object, **__: object) -> socket.socket:
            connected.append(address[0])
            raise OSError("no way out")

        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        monkeypatch.setattr(socket, "create_connection", connect)
        monkeypatch.setattr("frontdesk.knowledge.feeds.network.is_public", lambda address: address == public)
        assert refusal(Fetcher(frozenset(), MEGABYTE, 1.0), site.url(host="rebound.example")).code == (
            "page_unreachable"
        )
        assert connected == [public]
        assert names == ["rebound.example"]
        assert site.asked == []

    def test_a_redirect_into_one_is_refused(self, site: WebServer, fetcher: Fetcher) -> None:
        site.page("/secret", "secret")
        site.move("/", site.url("/secret", host="127.0.0.1"))
        assert refusal(fetcher, site.url()).code == "address_private"
        assert site.asked == ["/"]


class TestLimits:
    def test_a_page_that_is_too_large_is_not_read_to_its_end(self, site: WebServer, fetcher: Fetcher) -> None:
        site.put("/", b"x" * (MEGABYTE + 1))
        assert refusal(fetcher, site.url()).code == "page_too_large"

    def test_a_small_page_that_unpacks_to_gigabytes_is_not_unpacked(
        self, site: WebServer, fetcher: Fetcher
    ) -> None:
        site.put("/", gzip.compress(b"\0" * (200 * MEGABYTE)), Content_Encoding="gzip")
        assert refusal(fetcher, site.url()).code == "page_too_large"

    def test_a_packed_page_is_unpacked(self, site: WebServer, fetcher: Fetcher) -> None:
        site.put("/", gzip.compress(b"Hello" * 1000), Content_Encoding="gzip")
        assert fetcher.get(site.url(), anywhere).body == b"Hello" * 1000

    @pytest.mark.parametrize(("body", "coding"), [(b"no gzip", "gzip"), (b"x", "br"), (b"x", "zstd")])
    def test_what_can_not_be_unpacked_is_broken(
        self, site: WebServer, fetcher: Fetcher, body: bytes, coding: str
    ) -> None:
        site.put("/", body, Content_Encoding=coding)
        assert refusal(fetcher, site.url()).code == "page_broken"

    def test_a_page_that_trickles_in_is_left(self, site: WebServer) -> None:
        site.put("/", "slow", trickles=True)
        began = time.monotonic()
        error = refusal(Fetcher(frozenset({HOST}), MEGABYTE, 0.3), site.url())
        assert (type(error), error.code) == (Unavailable, "page_slow")
        assert time.monotonic() - began < 3

    def test_redirects_without_an_end_come_to_one(self, site: WebServer, fetcher: Fetcher) -> None:
        site.move("/", "/a")
        site.move("/a", "/")
        assert refusal(fetcher, site.url()).code == "page_moves_in_circles"
        assert len(site.asked) == 5

    def test_nobody_there_is_an_outage(self, fetcher: Fetcher) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        error = refusal(fetcher, f"http://localhost:{port}/")
        assert (type(error), error.code) == (Unavailable, "page_unreachable")


class TestManners:
    def test_we_say_who_we_are_and_bring_nothing_along(self, site: WebServer, fetcher: Fetcher) -> None:
        site.page("/", "Hello", Set_Cookie="visitor=1")
        fetcher.get(site.url(), anywhere)
        fetcher.get(site.url(), anywhere)
        for headers in site.headers:
            assert headers["User-Agent"].startswith("Frontdesk/")
            assert not {"Cookie", "Authorization", "Referer"} & set(headers)

    def test_what_has_not_changed_is_not_sent_again(self, site: WebServer, fetcher: Fetcher) -> None:
        site.page("/", "Hello", ETag='"1"')
        first = fetcher.get(site.url(), anywhere)
        again = fetcher.get(site.url(), anywhere, first.known)
        assert (first.known, again.body) == (Known('"1"'), None)

    def test_redirects_are_followed_where_they_may_lead(self, site: WebServer, fetcher: Fetcher) -> None:
        site.move("/", "/há?utm_source=x")
        site.page("/h%C3%A1", "Hello")
        assert fetcher.get(site.url(), anywhere).url == site.url("/h%C3%A1")

        def nowhere(url: str) -> None:
            raise Invalid(f"not {url}", code="page_elsewhere")

        assert refusal(fetcher, site.url(), nowhere).code == "page_elsewhere"

    @pytest.mark.parametrize(
        ("status", "code"),
        [(403, "page_refused"), (404, "page_gone"), (410, "page_gone"), (500, "page_server_error")],
    )
    def test_a_refusal_is_told_apart_from_an_outage(
        self, site: WebServer, fetcher: Fetcher, status: int, code: str
    ) -> None:
        site.put("/", "no", status)
        assert refusal(fetcher, site.url()).code == code

    def test_a_site_may_ask_for_a_pause(self, site: WebServer, fetcher: Fetcher) -> None:
        site.put("/", "no", 429, Retry_After="17")
        error = refusal(fetcher, site.url())
        assert isinstance(error, TooBusy)
        assert error.seconds == 17

    @pytest.mark.parametrize("charset", ["idna", "punycode", "hex", "unicode_escape", "no-such", ""])
    def test_a_charset_of_no_document_is_not_believed(
        self, site: WebServer, fetcher: Fetcher, charset: str
    ) -> None:
        site.put("/", "x", Content_Type=f"text/html; charset={charset}", ETag='"\xe9"')
        reply = fetcher.get(site.url(), anywhere)
        assert reply.charset in (None, "hex")
        assert fetcher.get(site.url(), anywhere, reply.known).body is None

    def test_the_charset_that_the_site_tells_is_kept(self, site: WebServer, fetcher: Fetcher) -> None:
        site.put("/", "退货".encode("gbk"), Content_Type="text/html; charset=GBK")
        reply = fetcher.get(site.url(), anywhere)
        assert isinstance(reply, Reply)
        assert (reply.content_type, reply.charset) == ("text/html", "gbk")


class TestRobots:
    def test_the_rules_for_everybody_and_for_us_are_obeyed(self, site: WebServer, fetcher: Fetcher) -> None:
        rules = "User-agent: *\nDisallow: /\n\nUser-agent: frontdesk\nDisallow: /private*/\nAllow: /private-not\n"
        site.put("/robots.txt", f"{rules}Crawl-delay: 7\nSitemap: https://shop.example/map.xml\n")
        robots = Robots(fetcher)
        robots.check(site.url("/help"))
        robots.check(site.url("/private-not/x"))
        with pytest.raises(Invalid) as raised:
            robots.check(site.url("/private-1/x"))
        assert raised.value.code == "page_robots"
        assert robots.pause_seconds(site.url(), 1.0) == 7
        assert robots.pause_seconds(site.url(), 9.0) == 9
        assert robots.sitemaps(site.url()) == ["https://shop.example/map.xml"]
        assert site.asked == ["/robots.txt"]

    def test_a_site_without_rules_allows_everything(self, site: WebServer, fetcher: Fetcher) -> None:
        robots = Robots(fetcher)
        robots.check(site.url("/help"))
        site.put("/robots.txt", "no", 403)
        robots.forget(site.url())
        robots.check(site.url("/help"))

    def test_a_site_that_can_not_tell_its_rules_is_not_read(self, site: WebServer, fetcher: Fetcher) -> None:
        site.is_down = True
        with pytest.raises(Unavailable):
            Robots(fetcher).check(site.url("/help"))


def looked_up(addresses: list[str], port: int = 80) -> list[tuple[object, ...]]:
    """What a name server's answer looks like."""
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]
