"""Every door asks who is there, and lets nobody do what is another's to do."""

import uuid

import httpx
import pytest

from tests.api.operations import filled_in, is_for_contacts, operations, sound_request
from tests.api.people import Agent, Contact, refused

NOBODY = str(uuid.uuid4())

# Whoever comes may use these; the last three make a token.
OPEN = [
    ("GET", "/health"),
    ("GET", "/health/live"),
    ("GET", "/v1/inbox"),
    ("GET", "/v1/widget"),
    ("POST", "/v1/widget/identity"),
    ("POST", "/v1/conversations"),
    ("POST", "/v1/sessions"),
]
ADMIN_ONLY = [
    ("PUT", "/v1/inbox"),
    ("GET", "/v1/inbox/knowledge-bases"),
    ("PUT", "/v1/inbox/knowledge-bases"),
    ("GET", "/v1/inbox/sensitive-topics"),
    ("PUT", "/v1/inbox/sensitive-topics"),
    ("GET", "/v1/inbox/widget"),
    ("PUT", "/v1/inbox/widget"),
    ("POST", "/v1/inbox/widget/identity-secret"),
    ("DELETE", "/v1/inbox/widget/identity-secret"),
    ("POST", "/v1/topics"),
    ("GET", "/v1/topics/suggestions"),
    ("POST", "/v1/topics/adopt"),
    ("POST", "/v1/topics/try"),
    ("GET", "/v1/topics/{topic_id}"),
    ("PATCH", "/v1/topics/{topic_id}"),
    ("DELETE", "/v1/topics/{topic_id}"),
    ("POST", "/v1/topics/{topic_id}/examples"),
    ("DELETE", "/v1/topics/{topic_id}/examples/{example_id}"),
    ("POST", "/v1/topics/{topic_id}/merge"),
    ("GET", "/v1/desk/load"),
    ("GET", "/v1/agents"),
    ("POST", "/v1/agents"),
    ("PATCH", "/v1/agents/{agent_id}"),
    ("POST", "/v1/teams"),
    ("PUT", "/v1/teams/order"),
    ("PATCH", "/v1/teams/{team_id}"),
    ("DELETE", "/v1/teams/{team_id}"),
    ("GET", "/v1/canned-responses"),
    ("POST", "/v1/canned-responses"),
    ("PUT", "/v1/canned-responses/{canned_response_id}"),
    ("DELETE", "/v1/canned-responses/{canned_response_id}"),
    ("POST", "/v1/knowledge-bases"),
    ("PATCH", "/v1/knowledge-bases/{knowledge_base_id}"),
    ("DELETE", "/v1/knowledge-bases/{knowledge_base_id}"),
    ("GET", "/v1/knowledge-bases/{knowledge_base_id}/staff"),
    ("PUT", "/v1/knowledge-bases/{knowledge_base_id}/staff"),
    ("POST", "/v1/knowledge-bases/{knowledge_base_id}/documents"),
    ("PATCH", "/v1/documents/{document_id}"),
    ("DELETE", "/v1/documents/{document_id}"),
    ("GET", "/v1/documents/{document_id}/preview"),
    ("POST", "/v1/knowledge-bases/{knowledge_base_id}/preview"),
    ("POST", "/v1/documents/{document_id}/pause"),
    ("POST", "/v1/documents/{document_id}/retry"),
    ("POST", "/v1/knowledge-bases/{knowledge_base_id}/entries"),
    ("POST", "/v1/knowledge-bases/{knowledge_base_id}/entries/import"),
    ("POST", "/v1/knowledge-bases/{knowledge_base_id}/entries/import-file"),
    ("GET", "/v1/knowledge-bases/{knowledge_base_id}/entries/export"),
    ("PUT", "/v1/knowledge-bases/{knowledge_base_id}/draft"),
    ("DELETE", "/v1/knowledge-bases/{knowledge_base_id}/draft"),
    ("POST", "/v1/knowledge-bases/{knowledge_base_id}/versions"),
    ("POST", "/v1/knowledge-bases/{knowledge_base_id}/versions/{number}/restore"),
    ("GET", "/v1/knowledge-bases/{knowledge_base_id}/feeds"),
    ("POST", "/v1/knowledge-bases/{knowledge_base_id}/feeds"),
    ("POST", "/v1/knowledge-bases/{knowledge_base_id}/feeds/preview"),
    ("GET", "/v1/feeds/{feed_id}"),
    ("PATCH", "/v1/feeds/{feed_id}"),
    ("DELETE", "/v1/feeds/{feed_id}"),
    ("GET", "/v1/feeds/{feed_id}/pages"),
    ("POST", "/v1/feeds/{feed_id}/run"),
    ("POST", "/v1/feeds/{feed_id}/stop"),
    ("PATCH", "/v1/entries/{entry_id}"),
    ("DELETE", "/v1/entries/{entry_id}"),
    ("GET", "/v1/knowledge-bases/{knowledge_base_id}/question-sets"),
    ("POST", "/v1/knowledge-bases/{knowledge_base_id}/question-sets"),
    ("PATCH", "/v1/question-sets/{question_set_id}"),
    ("DELETE", "/v1/question-sets/{question_set_id}"),
    ("GET", "/v1/question-sets/{question_set_id}/questions"),
    ("POST", "/v1/question-sets/{question_set_id}/questions"),
    ("PUT", "/v1/questions/{question_id}"),
    ("DELETE", "/v1/questions/{question_id}"),
    ("POST", "/v1/question-sets/{question_set_id}/import-file"),
    ("GET", "/v1/question-sets/{question_set_id}/export"),
    ("POST", "/v1/question-sets/{question_set_id}/runs"),
    ("GET", "/v1/knowledge-bases/{knowledge_base_id}/calibration"),
    ("PUT", "/v1/knowledge-bases/{knowledge_base_id}/error-target"),
    ("POST", "/v1/knowledge-bases/{knowledge_base_id}/calibrations"),
    ("GET", "/v1/knowledge-bases/{knowledge_base_id}/runs"),
    ("GET", "/v1/knowledge-bases/{knowledge_base_id}/replays"),
    ("POST", "/v1/knowledge-bases/{knowledge_base_id}/replays"),
    ("GET", "/v1/runs/{run_id}"),
    ("GET", "/v1/runs/{run_id}/outcomes"),
    ("GET", "/v1/runs/{run_id}/compare"),
    ("POST", "/v1/runs/{run_id}/stop"),
    ("DELETE", "/v1/runs/{run_id}"),
    ("POST", "/v1/knowledge-bases/{knowledge_base_id}/decisions/rerun"),
    ("GET", "/v1/reports"),
    ("GET", "/v1/reports/choices"),
    ("GET", "/v1/reports/conversations"),
    ("GET", "/v1/reports/exchanges"),
    ("PATCH", "/v1/gaps/{gap_id}"),
    ("POST", "/v1/gaps/{gap_id}/drafts"),
    ("PATCH", "/v1/drafted-entries/{draft_id}"),
    ("POST", "/v1/drafted-entries/{draft_id}/proof"),
    ("POST", "/v1/drafted-entries/{draft_id}/accept"),
    ("DELETE", "/v1/drafted-entries/{draft_id}"),
]


