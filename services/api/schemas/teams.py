"""Teams, when they are there and what they promise."""

import uuid
from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import Field

from frontdesk.language import Language
from frontdesk.teams.calendar import next_opening
from frontdesk.teams.hours import MOST_HOLIDAYS, MOST_SPANS
from frontdesk.teams.rosters import Roster
from frontdesk.teams.service import LONGEST_NAME, MOST_TEAMS
from services.api.schemas.shape import Shape

Name = Annotated[str, Field(max_length=LONGEST_NAME, examples=["Support"])]
Weekday = Literal["0", "1", "2", "3", "4", "5", "6"]
Clock = Annotated[str, Field(max_length=5, examples=["09:00"])]
Week = Annotated[
    Mapping[Weekday, Annotated[list[tuple[Clock, Clock]], Field(max_length=MOST_SPANS)]],
    Field(
        description='Spans by weekday, "0" is Monday. Empty: always open; else a day that is left out is closed. '
        'A span that ends before it begins goes over midnight; "24:00" is the end of a day.',
        examples=[{"0": [["09:00", "12:00"], ["13:00", "18:00"]], "5": [["20:00", "02:00"]]}],
    ),
]
Holidays = Annotated[list[date], Field(max_length=MOST_HOLIDAYS, description="Days on which no span begins")]
Zone = Annotated[str, Field(max_length=64, examples=["Asia/Shanghai"])]
Minutes = Annotated[int | None, Field(description="In business hours; null: no target")]
Ids = Annotated[list[uuid.UUID], Field(max_length=1000)]


class Team(Shape):
    """Agents who share a queue; `opens_at` is when they are back if they are not there now, null if never."""

    id: uuid.UUID
    name: str
    languages: list[Language] = Field(description="None: all of them")
    time_zone: str
    hours: Week
    holidays: list[date]
    first_response_minutes: Minutes
    resolution_minutes: Minutes
    assigns: bool = Field(description="Gives conversations to members by itself")
    agent_ids: list[uuid.UUID]
    topic_ids: list[uuid.UUID]
    revision: int
    open: bool
    opens_at: datetime | None

    @classmethod
    def of(cls, found: Roster, moment: datetime) -> Self:
        """From the domain's."""
        team = found.team
        opens_at = next_opening(team.business_hours, moment)
        return cls(
            id=team.id,
            name=team.name,
            languages=[Language(language) for language in team.languages],
            time_zone=team.time_zone,
            hours=team.hours,
            holidays=team.holidays,
            first_response_minutes=team.first_response_minutes,
            resolution_minutes=team.resolution_minutes,
            assigns=team.assigns,
            agent_ids=sorted(found.agent_ids),
            topic_ids=sorted(found.topic_ids),
            revision=team.revision,
            open=opens_at == moment,
            opens_at=None if opens_at == moment else opens_at,
        )


class TeamAlone(Shape):
    """One team."""

    team: Team


class TeamTopic(Shape):
    """A topic that a team may look after."""

    id: uuid.UUID
    name: str


class TeamList(Shape):
    """All teams in their order, and all topics by name."""

    teams: list[Team]
    topics: list[TeamTopic]


class NewTeam(Shape):
    """A new team; without hours it is always open."""

    name: Name
    languages: list[Language] = Field([], max_length=len(Language))
    time_zone: Zone = "UTC"
    hours: Week = Field({})
    holidays: Holidays = Field([])
    first_response_minutes: Minutes = None
    resolution_minutes: Minutes = None
    assigns: bool = False
    agent_ids: Ids = Field([])
    topic_ids: Ids = Field([])


class ChangeTeam(Shape):
    """What is given changes. With `revision`, only if nobody else has changed the team since it was read."""

    name: Name | None = None
    languages: list[Language] | None = Field(None, max_length=len(Language))
    time_zone: Zone | None = None
    hours: Week | None = None
    holidays: Holidays | None = None
    first_response_minutes: Minutes = None
    resolution_minutes: Minutes = None
    assigns: bool | None = None
    agent_ids: Ids | None = None
    topic_ids: Ids | None = None
    revision: int | None = None


class TeamOrder(Shape):
    """All teams, each once; the first one takes what no other team is meant for."""

    team_ids: list[uuid.UUID] = Field(max_length=MOST_TEAMS)
