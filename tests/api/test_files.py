"""Files over HTTP, both ways: what is taken, what a browser gets, who gets it, and what is left of it."""

import io
import os
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from PIL import Image
from sqlalchemy import delete, text

from frontdesk.attachments.service import FOLDER, ORPHAN_SECONDS
from frontdesk.bootstrap import Frontdesk
from frontdesk.conversations.attachments import MOST_AT_ONCE, MOST_OF_CONTACT
from frontdesk.conversations.models import Conversation, Message
from frontdesk.settings import Settings
from tests.api.people import Agent, Contact, Json, Person, refused
from tests.knowledge.pictured_files import pdf, photo, saved
from tests.waiting import wait_for

NOTE = ("note.txt", b"The lid does not close.")
QUESTION = "你们的退货政策是怎么样的？"


def send(
    person: Person, path: str, *files: tuple[str, bytes], text: str = "", key: str | None = None
) -> httpx.Response:
    """Files as one message."""
    return person.send(
        "POST",
        f"{path}/files",
        files=[("files", file) for file in files],
        data={"text": text},
        headers={"Idempotency-Key": key} if key else {},
    )


def kept(settings: Settings) -> list[Path]:
    """What lies in the folder of attachments."""
    folder = settings.files_dir / FOLDER
    return sorted(folder.iterdir()) if folder.is_dir() else []


@pytest.fixture(autouse=True)
def empty_folder(settings: Settings) -> None:
    """Nothing is left of other tests."""
    for path in kept(settings):
        path.unlink()


@pytest.fixture
def owned(contact: Contact, li: Agent) -> str:
    """The path of the contact's conversation at the desk, which Li Ming has claimed."""
    contact.ask_for_person().raise_for_status()
    li.claim(contact.conversation_id).raise_for_status()
    return f"/desk/conversations/{contact.conversation_id}"


@pytest.fixture
def following() -> Callable[[Contact], Json]:
    """Waits for what the assistant says to the contact's last message."""

    def wait(contact: Contact) -> Json:
        def said() -> Json | None:
            messages = contact.messages()
            return messages[-1] if messages[-1]["sender"] == "assistant" else None

        return wait_for(said, what="the assistant's reply")

    return wait


def photographed() -> bytes:
    """A photograph that knows where it was taken."""
    exif = Image.Exif()
    exif[0x010F] = "Camera of Ann"
    exif[0x0112] = 6  # lies on its side
    image = Image.open(io.BytesIO(photo(3, (3000, 2000))))
    return saved(image, "JPEG", exif=exif)


