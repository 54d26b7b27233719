"""The script as browsers get it, the websites that may use the api, and the settings of the widget."""

import gzip
import hashlib
import hmac
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select

from frontdesk.bootstrap import Frontdesk
from frontdesk.conversations.models import Conversation
from services.api.widget import script
from tests.api.people import Agent, Contact, refused
from tests.conftest import bearer

SHOP = "https://shop.example"
SETTINGS = {"colour": "#FF8800", "position": "left", "origins": [f"{SHOP}/"], "address": "https://help.example"}
LARGEST = 30_000


class TestScript:
    def test_it_is_small_and_kept_until_it_changes(self, api: httpx.Client) -> None:
        answer = api.get("/widget.js", headers={"Accept-Encoding": "gzip"})
        assert int(answer.headers["content-length"]) < LARGEST
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
        assert "max-age" in answer.headers["cache-control"]
        again = api.get("/widget.js", headers={"If-None-Match": answer.headers["etag"], "Accept-Encoding": "gzip"})
        assert (again.status_code, again.content) == (304, b"")

    def test_it_is_the_same_without_compression(self, api: httpx.Client) -> None:
        plain = api.get("/widget.js", headers={"Accept-Encoding": "identity"})
        assert "content-encoding" not in plain.headers
        assert plain.text == script.source()
        assert gzip.decompress(script.encoded("gzip").content) == plain.content

    def test_it_needs_no_policy_to_be_loosened(self) -> None:
        source = script.source()
        for word in ("eval(", "new Function", "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write"):
            assert word not in source
        assert 'setAttribute("style"' not in source

    def test_every_part_is_in_it(self) -> None:
        folder = Path(script.__file__).parent
        assert {path.stem for path in folder.glob("*.js")} == set(script.PARTS)

    def test_both_languages_say_the_same(self) -> None:
        words = script.words()
        assert words["zh"].keys() == words["en"].keys()

    def test_the_preview_is_strict(self, api: httpx.Client) -> None:
        answer = api.get("/widget", params={"language": "zh"})
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert 'lang="zh-CN"' in answer.text
        assert "widget.js" in answer.text


class TestOrigins:
    def ask(
        self, api: httpx.Client, origin: str, path: str = "/v1/conversations", method: str = "POST"
    ) -> httpx.Response:
        return api.request(method, path, headers={"Origin": origin})

    def preflight(self, api: httpx.Client, origin: str, path: str) -> httpx.Response:
        wanted = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
        return api.options(path, headers={"Origin": origin} | wanted)

    def test_without_any_setting_no_website_may(self, api: httpx.Client, frontdesk: Frontdesk) -> None:
        for origin in (SHOP, "null", "https://testserver.example"):
            answer = self.ask(api, origin)
            assert refused(answer, 403) == "origin_not_allowed"
            assert "access-control-allow-origin" not in answer.headers
            assert self.preflight(api, origin, "/v1/conversations").status_code == 403
        with frontdesk.sessions() as session:
            assert session.scalar(select(func.count()).select_from(Conversation)) == 0

    def test_pages_of_the_api_itself_and_programs_may(self, api: httpx.Client) -> None:
        assert self.ask(api, str(api.base_url).rstrip("/")).status_code == 201
        assert api.post("/v1/conversations").status_code == 201
        behind_a_proxy = {"Origin": "https://help.example", "Sec-Fetch-Site": "same-origin"}
        assert api.post("/v1/conversations", headers=behind_a_proxy).status_code == 201

    def test_a_named_website_may_use_what_is_a_contacts(self, boss: Agent) -> None:
        boss.send("PUT", "/inbox/widget", json=SETTINGS).raise_for_status()
        answer = self.ask(boss.api, SHOP)
        assert answer.status_code == 201
        assert answer.headers["access-control-allow-origin"] == SHOP
        assert "Origin" in answer.headers["vary"]
        granted = self.preflight(boss.api, SHOP, "/v1/conversations")
        assert granted.status_code == 204
        assert "Last-Event-ID" in granted.headers["access-control-allow-headers"]
        for near in ("http://shop.example", "https://www.shop.example", f"{SHOP}:8443", f"{SHOP}.evil.example"):
            assert refused(self.ask(boss.api, near), 403) == "origin_not_allowed"

    def test_it_may_not_use_what_is_the_staffs(self, boss: Agent) -> None:
        boss.send("PUT", "/inbox/widget", json=SETTINGS).raise_for_status()
        for path in ("/v1/me", "/v1/sessions", "/v1/inbox/widget", "/v1/desk/conversations"):
            assert self.preflight(boss.api, SHOP, path).status_code == 403
        read = boss.send("GET", "/inbox/widget", headers={"Origin": SHOP})
        assert "access-control-allow-origin" not in read.headers

    def test_a_website_that_was_taken_off_is_refused_at_once(self, boss: Agent) -> None:
        boss.send("PUT", "/inbox/widget", json=SETTINGS).raise_for_status()
        contact = Contact(boss.api)
        boss.send("PUT", "/inbox/widget", json=SETTINGS | {"origins": []}).raise_for_status()
        answer = contact.send("GET", contact.path, headers={"Origin": SHOP})
        assert refused(answer, 403) == "origin_not_allowed"

    def test_only_the_first_question_may_read_why(self, api: httpx.Client) -> None:
        answer = self.ask(api, SHOP, "/v1/widget", "GET")
        assert refused(answer, 403) == "origin_not_allowed"
        assert answer.headers["access-control-allow-origin"] == SHOP

    def test_what_the_operator_allows_may_use_all(
        self, frontdesk: Frontdesk, serve: Callable[..., httpx.Client]
    ) -> None:
        api = serve(allowed_origins=SHOP)
        assert self.ask(api, SHOP, "/v1/widget", "GET").headers["access-control-allow-origin"] == SHOP
        assert self.preflight(api, SHOP, "/v1/sessions").status_code == 204
        assert self.ask(api, "https://evil.example", "/v1/widget", "GET").status_code == 403


