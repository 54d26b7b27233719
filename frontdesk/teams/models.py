"""Teams, their members, hours and what they promise."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, String, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from frontdesk.database import Base, new_id, now


class Team(Base):
    """Agents who share a queue. The one in the first position takes what no other team is meant for."""

    __tablename__ = "teams"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    position: Mapped[int]
    languages: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)  # none: all of them
    time_zone: Mapped[str] = mapped_column(String(64), default="UTC")  # a name of the tz database
    hours: Mapped[dict[str, Any]] = mapped_column(default=dict)  # "HH:MM" spans by weekday, "0" is Monday
    holidays: Mapped[list[date]] = mapped_column(ARRAY(Date), default=list)  # days on which nobody is there
    first_response_minutes: Mapped[int | None]  # within which an agent answers, in business hours; None: no target
    resolution_minutes: Mapped[int | None]
    assigns: Mapped[bool] = mapped_column(default=False)  # gives conversations to members by itself
    created_at: Mapped[datetime] = mapped_column(default=now)


class TeamMember(Base):
    """An agent of a team; one who is in no team sees every queue."""

    __tablename__ = "team_members"
    __table_args__ = (Index("ix_team_members_agent_id", "agent_id"),)

    team_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True)
    agent_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agents.id", ondelete="CASCADE"), primary_key=True)


class TeamTopic(Base):
    """A topic that a team looks after; at most one team does."""

    __tablename__ = "team_topics"
    __table_args__ = (Index("ix_team_topics_team_id", "team_id"),)

    topic_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("topics.id", ondelete="CASCADE"), primary_key=True)
    team_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"))
