"""What topics are learned from, what was learned, and what was made of each conversation.

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Topics have no examples yet, so that nothing is learned and every conversation stays as it is."""
    op.create_table(
        "topic_examples",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("topic_id", sa.Uuid(), nullable=True),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("origin", sa.String(length=16), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("space", sa.String(length=200), nullable=True),
        sa.Column("vector", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["topic_id"], ["topics.id"], name=op.f("fk_topic_examples_topic_id_topics"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_topic_examples_conversation_id_conversations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_topic_examples")),
        sa.UniqueConstraint("conversation_id", name=op.f("uq_topic_examples_conversation_id")),
    )
    op.create_index(op.f("ix_topic_examples_topic_id"), "topic_examples", ["topic_id"])
    op.create_table(
        "topic_heads",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("learned_from", sa.String(length=64), nullable=False),
        sa.Column("space", sa.String(length=200), nullable=True),
        sa.Column("topics", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("by_words", sa.LargeBinary(), nullable=False),
        sa.Column("by_meaning", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_topic_heads")),
    )
    op.create_index(op.f("ix_topic_heads_made_at"), "topic_heads", ["made_at"])
    op.create_table(
        "triages",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(), nullable=False),
        sa.Column("probability", sa.Float(), nullable=True),
        sa.Column("corrected_by", sa.Uuid(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_triages_conversation_id_conversations"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["corrected_by"], ["agents.id"], name=op.f("fk_triages_corrected_by_agents")),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_triages")),
    )


def downgrade() -> None:
    """Without them."""
    op.drop_table("triages")
    op.drop_table("topic_heads")
    op.drop_table("topic_examples")
