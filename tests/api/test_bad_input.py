"""Whatever is sent, the answer is a clear 4xx in the one shape of errors, and nothing is left behind."""

import http.client
import json
import os
import random
import resource
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from frontdesk.agents import Agent as DomainAgent
from frontdesk.settings import Settings
from services.api.openapi import schema
from tests.api.people import Agent, Contact, Json, Person, error_of
from tests.knowledge.files import paragraph, word

MEGABYTE = 1024 * 1024
NOBODY = str(uuid.uuid4())


@dataclass(frozen=True, slots=True)
class Everybody:
    """The people who send, and what they could send to."""

    api: httpx.Client
    contact: Contact
    li: Agent
    boss: Agent
    knowledge_base_id: uuid.UUID

    def sender(self, path: str) -> Person:
        """Who may use a path, as the schema writes it."""
        return self.contact if path.startswith("/v1/conversations") else self.boss


@pytest.fixture
def everybody(
    serve: Callable[..., httpx.Client], agent: DomainAgent, admin: DomainAgent, knowledge_base_id: uuid.UUID
) -> Everybody:
    """Everybody at an api that takes files of up to 1 MB."""
    api = serve(upload_limit_mb=1)
    return Everybody(api, Contact(api), Agent(api, agent.email), Agent(api, admin.email), knowledge_base_id)


@pytest.fixture
def unchanged_folder(settings: Settings) -> Iterator[None]:
    """The folder of uploaded files holds the same files before and after."""

    def files() -> set[Path]:
        return set(settings.files_dir.rglob("*"))

    before = files()
    yield
    assert files() == before


def refused(response: httpx.Response, *statuses: int) -> str:
    """The code of an error that is the sender's; fails the test when it is anything else."""
    assert response.status_code in (statuses or range(400, 500)), response.text[:500]
    return error_of(response)["code"]


def operations() -> list[tuple[str, str]]:
    """Every method and path of the schema."""
    return [(method.upper(), path) for path, methods in schema()["paths"].items() for method in methods]


class TestMessages:
    def test_what_is_no_message_is_refused(self, everybody: Everybody, subtests: pytest.Subtests) -> None:
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
                path = f"{everybody.contact.path}/messages"
                answer = everybody.contact.send("POST", path, content=body, headers=JSON_HEADERS)
                assert refused(answer, 422) == code
        assert everybody.contact.messages() == []

    def test_what_is_unusual_is_kept_as_it_is(self, everybody: Everybody, subtests: pytest.Subtests) -> None:
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
                assert everybody.contact.say(text).json()["message"]["text"] == text

    def test_control_characters_are_left_out(self, everybody: Everybody) -> None:
        assert everybody.contact.say("one\0 two\x07\nthree").json()["message"]["text"] == "one two\nthree"

    def test_a_message_of_a_megabyte_is_too_large(self, everybody: Everybody) -> None:
        assert refused(everybody.contact.say("x" * MEGABYTE), 413) == "too_large"

    @pytest.mark.parametrize("key", ["", " ", "x" * 129, "ключ", "a\tb"])
    def test_an_idempotency_key_is_short_and_printable(self, everybody: Everybody, key: str) -> None:
        headers = [(b"Authorization", b"Bearer " + everybody.contact.token.encode())]
        headers.append((b"Idempotency-Key", key.encode()))
        path = f"/v1{everybody.contact.path}/messages"
        answer = everybody.api.post(path, json={"text": "Hello"}, headers=headers)
        assert refused(answer, 422) == "key_invalid"


JSON_HEADERS = {"Content-Type": "application/json"}


