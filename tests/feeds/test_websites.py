"""A website read, read again, changed, gone: what becomes of its pages."""

import gzip
import threading
from collections.abc import Callable

import pytest

from frontdesk.bootstrap import Frontdesk
from frontdesk.errors import Conflict, Invalid, NotFound
from frontdesk.knowledge.feeds.models import Feed, FeedStatus, PageOutcome
from frontdesk.knowledge.feeds.reading import MOST_ATTEMPTS
from frontdesk.knowledge.feeds.sources import Website
from tests.feeds.conftest import Reader, WebServer


def counts(feed: Feed) -> dict[str, int]:
    """The numbers of a run that are not zero."""
    names = ("found", "new", "changed", "unchanged", "left_out", "gone", "failed")
    return {name: getattr(feed, name) for name in names if getattr(feed, name)}


@pytest.fixture
def shop(site: WebServer) -> WebServer:
    """A site of four pages, the last of which is two links away."""
    site.page("/", "Welcome to the shop.", "/pay", "/ship?utm_source=home#fees", "https://other.example/")
    site.page("/pay", "Pay by card.", "/", "/pay#top", "/logo.png")
    site.page("/ship", "Shipping takes three days.", "/hainan", "mailto:a@shop.example")
    site.page("/hainan", "海南可以发货，首重运费十二元。")
    return site


