"""The contact is asked which of a few questions they mean, and not of two close ones only.

Revision ID: 0026
Revises: 0025
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

BEFORE, SINCE = "two_close", "one_of_several"
RULES = (("decisions", "record"), ("outcomes", "before"), ("outcomes", "after"))
"""Where rules are stored by name."""


def upgrade() -> None:
    """Stored decisions have the new name of the rule."""
    _rename(BEFORE, SINCE)


def downgrade() -> None:
    """The old one."""
    _rename(SINCE, BEFORE)


def _rename(old: str, new: str) -> None:
    for table, column in RULES:
        rule = sa.text(
            f"UPDATE {table} SET {column} = jsonb_set({column}, '{{rule}}', to_jsonb(CAST(:new AS text)))"  # noqa: S608  names of this file
            f" WHERE {column} ->> 'rule' = :old"
        )
        op.execute(rule.bindparams(old=old, new=new))