def guarded() -> list[tuple[str, str]]:
    """The operations that not everybody may use."""
    return [operation for operation in operations() if operation not in OPEN]


def test_every_door_but_the_open_ones_asks_for_a_token(api: httpx.Client, subtests: pytest.Subtests) -> None:
    for method, path in guarded():
        with subtests.test(operation=f"{method} {path}"):
            answer = api.request(method, f"/v1{filled_in(path, NOBODY)}", **sound_request(path))
            assert refused(answer, 401) == "token_missing"
            assert answer.headers["www-authenticate"] == "Bearer"


def test_the_other_sides_token_opens_nothing(contact: Contact, li: Agent, subtests: pytest.Subtests) -> None:
    for method, path in guarded():
        with subtests.test(operation=f"{method} {path}"):
            intruder = li if is_for_contacts(path) else contact
            answer = intruder.send(method, filled_in(path, NOBODY), **sound_request(path))
            assert refused(answer, 401) in ("token_invalid", "session_ended")


def test_an_agent_changes_neither_knowledge_nor_agents(li: Agent, subtests: pytest.Subtests) -> None:
    for method, path in ADMIN_ONLY:
        with subtests.test(operation=f"{method} {path}"):
            answer = li.send(method, filled_in(path, NOBODY), **sound_request(path))
            assert refused(answer, 403) == "admin_only"


def test_an_agent_does_all_the_rest(li: Agent, subtests: pytest.Subtests) -> None:
    of_staff = [(method, path) for method, path in guarded() if not is_for_contacts(path)]
    for method, path in sorted(set(of_staff) - set(ADMIN_ONLY), reverse=True):
        with subtests.test(operation=f"{method} {path}"):
            answer = li.send(method, filled_in(path, NOBODY), **sound_request(path))
            assert answer.status_code in (200, 204, 404)


def test_garbage_is_no_token(api: httpx.Client, contact: Contact, subtests: pytest.Subtests) -> None:
    head, _, tail = contact.token.rpartition(".")
    for token in (
        "x",
        "." * 200,
        "a.b.c",
        f"{head}.{tail[::-1]}",
        f"{contact.token}x",
        contact.token[:-1],
        "'; DROP TABLE contacts; --",
        "é" * 10,
        "0" * 20_000,
    ):
        headers = [(b"Authorization", b"Bearer " + token.encode())]
        with subtests.test(token=token[:20]):
            for method, path in (("GET", contact.path), ("GET", "/me"), ("POST", "/conversations")):
                refused(api.request(method, f"/v1{path}", headers=headers), 401)


def test_a_token_is_sent_as_a_bearer(contact: Contact) -> None:
    for header in ("", "Bearer", "Basic eA==", f"Token {contact.token}", contact.token):
        refused(contact.api.get(f"/v1{contact.path}", headers={"Authorization": header}), 401)