class TestReading:
    def test_every_page_becomes_a_document_that_leads_back_to_it(self, shop: WebServer, reader: Reader) -> None:
        feed = reader.run(reader.add(shop.url()))
        assert (feed.status, counts(feed), feed.is_cut) == (FeedStatus.DONE, {"found": 4, "new": 4}, False)
        documents = reader.documents()
        assert sorted(documents) == ["/", "/hainan", "/pay", "/ship"]
        assert documents["/ship"].url == shop.url("/ship")
        assert documents["/ship"].name == "Page ship.html"

    def test_its_text_can_be_found(self, shop: WebServer, reader: Reader) -> None:
        reader.run(reader.add(shop.url()))
        for document in reader.documents().values():
            reader.frontdesk.indexing.index_document(document.id)
        found = reader.frontdesk.assistant.consider(reader.knowledge_base_id, "海南首重运费").passages
        assert "十二元" in found[0].text

    def test_each_page_is_asked_for_once_after_the_rules(self, shop: WebServer, reader: Reader) -> None:
        reader.run(reader.add(shop.url()))
        assert shop.asked[0] == "/robots.txt"
        assert sorted(shop.pages_asked()) == ["/", "/hainan", "/pay", "/ship"]

    def test_the_bounds_are_kept(self, shop: WebServer, reader: Reader) -> None:
        shop.page("/help/", "Help.", "/help/a", "/help/secret/x", "/pay", "../")
        shop.page("/help/a", "A.", "/help/b")
        shop.page("/help/b", "B.")
        feed = reader.run(reader.add(shop.url("/help/"), include=("/help/b",), exclude=("/help/secret",)))
        assert list(reader.documents()) == ["/help/b"]
        assert sorted(shop.pages_asked()) == ["/help/", "/help/a", "/help/b"]
        assert counts(feed) == {"found": 3, "new": 1, "left_out": 2}

    def test_there_is_an_end_to_pages_and_links(self, site: WebServer, reader: Reader) -> None:
        for number in range(20):
            site.page(f"/{number}", f"Page {number}.", f"/{number + 1}", f"/{number + 2}")
        few = reader.run(reader.add(site.url("/0"), whole_site=True, pages=5))
        assert (few.found, few.new, few.is_cut) == (5, 5, True)
        near = reader.run(reader.add(site.url("/0"), whole_site=True, depth=2))
        assert (near.found, near.is_cut) == (5, False)

    def test_a_maze_without_an_end_comes_to_one(self, site: WebServer, reader: Reader) -> None:
        site.before = lambda path: site.page(path, f"At {path}.", f"{path.rstrip('/')}/deeper", f"{path}?n=1")
        site.put("/robots.txt", "")
        feed = reader.run(reader.add(site.url(), pages=30))
        assert (feed.status, feed.found, feed.is_cut) == (FeedStatus.DONE, 30, True)

    def test_what_the_site_asks_of_programs_is_done(self, site: WebServer, reader: Reader) -> None:
        site.put("/robots.txt", "User-agent: *\nDisallow: /admin\n")
        site.page("/", "Welcome.", "/admin", "/noindex", "/nofollow", "/tagged")
        site.put("/rel", "<p>Rel.</p><a rel='ugc nofollow' href='/never'>x</a>")
        site.page("/noindex", "Not for you.", "/rel", head='<meta name="ROBOTS" content="noindex, follow">')
        site.page("/nofollow", "Text.", "/never", head='<meta name="robots" content="nofollow">')
        site.page("/tagged", "Text too.", "/never", X_Robots_Tag="none")
        feed_id = reader.add(site.url())
        reader.run(feed_id)
        assert sorted(reader.documents()) == ["/", "/nofollow", "/rel"]
        outcomes = reader.outcomes(feed_id)
        assert outcomes["/admin"] == ("left_out", "page_robots")
        assert outcomes["/noindex"] == outcomes["/tagged"] == ("left_out", "page_noindex")
        assert not {"/admin", "/never"} & set(site.pages_asked())

    def test_pages_that_say_the_same_are_kept_once(self, site: WebServer, reader: Reader) -> None:
        canonical = f'<link rel="canonical" href="{site.url("/product")}">'
        site.page("/", "Welcome.", "/a?sort=1", "/a?sort=2", "/sale/product", "/old")
        site.page("/a?sort=1", "Same.")
        site.page("/a?sort=2", "Same.")
        site.page("/sale/product", "A product on sale.", head=canonical)
        site.page("/product", "A product.", head=canonical)
        site.move("/old", "/product")
        for path in ("/a?sort=1", "/a?sort=2"):
            site.answers[path].body = b"<title>A</title><p>Same.</p>"
        feed_id = reader.add(site.url())
        reader.run(feed_id)
        assert sorted(reader.documents()) == ["/", "/a?sort=1", "/product"]
        outcomes = reader.outcomes(feed_id)
        assert outcomes["/a?sort=2"] == outcomes["/sale/product"] == ("left_out", "page_duplicate")
        assert outcomes["/old"] == ("left_out", "page_moved")
        assert site.pages_asked().count("/product") <= 2

    def test_redirects_are_followed_within_the_site_only(
        self, site: WebServer, reader: Reader, build: Callable[..., Frontdesk]
    ) -> None:
        site.page("/", "Welcome.", "/inside", "/outside", "/loop", "/inward")
        site.page("/target", "Target.")
        site.move("/inside", "/target")
        site.move("/outside", site.url("/target", host="127.0.0.1"))
        site.move("/loop", "/loop?again")
        site.move("/loop?again", "/loop")
        site.move("/inward", "http://169.254.169.254/latest/meta-data/")
        feed_id = reader.add(site.url())
        feed = reader.run(feed_id)
        assert sorted(reader.documents()) == ["/", "/target"]
        outcomes = reader.outcomes(feed_id)
        assert outcomes["/outside"] == outcomes["/inward"] == ("left_out", "page_elsewhere")
        assert outcomes["/loop"] == ("failed", "page_moves_in_circles")
        assert feed.status == FeedStatus.DONE

    def test_other_kinds_of_files_are_kept_as_what_they_are(self, site: WebServer, reader: Reader) -> None:
        site.page("/", "Welcome.", "/terms.txt", "/list", "/picture", "/fake.pdf", "/script-only")
        site.put("/terms.txt", "Terms of sale.", Content_Type="text/plain")
        site.put("/list", "a,b\n1,2\n", Content_Type="text/csv")
        site.put("/picture", b"\x89PNG", Content_Type="image/png")
        site.put("/fake.pdf", "no PDF", Content_Type="application/pdf")
        site.put("/script-only", "<div id=app></div><script>draw()</script><noscript>Enable it</noscript>")
        feed_id = reader.add(site.url())
        reader.run(feed_id)
        assert sorted(one.name for one in reader.documents().values()) == ["Page.html", "list.csv", "terms.txt"]
        outcomes = reader.outcomes(feed_id)
        assert outcomes["/picture"] == outcomes["/script-only"] == ("left_out", "page_no_text")
        assert outcomes["/fake.pdf"] == ("failed", "file_wrong_type")

    @pytest.mark.parametrize(
        ("encoding", "content_type", "head"),
        [
            ("gbk", "text/html; charset=gbk", ""),
            ("euc_kr", "text/html; charset=EUC-KR", ""),
            ("utf-8", "text/html", ""),
            ("gbk", "text/html", '<meta charset="gbk">'),
        ],
    )
    def test_encodings_are_understood_wherever_they_are_told(
        self, site: WebServer, reader: Reader, encoding: str, content_type: str, head: str
    ) -> None:
        title, text = ("배송", "사흘") if encoding == "euc_kr" else ("退货须知", "七天内可以退货")
        page = f"<head>{head}<title>{title}</title></head><p>{text}</p>"
        site.put("/", page.encode(encoding), Content_Type=content_type)
        reader.run(reader.add(site.url()))
        (document,) = reader.documents().values()
        assert document.name == f"{title}.html"
        content = reader.frontdesk.knowledge.file(document).read_bytes()
        assert text in content.decode("utf-8-sig" if "charset" in content_type else encoding)

    def test_names_are_readable_and_never_taken_from_another(
        self, site: WebServer, reader: Reader, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        own = tmp_path_factory.mktemp("own") / "x"
        own.write_text("My own page.")
        mine = reader.frontdesk.knowledge.upload(reader.knowledge_base_id, "Help_ pay.html", own)
        for path, title in (("/pay", "Help: pay"), ("/a/pay", "Help: pay"), ("/b/pay", "Help: pay")):
            site.put(path, f"<title>{title}</title><p>About {path}</p>")
        site.page("/", "Welcome.", "/pay", "/a/pay", "/b/pay")
        reader.run(reader.add(site.url()))
        names = sorted(one.name for one in reader.documents().values())
        assert names == [
            "Help pay - b - pay.html",
            "Help pay - pay.html",
            "Help pay.html",
            "Help_ pay.html",
            "Page.html",
        ]
        assert reader.frontdesk.knowledge.document(mine.id).revision == 1


class TestSitemaps:
    def listing(self, *urls: str, kind: str = "urlset", item: str = "url") -> str:
        places = "".join(f"<{item}><loc> {url} </loc></{item}>" for url in urls)
        namespace = "http://www.sitemaps.org/schemas/sitemap/0.9"
        return f'<?xml version="1.0"?><{kind} xmlns="{namespace}">{places}</{kind}>'

    def test_the_pages_of_a_sitemap_and_no_others_are_read(self, shop: WebServer, reader: Reader) -> None:
        shop.put("/sitemap.xml", self.listing(shop.url("/pay"), shop.url("/ship"), "https://other.example/x"))
        feed = reader.run(reader.add(shop.url("/sitemap.xml")))
        assert sorted(reader.documents()) == ["/pay", "/ship"]
        assert counts(feed) == {"found": 2, "new": 2}

    def test_packed_sitemaps_of_sitemaps_are_read(self, shop: WebServer, reader: Reader) -> None:
        pages = gzip.compress(self.listing(shop.url("/pay"), shop.url("/ship")).encode())
        shop.put("/maps/1.xml.gz", pages, Content_Type="application/gzip")
        shop.put("/maps/2.xml", self.listing(shop.url("/hainan")), Content_Type="text/xml")
        index = self.listing(shop.url("/maps/1.xml.gz"), "/maps/2.xml", kind="sitemapindex", item="sitemap")
        shop.put("/maps/index.xml", index)
        feed = reader.run(reader.add(shop.url("/maps/index.xml")))
        assert sorted(reader.documents()) == ["/hainan", "/pay", "/ship"]
        assert counts(feed) == {"found": 3, "new": 3}

    def test_sitemaps_that_the_site_names_lead_to_pages_without_links(
        self, shop: WebServer, reader: Reader
    ) -> None:
        shop.page("/hidden", "Nobody links here.")
        shop.put("/map.xml", self.listing(shop.url("/hidden")))
        shop.put("/robots.txt", f"Sitemap: {shop.url('/map.xml')}\n")
        reader.run(reader.add(shop.url()))
        assert sorted(reader.documents()) == ["/", "/hainan", "/hidden", "/pay", "/ship"]

    def test_hostile_ones_do_no_harm(self, site: WebServer, reader: Reader) -> None:
        doctype = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY s SYSTEM "file:///etc/passwd">]>'
        listing = self.listing(site.url("/ok"), site.url("/&a;"), site.url("/&s;"))
        site.put("/sitemap.xml", listing.replace("?>", f"?>{doctype}", 1))
        site.page("/ok", "Fine.")
        feed = reader.run(reader.add(site.url("/sitemap.xml")))
        assert "/ok" in reader.documents()
        assert not [path for path in site.asked if "root" in path or "aaaa" in path]
        assert feed.status == FeedStatus.DONE

    def test_a_sitemap_of_itself_comes_to_an_end(self, site: WebServer, reader: Reader) -> None:
        site.put("/sitemap.xml", self.listing("/sitemap.xml", "/x.xml", kind="sitemapindex", item="sitemap"))
        site.put("/x.xml", gzip.compress(b"<urlset>" + b" " * (100 * 1024 * 1024)), Content_Type="application/gzip")
        feed_id = reader.add(site.url("/sitemap.xml"))
        assert reader.run(feed_id).status == FeedStatus.DONE
        assert reader.outcomes(feed_id)["/x.xml"] == ("failed", "page_too_large")


