"""Topics and moods of conversations.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Conversations that are there have no topic and are calm."""
    op.create_table(
        "topics",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_topics")),
        sa.UniqueConstraint("name", name=op.f("uq_topics_name")),
    )
    op.add_column("conversations", sa.Column("topic_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_conversations_topic_id_topics"),
        "conversations",
        "topics",
        ["topic_id"],
        ["id"],
        ondelete="SET NULL",
    )
    op.create_index(op.f("ix_conversations_topic_id"), "conversations", ["topic_id"])
    mood = sa.Enum("calm", "unhappy", "angry", name="mood", native_enum=False, length=16)
    op.add_column("conversations", sa.Column("mood", mood, server_default="calm", nullable=False))
    op.alter_column("conversations", "mood", server_default=None)


def downgrade() -> None:
    """Without them."""
    op.drop_column("conversations", "mood")
    op.drop_column("conversations", "topic_id")
    op.drop_table("topics")
