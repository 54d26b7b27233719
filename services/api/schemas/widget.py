"""What the widget is told, and what administrators decide about it."""

from typing import Self

from pydantic import Field

from frontdesk.attachments.kinds import ACCEPTED
from frontdesk.conversations.attachments import MOST_AT_ONCE
from frontdesk.conversations.models import Inbox as DomainInbox
from frontdesk.widget.models import LONGEST_USER_ID, Position, Widget
from frontdesk.widget.origins import MOST_ORIGINS
from services.api.schemas.conversations import Inbox
from services.api.schemas.shape import Shape


class FilesLimit(Shape):
    """What may be sent with a message: so many files, each so large and with one of these endings."""

    most: int = MOST_AT_ONCE
    megabytes: int
    accepted: tuple[str, ...] = ACCEPTED


class ShownWidget(Inbox):
    """What a page needs to draw the widget; `knows_users` says whether `identity` can be asked."""

    colour: str
    position: Position
    knows_users: bool
    files: FilesLimit

    @classmethod
    def of_inbox(cls, inbox: DomainInbox, widget: Widget, attachment_mb: int) -> Self:
        """From the domain's."""
        return cls(
            **inbox.greeting,
            colour=widget.colour,
            position=widget.position,
            knows_users=widget.secret_salt is not None,
            files=FilesLimit(megabytes=attachment_mb),
        )


class ChangeWidget(Shape):
    """How the widget looks and which websites may show it; none are, until they are named here.

    `address` is the origin under which browsers reach the api, for the line that a site puts into its pages.
    """

    colour: str = Field(max_length=7, description="As #0f766e")
    position: Position
    origins: list[str] = Field(max_length=MOST_ORIGINS, description="Exact origins, as https://shop.example")
    address: str | None = Field(None, max_length=300)


class WidgetSettings(Shape):
    """All there is to decide; the site signs its users' ids with the `identity_secret` (HMAC-SHA256)."""

    colour: str
    position: Position
    origins: list[str]
    address: str | None
    identity_secret: str | None

    @classmethod
    def of(cls, widget: Widget, secret: str | None) -> Self:
        """From the domain's."""
        return cls(
            colour=widget.colour,
            position=widget.position,
            origins=widget.origins,
            address=widget.address,
            identity_secret=secret,
        )


class Identify(Shape):
    """A user of the site, as the site calls them, and the HMAC-SHA256 of that id in hexadecimal."""

    user_id: str = Field(max_length=LONGEST_USER_ID)
    user_hash: str = Field(max_length=64)


class Identified(Shape):
    """The key to all conversations of this user."""

    token: str
