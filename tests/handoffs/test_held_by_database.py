"""What the database refuses, whatever the code believes."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from frontdesk.agents import Agent
from frontdesk.bootstrap import Frontdesk
from frontdesk.conversations.models import Conversation

MESSAGE = """
INSERT INTO messages (id, conversation_id, sequence, sender, agent_id, form, text, citations, choices, created_at)
SELECT gen_random_uuid(), id, last_sequence + 1, '{sender}', {agent}, 'written', 'Hello', '[]', '{{}}', now()
FROM conversations
"""
HANDOFF = """
INSERT INTO handoffs (id, conversation_id, reason, priority, place, requested_at)
SELECT gen_random_uuid(), id, 'asked', 6, 1, now() FROM conversations
"""


@pytest.fixture
def conversation(frontdesk: Frontdesk) -> Conversation:
    """One that the assistant has."""
    return frontdesk.conversations.open("web", None, None)


def refusal(frontdesk: Frontdesk, statement: str) -> str:
    """The constraint by which the database refuses a statement."""
    with pytest.raises(IntegrityError) as refused, frontdesk.engine.begin() as connection:
        connection.execute(text(statement))
    return refused.value.orig.diag.constraint_name


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("UPDATE conversations SET status = 'open'", "handoff_while_with_people"),
        (HANDOFF, "handoff_is_acknowledged"),
        (";".join(("UPDATE conversations SET status = 'open'", HANDOFF)), "handoff_is_acknowledged"),
        ("UPDATE conversations SET snoozed_until = now()", "snoozed_until_when"),
        ("UPDATE conversations SET status = 'snoozed', snoozed_until = now()", "snoozed_by_owner"),
        ("UPDATE conversations SET boundary = last_sequence + 1", "boundary_within"),
        ("UPDATE conversations SET assignee_id = (SELECT id FROM agents)", "assignee_while_open"),
        (MESSAGE.format(sender="agent", agent="(SELECT id FROM agents)"), "owner_writes"),
    ],
)
def test_with_the_assistant(
    frontdesk: Frontdesk, conversation: Conversation, agent: Agent, statement: str, constraint: str
) -> None:
    assert refusal(frontdesk, statement).endswith(constraint)


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("UPDATE conversations SET status = 'pending'", "handoff_while_with_people"),
        ("UPDATE conversations SET status = 'resolved'", "handoff_while_with_people"),
        ("UPDATE handoffs SET ended_at = now(), outcome = 'resolved'", "handoff_while_with_people"),
        ("UPDATE handoffs SET ended_at = now()", "outcome_at_end"),
        ("DELETE FROM handoffs", "handoff_while_with_people"),
        (HANDOFF, "uq_handoffs_conversation_id"),
        ("UPDATE conversations SET awaiting_since = now()", "awaiting_while_pending"),
        (MESSAGE.format(sender="assistant", agent="NULL"), "assistant_is_silent"),
        (MESSAGE.format(sender="agent", agent="(SELECT id FROM agents)"), "owner_writes"),
    ],
)
def test_with_people(
    frontdesk: Frontdesk, conversation: Conversation, agent: Agent, statement: str, constraint: str
) -> None:
    frontdesk.desk.request(conversation.id, conversation.contact_id)
    assert refusal(frontdesk, statement).endswith(constraint)


def test_a_conversation_goes_with_all_that_belongs_to_it(
    frontdesk: Frontdesk, conversation: Conversation, agent: Agent
) -> None:
    frontdesk.desk.request(conversation.id, conversation.contact_id)
    frontdesk.reaching.leave_word(conversation.id, conversation.contact_id, email="ann@example.com")
    frontdesk.desk.note(conversation.id, agent.id, "Rang twice.")
    with frontdesk.engine.begin() as connection:
        connection.execute(text("DELETE FROM conversations"))
        left = "SELECT (SELECT count(*) FROM handoffs) + (SELECT count(*) FROM notes)"
        assert connection.scalar(text(left)) == 0
