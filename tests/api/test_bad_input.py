"""Whatever is sent, the answer is a clear 4xx in the one shape of errors."""

import json
import uuid

import httpx
import pytest

from tests.api.operations import BODIES, FILE, filled_in, is_for_contacts, operations, sound_request
from tests.api.people import Agent, Contact, error_of, refused

MEGABYTE = 1024 * 1024
NOBODY = str(uuid.uuid4())
JSON = {"Content-Type": "application/json"}


class TestMessages:
    def test_what_is_no_message_is_refused(self, contact: Contact, subtests: pytest.Subtests) -> None:
        for text, code in (
            ("", "text_empty"),
            (" \n\t\u3000", "text_empty"),
            ("\0\x1b", "text_empty"),
            ("x" * 4001, "text_too_long"),
            ("退" * 4001, "text_too_long"),
            ("Hello \ud800", "text_invalid"),
            (None, "invalid"),
            (7, "invalid"),
            (["Hello"], "invalid"),
            ({"text": "Hello"}, "invalid"),
        ):
            with subtests.test(text=str(text)[:20].encode("utf-8", "replace")):
                body = json.dumps({"text": text})
                path = f"{contact.path}/messages"
                answer = contact.send("POST", path, content=body, headers=JSON)
                assert refused(answer, 422) == code
        assert contact.messages() == []

    def test_what_is_unusual_is_kept_as_it_is(self, contact: Contact, subtests: pytest.Subtests) -> None:
        for text in (
            "😀👩‍👩‍👧‍👦🇨🇳",
            "مرحبا، أين طلبي؟ \u202eabc\u202c",
            "שלום",
            "Z̡̖̜͖̰̣͉̜a͖̰͙̬͡l̲̫̳͍̩g̡̟̼̱͚̞̬ͅo̗͜",
            "\uffff\ufeff𠮷",
            "'; DROP TABLE messages; --",
            "<script>alert(1)</script>",
            '") or id != "',
            "%s %(text)s {0} \\x00 $1",
            "x" * 4000,
        ):
            with subtests.test(text=text[:20]):
                assert contact.say(text).json()["message"]["text"] == text

    def test_control_characters_are_left_out(self, contact: Contact) -> None:
        assert contact.say("one\0 two\x07\nthree").json()["message"]["text"] == "one two\nthree"

    def test_a_message_of_a_megabyte_is_too_long_and_of_three_too_large(self, contact: Contact) -> None:
        assert refused(contact.say("x" * MEGABYTE), 422) == "text_too_long"
        assert refused(contact.say("x" * 3 * MEGABYTE), 413) == "too_large"

    def test_an_idempotency_key_is_short_and_printable(self, contact: Contact, subtests: pytest.Subtests) -> None:
        token, path = contact.token.encode(), f"/v1{contact.path}/messages"
        for key in (b"", b"x" * 129, b"a\tb", b"\x80"):
            with subtests.test(key=key[:10]):
                headers = [(b"Authorization", b"Bearer " + token), (b"Idempotency-Key", key)]
                answer = contact.api.post(path, json={"text": "Hello"}, headers=headers)
                assert refused(answer, 422) == "key_invalid"


