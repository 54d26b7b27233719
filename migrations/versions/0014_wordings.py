"""Replies beside a good answer, and replays that ask as inboxes do.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Runs that were asked before have no references; a replay that goes on asks its one knowledge base alone."""
    op.add_column("outcomes", sa.Column("reference", sa.Text(), nullable=True))
    op.add_column("outcomes", sa.Column("inbox_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_outcomes_inbox_id_inboxes"), "outcomes", "inboxes", ["inbox_id"], ["id"], ondelete="SET NULL"
    )
    op.add_column("runs", sa.Column("inboxes", postgresql.JSONB(), server_default="{}", nullable=False))
    op.alter_column("runs", "inboxes", server_default=None)


def downgrade() -> None:
    """Without them, and without what was counted of the words of replies: the release before reads no more than it
    knows."""
    op.execute("UPDATE outcomes SET before = before - 'wording', after = after - 'wording'")
    op.execute("UPDATE runs SET figures = figures - '{with_reference,rouge_l,bleu}'::text[]")
    op.drop_column("runs", "inboxes")
    op.drop_constraint(op.f("fk_outcomes_inbox_id_inboxes"), "outcomes", type_="foreignkey")
    op.drop_column("outcomes", "inbox_id")
    op.drop_column("outcomes", "reference")