class TestReadingAgain:
    def test_what_has_not_changed_is_not_indexed_again(self, shop: WebServer, reader: Reader) -> None:
        shop.page("/pay", "Pay by card.", "/", ETag='"1"')
        feed_id = reader.add(shop.url())
        reader.run(feed_id)
        before = {path: (one.id, one.revision) for path, one in reader.documents().items()}
        feed = reader.again(feed_id)
        assert counts(feed) == {"found": 4, "unchanged": 4}
        assert {path: (one.id, one.revision) for path, one in reader.documents().items()} == before

    def test_a_page_that_answers_not_modified_still_leads_on(self, shop: WebServer, reader: Reader) -> None:
        shop.page("/", "Welcome.", "/ship", ETag='"1"')
        feed_id = reader.add(shop.url())
        reader.run(feed_id)
        shop.page("/hainan", "海南首重运费改为九元。")
        feed = reader.again(feed_id)
        assert counts(feed) == {"found": 3, "changed": 1, "unchanged": 2}

    def test_a_changed_page_replaces_its_document(self, shop: WebServer, reader: Reader) -> None:
        feed_id = reader.add(shop.url())
        reader.run(feed_id)
        before = reader.documents()["/pay"]
        shop.page("/pay", "Pay by card or by transfer.", "/")
        assert counts(reader.again(feed_id)) == {"found": 4, "changed": 1, "unchanged": 3}
        after = reader.documents()["/pay"]
        assert (after.id, after.name, after.revision) == (before.id, before.name, before.revision + 1)

    def test_what_a_server_writes_besides_the_text_is_no_change(self, shop: WebServer, reader: Reader) -> None:
        feed_id = reader.add(shop.url())
        reader.run(feed_id)
        shop.page("/pay", "Pay by card.", "/", "/pay#top", "/logo.png", head="<script>token = 'other'</script>")
        assert counts(reader.again(feed_id)) == {"found": 4, "unchanged": 4}

    @pytest.mark.parametrize("status", [404, 410])
    def test_a_page_that_is_gone_takes_its_document_along(
        self, shop: WebServer, reader: Reader, status: int
    ) -> None:
        feed_id = reader.add(shop.url())
        reader.run(feed_id)
        shop.put("/pay", "gone", status)
        assert counts(reader.again(feed_id)) == {"found": 4, "unchanged": 3, "gone": 1}
        assert "/pay" not in reader.documents()

    def test_a_page_that_nothing_leads_to_any_more_does_too(self, shop: WebServer, reader: Reader) -> None:
        feed_id = reader.add(shop.url())
        reader.run(feed_id)
        shop.page("/ship", "Shipping takes three days.")
        feed = reader.again(feed_id)
        assert feed.gone == 1
        assert "/hainan" not in reader.documents()
        assert "/hainan" not in reader.outcomes(feed_id)

    def test_a_page_that_asks_to_be_left_out_is_from_then_on(self, shop: WebServer, reader: Reader) -> None:
        feed_id = reader.add(shop.url())
        reader.run(feed_id)
        shop.page("/pay", "Pay by card.", head='<meta name="robots" content="noindex">')
        reader.again(feed_id)
        assert "/pay" not in reader.documents()

    def test_a_site_that_is_down_costs_nobody_anything(self, shop: WebServer, reader: Reader) -> None:
        feed_id = reader.add(shop.url())
        reader.run(feed_id)
        shop.is_down = True
        feed = reader.again(feed_id)
        assert (feed.status, feed.error_code, feed.gone) == (FeedStatus.FAILED, "page_server_error", 0)
        assert len(reader.documents()) == 4
        shop.is_down = False
        assert counts(reader.again(feed_id)) == {"found": 4, "unchanged": 4}

    def test_one_page_that_fails_costs_nobody_anything_either(self, shop: WebServer, reader: Reader) -> None:
        feed_id = reader.add(shop.url())
        reader.run(feed_id)
        shop.put("/ship", "oh", 500)
        shop.page("/", "Welcome to the shop.", "/ship")
        feed = reader.again(feed_id)
        assert (feed.status, feed.failed, feed.gone) == (FeedStatus.DONE, 1, 0)
        assert sorted(reader.documents()) == ["/", "/hainan", "/pay", "/ship"]
        assert reader.outcomes(feed_id)["/ship"] == ("failed", "page_server_error")

    def test_a_site_that_forbids_it_now_is_left_alone(self, shop: WebServer, reader: Reader) -> None:
        feed_id = reader.add(shop.url())
        reader.run(feed_id)
        shop.put("/robots.txt", "User-agent: *\nDisallow: /\n")
        feed = reader.again(feed_id)
        assert (feed.status, feed.error_code) == (FeedStatus.FAILED, "page_robots")
        assert len(reader.documents()) == 4

    def test_a_site_that_is_nearly_empty_for_once_is_not_believed(self, site: WebServer, reader: Reader) -> None:
        site.page("/", "Welcome.", *(f"/{number}" for number in range(8)))
        for number in range(8):
            site.page(f"/{number}", f"Page {number}.")
        feed_id = reader.add(site.url())
        reader.run(feed_id)
        site.page("/", "We are moving house, come back soon.")
        feed = reader.again(feed_id)
        assert (feed.status, feed.error_code, len(reader.documents())) == (FeedStatus.FAILED, "feed_shrank", 9)
        feed = reader.again(feed_id)
        assert (feed.status, feed.gone, len(reader.documents())) == (FeedStatus.DONE, 8, 1)

    def test_other_bounds_are_kept_the_next_time(self, shop: WebServer, reader: Reader) -> None:
        shop.page("/pay", "Pay by card.", "/", ETag='"1"')
        feed_id = reader.add(shop.url())
        reader.run(feed_id)
        source = reader.feed(feed_id).source.as_json() | {"include": ("/hainan",), "exclude": ()}
        reader.frontdesk.feeds.change(feed_id, "Hainan", type(reader.feed(feed_id).source)(**source))
        reader.again(feed_id)
        assert list(reader.documents()) == ["/hainan"]

    def test_a_document_that_somebody_deleted_comes_back(self, shop: WebServer, reader: Reader) -> None:
        feed_id = reader.add(shop.url())
        reader.run(feed_id)
        reader.frontdesk.knowledge.delete_document(reader.documents()["/pay"].id)
        reader.again(feed_id)
        assert "/pay" in reader.documents()


