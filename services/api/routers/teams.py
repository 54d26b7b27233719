"""Teams of agents."""

import uuid

from fastapi import APIRouter, status

from frontdesk.bootstrap import Frontdesk
from frontdesk.database import now
from services.api.schemas.teams import ChangeTeam, NewTeam, Team, TeamAlone, TeamList, TeamOrder, TeamTopic
from services.api.security import CurrentAdmin, CurrentAgent, Domain

router = APIRouter(prefix="/v1/teams", tags=["teams"])


@router.get("")
def list_teams(frontdesk: Domain, agent: CurrentAgent) -> TeamList:
    """All teams in their order."""
    return _list(frontdesk)


@router.post("", status_code=status.HTTP_201_CREATED)
def create_team(body: NewTeam, frontdesk: Domain, admin: CurrentAdmin) -> TeamAlone:
    """A new team, in the last position."""
    return TeamAlone(team=Team.of(frontdesk.teams.create(**body.model_dump()), now()))


@router.put("/order")
def order_teams(body: TeamOrder, frontdesk: Domain, admin: CurrentAdmin) -> TeamList:
    """Bring the teams into another order; 409 unless these are all of them."""
    frontdesk.teams.order(body.team_ids)
    return _list(frontdesk)


@router.patch("/{team_id}")
def change_team(team_id: uuid.UUID, body: ChangeTeam, frontdesk: Domain, admin: CurrentAdmin) -> TeamAlone:
    """Change what is given; 409 when somebody else has changed it since the revision that is named."""
    fields = body.model_dump(exclude_unset=True)
    revision = fields.pop("revision", None)
    return TeamAlone(team=Team.of(frontdesk.teams.change(team_id, revision, **fields), now()))


@router.delete("/{team_id}", status_code=status.HTTP_204_NO_CONTENT)
def delete_team(team_id: uuid.UUID, frontdesk: Domain, admin: CurrentAdmin) -> None:
    """Remove a team; 409 for the last one."""
    frontdesk.teams.delete(team_id)


def _list(frontdesk: Frontdesk) -> TeamList:
    moment = now()
    return TeamList(
        teams=[Team.of(found, moment) for found in frontdesk.teams.list()],
        topics=[TeamTopic(id=topic_id, name=name) for topic_id, name in frontdesk.teams.topics().items()],
    )
