"""One spelling for each address, and the bounds of a site."""

import pytest

from frontdesk.errors import Invalid
from frontdesk.knowledge.feeds.addresses import canonical, typed
from frontdesk.knowledge.feeds.kinds import may_be_page, suffix_of_reply
from frontdesk.knowledge.feeds.site import Pattern, Site
from frontdesk.knowledge.feeds.sources import Query, Website, checked


@pytest.mark.parametrize(
    ("written", "spelt"),
    [
        ("HTTP://Shop.Example:80/Help", "http://shop.example/Help"),
        ("https://shop.example:443", "https://shop.example/"),
        ("https://shop.example/a/../b/./c/#part", "https://shop.example/b/c/"),
        ("https://shop.example/../../a", "https://shop.example/a"),
        ("https://shop.example/%7efaq/%e4%bd%a0 x", "https://shop.example/~faq/%E4%BD%A0%20x"),
        ("https://商店.example/帮助?q=退货", "https://xn--czrs0t.example/%E5%B8%AE%E5%8A%A9?q=%E9%80%80%E8%B4%A7"),
        ("https://shop.example/?utm_source=x&b=1&fbclid=y&a=2", "https://shop.example/?b=1&a=2"),
        ("https://shop.example/p;jsessionid=1F?spm=a.b", "https://shop.example/p"),
        ("https://shop.example/100%/x", "https://shop.example/100%25/x"),
        ("https://shop.example./", "https://shop.example/"),
        ("http://[::1]:8080/x", "http://[::1]:8080/x"),
    ],
)
def test_an_address_is_spelt_in_one_way(written: str, spelt: str) -> None:
    assert canonical(written) == spelt
    assert canonical(spelt) == spelt


@pytest.mark.parametrize(
    "written",
    [
        *(
            "javascript:alert(1)",
            "mailto:a@b.example",
            "ftp://shop.example/",
            "file:///etc/passwd",
            "//",
            "",
            "http://",
        ),
        *("http://user:password@shop.example/", "http://user@shop.example/", "http://shop.example:99999/"),
        *("http://[::1/", f"http://shop.example/{'x' * 2000}", f"http://{'x' * 70}商.example/", "data:text/html,x"),
    ],
)
def test_what_is_no_address_of_the_web_is_none(written: str) -> None:
    assert canonical(written) is None


def test_links_are_read_from_where_they_stand() -> None:
    page = "https://shop.example/help/pay.html?x=1"
    for link, found in (
        ("ship.html", "https://shop.example/help/ship.html"),
        ("../", "https://shop.example/"),
        ("?page=2", "https://shop.example/help/pay.html?page=2"),
        ("//other.example/a", "https://other.example/a"),
        ("#top", page),
    ):
        assert canonical(link, page) == found


def test_a_person_may_leave_out_the_scheme() -> None:
    assert typed(" shop.example/help ") == "https://shop.example/help"
    for nonsense in ("help", "", "my shop", "http://", "javascript:alert(1)"):
        with pytest.raises(Invalid) as refusal:
            typed(nonsense)
        assert refusal.value.code == "feed_address"


def test_the_folder_of_the_first_page_bounds_the_site() -> None:
    for url, inside, outside in (
        ("https://shop.example/help/", ["/help/", "/help/a", "/help"], ["/", "/helpdesk", "/shop/"]),
        ("https://shop.example/help", ["/help", "/help/a", "/help?x=1"], ["/helpdesk"]),
        ("https://shop.example/zh/index.html", ["/zh/a"], ["/en/a"]),
        ("https://shop.example/maps/sitemap.xml.gz", ["/a", "/"], []),
    ):
        site = Site.of(Website(url))
        assert all(site.holds(f"http://www.shop.example{path}") for path in inside), url
        assert not any(site.holds(f"https://shop.example{path}") for path in outside), url
        assert not site.holds("https://other.example/help/")
        assert not site.holds("https://shop.example:8443/help/")
    assert Site.of(Website("https://shop.example/help/", whole_site=True)).holds("https://shop.example/x")


def test_patterns_are_beginnings_with_stars() -> None:
    for pattern, path, matches in (
        ("/blog", "/blog/1", True),
        ("blog/", "/blog/1", True),
        ("/blog", "/a/blog", False),
        ("*/blog", "/a/blog", True),
        ("/a*c$", "/abc", True),
        ("/a*c$", "/abcd", False),
        ("/a$", "/a", True),
        ("/a$", "/ab", False),
        ("*.pdf$", "/x/y.pdf", True),
        ("/*?page=", "/list?page=2", True),
        ("/帮助", "/%E5%B8%AE%E5%8A%A9/a", True),
        ("*" * 400 + "x$", "/" + "y" * 2000, False),
    ):
        assert Pattern.of(pattern).matches(path) is matches, pattern


def test_only_what_may_hold_text_is_asked_for() -> None:
    assert all(
        may_be_page(f"https://shop.example/{name}") for name in ("", "a", "a.php", "a.html", "a.pdf", "a.docx")
    )
    assert not any(may_be_page(f"https://shop.example/{name}") for name in ("a.JPG", "a.zip", "a.js", "a.xml"))
    for content_type, url, suffix in (
        ("text/html", "/a.php", ".html"),
        ("", "/a", ".html"),
        ("application/octet-stream", "/price.pdf", ".pdf"),
        ("text/plain", "/read.md", ".md"),
        ("text/plain", "/robots", ".txt"),
        ("image/png", "/a", None),
        ("application/octet-stream", "/a.bin", None),
    ):
        assert suffix_of_reply(content_type, f"https://shop.example{url}") == suffix


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("DELETE FROM products", "query_not_select"),
        ("", "text_empty"),
        ("SELECT 1; DROP TABLE products", "query_several"),
        ("SELECT 1; COMMIT", "query_several"),
        ("/* SELECT */ DELETE FROM products", "query_not_select"),
        ("COPY products TO '/tmp/x'", "query_not_select"),
    ],
)
def test_only_one_select_is_taken(query: str, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        checked(Query("shop", query))
    assert refusal.value.code == code


def test_a_select_may_be_written_in_many_ways() -> None:
    for query in ("select 1", "-- prices\nSELECT 1;\n", "WITH a AS (SELECT 1) SELECT * FROM a", "(SELECT 1)"):
        assert isinstance(checked(Query("shop", query)), Query)
