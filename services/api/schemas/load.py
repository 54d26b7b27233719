"""What administrators see of the load of the desk."""

import uuid
from datetime import datetime
from typing import Self

from pydantic import Field

from frontdesk.agents import Presence
from frontdesk.database import now
from frontdesk.handoffs.load import Held
from frontdesk.handoffs.load import Load as DomainLoad
from frontdesk.handoffs.load import Share as DomainShare
from frontdesk.teams.targets import TargetState
from services.api.schemas.desk import DeskConversation, Named
from services.api.schemas.shape import Shape


class Longest(Shape):
    """The contact who waits longest."""

    conversation_id: uuid.UUID
    waiting_since: datetime

    @classmethod
    def of(cls, held: Held | None) -> Self | None:
        """From the domain's."""
        if held is None or held.waiting_since is None:
            return None
        return cls(conversation_id=held.conversation_id, waiting_since=held.waiting_since)


class Workload(Shape):
    """What a team or an agent has."""

    waiting: int = Field(description="In the queue")
    open: int = Field(description="With an agent, without what was put off")
    snoozed: int
    unread: int = Field(description="Messages that an agent has not read")
    overdue: int = Field(description="Conversations for which a promise is broken")
    due_soon: int
    longest_in_queue: Longest | None
    longest_unanswered: Longest | None = Field(description="With an agent who has not answered")

    @classmethod
    def of(cls, share: DomainShare) -> Self:
        """From the domain's."""
        return cls(
            waiting=share.waiting,
            open=share.open,
            snoozed=share.snoozed,
            unread=share.unread,
            overdue=share.overdue,
            due_soon=share.due_soon,
            longest_in_queue=Longest.of(share.longest_in_queue),
            longest_unanswered=Longest.of(share.longest_unanswered),
        )


class TeamLoad(Shape):
    """A team, null for what no team has."""

    team: Named | None
    open_now: bool = Field(description="Whether its business hours say that it is there")
    share: Workload


class AgentLoad(Shape):
    """An agent who has not left."""

    agent: Named
    presence: Presence
    capacity: int
    share: Workload


class Pressing(Shape):
    """A contact who waits, or to whom a promise is broken."""

    conversation: DeskConversation
    waiting_since: datetime | None
    state: TargetState | None


class HourLoad(Shape):
    """What came, was taken and was resolved in the hour from then on."""

    starts_at: datetime
    came: int
    taken: int
    resolved: int


class Load(Shape):
    """The load of the desk at this moment."""

    teams: list[TeamLoad]
    agents: list[AgentLoad]
    pressing: list[Pressing] = Field(description="The worst first, 30 at most")
    hours: list[HourLoad]

    @classmethod
    def of(cls, load: DomainLoad) -> Self:
        """From the domain's."""
        moment = now()
        return cls(
            teams=[
                TeamLoad(
                    team=Named.model_validate(team) if team else None,
                    open_now=team is None or team.id in load.there,
                    share=Workload.of(share),
                )
                for team, share in load.teams
            ],
            agents=[
                AgentLoad(
                    agent=Named.model_validate(agent),
                    presence=agent.presence(moment),
                    capacity=agent.capacity,
                    share=Workload.of(share),
                )
                for agent, share in load.agents
            ],
            pressing=[
                Pressing(
                    conversation=DeskConversation.of_item(item),
                    waiting_since=held.waiting_since,
                    state=held.state,
                )
                for item, held in load.pressing
            ],
            hours=[HourLoad.model_validate(hour) for hour in load.hours],
        )
