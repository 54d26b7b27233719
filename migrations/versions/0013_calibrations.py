"""What is wished of a knowledge base's answers, and what its confidence was calibrated to.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is calibrated yet: the worker does it soon. Thresholds were of a confidence that meant something else."""
    op.create_table(
        "error_targets",
        sa.Column("knowledge_base_id", sa.Uuid(), nullable=False),
        sa.Column("error", sa.Float(), nullable=False),
        sa.Column("outside", sa.Float(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("error > 0 AND error < 1", name=op.f("ck_error_targets_error_is_share")),
        sa.CheckConstraint("outside >= 0 AND outside < 1", name=op.f("ck_error_targets_outside_is_share")),
        sa.ForeignKeyConstraint(
            ["knowledge_base_id"],
            ["knowledge_bases.id"],
            name=op.f("fk_error_targets_knowledge_base_id_knowledge_bases"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("knowledge_base_id", name=op.f("pk_error_targets")),
    )
    op.create_table(
        "calibrations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("knowledge_base_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("embedder", sa.String(length=200), nullable=True),
        sa.Column("sources", sa.Integer(), nullable=False),
        sa.Column("error", sa.Float(), nullable=False),
        sa.Column("outside", sa.Float(), nullable=False),
        sa.Column("share", sa.String(length=16), nullable=False),
        sa.Column("held_out", sa.Integer(), nullable=False),
        sa.Column("labelled", sa.Integer(), nullable=False),
        sa.Column("labelled_outside", sa.Integer(), nullable=False),
        sa.Column("of_sets", sa.Integer(), nullable=False),
        sa.Column("fitted", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["knowledge_base_id"],
            ["knowledge_bases.id"],
            name=op.f("fk_calibrations_knowledge_base_id_knowledge_bases"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calibrations")),
    )
    op.create_index("ix_calibrations_newest", "calibrations", ["knowledge_base_id", "made_at"])
    op.execute("UPDATE knowledge_bases SET threshold = 0.8")


def downgrade() -> None:
    """Without them; thresholds are those of a fresh database again."""
    op.execute("UPDATE knowledge_bases SET threshold = 0.6")
    op.drop_table("calibrations")
    op.drop_table("error_targets")
