"""What a question reads of its knowledge bases: what was written since, and nothing else."""

import uuid

import pytest

from frontdesk.bootstrap import Frontdesk
from frontdesk.errors import NotFound
from frontdesk.knowledge.index_models import Geometry
from frontdesk.knowledge.models import KnowledgeBase
from frontdesk.knowledge.states import State, States


@pytest.fixture
def states() -> States:
    """Which have not read anything yet."""
    return States()


def read(frontdesk: Frontdesk, states: States, *ids: uuid.UUID) -> list[State]:
    with frontdesk.sessions() as session:
        return states.read(session, ids)


def test_what_nobody_wrote_is_not_read_again(frontdesk: Frontdesk, states: States) -> None:
    one, other = frontdesk.bases.add("Sales").id, frontdesk.bases.add("Support").id
    first = read(frontdesk, states, one, other)
    assert [state.base.name for state in first] == ["Sales", "Support"]
    frontdesk.bases.rename(other, "Help")
    again = read(frontdesk, states, other, one)
    assert [state.base.name for state in again] == ["Help", "Sales"]
    assert again[1] is first[0]


def test_what_is_measured_is_known_at_once(
    frontdesk: Frontdesk, states: States, knowledge_base_id: uuid.UUID
) -> None:
    with frontdesk.sessions.begin() as session:
        session.get_one(KnowledgeBase, knowledge_base_id).embedder = "space"
    assert read(frontdesk, states, knowledge_base_id)[0].measured is None
    for trust in (0.3, 0.7):
        with frontdesk.sessions.begin() as session:
            session.merge(
                Geometry(
                    knowledge_base_id=knowledge_base_id,
                    space="space",
                    sources=1,
                    trust_chinese=trust,
                    trust_other=1 - trust,
                    mean=b"",
                    precision=b"",
                )
            )
        (state,) = read(frontdesk, states, knowledge_base_id)
        assert (state.trust(is_chinese=True), state.trust(is_chinese=False)) == (trust, 1 - trust)


def test_what_is_gone_is_not_there_any_more(frontdesk: Frontdesk, states: States) -> None:
    base_id = frontdesk.bases.add("Sales").id
    read(frontdesk, states, base_id)
    with frontdesk.sessions.begin() as session:
        session.delete(session.get_one(KnowledgeBase, base_id))
    with pytest.raises(NotFound):
        read(frontdesk, states, base_id)
