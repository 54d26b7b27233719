"""Pictures over HTTP: the staff sees all, a contact those of what answered them, and nobody else any."""

import io
import uuid
from collections.abc import Callable

import httpx
import pytest
from PIL import Image

from frontdesk.bootstrap import Frontdesk
from tests.api.people import Agent, Contact, refused
from tests.knowledge.pictured_files import photo, word

LID, KNOB = (
    "To open the lid of the kettle, press the red button.",
    "The knob of the toaster sets how brown it gets.",
)
QUESTION = "How do I open the lid of the kettle?"


@pytest.fixture
def document_id(frontdesk: Frontdesk, boss: Agent, knowledge_base_id: uuid.UUID) -> str:
    """A manual with a picture in each of its two passages."""
    content = word("# Kettle", LID, photo(1), "# Toaster", KNOB, photo(2))
    document = boss.upload(knowledge_base_id, "manual.docx", content).json()["document"]
    frontdesk.indexing.index_document(uuid.UUID(document["id"]))
    return document["id"]


@pytest.fixture
def pictures(boss: Agent, document_id: str) -> list[str]:
    """The ids of the pictures in the manual."""
    found = boss.get(f"/documents/{document_id}/pictures")["pictures"]
    assert [one["text"] for one in found] == [LID, KNOB]
    assert [(one["width"], one["height"]) for one in found] == [(320, 240)] * 2
    return [one["id"] for one in found]


@pytest.fixture
def cited(contact: Contact, pictures: list[str]) -> Callable[[str], httpx.Response]:
    """Asks as a contact for a picture, in the conversation in which the passage about the lid was cited."""
    (citation,) = contact.ask(QUESTION)["citations"]
    assert citation["location"]["pictures"] == pictures[:1]
    return lambda picture_id: contact.send("GET", f"{contact.path}/pictures/{picture_id}")


def is_shown(answer: httpx.Response) -> None:
    """A picture, and headers with which it can do no harm."""
    assert answer.status_code == 200
    assert Image.open(io.BytesIO(answer.content)).size == (320, 240)
    assert answer.headers["content-type"] == "image/webp"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"


def test_the_staff_sees_every_picture(li: Agent, pictures: list[str]) -> None:
    for picture_id in pictures:
        is_shown(li.send("GET", f"/pictures/{picture_id}"))
    assert refused(li.send("GET", f"/pictures/{uuid.uuid4()}"), 404) == "picture_not_found"
    assert refused(li.send("GET", "/pictures/../../etc/passwd"), 404)


def test_a_contact_sees_what_was_cited_to_them(
    cited: Callable[[str], httpx.Response], pictures: list[str], contact: Contact
) -> None:
    is_shown(cited(pictures[0]))
    assert refused(cited(pictures[1]), 404) == "picture_not_found"
    assert refused(cited(str(uuid.uuid4())), 404) == "picture_not_found"
    another = Contact(contact.api, contact.token)
    answer = another.send("GET", f"{another.path}/pictures/{pictures[0]}")
    assert refused(answer, 404) == "picture_not_found"


def test_nobody_else_sees_it(cited: Callable[[str], httpx.Response], pictures: list[str], contact: Contact) -> None:
    path = f"{contact.path}/pictures/{pictures[0]}"
    assert refused(contact.api.get(f"/v1{path}"), 401) == "token_missing"
    assert refused(Contact(contact.api).send("GET", path), 404) == "conversation_not_found"
    refused(contact.send("GET", f"/pictures/{pictures[0]}"), 401)


def test_pictures_of_a_deleted_document_are_for_the_staff_alone(
    cited: Callable[[str], httpx.Response], pictures: list[str], document_id: str, boss: Agent, contact: Contact
) -> None:
    assert boss.send("DELETE", f"/documents/{document_id}").status_code == 204
    assert refused(cited(pictures[0]), 404) == "picture_not_found"
    assert contact.messages()[-1]["citations"][0]["location"] == {}
    is_shown(boss.send("GET", f"/pictures/{pictures[0]}"))


def test_an_outdated_picture_goes_on_being_shown_with_the_answer_that_used_it(
    cited: Callable[[str], httpx.Response],
    pictures: list[str],
    boss: Agent,
    frontdesk: Frontdesk,
    knowledge_base_id: uuid.UUID,
) -> None:
    document = boss.upload(knowledge_base_id, "manual.docx", word("# Kettle", LID, photo(3))).json()["document"]
    frontdesk.indexing.index_document(uuid.UUID(document["id"]))
    is_shown(cited(pictures[0]))
    (newer,) = boss.get(f"/documents/{document['id']}/pictures")["pictures"]
    assert newer["id"] not in pictures


def test_an_agent_sees_none_of_a_knowledge_base_that_is_closed_to_them(
    li: Agent, boss: Agent, pictures: list[str], knowledge_base_id: uuid.UUID
) -> None:
    boss.send("PUT", f"/knowledge-bases/{knowledge_base_id}/staff", json={"agent_ids": []}).raise_for_status()
    assert refused(li.send("GET", f"/pictures/{pictures[0]}"), 404) == "picture_not_found"
