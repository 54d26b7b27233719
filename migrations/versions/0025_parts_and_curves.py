"""Parts of a knowledge base's answers of which fewer may be wrong, and what is shown of a calibration.

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

COUNTS = ("asked_lately", "answered_lately", "answered_again")


def upgrade() -> None:
    """Columns, in which nobody has anything."""
    op.add_column(
        "error_targets", sa.Column("parts", postgresql.JSONB(), nullable=False, server_default=sa.text("'{}'"))
    )
    op.add_column(
        "calibrations", sa.Column("curves", postgresql.JSONB(), nullable=False, server_default=sa.text("'{}'"))
    )
    for name in COUNTS:
        op.add_column("calibrations", sa.Column(name, sa.Integer(), nullable=False, server_default=sa.text("0")))
        op.alter_column("calibrations", name, server_default=None)
    for table, name in (("error_targets", "parts"), ("calibrations", "curves")):
        op.alter_column(table, name, server_default=None)


def downgrade() -> None:
    """Without them."""
    for name in ("curves", *COUNTS):
        op.drop_column("calibrations", name)
    op.drop_column("error_targets", "parts")