class TestSettings:
    def test_they_are_kept_and_shown_to_whoever_draws(self, boss: Agent) -> None:
        assert boss.get("/inbox/widget")["origins"] == []
        kept = boss.send("PUT", "/inbox/widget", json=SETTINGS).json()
        assert kept == boss.get("/inbox/widget")
        assert kept == {
            "colour": "#ff8800",
            "position": "left",
            "origins": [SHOP],
            "address": "https://help.example",
            "identity_secret": None,
        }
        shown = boss.api.get("/v1/widget").json()
        assert (shown["colour"], shown["position"], shown["knows_users"]) == ("#ff8800", "left", False)
        assert shown["greeting"]["zh"]
        assert "origins" not in shown

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"colour": "red;}"}, "colour_invalid"),
            ({"origins": ["*"]}, "origin_invalid"),
            ({"address": "javascript:alert(1)"}, "origin_invalid"),
            ({"position": "top"}, "invalid"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, boss: Agent, change: dict[str, object], code: str) -> None:
        assert refused(boss.send("PUT", "/inbox/widget", json=SETTINGS | change), 422) == code
        assert boss.get("/inbox/widget")["origins"] == []

    def test_a_user_takes_their_conversation_to_another_browser(self, boss: Agent, contact: Contact) -> None:
        secret = boss.post("/inbox/widget/identity-secret").json()["identity_secret"]
        vouched = {
            "user_id": "用户7",
            "user_hash": hmac.new(secret.encode(), "用户7".encode(), hashlib.sha256).hexdigest(),
        }
        path = "/v1/widget/identity"
        boss.api.post(path, json=vouched, headers=bearer(contact.token)).raise_for_status()
        elsewhere = boss.api.post(path, json=vouched).raise_for_status().json()["token"]
        listed = boss.api.get("/v1/conversations", headers=bearer(elsewhere)).json()["conversations"]
        assert [one["id"] for one in listed] == [contact.conversation_id]
        assert listed[0]["first_words"] is None
        contact.say("Hello")
        (listed,) = boss.api.get("/v1/conversations", headers=bearer(elsewhere)).json()["conversations"]
        assert listed["first_words"] == "Hello"
        asked = boss.get(f"/desk/conversations/{contact.conversation_id}")["conversation"]
        assert asked["contact"]["user_id"] == "用户7"
        assert boss.send("DELETE", "/inbox/widget/identity-secret").status_code == 204
        assert refused(boss.api.post(path, json=vouched), 403) == "identity_off"
        assert boss.get("/inbox/widget")["identity_secret"] is None
