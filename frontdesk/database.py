"""The one database: base class of the tables, engine, sessions."""

import enum
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import DateTime, Engine, Enum, MetaData, create_engine, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

Sessions = sessionmaker[Session]


class Base(DeclarativeBase):
    """Every table; constraint names follow one convention so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[object, object]] = {
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[dict[str, Any]]: JSONB,
        # Stored by value in a text column: a new member needs no migration.
        enum.Enum: Enum(enum.Enum, native_enum=False, length=16, values_callable=lambda e: [m.value for m in e]),
    }


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


def new_id() -> uuid.UUID:
    """A fresh identity; made here and not by the database, so that it is known before the commit."""
    return uuid.uuid4()


def make_engine(url: str, pool_size: int = 10, *, quick: bool = False) -> Engine:
    """An engine whose connections notice within seconds that the database is gone or a statement hangs.

    `pool_size` connections are kept, twice as many may be open for a while; more callers wait five seconds and
    then get a TimeoutError. A quick one is for statements that stand alone: it opens no transactions, and does not
    ask first whether a connection still works, so that the first statement after a restart of the database raises
    an OperationalError whose `connection_invalidated` is set.
    """
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=5,
        pool_pre_ping=not quick,
        isolation_level="AUTOCOMMIT" if quick else None,
        connect_args={
            "connect_timeout": 3,
            "keepalives_idle": 10,
            "keepalives_interval": 3,
            "keepalives_count": 3,
            "options": "-c statement_timeout=20s -c lock_timeout=8s -c idle_in_transaction_session_timeout=60s "
            "-c timezone=UTC",
        },
    )


@contextmanager
def alone(engine: Engine, *keys: int) -> Iterator[bool]:
    """Whether nobody else holds PostgreSQL's advisory lock of these one or two numbers; then it is held here."""
    with engine.connect() as connection:
        is_mine = bool(connection.scalar(select(func.pg_try_advisory_lock(*keys))))
        connection.commit()
        try:
            yield is_mine
        finally:
            if is_mine:
                connection.scalar(select(func.pg_advisory_unlock(*keys)))


def make_sessions(engine: Engine) -> Sessions:
    """Sessions whose objects stay readable after the commit; use them as `with sessions.begin() as session`."""
    return sessionmaker(engine, expire_on_commit=False)
