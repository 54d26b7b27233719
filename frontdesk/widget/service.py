"""The verbs of the widget: how it looks, where it may stand, whom it knows."""

import re
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from frontdesk.contacts import Contact
from frontdesk.conversations.inboxes import inbox_of
from frontdesk.conversations.models import Conversation, Inbox
from frontdesk.database import Sessions, new_id
from frontdesk.errors import Invalid, NotAllowed
from frontdesk.widget.identity import make_secret, require_vouched
from frontdesk.widget.models import PLAIN_COLOUR, Identity, Position, Widget
from frontdesk.widget.origins import clean_origin, clean_origins

_COLOUR = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True, slots=True)
class Setup:
    """What an administrator decides about a widget; `colour` as `#0f766e`, `address` is the api's to browsers."""

    colour: str
    position: Position
    origins: Sequence[str]
    address: str | None


class Widgets:
    """Reading and changing the widget of an inbox, and recognising users of its site."""

    def __init__(self, sessions: Sessions, secret_key: str) -> None:
        self._sessions = sessions
        self._secret_key = secret_key

    def get(self, channel: str) -> Widget:
        """The widget of a channel's inbox, as it is until somebody configures it; raises NotFound."""
        with self._sessions() as session:
            inbox_id = inbox_of(session, channel).id
            kept = session.get(Widget, inbox_id)
        return kept or Widget(inbox_id=inbox_id, colour=PLAIN_COLOUR, position=Position.RIGHT, origins=[])

    def configure(self, channel: str, setup: Setup) -> Widget:
        """Have it look and stand otherwise; raises NotFound or Invalid."""
        colour = setup.colour.lower()
        if not _COLOUR.fullmatch(colour):
            raise Invalid("A colour is written as #0f766e.", code="colour_invalid")
        origins = clean_origins(setup.origins)
        address = clean_origin(setup.address) if setup.address else None
        with self._sessions.begin() as session:
            widget = _locked(session, channel)
            widget.colour, widget.position, widget.origins = colour, setup.position, origins
            widget.address = address
        return widget

    def renew_secret(self, channel: str) -> Widget:
        """Have a new identity secret; hashes made with the one before are refused from now on."""
        with self._sessions.begin() as session:
            widget = _locked(session, channel)
            widget.secret_salt = secrets.token_hex(32)
        return widget

    def drop_secret(self, channel: str) -> None:
        """Know nobody by name any more."""
        with self._sessions.begin() as session:
            _locked(session, channel).secret_salt = None

    def secret(self, widget: Widget) -> str | None:
        """The identity secret, for administrators alone; None when there is none."""
        return make_secret(self._secret_key, widget.secret_salt) if widget.secret_salt else None

    def allows(self, channel: str, origin: str) -> bool:
        """Whether a page of this origin may show the chat."""
        with self._sessions() as session:
            origins = session.scalar(
                select(Widget.origins).join(Inbox, Inbox.id == Widget.inbox_id).where(Inbox.channel == channel)
            )
        return origin in (origins or ())

    def identify(self, channel: str, user_id: str, user_hash: str, visitor_id: uuid.UUID | None) -> uuid.UUID:
        """The contact who is this user of the site.

        What the visitor said before they were known becomes the user's, unless that visitor is another user. Raises
        NotFound, Invalid, or NotAllowed for a hash that is wrong or when no secret was made.
        """
        secret = self.secret(self.get(channel))
        if secret is None:
            raise NotAllowed("This inbox knows nobody by name.", code="identity_off")
        require_vouched(secret, user_id, user_hash)
        with self._sessions.begin() as session:
            inbox_id = inbox_of(session, channel).id
            visitor = _stranger(session, visitor_id) if visitor_id else None
            known = _known(session, inbox_id, user_id, visitor)
            if visitor is not None and visitor.id != known:
                session.execute(
                    update(Conversation).where(Conversation.contact_id == visitor.id).values(contact_id=known)
                )
        return known


def _known(session: Session, inbox_id: uuid.UUID, user_id: str, visitor: Contact | None) -> uuid.UUID:
    """The contact of a user; of a new user it is the visitor, or a new contact."""
    wanted = select(Identity.contact_id).where(Identity.inbox_id == inbox_id, Identity.user_id == user_id)
    known = session.scalar(wanted)
    if known is not None:
        return known
    contact = visitor
    if contact is None:
        contact = Contact(id=new_id())
        session.add(contact)
        session.flush()
    made = session.scalar(
        insert(Identity)
        .values(inbox_id=inbox_id, user_id=user_id, contact_id=contact.id)
        .on_conflict_do_nothing(index_elements=["inbox_id", "user_id"])
        .returning(Identity.contact_id)
    )
    # None: another tab of the same user was faster.
    return made or session.scalars(wanted).one()


def _stranger(session: Session, contact_id: uuid.UUID) -> Contact | None:
    """The contact, locked, unless they are known as somebody already."""
    contact = session.get(Contact, contact_id, with_for_update=True)
    is_known = session.scalar(select(Identity.user_id).where(Identity.contact_id == contact_id)) is not None
    return None if is_known else contact


def _locked(session: Session, channel: str) -> Widget:
    inbox_id = inbox_of(session, channel).id
    plain = {"colour": PLAIN_COLOUR, "position": Position.RIGHT, "origins": []}
    session.execute(insert(Widget).values(inbox_id=inbox_id, **plain).on_conflict_do_nothing())
    return session.scalars(select(Widget).where(Widget.inbox_id == inbox_id).with_for_update()).one()