class TestSending:
    def test_a_picture_is_kept_as_it_was_drawn_anew(self, contact: Contact, li: Agent, settings: Settings) -> None:
        answer = send(contact, contact.path, ("IMG_1.jpg", photographed()), text="Is this normal?")
        assert answer.status_code == 202
        message = answer.json()["message"]
        (attachment,) = message["attachments"]
        assert message["text"] == "Is this normal?"
        assert (attachment["name"], attachment["media_type"]) == ("IMG_1.webp", "image/webp")
        (file,) = kept(settings)
        drawn = Image.open(file)
        assert drawn.format == "WEBP"
        assert drawn.size == (attachment["width"], attachment["height"]) == (1632, 2449)
        assert not drawn.getexif()
        assert b"Camera of Ann" not in file.read_bytes()
        assert li.conversation(contact.conversation_id)["messages"][0]["attachments"] == [attachment]

    def test_files_go_without_words(self, contact: Contact) -> None:
        answer = send(contact, contact.path, NOTE, ("发票.pdf", pdf(["Invoice"])))
        message = answer.raise_for_status().json()["message"]
        assert message["text"] == ""
        assert [(one["name"], one["media_type"]) for one in message["attachments"]] == [
            ("note.txt", "text/plain"),
            ("发票.pdf", "application/pdf"),
        ]
        listed = contact.get("/conversations")["conversations"]
        assert [one["first_words"] for one in listed] == ["note.txt"]

    def test_the_same_key_stores_them_once(self, contact: Contact, settings: Settings) -> None:
        first, second = (send(contact, contact.path, ("a.png", photo(1)), NOTE, key="k") for _ in range(2))
        assert (first.status_code, second.status_code) == (202, 200)
        assert first.json()["message"] == second.json()["message"]
        assert len(kept(settings)) == 2
        with ThreadPoolExecutor(4) as pool:
            again = list(pool.map(lambda _: send(contact, contact.path, NOTE, key="at once"), range(4)))
        assert sorted(one.status_code for one in again) == [200, 200, 200, 202]
        assert len(kept(settings)) == 3
        other = send(contact, contact.path, ("a.png", photo(2)), NOTE, key="k")
        assert refused(other, 409) == "key_reused"
        assert refused(contact.say("", key="k"), 422) == "text_empty"
        assert len(kept(settings)) == 3

    @pytest.mark.parametrize(
        ("file", "code"),
        [
            (("photo.jpg", b"MZ\x90\x00" + bytes(100)), "attachment_type"),
            (("note.txt", b"<html><script>alert(1)</script>"), "attachment_type"),
            (("photo.png", photo(1)[:200]), "picture_broken"),
            (("note.txt", b""), "file_empty"),
            (("note.txt", b"x" * (1024 * 1024 + 1)), "attachment_too_large"),
        ],
    )
    def test_what_is_refused_leaves_nothing(
        self,
        serve: Callable[..., httpx.Client],
        frontdesk: Frontdesk,
        settings: Settings,
        file: tuple[str, bytes],
        code: str,
    ) -> None:
        contact = Contact(serve(attachment_mb=1))
        assert refused(send(contact, contact.path, NOTE, ("a.png", photo(1)), file), 422) == code
        assert contact.messages() == []
        assert kept(settings) == []

    def test_there_are_only_so_many(
        self, contact: Contact, serve: Callable[..., httpx.Client], settings: Settings
    ) -> None:
        assert refused(send(contact, contact.path, *[NOTE] * (MOST_AT_ONCE + 1)), 422) == "attachments_count"
        for _ in range(MOST_OF_CONTACT // MOST_AT_ONCE):
            send(contact, contact.path, *[NOTE] * MOST_AT_ONCE).raise_for_status()
        assert refused(send(contact, contact.path, NOTE), 409) == "attachments_full"
        assert len(kept(settings)) == MOST_OF_CONTACT
        impatient = Contact(serve(attachments_per_hour=3))
        send(impatient, impatient.path, NOTE, NOTE).raise_for_status()
        assert refused(send(impatient, impatient.path, NOTE, NOTE), 429) == "rate_limited"

    def test_more_bytes_than_any_message_may_have_are_not_even_read(
        self, serve: Callable[..., httpx.Client], frontdesk: Frontdesk
    ) -> None:
        contact = Contact(serve(attachment_mb=1))
        answer = send(contact, contact.path, *[("note.txt", b"x" * 1024 * 1024)] * 6)
        assert refused(answer, 413) == "too_large"

    def test_only_who_has_the_conversation_sends_files_to_the_contact(
        self, contact: Contact, li: Agent, boss: Agent, owned: str
    ) -> None:
        assert refused(send(boss, owned, NOTE), 403) == "not_owner"
        assert send(li, owned, ("label.pdf", pdf(["Return label"])), text="Print this.", key="k").status_code == 202
        assert send(li, owned, ("label.pdf", pdf(["Return label"])), text="Print this.", key="k").status_code == 200
        (reply,) = [one for one in contact.messages() if one["sender"] == "agent"]
        assert reply["attachments"][0]["name"] == "label.pdf"


class TestReading:
    def test_a_browser_is_told_to_save_it_and_to_run_nothing(self, contact: Contact, li: Agent, owned: str) -> None:
        content = pdf(["Return label"])
        sent = send(li, owned, ("退货 label.pdf", content)).raise_for_status().json()["message"]["attachments"][0]
        for person, path in ((contact, contact.path), (li, owned)):
            answer = person.send("GET", f"{path}/files/{sent['id']}")
            assert answer.content == content
            assert answer.headers["content-type"] == "application/pdf"
            assert answer.headers["content-disposition"].startswith("attachment;")
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert "sandbox" in answer.headers["content-security-policy"]
            assert answer.headers["cache-control"].startswith("private")

    def test_nobody_else_reads_it(self, contact: Contact, li: Agent) -> None:
        sent = send(contact, contact.path, NOTE).raise_for_status().json()["message"]["attachments"][0]
        path = f"{contact.path}/files/{sent['id']}"
        stranger, other = Contact(contact.api), Contact(contact.api, contact.token)
        assert refused(contact.api.get(f"/v1{path}"), 401) == "token_missing"
        assert refused(stranger.send("GET", path), 404) == "conversation_not_found"
        assert refused(stranger.send("GET", f"{stranger.path}/files/{sent['id']}"), 404) == "attachment_not_found"
        assert refused(other.send("GET", f"{other.path}/files/{sent['id']}"), 404) == "attachment_not_found"
        assert refused(send(stranger, contact.path, NOTE), 404) == "conversation_not_found"
        elsewhere = f"/desk/conversations/{stranger.conversation_id}/files/{sent['id']}"
        assert refused(li.send("GET", elsewhere), 404) == "attachment_not_found"
        assert refused(contact.send("GET", f"{contact.path}/files/{uuid.uuid4()}"), 404) == "attachment_not_found"

    def test_who_follows_the_conversation_hears_of_it(self, contact: Contact) -> None:
        with contact.following() as events:
            sent = send(contact, contact.path, NOTE).raise_for_status().json()["message"]
            assert events.next("message").body["message"] == sent


@pytest.mark.usefixtures("entries")
class TestAnswering:
    @pytest.mark.parametrize(
        ("text", "language"), [("", "en"), ("What is your return policy?", "en"), (QUESTION, "zh")]
    )
    def test_a_person_looks_at_what_the_assistant_can_not_see(
        self, api: httpx.Client, following: Callable[[Contact], Json], text: str, language: str
    ) -> None:
        contact = Contact(api, language=language)
        send(contact, contact.path, NOTE, text=text).raise_for_status()
        notice = following(contact)
        assert notice["handoff_reason"] == "file"
        assert ("colleague" if language == "en" else "人工客服") in notice["text"]

    def test_a_sensitive_word_beside_a_picture_counts_more(
        self, contact: Contact, following: Callable[[Contact], Json]
    ) -> None:
        send(contact, contact.path, NOTE, text="我要起诉你们").raise_for_status()
        assert following(contact)["handoff_reason"] == "sensitive"

    def test_given_back_unanswered_the_words_count_alone(
        self, contact: Contact, li: Agent, following: Callable[[Contact], Json]
    ) -> None:
        send(contact, contact.path, NOTE, text="你好").raise_for_status()
        following(contact)
        li.claim(contact.conversation_id).raise_for_status()
        send(contact, contact.path, NOTE, text=QUESTION).raise_for_status()
        li.post(f"/desk/conversations/{contact.conversation_id}/return").raise_for_status()
        assert "7天内" in following(contact)["text"]


class TestClearing:
    def test_what_no_message_names_goes_after_a_while(
        self, contact: Contact, frontdesk: Frontdesk, settings: Settings
    ) -> None:
        send(contact, contact.path, NOTE).raise_for_status()
        (named,) = kept(settings)
        orphan, fresh = named.with_name(uuid.uuid4().hex), named.with_name(uuid.uuid4().hex)
        broken_off = named.with_name(".upload-x")
        broken_off.mkdir()
        for path in (orphan, fresh, broken_off / "file"):
            path.write_bytes(b"sent in vain")
        long_ago = time.time() - ORPHAN_SECONDS - 1
        for path in (named, orphan, broken_off):
            os.utime(path, (long_ago, long_ago))
        frontdesk.attachments.clear()
        assert kept(settings) == sorted([named, fresh])

    def test_it_goes_with_its_conversation(
        self, contact: Contact, frontdesk: Frontdesk, settings: Settings
    ) -> None:
        send(contact, contact.path, NOTE).raise_for_status()
        (file,) = kept(settings)
        with frontdesk.sessions.begin() as session:
            session.execute(text("SET LOCAL session_replication_role = origin"))
            session.execute(delete(Message).where(Message.conversation_id == uuid.UUID(contact.conversation_id)))
            session.execute(delete(Conversation).where(Conversation.id == uuid.UUID(contact.conversation_id)))
        os.utime(file, (0, 0))
        frontdesk.attachments.clear()
        assert kept(settings) == []

    def test_a_failure_between_file_and_row_leaves_no_message_and_is_cleared(
        self, contact: Contact, frontdesk: Frontdesk, settings: Settings
    ) -> None:
        """The table is away when the rows are written: the files are in their place, and nobody knows of them."""
        with frontdesk.engine.begin() as connection:
            connection.execute(text("ALTER TABLE attachments RENAME TO attachments_away"))
        try:
            assert send(contact, contact.path, NOTE).status_code == 500
        finally:
            with frontdesk.engine.begin() as connection:
                connection.execute(text("ALTER TABLE attachments_away RENAME TO attachments"))
        assert contact.messages() == []
        for path in kept(settings):
            os.utime(path, (0, 0))
        frontdesk.attachments.clear()
        assert kept(settings) == []
