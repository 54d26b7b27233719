"""What a contact is told, and owed, while nobody of the team is there."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from frontdesk.bootstrap import Frontdesk
from frontdesk.conversations.models import Conversation, HandoffReason
from frontdesk.conversations.sensitive_topics import SensitiveTopic
from frontdesk.database import now
from frontdesk.handoffs.models import Handoff
from frontdesk.handoffs.wording import acknowledgement
from frontdesk.language import Language
from frontdesk.teams.targets import TargetState
from tests.handoffs.staff import found, hire


def ask_while(frontdesk: Frontdesk, *, opens_in_days: int, language: Language = Language.EN) -> Conversation:
    """Somebody asks for a person of a team that is there on one day of the week, all day."""
    weekday = (now() + timedelta(days=opens_in_days)).weekday()
    week = {str(weekday): [["00:00", "24:00"]]}
    found(frontdesk, "Weekly", hire(frontdesk, 1), hours=week, first_response_minutes=30)
    conversation = frontdesk.conversations.open("web", None, language)
    return frontdesk.desk.request(conversation.id, conversation.contact_id)


def told(frontdesk: Frontdesk, conversation: Conversation) -> str:
    return frontdesk.conversations.messages(conversation.id)[0].text


@pytest.mark.parametrize(("language", "leave"), [(Language.EN, "Leave your e-mail"), (Language.ZH, "留下您的电话")])
def test_who_asks_while_nobody_is_there_is_told_when_and_how(
    frontdesk: Frontdesk, language: Language, leave: str
) -> None:
    conversation = ask_while(frontdesk, opens_in_days=3, language=language)
    day = (now() + timedelta(days=3)).date()
    assert leave in told(frontdesk, conversation)
    assert "00:00" in told(frontdesk, conversation)
    assert "shortly" not in told(frontdesk, conversation)
    standing = frontdesk.reaching.standing(conversation.id, conversation.contact_id)
    assert not standing.open
    assert standing.opens_at is not None
    assert standing.opens_at.date() == day
    assert (standing.position, standing.wait_seconds) == (1, None)


def test_a_target_counts_from_when_the_team_is_there(frontdesk: Frontdesk) -> None:
    conversation = ask_while(frontdesk, opens_in_days=3)
    opens_at = frontdesk.reaching.standing(conversation.id, conversation.contact_id).opens_at
    handoff = frontdesk.desk.get(conversation.id).handoff
    assert opens_at is not None
    assert handoff is not None
    assert handoff.first_response_due == opens_at + timedelta(minutes=30)


def test_a_promise_is_due_soon_before_it_is_broken(frontdesk: Frontdesk) -> None:
    found(frontdesk, "Always", hire(frontdesk, 1), first_response_minutes=30)
    conversation = frontdesk.conversations.open("web", None, Language.EN)
    frontdesk.desk.request(conversation.id, conversation.contact_id)

    def state_after(minutes: int) -> TargetState | None:
        passed = timedelta(minutes=minutes)
        with frontdesk.sessions.begin() as session:
            handoff = session.scalars(select(Handoff)).one()
            assert handoff.first_response_warn_at is not None
            assert handoff.first_response_due is not None
            handoff.first_response_warn_at -= passed
            handoff.first_response_due -= passed
        handed = frontdesk.desk.get(conversation.id).handoff
        assert handed is not None
        assert handed.resolution_state is None
        return handed.first_response_state

    states = [state_after(minutes) for minutes in (0, 25, 6)]
    assert states == [TargetState.ON_TRACK, TargetState.DUE_SOON, TargetState.BREACHED]


def test_who_asks_while_somebody_is_there_is_asked_to_wait(frontdesk: Frontdesk) -> None:
    conversation = ask_while(frontdesk, opens_in_days=0)
    assert "shortly" in told(frontdesk, conversation)
    assert frontdesk.reaching.standing(conversation.id, conversation.contact_id).open


def test_whoever_is_in_despair_is_told_where_there_is_help_now() -> None:
    for language in Language:
        at_any_time = acknowledgement(HandoffReason.SENSITIVE, language, SensitiveTopic.SELF_HARM)
        assert at_any_time == acknowledgement(
            HandoffReason.SENSITIVE, language, SensitiveTopic.SELF_HARM, closed="We are back tomorrow."
        )