class TestBodies:
    def test_what_is_no_body_for_a_message_is_refused(self, everybody: Everybody, subtests: pytest.Subtests) -> None:
        path = f"{everybody.contact.path}/messages"
        for body in (
            b"",
            b"{",
            b"text=Hello",
            b'{"text": "Hello"',
            b'{"text": "\xff\xfe"}',
            '{"text": "Hello"}'.encode("utf-16"),
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
                refused(everybody.contact.send("POST", path, content=body, headers=JSON_HEADERS), 400, 422)

    def test_malformed_json_is_called_so(self, everybody: Everybody) -> None:
        path = f"{everybody.contact.path}/messages"
        answer = everybody.contact.send("POST", path, content=b'{"text": ', headers=JSON_HEADERS)
        assert refused(answer, 400) == "json_malformed"

    def test_json_must_say_that_it_is_json(self, everybody: Everybody) -> None:
        path = f"{everybody.contact.path}/messages"
        for kind in ("text/plain", "application/x-www-form-urlencoded", "nonsense"):
            answer = everybody.contact.send("POST", path, content=b'{"text": 1}', headers={"Content-Type": kind})
            refused(answer, 422)

    def test_an_error_names_the_field_and_keeps_secrets(self, everybody: Everybody) -> None:
        answer = everybody.api.post("/v1/sessions", json={"email": "li@shop.example", "password": ["hunter2"]})
        assert refused(answer, 422) == "invalid"
        assert [detail["field"] for detail in error_of(answer)["details"]] == ["password"]
        assert "hunter2" not in answer.text


class TestAddresses:
    def test_ids_that_are_none_are_refused(self, everybody: Everybody, subtests: pytest.Subtests) -> None:
        for method, path in operations():
            if "{" in path:
                with subtests.test(operation=f"{method} {path}"):
                    filled = filled_in(path, "not-an-id")
                    refused(everybody.sender(path).send(method, filled, json=BODIES.get(path)), 422)

    def test_what_is_not_there_is_not_found(self, everybody: Everybody, subtests: pytest.Subtests) -> None:
        for method, path in operations():
            if "{" in path:
                with subtests.test(operation=f"{method} {path}"):
                    body = {"files": FILE} if path.endswith("documents") else {"json": BODIES.get(path)}
                    answer = everybody.sender(path).send(method, filled_in(path, NOBODY), **body)
                    assert refused(answer, 404).endswith("_not_found")

    def test_unknown_paths_and_methods_are_refused(self, everybody: Everybody) -> None:
        for path in ("/", "/v1", "/v2/me", "/v1/conversations/", "/v1/%00", "/v1/" + "x" * 5000, "/../etc/passwd"):
            refused(everybody.api.get(path), 404)
        for method, path in (("DELETE", "/v1/conversations"), ("PUT", "/v1/me"), ("POST", "/health")):
            refused(everybody.api.request(method, path), 405)

    def test_values_out_of_bounds_are_refused(self, everybody: Everybody, subtests: pytest.Subtests) -> None:
        entries = f"/knowledge-bases/{everybody.knowledge_base_id}/entries"
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
            ("/desk/conversations", "limit=0"),
            ("/desk/conversations", f"limit={2**31}"),
            ("/desk/conversations", "view=everything"),
        ):
            with subtests.test(path=path, query=query[:30]):
                refused(everybody.boss.send("GET", f"{path}?{query}"), 422)

    def test_odd_search_words_find_nothing(self, everybody: Everybody, subtests: pytest.Subtests) -> None:
        path = f"/knowledge-bases/{everybody.knowledge_base_id}/entries"
        for query in ("%00", "%ED%A0%80", "%FF", "%25", "_", "%5C", "%27%22", "%F0%9F%98%80"):
            with subtests.test(query=query):
                assert everybody.boss.get(f"{path}?query={query}") == {"entries": [], "total": 0}


class TestWhoAsks:
    OPEN = ("/health", "/health/live", "/v1/inbox")
    ADMIN_ONLY = (
        ("GET", "/v1/agents"),
        ("POST", "/v1/agents"),
        ("PATCH", "/v1/agents/{agent_id}"),
        ("POST", "/v1/knowledge-bases/{knowledge_base_id}/documents"),
        ("DELETE", "/v1/documents/{document_id}"),
        ("POST", "/v1/documents/{document_id}/retry"),
        ("POST", "/v1/knowledge-bases/{knowledge_base_id}/entries"),
        ("POST", "/v1/knowledge-bases/{knowledge_base_id}/entries/import"),
        ("PATCH", "/v1/entries/{entry_id}"),
        ("DELETE", "/v1/entries/{entry_id}"),
    )

    def test_every_door_but_the_open_ones_asks_for_a_token(
        self, everybody: Everybody, subtests: pytest.Subtests
    ) -> None:
        opening = (("POST", "/v1/conversations"), ("POST", "/v1/sessions"))
        for method, path in operations():
            if path not in self.OPEN and (method, path) not in opening:
                with subtests.test(operation=f"{method} {path}"):
                    answer = everybody.api.request(method, "/v1" + filled_in(path, NOBODY), json=BODIES.get(path))
                    assert refused(answer, 401) == "token_missing"
                    assert answer.headers["www-authenticate"] == "Bearer"

    def test_the_wrong_token_opens_nothing(self, everybody: Everybody, subtests: pytest.Subtests) -> None:
        for method, path in operations():
            if path not in self.OPEN and path != "/v1/sessions":
                other = everybody.boss if everybody.sender(path) is everybody.contact else everybody.contact
                with subtests.test(operation=f"{method} {path}"):
                    answer = other.send(method, filled_in(path, NOBODY), json=BODIES.get(path))
                    assert refused(answer, 401) in ("token_invalid", "session_ended")

    def test_garbage_is_no_token(self, everybody: Everybody, subtests: pytest.Subtests) -> None:
        head, _, tail = everybody.contact.token.rpartition(".")
        for token in (
            "x",
            "." * 200,
            "a.b.c",
            f"{head}.{tail[::-1]}",
            everybody.contact.token + "x",
            everybody.contact.token[:-1],
            "'; DROP TABLE contacts; --",
            "é" * 10,
            "0" * 20_000,
        ):
            headers = [(b"Authorization", b"Bearer " + token.encode())]
            with subtests.test(token=token[:20]):
                for method, path in (("GET", everybody.contact.path), ("GET", "/me"), ("POST", "/conversations")):
                    refused(everybody.api.request(method, f"/v1{path}", headers=headers), 401)
        for header in ("", "Bearer", "Bearer ", "Basic eA==", f"Token {everybody.boss.token}"):
            refused(everybody.api.get("/v1/me", headers={"Authorization": header}), 401)

    def test_an_agent_changes_neither_knowledge_nor_agents(
        self, everybody: Everybody, subtests: pytest.Subtests
    ) -> None:
        for method, path in self.ADMIN_ONLY:
            with subtests.test(operation=f"{method} {path}"):
                answer = everybody.li.send(method, filled_in(path, NOBODY), json=BODIES.get(path))
                assert refused(answer, 403) == "admin_only"


