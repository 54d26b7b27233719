"""The widget of an inbox, and the users of its site.

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No site is allowed, and nobody is known by name, until an administrator says so."""
    op.create_table(
        "widgets",
        sa.Column("inbox_id", sa.Uuid(), nullable=False),
        sa.Column("colour", sa.String(length=7), nullable=False),
        sa.Column("position", sa.String(length=16), nullable=False),
        sa.Column("origins", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("secret_salt", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["inbox_id"], ["inboxes.id"], name=op.f("fk_widgets_inbox_id_inboxes"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("inbox_id", name=op.f("pk_widgets")),
    )
    op.create_table(
        "identities",
        sa.Column("inbox_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.String(length=128), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["inbox_id"], ["inboxes.id"], name=op.f("fk_identities_inbox_id_inboxes"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_identities_contact_id_contacts"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("inbox_id", "user_id", name=op.f("pk_identities")),
        sa.UniqueConstraint("contact_id", name=op.f("uq_identities_contact_id")),
    )


def downgrade() -> None:
    """Without them."""
    op.drop_table("identities")
    op.drop_table("widgets")
