"""Agents: the people of the staff, their passwords, roles and sessions."""

import hashlib
import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import ForeignKey, String, false, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from frontdesk.database import Base, Sessions, new_id, now
from frontdesk.errors import Conflict, Invalid, NotAllowed, NotFound, Unauthenticated
from frontdesk.texts import require_text

SHORTEST_PASSWORD = 10
MOST_AT_ONCE = 5
LARGEST_CAPACITY = 50
ONLINE_SECONDS = 100
"""An agent is there as long as a screen of theirs was open within so many seconds.

Browsers wake a page that nobody looks at once a minute only.
"""
NOTED_SECONDS = 15
"""That a screen is open is noted once in so many seconds."""


class Role(StrEnum):
    """What an agent may do: an admin everything, an agent the desk and reading knowledge."""

    ADMIN = "admin"
    AGENT = "agent"


class Presence(StrEnum):
    """Whether an agent is there."""

    ONLINE = "online"
    AWAY = "away"
    OFF = "off"


class Agent(Base):
    """A human of the staff."""

    __tablename__ = "agents"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    role: Mapped[Role]
    password_hash: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True)
    capacity: Mapped[int] = mapped_column(default=MOST_AT_ONCE)  # conversations that are assigned at once
    away: Mapped[bool] = mapped_column(default=False)  # has said so
    seen_at: Mapped[datetime | None]  # when a screen of theirs was last open
    created_at: Mapped[datetime] = mapped_column(default=now)

    def presence(self, moment: datetime) -> Presence:
        """Whether they are there at a moment."""
        gone = self.seen_at is None or moment - self.seen_at > timedelta(seconds=ONLINE_SECONDS)
        if gone or not self.active:
            return Presence.OFF
        return Presence.AWAY if self.away else Presence.ONLINE


