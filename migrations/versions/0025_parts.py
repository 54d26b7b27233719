"""Parts of a knowledge base's answers of which fewer may be wrong.

Revision ID: 0025
Revises: 0024
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A column, in which nobody has any."""
    op.add_column(
        "error_targets", sa.Column("parts", postgresql.JSONB(), nullable=False, server_default=sa.text("'{}'"))
    )
    op.alter_column("error_targets", "parts", server_default=None)


def downgrade() -> None:
    """Without it."""
    op.drop_column("error_targets", "parts")
