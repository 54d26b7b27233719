"""A contact says how it went, once it is over, and may change their mind for a day."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import update

from frontdesk.agents import Agent
from frontdesk.bootstrap import Frontdesk
from frontdesk.conversations.models import Conversation
from frontdesk.database import now
from frontdesk.errors import Conflict, Invalid, NotFound
from frontdesk.feedback import MAY_CHANGE, Survey
from frontdesk.language import Language


@pytest.fixture
def conversation(frontdesk: Frontdesk) -> Conversation:
    """Somebody has asked for a person."""
    opened = frontdesk.conversations.open("web", None, Language.EN)
    frontdesk.desk.request(opened.id, opened.contact_id)
    return opened


def resolve(frontdesk: Frontdesk, conversation: Conversation, agent: Agent) -> None:
    frontdesk.desk.claim(conversation.id, agent.id)
    frontdesk.desk.resolve(conversation.id, agent.id)


def test_a_resolved_conversation_gets_a_survey_that_may_be_changed(
    frontdesk: Frontdesk, conversation: Conversation, agent: Agent
) -> None:
    resolve(frontdesk, conversation, agent)
    frontdesk.surveys.give(conversation.id, conversation.contact_id, 2, " Slow\x00 ")
    kept = frontdesk.surveys.get(conversation.id)
    assert kept is not None
    assert (kept.score, kept.words) == (2, "Slow")
    frontdesk.surveys.give(conversation.id, conversation.contact_id, 5, " ")
    kept = frontdesk.surveys.get(conversation.id)
    assert kept is not None
    assert (kept.score, kept.words) == (5, None)


def test_nothing_is_asked_while_nothing_is_settled(frontdesk: Frontdesk, conversation: Conversation) -> None:
    fresh = frontdesk.conversations.open("web", None, Language.EN)
    for one in (conversation, fresh):
        with pytest.raises(Conflict) as refusal:
            frontdesk.surveys.give(one.id, one.contact_id, 5, None)
        assert refusal.value.code == "nothing_to_survey"


@pytest.mark.usefixtures("entries")
def test_an_answer_of_the_assistant_may_be_surveyed(frontdesk: Frontdesk) -> None:
    opened = frontdesk.conversations.open("web", None, Language.EN)
    frontdesk.conversations.receive(opened.id, opened.contact_id, "What is your return policy?", None)
    with pytest.raises(Conflict):
        frontdesk.surveys.give(opened.id, opened.contact_id, 4, None)
    assert frontdesk.assistant.take_turn()
    assert frontdesk.surveys.give(opened.id, opened.contact_id, 4, None).score == 4


def test_the_day_ends_and_a_new_resolution_begins_another(
    frontdesk: Frontdesk, conversation: Conversation, agent: Agent
) -> None:
    resolve(frontdesk, conversation, agent)
    frontdesk.surveys.give(conversation.id, conversation.contact_id, 1, None)
    with frontdesk.sessions.begin() as session:
        long_ago = now() - MAY_CHANGE - timedelta(minutes=1)
        session.execute(update(Survey).values(created_at=long_ago))
        session.execute(update(Conversation).values(created_at=long_ago))
    # It was resolved after that survey.
    assert frontdesk.surveys.give(conversation.id, conversation.contact_id, 3, None).score == 3
    with frontdesk.sessions.begin() as session:
        session.execute(update(Survey).values(created_at=now() - timedelta(days=2)))
    frontdesk.desk.request(conversation.id, conversation.contact_id)
    resolve(frontdesk, conversation, agent)
    assert frontdesk.surveys.give(conversation.id, conversation.contact_id, 5, None).score == 5


def test_nobody_changes_it_when_the_day_is_over(
    frontdesk: Frontdesk, conversation: Conversation, agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve(frontdesk, conversation, agent)
    frontdesk.surveys.give(conversation.id, conversation.contact_id, 1, None)
    later = now() + MAY_CHANGE + timedelta(minutes=1)
    monkeypatch.setattr("frontdesk.feedback.now", lambda: later)
    with pytest.raises(Conflict) as refusal:
        frontdesk.surveys.give(conversation.id, conversation.contact_id, 5, None)
    assert refusal.value.code == "survey_closed"


@pytest.mark.parametrize("score", [0, 6, -1])
def test_a_score_is_from_1_to_5(frontdesk: Frontdesk, conversation: Conversation, score: int) -> None:
    with pytest.raises(Invalid):
        frontdesk.surveys.give(conversation.id, conversation.contact_id, score, None)


def test_it_is_the_contacts_own(frontdesk: Frontdesk, conversation: Conversation, agent: Agent) -> None:
    resolve(frontdesk, conversation, agent)
    with pytest.raises(NotFound):
        frontdesk.surveys.give(conversation.id, uuid.uuid4(), 5, None)
    assert frontdesk.surveys.get(conversation.id) is None
