"""Sensitive topics of an inbox, and what a contact is asked to choose from"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0010'
down_revision = '0008'
branch_labels = None
depends_on = None

ADDED = (('inboxes', 'sensitive_off'), ('inboxes', 'sensitive_words'), ('messages', 'choices'))


def upgrade() -> None:
    for table, column in ADDED:
        op.add_column(table, sa.Column(column, postgresql.ARRAY(sa.Text()), nullable=False, server_default='{}'))
        op.alter_column(table, column, server_default=None)


def downgrade() -> None:
    for table, column in reversed(ADDED):
        op.drop_column(table, column)