class TestBodies:
    def test_what_is_no_body_for_a_message_is_refused(self, contact: Contact, subtests: pytest.Subtests) -> None:
        path = f"{contact.path}/messages"
        for body in (
            b"",
            b"{",
            b"text=Hello",
            b'{"text": "Hello"',
            b'{"text": "\xff\xfe"}',
            b"[" * 100_000,
            b'{"a":' * 20_000,
            b"null",
            b"[]",
            b'"Hello"',
            b"1" * 5000,
            b"NaN",
            b'{"text": NaN}',
            b'{"text": 1e999}',
            b'{"text": "Hello", "sender": "agent"}',
            b'{"text": "Hello", "\\ud800": 1}',
            b'{"text": "Hello", "\\u0000": 1}',
            b"\x00" * 100,
        ):
            with subtests.test(body=body[:30]):
                refused(contact.send("POST", path, content=body, headers=JSON), 400, 422)

    def test_malformed_json_is_called_so(self, contact: Contact) -> None:
        path = f"{contact.path}/messages"
        answer = contact.send("POST", path, content=b'{"text": ', headers=JSON)
        assert refused(answer, 400) == "json_malformed"

    def test_json_must_say_that_it_is_json(self, contact: Contact) -> None:
        path = f"{contact.path}/messages"
        for kind in ("text/plain", "application/x-www-form-urlencoded", "nonsense"):
            answer = contact.send("POST", path, content=b'{"text": 1}', headers={"Content-Type": kind})
            refused(answer, 422)

    def test_an_error_names_the_field_and_keeps_secrets(self, contact: Contact) -> None:
        answer = contact.api.post("/v1/sessions", json={"email": "li@shop.example", "password": ["hunter2"]})
        assert refused(answer, 422) == "invalid"
        assert [detail["field"] for detail in error_of(answer)["details"]] == ["password"]
        assert "hunter2" not in answer.text


class TestAddresses:
    def test_ids_that_are_none_are_refused(self, contact: Contact, boss: Agent, subtests: pytest.Subtests) -> None:
        for method, path in operations():
            if "{" in path:
                with subtests.test(operation=f"{method} {path}"):
                    sender = contact if is_for_contacts(path) else boss
                    refused(sender.send(method, filled_in(path, "not-an-id"), json=BODIES.get(path)), 422)

    def test_what_is_not_there_is_not_found(self, contact: Contact, boss: Agent, subtests: pytest.Subtests) -> None:
        for method, path in operations():
            if "{" in path:
                with subtests.test(operation=f"{method} {path}"):
                    sender = contact if is_for_contacts(path) else boss
                    is_upload = method == "POST" and path.endswith(("documents", "import-file", "}/preview"))
                    body = {"files": FILE} if is_upload else sound_request(path)
                    answer = sender.send(method, filled_in(path, NOBODY), **body)
                    assert refused(answer, 404).endswith("_not_found")

    def test_unknown_paths_and_methods_are_refused(self, api: httpx.Client) -> None:
        for path in ("/", "/v1", "/v2/me", "/v1/conversations/", "/v1/%00", "/v1/" + "x" * 5000, "/../etc/passwd"):
            refused(api.get(path), 404)
        for method, path in (("DELETE", "/v1/conversations"), ("PUT", "/v1/me"), ("POST", "/health")):
            refused(api.request(method, path), 405)

    def test_values_out_of_bounds_are_refused(
        self, boss: Agent, knowledge_base_id: uuid.UUID, subtests: pytest.Subtests
    ) -> None:
        entries, desk = f"/knowledge-bases/{knowledge_base_id}/entries", "/desk/conversations"
        for path, query in (
            (entries, "limit=0"),
            (entries, "limit=-1"),
            (entries, "limit=1000000"),
            (entries, f"limit={'9' * 5000}"),
            (entries, "limit=x"),
            (entries, "limit=1.5"),
            (entries, "offset=-1"),
            (entries, f"offset={2**63}"),
            (entries, f"query={'x' * 201}"),
            (desk, "limit=0"),
            (desk, f"limit={2**31}"),
            (desk, "view=everything"),
        ):
            with subtests.test(path=path, query=query[:30]):
                refused(boss.send("GET", f"{path}?{query}"), 422)

    def test_odd_search_words_find_nothing(
        self, boss: Agent, knowledge_base_id: uuid.UUID, subtests: pytest.Subtests
    ) -> None:
        path = f"/knowledge-bases/{knowledge_base_id}/entries"
        for query in ("%00", "%ED%A0%80", "%FF", "%25", "_", "%5C", "%27%22", "%F0%9F%98%80"):
            with subtests.test(query=query):
                assert boss.get(f"{path}?query={query}") == {"entries": [], "total": 0}
