"""Every operation of the api, read from its schema, so that no new one is forgotten."""

from services.api.openapi import schema
from tests.api.people import Json
from tests.conftest import PASSWORD

FILE = {"file": ("note.txt", b"Hello")}
BODIES: dict[str, Json] = {
    "/v1/inbox": {
        "name": {"zh": "小店", "en": "Shop"},
        "greeting": {"zh": "您好", "en": "Hello"},
        "suggestions": {"zh": ["怎么退货？"], "en": ["How do I return it?"]},
    },
    "/v1/conversations": {"language": "zh"},
    "/v1/conversations/{conversation_id}/messages": {"text": "Hello"},
    "/v1/conversations/{conversation_id}/messages/{message_id}/rating": {"value": "up", "reason": "Short"},
    "/v1/desk/conversations/{conversation_id}/messages": {"text": "Hello"},
    "/v1/sessions": {"email": "new@shop.example", "password": PASSWORD},
    "/v1/agents": {"email": "new@shop.example", "name": "New", "role": "agent", "password": PASSWORD},
    "/v1/agents/{agent_id}": {"name": "Li", "role": "agent", "active": True, "password": PASSWORD},
    "/v1/knowledge-bases/{knowledge_base_id}/search": {"query": "Hello"},
    "/v1/knowledge-bases/{knowledge_base_id}/entries": {"questions": ["Why?"], "answer": "So."},
    "/v1/knowledge-bases/{knowledge_base_id}/entries/import": {"text": "Q: Why?\nA: So."},
    "/v1/entries/{entry_id}": {"questions": ["Why?"], "answer": "So."},
}
"""A sound body, with every field, for each path where one is sent."""


def operations() -> list[tuple[str, str]]:
    """Every method and path of the schema."""
    return [(method.upper(), path) for path, methods in schema()["paths"].items() for method in methods]


def filled_in(path: str, value: str) -> str:
    """A path below /v1 with this value for every id."""
    parts = [value if part.startswith("{") else part for part in path.split("/")]
    return "/".join(parts).removeprefix("/v1")


def is_for_contacts(path: str) -> bool:
    """Whether a path is a contact's; the others are the staff's."""
    return path.startswith("/v1/conversations")
