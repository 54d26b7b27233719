"""The migrations make what the models say."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from frontdesk.database import make_engine
from frontdesk.settings import Settings
from frontdesk.tables import Base


def test_the_schema_is_that_of_the_models(base_settings: Settings) -> None:
    engine = make_engine(base_settings.database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()
