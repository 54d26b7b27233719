"""Which agent of a team takes the next conversation, without anybody ever having more than they can."""

import uuid
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from frontdesk.agents import ONLINE_SECONDS, Agent, Presence
from frontdesk.conversations.models import Conversation, Status
from frontdesk.database import now
from frontdesk.handoffs.models import Handoff
from frontdesk.teams.models import TeamMember


def free_agent(session: Session, team_id: uuid.UUID, handoff: Handoff) -> uuid.UUID | None:
    """An agent of the team who is there and has room, locked until the transaction ends; None if nobody is.

    Who had the conversation before comes first, then who has least to do, then who got something longest ago.
    Whoever is given something at this moment is passed over: two who waited for each other's agents would do so for
    ever, and the next round comes soon.
    """
    for agent_id in _candidates(session, team_id, handoff):
        alone = select(Agent).where(Agent.id == agent_id).with_for_update(key_share=True, skip_locked=True)
        agent = session.scalar(alone.execution_options(populate_existing=True))
        if agent is None:
            continue
        if agent.active and agent.presence(now()) is Presence.ONLINE and _load(session, agent_id) < agent.capacity:
            return agent_id
    return None


def locked(session: Session, agent_id: uuid.UUID) -> Agent:
    """An agent, as they are now; whoever gives them a conversation holds this, and locks conversations before."""
    # Rows that refer to the agent can still be written meanwhile.
    return session.get_one(Agent, agent_id, populate_existing=True, with_for_update={"key_share": True})


def _candidates(session: Session, team_id: uuid.UUID, handoff: Handoff) -> list[uuid.UUID]:
    busy = (
        select(func.count())
        .where(Conversation.assignee_id == Agent.id, Conversation.status == Status.OPEN)
        .scalar_subquery()
    )
    last_owned = select(func.max(Handoff.owned_since)).where(Handoff.claimed_by == Agent.id).scalar_subquery()
    return list(
        session.scalars(
            select(Agent.id)
            .join(TeamMember, TeamMember.agent_id == Agent.id)
            .where(
                TeamMember.team_id == team_id,
                Agent.active,
                ~Agent.away,
                Agent.seen_at > now() - timedelta(seconds=ONLINE_SECONDS),
                busy < Agent.capacity,
            )
            .order_by(
                func.coalesce(Agent.id == handoff.previous_agent_id, False).desc(),
                busy,
                last_owned.asc().nulls_first(),
                Agent.id,
            )
        )
    )


def _load(session: Session, agent_id: uuid.UUID) -> int:
    return session.scalars(
        select(func.count())
        .select_from(Conversation)
        .where(Conversation.assignee_id == agent_id, Conversation.status == Status.OPEN)
    ).one()
