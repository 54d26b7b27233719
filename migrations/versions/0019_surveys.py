"""Surveys, and the indexes that reports of a span of days are read by.

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody has been asked so far."""
    op.create_table(
        "surveys",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("score", sa.SmallInteger(), nullable=False),
        sa.Column("words", sa.String(length=1000), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("score BETWEEN 1 AND 5", name=op.f("ck_surveys_score_in_range")),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_surveys_conversation_id_conversations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_surveys")),
    )
    op.create_index(
        "ix_conversations_created_at",
        "conversations",
        ["created_at"],
        postgresql_where=sa.text("last_sequence > 0"),
    )
    op.create_index("ix_conversations_contact_id_created_at", "conversations", ["contact_id", "created_at"])
    op.create_index("ix_handoffs_conversation_id", "handoffs", ["conversation_id", "requested_at"])


def downgrade() -> None:
    """Without them."""
    op.drop_index("ix_handoffs_conversation_id", "handoffs")
    op.drop_index("ix_conversations_contact_id_created_at", "conversations")
    op.drop_index("ix_conversations_created_at", "conversations")
    op.drop_table("surveys")
