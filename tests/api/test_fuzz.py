"""Hard and random bodies for every operation: whatever comes, the api never fails."""

import json
import random
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from frontdesk.bootstrap import Frontdesk
from tests.api.operations import BODIES, CANNED, is_for_contacts, operations
from tests.api.people import Agent, Contact, Json, error_of

ROUNDS = 15
HARD = ["\0", "a\0@shop.example", "\ud800", "\ud800@shop.example", "x" * 5000, "\x85\u2028", "\x1b[31m"]
ODD: list[Any] = [
    *(None, True, False, 0, -1, 2**31, 2**63, 10**30, 0.1, -1e308),
    *("", " ", "\0", "\ud800", "\n\r\t", "x" * 5000, "退货" * 300, "😀", "\u202eabc", "%_\\", "{}", "\ufeff"),
    *("a@b.c", "admin", "up", "zh", "queue", "00000000-0000-0000-0000-000000000000", "Q: a\nA: b", "Q:", "../.."),
    *([], [[]], [None], [""], ["x"] * 60, {}, {"": {}}, {"a": [1]}),
]


def hard_bodies(sound: Json) -> Iterator[Json]:
    """Sound bodies but for one field."""
    for name, value in sound.items():
        for hard in HARD:
            yield sound | {name: replaced(value, hard)}


def replaced(value: Any, hard: str) -> Any:
    """The value with every text in it replaced."""
    if isinstance(value, dict):
        return {name: replaced(inner, hard) for name, inner in value.items()}
    return [replaced(inner, hard) for inner in value] if isinstance(value, list) else hard


def random_body(sound: Json, chance: random.Random) -> Any:
    """A sound body with some fields that are odd, and some missing or too many; or no object at all."""
    if chance.random() < 0.1:
        return chance.choice(ODD)
    kept = {name: value for name, value in sound.items() if chance.random() < 0.9}
    odd = {name: chance.choice([value, *ODD]) for name, value in kept.items() if chance.random() < 0.7}
    return kept | odd | ({chance.choice(["id", "\ud800", "", "__class__"]): 1} if chance.random() < 0.1 else {})


@pytest.fixture
def ids(
    entries: None, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, contact: Contact, li: Agent, boss: Agent
) -> dict[str, str]:
    """Something that is there for every kind of id."""
    (notice,) = contact.ask_for_person() and contact.messages()
    boss.claim(contact.conversation_id).raise_for_status()
    unanswered = Contact(contact.api)
    unanswered.ask("礼品卡可以转赠给朋友吗")
    frontdesk.gathering.gather()
    gap_id = boss.get(f"/knowledge-bases/{knowledge_base_id}/gaps")["gaps"][0]["id"]
    sampled = {"name": "Mine", "variants": 3}
    question_set_id = boss.post(f"/knowledge-bases/{knowledge_base_id}/question-sets", sampled).json()[
        "question_set"
    ]["id"]
    topic = boss.post("/topics", {"name": "Delivery", "examples": ["Where is my parcel?"]}).json()["topic"]["id"]
    return {
        "number": "1",
        "topic_id": topic,
        "example_id": boss.get(f"/topics/{topic}")["examples"][0]["id"],
        "conversation_id": contact.conversation_id,
        "message_id": notice["id"],
        "attachment_id": str(uuid.uuid4()),
        "agent_id": li.id,
        "team_id": boss.post("/teams", {"name": "Mine"}).json()["team"]["id"],
        "canned_response_id": boss.post("/canned-responses", CANNED).json()["canned_response"]["id"],
        "knowledge_base_id": str(knowledge_base_id),
        "entry_id": boss.get(f"/knowledge-bases/{knowledge_base_id}/entries")["entries"][0]["id"],
        "feed_id": boss.post(
            f"/knowledge-bases/{knowledge_base_id}/feeds",
            {"source": {"kind": "website", "url": "https://shop.example/"}},
        ).json()["feed"]["id"],
        "question_set_id": question_set_id,
        "gap_id": gap_id,
        "draft_id": boss.post(f"/gaps/{gap_id}/drafts", {"answer": "可以。"}).json()["draft"]["id"],
        "question_id": boss.get(f"/question-sets/{question_set_id}/questions")["questions"][0]["id"],
        "run_id": boss.post(f"/question-sets/{question_set_id}/runs", {}).json()["run"]["id"],
        "document_id": boss.upload(knowledge_base_id, "note.txt", b"Hello").json()["document"]["id"],
    }


def test_no_body_makes_the_api_fail(
    contact: Contact, boss: Agent, ids: dict[str, str], subtests: pytest.Subtests
) -> None:
    chance = random.Random(20)
    for method, path in operations():
        if method not in ("POST", "PUT", "PATCH"):
            continue
        sound = BODIES.get(path, {})
        bodies = [*hard_bodies(sound), *(random_body(sound, chance) for _ in range(ROUNDS))]
        sender = contact if is_for_contacts(path) else boss
        with subtests.test(operation=f"{method} {path}"):
            for content in map(json.dumps, bodies):
                place = path.format(**ids).removeprefix("/v1")
                answer = sender.send(method, place, content=content, headers={"Content-Type": "application/json"})
                assert answer.status_code < 500, content
                if answer.is_error:
                    error_of(answer)
