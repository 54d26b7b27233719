"""Gaps in the knowledge, the questions that show them, drafted entries.

Revision ID: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What was asked before is gathered by the worker, too."""
    op.create_table(
        "gaps",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("knowledge_base_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("assignee_id", sa.Uuid(), nullable=True),
        sa.Column("terms", sa.LargeBinary(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=True),
        sa.Column("space", sa.String(length=200), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["knowledge_base_id"],
            ["knowledge_bases.id"],
            name=op.f("fk_gaps_knowledge_base_id_knowledge_bases"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["assignee_id"], ["agents.id"], name=op.f("fk_gaps_assignee_id_agents"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gaps")),
    )
    op.create_index("ix_gaps_knowledge_base_id_state", "gaps", ["knowledge_base_id", "state"])
    op.create_table(
        "gap_questions",
        sa.Column("shown_by", sa.Uuid(), nullable=False),
        sa.Column("shown_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sign", sa.String(length=16), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("gap_id", sa.Uuid(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("terms", sa.LargeBinary(), nullable=True),
        sa.Column("vector", sa.LargeBinary(), nullable=True),
        sa.Column("space", sa.String(length=200), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "num_nonnulls(gap_id, message_id, text, terms) IN (0, 4)", name=op.f("ck_gap_questions_whole")
        ),
        sa.ForeignKeyConstraint(
            ["shown_by"], ["messages.id"], name=op.f("fk_gap_questions_shown_by_messages"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_gap_questions_message_id_messages"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_gap_questions_conversation_id_conversations"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["gap_id"], ["gaps.id"], name=op.f("fk_gap_questions_gap_id_gaps"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("shown_by", name=op.f("pk_gap_questions")),
        sa.UniqueConstraint("message_id", name=op.f("uq_gap_questions_message_id")),
    )
    op.create_index("ix_gap_questions_gap_id_asked_at", "gap_questions", ["gap_id", "asked_at"])
    op.create_index("ix_gap_questions_shown_at", "gap_questions", ["shown_at"])
    op.create_index(op.f("ix_gap_questions_conversation_id"), "gap_questions", ["conversation_id"])
    op.create_table(
        "drafted_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("knowledge_base_id", sa.Uuid(), nullable=False),
        sa.Column("gap_id", sa.Uuid(), nullable=True),
        sa.Column("conversation_id", sa.Uuid(), nullable=True),
        sa.Column("originals", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("questions", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("proof_wanted", sa.Boolean(), nullable=False),
        sa.Column("proof", postgresql.JSONB(), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column("entry_id", sa.Uuid(), nullable=True),
        sa.Column("agent_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["knowledge_base_id"],
            ["knowledge_bases.id"],
            name=op.f("fk_drafted_entries_knowledge_base_id_knowledge_bases"),
            ondelete="CASCADE",
        ),
        *(
            sa.ForeignKeyConstraint(
                [column],
                [f"{table}.id"],
                name=op.f(f"fk_drafted_entries_{column}_{table}"),
                ondelete="SET NULL",
            )
            for column, table in (
                ("gap_id", "gaps"),
                ("conversation_id", "conversations"),
                ("entry_id", "entries"),
                ("agent_id", "agents"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drafted_entries")),
    )
    op.create_index(
        "ix_drafted_entries_knowledge_base_id_created_at", "drafted_entries", ["knowledge_base_id", "created_at"]
    )
    op.create_index(op.f("ix_drafted_entries_gap_id"), "drafted_entries", ["gap_id"])
    op.create_index(op.f("ix_drafted_entries_conversation_id"), "drafted_entries", ["conversation_id"])
    op.create_index(
        "ix_drafted_entries_owing",
        "drafted_entries",
        ["status"],
        postgresql_where=sa.text("proof_wanted OR status = 'accepted'"),
    )
    op.create_index(
        "ix_messages_handed_over",
        "messages",
        ["created_at"],
        postgresql_where=sa.text("handoff_reason IS NOT NULL"),
    )
    op.create_index(
        "ix_messages_rated_down", "messages", ["created_at"], postgresql_where=sa.text("rating = 'down'")
    )


def downgrade() -> None:
    """Without them."""
    op.drop_index("ix_messages_rated_down", table_name="messages")
    op.drop_index("ix_messages_handed_over", table_name="messages")
    op.drop_table("drafted_entries")
    op.drop_table("gap_questions")
    op.drop_table("gaps")