class TestRuns:
    def test_a_killed_run_goes_on_where_it_stood(self, shop: WebServer, reader: Reader) -> None:
        feed_id = reader.add(shop.url())
        killed = []

        def kill(path: str) -> None:
            if path == "/ship" and not killed:
                killed.append(path)
                # Another worker has it, as if this one had been dead for longer than its lease.
                with reader.frontdesk.sessions.begin() as session:
                    session.get_one(Feed, feed_id).job_id = None

        shop.before = kill
        assert reader.frontdesk.feed_reading.work(feed_id) is False
        assert (reader.feed(feed_id).status, sorted(reader.documents())) == (FeedStatus.WORKING, ["/", "/pay"][:2])
        feed = reader.run(feed_id)
        assert (feed.status, feed.run, counts(feed)) == (FeedStatus.DONE, 1, {"found": 4, "new": 4})
        asked = shop.pages_asked()
        assert [asked.count(path) for path in ("/", "/pay", "/ship", "/hainan")] == [1, 1, 2, 1]

    def test_a_page_that_was_stored_when_its_worker_died_is_not_stored_twice(
        self, shop: WebServer, reader: Reader, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        feed_id = reader.add(shop.url())
        upload = type(reader.frontdesk.knowledge).upload

        def dies_behind(*values: object, **named: object) -> None:
            upload(*values, **named)
            raise RuntimeError("killed")

        with monkeypatch.context() as patch:
            patch.setattr(type(reader.frontdesk.knowledge), "upload", dies_behind)
            reader.frontdesk.feed_reading.work(feed_id)
        assert reader.feed(feed_id).error_code == "feed_broke_off"
        reader.run(feed_id)
        assert len(reader.frontdesk.knowledge.documents(reader.knowledge_base_id)) == 4

    def test_a_run_goes_shift_by_shift(self, shop: WebServer, reader: Reader) -> None:
        feed_id = reader.add(shop.url())
        assert reader.frontdesk.feed_reading.work(feed_id, seconds=0) is True
        assert reader.feed(feed_id).status == FeedStatus.WORKING
        assert reader.frontdesk.feed_reading.owing() == [feed_id]
        assert reader.run(feed_id).new == 4

    def test_a_long_pause_that_the_site_asks_for_holds_up_nobody(self, shop: WebServer, reader: Reader) -> None:
        shop.put("/robots.txt", "User-agent: *\nCrawl-delay: 100\n")
        feed_id = reader.add(shop.url())
        assert reader.frontdesk.feed_reading.work(feed_id, seconds=30) is False
        assert shop.pages_asked() == ["/"]
        assert (reader.feed(feed_id).status, reader.frontdesk.feed_reading.owing()) == (FeedStatus.WORKING, [])

    def test_two_workers_never_read_the_same_feed(self, shop: WebServer, reader: Reader) -> None:
        feed_id = reader.add(shop.url())
        entered, may_go_on = threading.Event(), threading.Event()

        def wait(_: str) -> None:
            entered.set()
            may_go_on.wait(10)

        shop.before = wait
        first = threading.Thread(target=reader.frontdesk.feed_reading.work, args=(feed_id,))
        first.start()
        entered.wait(10)
        assert reader.frontdesk.feed_reading.owing() == []
        assert reader.frontdesk.feed_reading.work(feed_id) is False
        may_go_on.set()
        first.join(10)
        assert reader.feed(feed_id).status == FeedStatus.DONE

    def test_a_run_that_is_stopped_leaves_what_it_has_read(self, shop: WebServer, reader: Reader) -> None:
        feed_id = reader.add(shop.url())
        shop.before = lambda path: reader.frontdesk.feeds.stop(feed_id) if path == "/ship" else None
        reader.frontdesk.feed_reading.work(feed_id)
        assert reader.feed(feed_id).status == FeedStatus.STOPPED
        assert sorted(reader.documents()) == ["/", "/pay"]
        shop.before = lambda path: None
        assert counts(reader.again(feed_id)) == {"found": 4, "new": 2, "unchanged": 2}

    def test_a_feed_that_is_removed_while_it_is_read_leaves_nothing(self, shop: WebServer, reader: Reader) -> None:
        feed_id = reader.add(shop.url())

        def remove(path: str) -> None:
            if path == "/ship":
                reader.frontdesk.feeds.remove(feed_id, with_documents=True)

        shop.before = remove
        reader.frontdesk.feed_reading.work(feed_id)
        assert reader.documents() == {}
        with pytest.raises(NotFound):
            reader.feed(feed_id)

    def test_what_stops_every_worker_is_given_up(self, shop: WebServer, reader: Reader) -> None:
        feed_id = reader.add(shop.url())
        for _ in range(MOST_ATTEMPTS):
            reader.wake(feed_id)
            reader.frontdesk.feed_reading._claim(feed_id, 0.0)
        reader.wake(feed_id)
        reader.frontdesk.feed_reading.work(feed_id)
        assert (reader.feed(feed_id).status, reader.feed(feed_id).error_code) == (FeedStatus.FAILED, "feed_gave_up")

    def test_a_site_that_stops_answering_is_left_after_a_few_pages(self, site: WebServer, reader: Reader) -> None:
        site.page("/", "Welcome.", *(f"/{number}" for number in range(50)))

        def fail(path: str) -> None:
            site.is_down = path not in ("/", "/robots.txt")

        site.before = fail
        feed_id = reader.add(site.url())
        feed = reader.run(feed_id)
        assert (feed.status, feed.error_code) == (FeedStatus.FAILED, "site_down")
        assert len(site.pages_asked()) < 30

    def test_it_is_due_again_when_its_time_has_come(self, shop: WebServer, reader: Reader) -> None:
        feed_id = reader.add(shop.url(), every_hours=24)
        feed = reader.run(feed_id)
        assert round((feed.next_at - feed.ended_at).total_seconds()) == 24 * 3600
        assert reader.frontdesk.feed_reading.owing() == []
        with reader.frontdesk.sessions.begin() as session:
            session.get_one(Feed, feed_id).next_at = feed.ended_at
        assert reader.frontdesk.feed_reading.owing() == [feed_id]
        reader.frontdesk.feed_reading.work(feed_id)
        assert (reader.feed(feed_id).run, reader.feed(feed_id).status) == (2, FeedStatus.DONE)

    def test_it_can_not_be_asked_for_twice_or_stopped_when_it_rests(self, shop: WebServer, reader: Reader) -> None:
        feed_id = reader.add(shop.url())
        with pytest.raises(Conflict):
            reader.frontdesk.feeds.run(feed_id)
        reader.run(feed_id)
        with pytest.raises(Conflict):
            reader.frontdesk.feeds.stop(feed_id)

    def test_removing_it_keeps_the_documents_unless_it_is_said(self, shop: WebServer, reader: Reader) -> None:
        for with_documents, left in ((False, 4), (True, 4)):
            feed_id = reader.add(shop.url())
            reader.run(feed_id)
            reader.frontdesk.feeds.remove(feed_id, with_documents)
            assert len(reader.documents()) == left

    def test_pages_are_listed_by_what_became_of_them(self, shop: WebServer, reader: Reader) -> None:
        shop.put("/pay", "no", 403)
        feed_id = reader.add(shop.url())
        reader.run(feed_id)
        (failed,), total = reader.frontdesk.feeds.pages(feed_id, PageOutcome.FAILED, 0, 10)
        assert (failed.url, failed.error_code, total) == (shop.url("/pay"), "page_refused", 1)
        assert reader.frontdesk.feeds.pages(feed_id, None, 3, 10)[1] == 4


class TestTheFirstPage:
    @pytest.mark.parametrize(
        ("place", "code"),
        [
            ("http://127.0.0.1:1/", "page_unreachable"),
            ("http://10.0.0.1/", "address_private"),
            ("http://169.254.169.254/latest/meta-data/", "address_private"),
            ("http://[::1]:9/", "address_private"),
            ("http://2130706433/", "address_private"),
        ],
    )
    def test_an_address_that_can_not_be_read_fails_and_says_why(
        self, reader: Reader, place: str, code: str
    ) -> None:
        feed = reader.run(reader.add(place))
        assert (feed.status, feed.error_code) == (FeedStatus.FAILED, code)
        assert feed.error_message

    def test_one_that_leads_to_another_site_says_where(self, site: WebServer, reader: Reader) -> None:
        target = site.url("/", host="127.0.0.1")
        site.move("/", target)
        feed = reader.run(reader.add(site.url()))
        assert (feed.status, feed.error_code) == (FeedStatus.FAILED, "feed_moved")
        assert target in feed.error_message

    def test_a_look_at_it_keeps_nothing(self, shop: WebServer, reader: Reader) -> None:
        feed_id = reader.add(shop.url())
        source = reader.feed(feed_id).source
        look = reader.frontdesk.feeds.preview(reader.knowledge_base_id, source)
        assert (look.title, look.addresses) == ("Page /", 2)
        assert reader.documents() == {}

    def test_a_look_says_what_reading_would_say(self, shop: WebServer, reader: Reader) -> None:
        shop.put("/robots.txt", "User-agent: *\nDisallow: /\n")
        for url, code in ((shop.url(), "page_robots"), ("http://10.0.0.1/", "address_private")):
            with pytest.raises(Invalid) as refusal:
                reader.frontdesk.feeds.preview(reader.knowledge_base_id, Website(url))
            assert refusal.value.code == code
