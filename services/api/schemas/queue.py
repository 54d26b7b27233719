"""What contacts who wait for a person send and see, and what agents send besides words to contacts."""

import uuid
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from services.api.schemas.desk import Named, Note
from services.api.schemas.shape import Shape


class Standing(Shape):
    """Where somebody stands in the queue."""

    position: int | None = Field(description="1 is the next; null for who does not wait")
    wait_seconds: int | None = Field(description="How long it will take; null where nobody can honestly say")
    open: bool = Field(description="Whether somebody is there now")
    opens_at: datetime | None = Field(description="When somebody is there again")
    has_left_word: bool = Field(description="Whether who waits has said how to be reached")


class LeaveWord(Shape):
    """How to be reached: by an e-mail address or a telephone number at least."""

    name: Annotated[str, Field(max_length=200)] = ""
    email: Annotated[str, Field(max_length=300)] = ""
    phone: Annotated[str, Field(max_length=100)] = ""
    wish: Annotated[str, Field(max_length=2000, description="When, or what about")] = ""


class TickOff(Shape):
    """Whether the contact was reached."""

    done: bool


class PutOff(Shape):
    """Until when the agent wants to see nothing of it; null: it is there again."""

    until: AwareDatetime | None


class HaveRead(Shape):
    """How far somebody has read."""

    to: Annotated[int, Field(ge=0, le=2**31 - 1, description="The last sequence number")]


class HaveOpen(Shape):
    """What an agent does with a conversation that is open before them."""

    writing: bool


class Destination(Shape):
    """A team or an agent to whom a conversation can be passed on."""

    kind: Literal["team", "agent"]
    id: uuid.UUID


class Transfer(Shape):
    """To whom a conversation goes, and a word to them that the contact does not see."""

    to: Destination
    note: str | None = None


class DestinationList(Shape):
    """All teams, and the agents who have not left."""

    teams: list[Named]
    agents: list[Named]


class NewNote(Shape):
    """Something that only the staff sees."""

    text: str


class NoteAlone(Shape):
    """One note."""

    note: Note
