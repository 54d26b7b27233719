"""Canned responses: as administrators write them, and filled in for a conversation."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Self

from pydantic import Field

from frontdesk.canned.models import CannedResponse as DomainCannedResponse
from frontdesk.canned.service import LONGEST_NAME, Filled
from frontdesk.conversations.service import LONGEST_MESSAGE
from frontdesk.language import Language
from services.api.schemas.shape import Shape

Name = Annotated[str, Field(max_length=LONGEST_NAME, examples=["refund"])]
Words = Annotated[
    str,
    Field(
        max_length=LONGEST_MESSAGE,
        description="May have the variables {contact}, {agent}, {team} and {conversation}",
        examples=["Hello {contact}, this is {agent}. Your refund is on its way."],
    ),
]


class CannedResponse(Shape):
    """What the staff says often; without a team, all of the staff uses it."""

    id: uuid.UUID
    name: str
    text: str
    language: Language | None
    team_id: uuid.UUID | None
    revision: int
    changed_by: str = Field(description="The name of who changed it last")
    changed_at: datetime

    @classmethod
    def of(cls, response: DomainCannedResponse, names: Mapping[uuid.UUID, str]) -> Self:
        """From the domain's; `names` are those of the agents by id."""
        return cls(
            id=response.id,
            name=response.name,
            text=response.text,
            language=response.language,
            team_id=response.team_id,
            revision=response.revision,
            changed_by=names.get(response.changed_by, ""),
            changed_at=response.changed_at,
        )


class CannedResponseAlone(Shape):
    """One canned response."""

    canned_response: CannedResponse


class CannedResponseList(Shape):
    """All of them, by name."""

    canned_responses: list[CannedResponse]


class WriteCannedResponse(Shape):
    """A new one; its name is what it is found by, and unique whatever its case."""

    name: Name
    text: Words
    language: Language | None = None
    team_id: uuid.UUID | None = None


class RewriteCannedResponse(WriteCannedResponse):
    """All of it anew, if nobody has changed it since the revision that was seen."""

    revision: int


class ReadyResponse(Shape):
    """A canned response as it would be sent in a conversation; for each of its `blanks`, `____` stands in it."""

    id: uuid.UUID
    name: str
    text: str
    language: Language | None
    blanks: int

    @classmethod
    def of(cls, filled: Filled) -> Self:
        """From the domain's."""
        response = filled.response
        return cls(
            id=response.id, name=response.name, text=filled.text, language=response.language, blanks=filled.blanks
        )


class ReadyResponseList(Shape):
    """Those that the asking agent may use, best first."""

    responses: list[ReadyResponse]
