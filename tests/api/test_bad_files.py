"""Files that can not be taken are refused with a reason, and nothing of them is left behind."""

import http.client
import json
import random
import resource
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from frontdesk.agents import Agent as DomainAgent
from frontdesk.settings import Settings
from tests.api.people import Agent, Json, error_of, refused
from tests.knowledge.files import paragraph, word

MEGABYTE = 1024 * 1024
MULTIPART = {"Content-Type": "multipart/form-data; boundary=b"}


@pytest.fixture
def boss(serve: Callable[..., httpx.Client], admin: DomainAgent) -> Agent:
    """The administrator, at an api that takes files of up to 1 MB."""
    return Agent(serve(upload_limit_mb=1), admin.email)


@pytest.fixture
def path(knowledge_base_id: uuid.UUID) -> str:
    """Where documents are uploaded to."""
    return f"/knowledge-bases/{knowledge_base_id}/documents"


@pytest.fixture
def unchanged_folder(settings: Settings) -> Iterator[None]:
    """The folder of uploaded files holds the same files before and after."""

    def files() -> set[Path]:
        return set(settings.files_dir.rglob("*"))

    before = files()
    yield
    assert files() == before


class TestUploads:
    @pytest.mark.usefixtures("unchanged_folder")
    def test_files_that_can_not_be_read_are_refused(
        self, boss: Agent, path: str, subtests: pytest.Subtests
    ) -> None:
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
            ("old.doc", b"\xd0\xcf\x11\xe0" + noise, "file_wrong_type"),
            ("no-extension", b"Hello", "file_type_unsupported"),
            (".txt", b"Hello", "file_type_unsupported"),
        ):
            with subtests.test(name=name):
                answer = boss.send("POST", path, files={"file": (name, content)})
                assert refused(answer, 422) == code
        assert boss.get(path) == {"documents": []}

    def test_a_name_never_leads_out_of_its_folder(self, boss: Agent, path: str, subtests: pytest.Subtests) -> None:
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
                answer = boss.send("POST", path, **form(sent, b"Hello"))
                assert answer.status_code == 202, answer.text
                assert answer.json()["document"]["name"] == kept

    @pytest.mark.usefixtures("unchanged_folder")
    def test_a_name_that_is_none_is_refused(self, boss: Agent, path: str, subtests: pytest.Subtests) -> None:
        for name in (b"", b" ", b"..", b"/", b"x" * 300 + b".txt", b"\x01\x02", b"../"):
            with subtests.test(name=name[:20]):
                refused(boss.send("POST", path, **form(name, b"Hello")), 422)

    def test_up_to_the_limit_all_is_well(self, boss: Agent, path: str) -> None:
        content = b"Hello you. " * 95_000
        answer = boss.send("POST", path, files={"file": ("large.txt", content)})
        assert answer.json()["document"]["size"] == len(content) > 0.99 * MEGABYTE

    @pytest.mark.usefixtures("unchanged_folder")
    def test_a_form_that_is_none_is_refused(self, boss: Agent, path: str, subtests: pytest.Subtests) -> None:
        for body, headers in (
            (b"", MULTIPART),
            (b"--b--", MULTIPART),
            (b"no boundary in sight", MULTIPART),
            (b"--b\r\nnonsense\r\n\r\nHello\r\n--b--\r\n", MULTIPART),
            (b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nHello\r\n--b--\r\n', MULTIPART),
            (
                b'--b\r\nContent-Disposition: form-data; name="other"; filename="a.txt"\r\n\r\nHi\r\n--b--',
                MULTIPART,
            ),
            (b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nbreaks off', MULTIPART),
            (b"Hello", {"Content-Type": "multipart/form-data"}),
            (b'{"file": "Hello"}', {"Content-Type": "application/json"}),
        ):
            with subtests.test(body=body[:80]):
                answer = boss.send("POST", path, content=body, headers=headers)
                refused(answer, 400, 422)


@pytest.mark.usefixtures("unchanged_folder")
class TestTooLargeUploads:
    def test_two_hundred_megabytes_are_refused_and_kept_nowhere(self, boss: Agent, path: str) -> None:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        headers = MULTIPART | {"Content-Length": str(200 * MEGABYTE)}
        answer = boss.send("POST", path, content=megabytes(200), headers=headers)
        assert refused(answer, 413) == "too_large"
        assert "1 MB" in error_of(answer)["message"]
        grown_kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        assert grown_kilobytes < 50 * 1024

    def test_a_size_that_is_not_told_beforehand_is_noticed(self, boss: Agent, path: str) -> None:
        content = megabytes(3, b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n')
        answer = boss.send("POST", path, content=content, headers=MULTIPART)
        assert refused(answer, 413) == "too_large"

    def test_who_asks_first_need_not_send(self, boss: Agent, path: str) -> None:
        address = boss.api.base_url
        connection = http.client.HTTPConnection(address.host, address.port, timeout=10)
        connection.putrequest("POST", f"/v1{path}")
        for name, value in (
            ("Authorization", f"Bearer {boss.token}"),
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


def form(name: bytes, content: bytes) -> Json:
    """A form with one file, whose name stands in it byte by byte."""
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="' + name + b'"\r\n'
    body = head + b"Content-Type: text/plain\r\n\r\n" + content + b"\r\n--b--\r\n"
    return {"content": body, "headers": MULTIPART}


def megabytes(count: int, head: bytes = b"") -> Iterator[bytes]:
    """That many megabytes, made while they are sent."""
    yield head
    block = bytes(MEGABYTE)
    for _ in range(count):
        yield block