FILE = {"file": ("note.txt", b"Hello")}
BODIES: dict[str, Json] = {
    "/v1/conversations/{conversation_id}/messages": {"text": "Hello"},
    "/v1/conversations/{conversation_id}/messages/{message_id}/rating": {"value": "up"},
    "/v1/desk/conversations/{conversation_id}/messages": {"text": "Hello"},
    "/v1/agents/{agent_id}": {"name": "Li"},
    "/v1/knowledge-bases/{knowledge_base_id}/search": {"query": "Hello"},
    "/v1/knowledge-bases/{knowledge_base_id}/entries": {"questions": ["Why?"], "answer": "So."},
    "/v1/knowledge-bases/{knowledge_base_id}/entries/import": {"text": "Q: Why?\nA: So."},
    "/v1/entries/{entry_id}": {"answer": "So."},
}
"""A sound body for each path that has ids in it and takes one."""


def filled_in(path: str, value: str) -> str:
    """A path below /v1 with this value for every id."""
    parts = [value if part.startswith("{") else part for part in path.split("/")]
    return "/".join(parts).removeprefix("/v1")


class TestUploads:
    @pytest.mark.usefixtures("unchanged_folder")
    def test_files_that_can_not_be_read_are_refused(self, everybody: Everybody, subtests: pytest.Subtests) -> None:
        document = word(paragraph("Returns within 7 days."))
        noise = random.Random(0).randbytes(5000)
        for name, content, code in (
            ("empty.txt", b"", "file_empty"),
            ("empty.pdf", b"", "file_empty"),
            ("not.pdf", b"This is only text.", "file_wrong_type"),
            ("noise.docx", noise, "file_wrong_type"),
            ("noise.xlsx", noise, "file_wrong_type"),
            ("cut.docx", document[: len(document) // 2], "file_broken"),
            ("word.xlsx", document, "file_wrong_type"),
            ("word.txt", document, "file_wrong_type"),
            ("setup.exe", b"MZ" + noise, "file_type_unsupported"),
            ("old.doc", b"\xd0\xcf\x11\xe0" + noise, "file_type_unsupported"),
            ("no-extension", b"Hello", "file_type_unsupported"),
            (".txt", b"Hello", "file_type_unsupported"),
        ):
            with subtests.test(name=name):
                assert refused(everybody.boss.upload(everybody.knowledge_base_id, name, content), 422) == code
        assert everybody.boss.get(f"/knowledge-bases/{everybody.knowledge_base_id}/documents") == {"documents": []}

    def test_a_name_never_leads_out_of_its_folder(self, everybody: Everybody, subtests: pytest.Subtests) -> None:
        for sent, kept in (
            (b"../../etc/passwd.txt", "passwd.txt"),
            (b"/etc/cron.d/job.txt", "job.txt"),
            (rb"..\\..\\boot.txt", "boot.txt"),
            ("保修 说明.txt".encode(), "保修 说明.txt"),
            (b"bell\x07tab\t.txt", "belltab\t.txt"),
            (b"%2e%2e%2fescaped.txt", "%2e%2e%2fescaped.txt"),
            (b"<b>bold</b>.txt", "b>.txt"),
            (b"....txt", "....txt"),
        ):
            with subtests.test(name=sent):
                answer = everybody.boss.send("POST", upload_path(everybody), **form(sent, b"Hello"))
                assert answer.status_code == 202, answer.text
                assert answer.json()["document"]["name"] == kept

    @pytest.mark.usefixtures("unchanged_folder")
    def test_a_name_that_is_none_is_refused(self, everybody: Everybody, subtests: pytest.Subtests) -> None:
        for name in (b"", b" ", b"..", b"/", b"x" * 300 + b".txt", b"\x01\x02", b"../"):
            with subtests.test(name=name[:20]):
                refused(everybody.boss.send("POST", upload_path(everybody), **form(name, b"Hello")), 422)

    @pytest.mark.usefixtures("unchanged_folder")
    def test_a_form_that_is_none_is_refused(self, everybody: Everybody, subtests: pytest.Subtests) -> None:
        multipart = {"Content-Type": "multipart/form-data; boundary=b"}
        for body, headers in (
            (b"", multipart),
            (b"--b--", multipart),
            (b"no boundary in sight", multipart),
            (b"--b\r\nnonsense\r\n\r\nHello\r\n--b--\r\n", multipart),
            (b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nHello\r\n--b--\r\n', multipart),
            (b'--b\r\nContent-Disposition: form-data; name="other"; filename="a.txt"\r\n\r\nHi\r\n--b--', multipart),
            (b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nbreaks off', multipart),
            (b"Hello", {"Content-Type": "multipart/form-data"}),
            (b'{"file": "Hello"}', JSON_HEADERS),
        ):
            with subtests.test(body=body[:80]):
                answer = everybody.boss.send("POST", upload_path(everybody), content=body, headers=headers)
                refused(answer, 400, 422)


@pytest.mark.usefixtures("unchanged_folder")
class TestTooLargeUploads:
    def test_two_hundred_megabytes_are_refused_and_kept_nowhere(self, everybody: Everybody) -> None:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        headers = {"Content-Length": str(200 * MEGABYTE), "Content-Type": "multipart/form-data; boundary=b"}
        answer = everybody.boss.send("POST", upload_path(everybody), content=megabytes(200), headers=headers)
        assert refused(answer, 413) == "too_large"
        assert "1 MB" in error_of(answer)["message"]
        grown_kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        assert grown_kilobytes < 50 * 1024

    def test_a_size_that_is_not_told_beforehand_is_noticed(self, everybody: Everybody) -> None:
        headers = {"Content-Type": "multipart/form-data; boundary=b"}
        content = megabytes(3, b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n')
        answer = everybody.boss.send("POST", upload_path(everybody), content=content, headers=headers)
        assert refused(answer, 413) == "too_large"

    def test_who_asks_first_need_not_send(self, everybody: Everybody) -> None:
        address = everybody.api.base_url
        connection = http.client.HTTPConnection(address.host, address.port, timeout=10)
        connection.putrequest("POST", f"/v1{upload_path(everybody)}")
        for name, value in (
            ("Authorization", f"Bearer {everybody.boss.token}"),
            ("Content-Type", "multipart/form-data; boundary=b"),
            ("Content-Length", str(200 * MEGABYTE)),
            ("Expect", "100-continue"),
        ):
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        assert answer.status == 413
        assert json.load(answer)["error"]["code"] == "too_large"
        connection.close()

    def test_up_to_the_limit_all_is_well(self, everybody: Everybody) -> None:
        answer = everybody.boss.upload(everybody.knowledge_base_id, "large.txt", b"Hello you. " * 95_000)
        assert answer.status_code == 202
        document = everybody.boss.get(f"/documents/{answer.json()['document']['id']}/file")
        assert document is not None


def upload_path(everybody: Everybody) -> str:
    return f"/knowledge-bases/{everybody.knowledge_base_id}/documents"


def form(name: bytes, content: bytes) -> Json:
    """A form with one file, whose name stands in it byte by byte."""
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="' + name + b'"\r\n'
    body = head + b"Content-Type: text/plain\r\n\r\n" + content + b"\r\n--b--\r\n"
    return {"content": body, "headers": {"Content-Type": "multipart/form-data; boundary=b"}}


def megabytes(count: int, head: bytes = b"") -> Iterator[bytes]:
    """That many megabytes, made while they are sent."""
    yield head
    block = bytes(MEGABYTE)
    for _ in range(count):
        yield block
