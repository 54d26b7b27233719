"""The verbs around teams. Their changes are rare and happen one after the other."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import TypedDict, Unpack

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from frontdesk.database import Sessions
from frontdesk.errors import Conflict, Invalid, NotFound
from frontdesk.language import Language
from frontdesk.teams.hours import Week, read_hours
from frontdesk.teams.models import Team
from frontdesk.teams.rosters import TOPICS, Roster, roster, set_members, set_topics
from frontdesk.teams.routing import ensure_first, in_order, stand_in_line
from frontdesk.teams.targets import LONGEST_TARGET_MINUTES
from frontdesk.texts import require_text

LONGEST_NAME = 80
MOST_TEAMS = 100


class TeamFields(TypedDict, total=False):
    """What a team has beside its name. What is left out stays as it is, and what is None, too, but for targets."""

    languages: Sequence[Language] | None
    time_zone: str | None
    hours: Week | None
    holidays: Sequence[date] | None
    first_response_minutes: int | None
    resolution_minutes: int | None
    assigns: bool | None
    agent_ids: Collection[uuid.UUID] | None
    topic_ids: Collection[uuid.UUID] | None


class Teams:
    """What administrators do with teams, and everybody of the staff may read."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def list(self) -> Sequence[Roster]:
        """All teams in their order."""
        with self._sessions() as session:
            return [roster(session, team) for team in in_order(session)]

    def topics(self) -> Mapping[uuid.UUID, str]:
        """The names of all topics that a team may look after, by name."""
        with self._sessions() as session:
            named = select(TOPICS.c.id, TOPICS.c.name).order_by(func.lower(TOPICS.c.name))
            return dict(session.execute(named).all())

    def ensure_default(self) -> Team:
        """The first team; it is made if there is none."""
        with self._sessions.begin() as session:
            return ensure_first(session)

    def create(self, name: str, **fields: Unpack[TeamFields]) -> Roster:
        """A new team in the last position; raises Invalid, Conflict when the name is taken, or NotFound."""
        with self._sessions.begin() as session:
            stand_in_line(session)
            teams = in_order(session)
            if len(teams) >= MOST_TEAMS:
                raise Invalid(f"There are at most {MOST_TEAMS} teams.", code="teams_too_many")
            last = max((team.position for team in teams), default=-1)
            team = Team(name=_free_name(session, name), position=last + 1, hours={}, holidays=[], time_zone="UTC")
            _fill_in(session, team, fields)
            session.add(team)
            session.flush()
            _fill_in_people(session, team, fields)
            return roster(session, team)

    def change(
        self,
        team_id: uuid.UUID,
        seen_revision: int | None = None,
        name: str | None = None,
        **fields: Unpack[TeamFields],
    ) -> Roster:
        """Change what is given.

        Raises NotFound, Invalid, or Conflict: when the name is taken, and `team_changed` when the team is not any
        more as it was in the revision that the change was made from.
        """
        with self._sessions.begin() as session:
            team = _locked(session, team_id)
            if seen_revision not in (None, team.revision):
                raise Conflict(
                    "Somebody else has changed this team meanwhile; look at it again.", code="team_changed"
                )
            if name is not None:
                team.name = _free_name(session, name, team_id)
            _fill_in(session, team, fields)
            _fill_in_people(session, team, fields)
            team.revision += 1
            return roster(session, team)

    def delete(self, team_id: uuid.UUID) -> None:
        """Remove a team; raises NotFound, or Conflict for the last one, which somebody has to be in."""
        with self._sessions.begin() as session:
            team = _locked(session, team_id)
            if len(in_order(session)) == 1:
                raise Conflict("There must be a team.", code="last_team")
            session.delete(team)

    def order(self, team_ids: Sequence[uuid.UUID]) -> None:
        """Bring the teams into this order; raises Conflict unless these are all of them, each once."""
        with self._sessions.begin() as session:
            stand_in_line(session)
            teams = {team.id: team for team in in_order(session)}
            if sorted(team_ids) != sorted(teams):
                raise Conflict("The teams have changed meanwhile; look at them again.", code="teams_changed")
            for position, team_id in enumerate(team_ids):
                teams[team_id].position = position


def _locked(session: Session, team_id: uuid.UUID) -> Team:
    stand_in_line(session)
    team = session.get(Team, team_id)
    if team is None:
        raise NotFound("There is no such team.", code="team_not_found")
    return team


def _free_name(session: Session, name: str, team_id: uuid.UUID | None = None) -> str:
    name = require_text(" ".join(name.split()), LONGEST_NAME, "The name")
    taken = session.scalars(select(Team.id).where(func.lower(Team.name) == name.lower())).all()
    if set(taken) - {team_id}:
        raise Conflict("A team of this name exists already.", code="team_name_taken")
    return name


def _fill_in(session: Session, team: Team, fields: TeamFields) -> None:
    if (languages := fields.get("languages")) is not None:
        team.languages = sorted({language.value for language in languages})
    if (assigns := fields.get("assigns")) is not None:
        team.assigns = assigns
    _fill_in_hours(team, fields)
    if "first_response_minutes" in fields:
        team.first_response_minutes = _target(fields["first_response_minutes"])
    if "resolution_minutes" in fields:
        team.resolution_minutes = _target(fields["resolution_minutes"])


def _fill_in_hours(team: Team, fields: TeamFields) -> None:
    week, zone, holidays = fields.get("hours"), fields.get("time_zone"), fields.get("holidays")
    if week is None and zone is None and holidays is None:
        return
    week = team.hours if week is None else week
    zone = team.time_zone if zone is None else zone
    holidays = team.holidays if holidays is None else holidays
    read_hours(week, zone, holidays)
    team.hours = {day: sorted(map(list, spans)) for day, spans in sorted(week.items())}
    team.time_zone = zone
    team.holidays = sorted(set(holidays))


def _target(minutes: int | None) -> int | None:
    if minutes is not None and not 1 <= minutes <= LONGEST_TARGET_MINUTES:
        raise Invalid(
            f"A target is a number of minutes from 1 to {LONGEST_TARGET_MINUTES}.", code="target_out_of_range"
        )
    return minutes


def _fill_in_people(session: Session, team: Team, fields: TeamFields) -> None:
    if (agent_ids := fields.get("agent_ids")) is not None:
        set_members(session, team, agent_ids)
    if (topic_ids := fields.get("topic_ids")) is not None:
        set_topics(session, team, topic_ids)