class AgentSession(Base):
    """One sign-in of an agent; only a digest of its token is kept."""

    __tablename__ = "agent_sessions"

    token_digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    agent_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agents.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A fresh sign-in: the token is shown here once and never again."""

    token: str
    expires_at: datetime
    agent: Agent


class Agents:
    """The verbs around staff accounts."""

    def __init__(self, sessions: Sessions, session_hours: int) -> None:
        self._sessions = sessions
        self._session_age = timedelta(hours=session_hours)
        self._hasher = PasswordHasher()

    def create(self, email: str, name: str, role: Role, password: str) -> Agent:
        """A new agent; raises Invalid for a weak password or no name, Conflict when the e-mail is taken."""
        agent = Agent(
            email=_clean_email(email), name=_clean_name(name), role=role, password_hash=self._hash(password)
        )
        try:
            with self._sessions.begin() as session:
                session.add(agent)
        except IntegrityError as error:
            raise Conflict("An agent with this e-mail exists already.", code="email_taken") from error
        return agent

    def create_first_admin(self, email: str, password: str) -> Agent | None:
        """The first administrator, or None when there is an active one already."""
        with self._sessions() as session:
            if session.scalar(select(Agent.id).where(Agent.role == Role.ADMIN, Agent.active).limit(1)):
                return None
        return self.create(email, "Administrator", Role.ADMIN, password)

    def list(self) -> Sequence[Agent]:
        """All agents by name."""
        with self._sessions() as session:
            return session.scalars(select(Agent).order_by(func.lower(Agent.name), Agent.id)).all()

    def names(self) -> Mapping[uuid.UUID, str]:
        """The names of all agents by id, for showing who wrote what."""
        with self._sessions() as session:
            return dict(session.execute(select(Agent.id, Agent.name)).all())

    def change(
        self,
        agent_id: uuid.UUID,
        *,
        name: str | None = None,
        role: Role | None = None,
        active: bool | None = None,
        capacity: int | None = None,
        password: str | None = None,
    ) -> Agent:
        """Change what is given. A new password, another role or a deactivation ends the agent's sessions.

        `capacity` is how many conversations are assigned to them at once; with 0 none are. Raises NotFound,
        Invalid, or Conflict when it would leave no active administrator.
        """
        with self._sessions.begin() as session:
            agent = session.get(Agent, agent_id, with_for_update=True)
            if agent is None:
                raise NotFound("There is no such agent.", code="agent_not_found")
            has_other_role = role not in (None, agent.role)
            if name is not None:
                agent.name = _clean_name(name)
            if role is not None:
                agent.role = role
            if active is not None:
                agent.active = active
            if capacity is not None:
                agent.capacity = _clean_capacity(capacity)
            if password is not None:
                agent.password_hash = self._hash(password)
            self._keep_one_admin(session)
            if has_other_role or active is False or password is not None:
                session.execute(
                    update(AgentSession)
                    .where(AgentSession.agent_id == agent_id, AgentSession.revoked_at.is_(None))
                    .values(revoked_at=now())
                )
        return agent

    def change_password(self, token: str, current: str, new: str) -> None:
        """Another password for whoever is signed in by this token; their other sessions end.

        Raises Unauthenticated when the session has ended, NotAllowed when `current` is wrong, or Invalid.
        """
        agent = self.authenticate(token)
        if not self._verify(agent.password_hash, current):
            raise NotAllowed("This is not the password you have now.", code="wrong_password")
        password_hash = self._hash(new)
        with self._sessions.begin() as session:
            session.execute(update(Agent).where(Agent.id == agent.id).values(password_hash=password_hash))
            session.execute(
                update(AgentSession)
                .where(
                    AgentSession.agent_id == agent.id,
                    AgentSession.token_digest != _digest(token),
                    AgentSession.revoked_at.is_(None),
                )
                .values(revoked_at=now())
            )

    def sign_in(self, email: str, password: str) -> SignedIn:
        """A new session; raises Unauthenticated, without saying which of the two was wrong."""
        email = email.strip().lower()
        with self._sessions() as session:
            # What can not be printed is nobody's address, and PostgreSQL does not take all of it.
            of_email = select(Agent).where(Agent.email == email)
            agent = session.scalar(of_email) if email.isprintable() else None
        known = self._verify(agent.password_hash if agent else _hash_of_nobody(), password)
        if agent is None or not known or not agent.active:
            raise Unauthenticated("E-mail or password is wrong.", code="wrong_credentials")
        token = secrets.token_urlsafe(32)
        expires_at = now() + self._session_age
        with self._sessions.begin() as session:
            session.add(AgentSession(token_digest=_digest(token), agent_id=agent.id, expires_at=expires_at))
            # Who comes is available, even if they left as away.
            session.execute(update(Agent).where(Agent.id == agent.id).values(away=False))
        return SignedIn(token, expires_at, agent)

    def authenticate(self, token: str) -> Agent:
        """The active agent behind a session token; raises Unauthenticated."""
        with self._sessions() as session:
            agent = session.scalar(
                select(Agent)
                .join(AgentSession, AgentSession.agent_id == Agent.id)
                .where(
                    AgentSession.token_digest == _digest(token),
                    AgentSession.revoked_at.is_(None),
                    AgentSession.expires_at > func.now(),
                    Agent.active,
                )
            )
        if agent is None:
            raise Unauthenticated("The session has ended; sign in again.", code="session_ended")
        return agent

    def sign_out(self, token: str) -> None:
        """End the session, and be gone at once; a token that is not known is as good as ended."""
        with self._sessions.begin() as session:
            ended = session.scalar(
                update(AgentSession)
                .where(AgentSession.token_digest == _digest(token))
                .values(revoked_at=now())
                .returning(AgentSession.agent_id)
            )
            session.execute(update(Agent).where(Agent.id == ended).values(seen_at=None))

    def seen(self, agent_id: uuid.UUID, away: bool | None = None) -> Agent:
        """Note that a screen of theirs is open, and whether they are away if they say so; raises NotFound."""
        moment = now()
        noted = Agent.seen_at > moment - timedelta(seconds=NOTED_SECONDS)
        changes = false() if away is None else Agent.away != away
        with self._sessions.begin() as session:
            session.execute(
                update(Agent)
                .where(Agent.id == agent_id, or_(Agent.seen_at.is_(None), ~noted, changes))
                .values(seen_at=moment, away=Agent.away if away is None else away)
            )
            agent = session.get(Agent, agent_id)
        if agent is None:
            raise NotFound("There is no such agent.", code="agent_not_found")
        return agent

    def _hash(self, password: str) -> str:
        if len(password) < SHORTEST_PASSWORD:
            raise Invalid(f"A password needs at least {SHORTEST_PASSWORD} characters.", code="password_too_short")
        return self._hasher.hash(password)

    def _verify(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False

    @staticmethod
    def _keep_one_admin(session: Session) -> None:
        session.flush()
        admins = select(Agent.id).where(Agent.role == Role.ADMIN, Agent.active).with_for_update()
        if not session.scalars(admins).all():
            raise Conflict("There must be an active administrator.", code="last_admin")


@cache
def _hash_of_nobody() -> str:
    """Checked when the e-mail is unknown, so that the answer takes as long as for a known one."""
    return PasswordHasher().hash(secrets.token_urlsafe())


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _clean_email(email: str) -> str:
    email = email.strip().lower()
    local, _, domain = email.partition("@")
    sound = email.isprintable() and " " not in email and len(email) <= 254
    if not sound or not local or "." not in domain.strip("."):
        raise Invalid("This is not an e-mail address.", code="email_invalid")
    return email


def _clean_name(name: str) -> str:
    return require_text(name, 80, "The name")


def _clean_capacity(capacity: int) -> int:
    if not 0 <= capacity <= LARGEST_CAPACITY:
        raise Invalid(f"A capacity is a number from 0 to {LARGEST_CAPACITY}.", code="capacity_out_of_range")
    return capacity
