"""Which changes of chunks can not be read any more, so that who keeps chunks in memory reads all of them again.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing has been cleared away behind anybody's back: every program starts anew with this release."""
    op.add_column("knowledge_bases", sa.Column("cleared", sa.BigInteger(), server_default="0", nullable=False))
    op.alter_column("knowledge_bases", "cleared", server_default=None)


def downgrade() -> None:
    """Without the column."""
    op.drop_column("knowledge_bases", "cleared")
