"""Every operation of the api, read from its schema, so that no new one is forgotten."""

import uuid

from services.api.openapi import schema
from tests.api.people import Json
from tests.conftest import PASSWORD

NOTHING = str(uuid.UUID(int=0))
FILE = {"file": ("note.txt", b"Hello")}
TEAM: Json = {
    "name": "Returns",
    "languages": ["zh"],
    "time_zone": "Asia/Shanghai",
    "hours": {"0": [["09:00", "12:00"], ["13:00", "18:00"]]},
    "holidays": ["2026-10-01"],
    "first_response_minutes": 5,
    "resolution_minutes": 240,
    "assigns": True,
    "agent_ids": [],
    "topic_ids": [],
}
CANNED: Json = {
    "name": "refund",
    "text": "Hello {contact}, {agent} of {team} here: your refund for {conversation} is on its way.",
    "language": "en",
    "team_id": None,
}
BODIES: dict[str, Json] = {
    "/v1/inbox": {
        "name": {"zh": "小店", "en": "Shop"},
        "greeting": {"zh": "您好", "en": "Hello"},
        "suggestions": {"zh": ["怎么退货？"], "en": ["How do I return it?"]},
    },
    "/v1/inbox/knowledge-bases": {"knowledge_base_ids": [NOTHING], "tags": ["retail"]},
    "/v1/inbox/widget": {
        "colour": "#0f766e",
        "position": "right",
        "origins": ["https://shop.example"],
        "address": "https://help.shop.example",
    },
    "/v1/widget/identity": {"user_id": "4711", "user_hash": "0" * 64},
    "/v1/inbox/sensitive-topics": {"off": ["legal"], "words": ["franchise"]},
    "/v1/knowledge-bases": {"name": "Wholesale"},
    "/v1/knowledge-bases/{knowledge_base_id}": {"name": "Wholesale"},
    "/v1/knowledge-bases/{knowledge_base_id}/error-target": {"error": 0.1, "outside": 0.2},
    "/v1/knowledge-bases/{knowledge_base_id}/staff": {"agent_ids": [NOTHING]},
    "/v1/conversations": {"language": "zh"},
    "/v1/conversations/{conversation_id}/messages": {"text": "Hello"},
    "/v1/conversations/{conversation_id}/messages/{message_id}/rating": {"value": "up", "reason": "Short"},
    "/v1/conversations/{conversation_id}/callback": {
        "name": "Ann",
        "email": "ann@shop.example",
        "phone": "+86 138 0000 0000",
        "wish": "After five",
    },
    "/v1/conversations/{conversation_id}/survey": {"score": 5, "words": "Quick"},
    "/v1/desk/conversations/{conversation_id}/messages": {"text": "Hello"},
    "/v1/desk/conversations/{conversation_id}/notes": {"text": "Rang twice"},
    "/v1/desk/conversations/{conversation_id}/snooze": {"until": "2100-01-01T00:00:00Z"},
    "/v1/desk/conversations/{conversation_id}/transfer": {
        "to": {"kind": "agent", "id": NOTHING},
        "note": "Yours?",
    },
    "/v1/desk/conversations/{conversation_id}/read": {"to": 1},
    "/v1/desk/conversations/{conversation_id}/presence": {"writing": True},
    "/v1/desk/conversations/{conversation_id}/callback": {"done": True},
    "/v1/canned-responses": CANNED,
    "/v1/canned-responses/{canned_response_id}": CANNED | {"revision": 1},
    "/v1/topics": {"name": "Returns", "examples": ["Can I send it back?", "可以退货吗"]},
    "/v1/topics/adopt": {"tags": ["retail"]},
    "/v1/topics/try": {"text": "Where is my parcel?"},
    "/v1/topics/{topic_id}": {"name": "Returns"},
    "/v1/topics/{topic_id}/examples": {"examples": ["可以退货吗"]},
    "/v1/topics/{topic_id}/merge": {"into_id": NOTHING},
    "/v1/desk/conversations/{conversation_id}/topic": {"topic_id": NOTHING},
    "/v1/sessions": {"email": "new@shop.example", "password": PASSWORD},
    "/v1/agents": {"email": "new@shop.example", "name": "New", "role": "agent", "password": PASSWORD},
    "/v1/agents/{agent_id}": {
        "name": "Li",
        "role": "agent",
        "active": True,
        "capacity": 3,
        "password": PASSWORD,
    },
    "/v1/me/presence": {"away": False},
    "/v1/me/password": {"current": PASSWORD, "new": PASSWORD},
    "/v1/teams": TEAM,
    "/v1/teams/order": {"team_ids": [NOTHING]},
    "/v1/teams/{team_id}": TEAM | {"revision": 1},
    "/v1/knowledge-bases/{knowledge_base_id}/search": {"query": "Hello", "draft": False, "tags": ["retail"]},
    "/v1/knowledge-bases/{knowledge_base_id}/entries": {
        "questions": ["Why?"],
        "answer": "So.",
        "expires_at": "2100-01-01T00:00:00Z",
        "tags": ["retail"],
    },
    "/v1/knowledge-bases/{knowledge_base_id}/entries/import": {
        "text": "Q: Why?\nA: So.",
        "expires_at": "2100-01-01T00:00:00Z",
        "tags": ["retail"],
    },
    "/v1/knowledge-bases/{knowledge_base_id}/rehearsals": {
        "messages": [
            {"sender": "contact", "text": "Hello"},
            {"sender": "assistant", "text": "Hello!"},
            {"sender": "contact", "text": "Do you ship?"},
        ],
        "version": "draft",
        "tags": ["retail"],
        "language": "en",
    },
    "/v1/knowledge-bases/{knowledge_base_id}/feeds": {
        "name": "Help pages",
        "source": {"kind": "website", "url": "https://shop.example/help/"},
        "every_hours": 24,
    },
    "/v1/knowledge-bases/{knowledge_base_id}/feeds/preview": {
        "source": {"kind": "website", "url": "http://127.0.0.1/"}
    },
    "/v1/feeds/{feed_id}": {
        "name": "Help pages",
        "source": {"kind": "website", "url": "https://shop.example/help/"},
        "every_hours": None,
    },
    "/v1/entries/{entry_id}": {
        "questions": ["Why?"],
        "answer": "So.",
        "expires_at": "2100-01-01T00:00:00Z",
        "tags": ["retail"],
    },
    "/v1/documents/{document_id}": {
        "expires_at": "2100-01-01T00:00:00Z",
        "tags": ["retail"],
        "chunking": {"size": 200, "overlap": 40},
    },
    "/v1/knowledge-bases/{knowledge_base_id}/draft": {"drafting": True},
    "/v1/knowledge-bases/{knowledge_base_id}/question-sets": {"name": "Peak season", "variants": 20},
    "/v1/question-sets/{question_set_id}": {"name": "Peak season"},
    "/v1/question-sets/{question_set_id}/questions": {
        "text": "Why?",
        "expected": {"wanted": "text", "passage": "So.", "source_id": None},
        "reference": "So.",
    },
    "/v1/questions/{question_id}": {
        "text": "Why?",
        "expected": {"wanted": "handoff", "passage": None, "source_id": None},
        "reference": "So.",
    },
    "/v1/question-sets/{question_set_id}/runs": {"version": "draft", "with_model": False},
    "/v1/knowledge-bases/{knowledge_base_id}/replays": {"most": 100, "question_set_id": None},
    "/v1/desk/conversations/{conversation_id}/messages/{message_id}/label": {"chunk_id": NOTHING},
    "/v1/gaps/{gap_id}": {"state": "not_ours", "assignee_id": None},
    "/v1/gaps/{gap_id}/drafts": {"answer": "So."},
    "/v1/drafted-entries/{draft_id}": {"questions": ["Why?"], "answer": "So."},
    "/v1/drafted-entries/{draft_id}/accept": {"note": "Good anyway"},
    "/v1/knowledge-bases/{knowledge_base_id}/versions": {"note": "Spring prices"},
}
"""A sound body, with every field, for each path where one is sent."""
FORMS = frozenset({"/v1/conversations/{conversation_id}/files", "/v1/desk/conversations/{conversation_id}/files"})
"""Paths to which whoever is not an administrator, too, sends a form with files."""


def sound_request(path: str) -> Json:
    """What a client sends to a path, beside its headers."""
    return {"files": {"files": FILE["file"]}} if path in FORMS else {"json": BODIES.get(path)}


def operations() -> list[tuple[str, str]]:
    """Every method and path of the schema."""
    return [(method.upper(), path) for path, methods in schema()["paths"].items() for method in methods]


def filled_in(path: str, value: str) -> str:
    """A path below /v1 with this value for every id."""
    numbered = path.replace("{number}", "1")
    parts = [value if part.startswith("{") else part for part in numbered.split("/")]
    return "/".join(parts).removeprefix("/v1")


def is_for_contacts(path: str) -> bool:
    """Whether a path is a contact's; the others are the staff's."""
    return path.startswith("/v1/conversations")
