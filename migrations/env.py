"""Runs the migrations; `frontdesk migrate` calls it."""

from alembic import context
from sqlalchemy import text

from frontdesk.database import make_engine
from frontdesk.tables import Base

LOCK = 7_305_117  # any number, the same for every program that migrates


def run() -> None:
    """Upgrade under a lock, so that programs which start together do not run the same step twice."""
    engine = make_engine(context.config.attributes["database_url"])
    with engine.connect() as connection:
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text("SET lock_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
        connection.commit()
        context.configure(connection=connection, target_metadata=Base.metadata, compare_type=True)
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
