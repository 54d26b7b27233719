"""What came to people and what they settled on a day is found by its time.

Revision ID: 0024
Revises: 0023
"""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two indexes."""
    op.create_index("ix_handoffs_requested_at", "handoffs", ["requested_at"])
    op.create_index("ix_handoffs_ended_at", "handoffs", ["ended_at"])


def downgrade() -> None:
    """Without them."""
    op.drop_index("ix_handoffs_ended_at", table_name="handoffs")
    op.drop_index("ix_handoffs_requested_at", table_name="handoffs")
