"""Teams, and how much an agent takes on.

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Agents who are there take on five conversations at once, and have not been seen yet."""
    op.create_table(
        "teams",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("languages", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("hours", postgresql.JSONB(), nullable=False),
        sa.Column("holidays", postgresql.ARRAY(sa.Date()), nullable=False),
        sa.Column("first_response_minutes", sa.Integer(), nullable=True),
        sa.Column("resolution_minutes", sa.Integer(), nullable=True),
        sa.Column("assigns", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_teams")),
        sa.UniqueConstraint("name", name=op.f("uq_teams_name")),
    )
    for table, other, key in (("team_members", "agents", "agent_id"), ("team_topics", "topics", "topic_id")):
        both = ["team_id", key] if table == "team_members" else [key]
        op.create_table(
            table,
            sa.Column("team_id", sa.Uuid(), nullable=False),
            sa.Column(key, sa.Uuid(), nullable=False),
            sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f(f"fk_{table}_team_id_teams"), ondelete="CASCADE"),
            sa.ForeignKeyConstraint([key], [f"{other}.id"], name=op.f(f"fk_{table}_{key}_{other}"), ondelete="CASCADE"),
            sa.PrimaryKeyConstraint(*both, name=op.f(f"pk_{table}")),
        )
    op.create_index(op.f("ix_team_members_agent_id"), "team_members", ["agent_id"])
    op.create_index(op.f("ix_team_topics_team_id"), "team_topics", ["team_id"])
    op.add_column("agents", sa.Column("capacity", sa.Integer(), server_default="5", nullable=False))
    op.alter_column("agents", "capacity", server_default=None)
    op.add_column("agents", sa.Column("away", sa.Boolean(), server_default="false", nullable=False))
    op.alter_column("agents", "away", server_default=None)
    op.add_column("agents", sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Without them."""
    op.drop_column("agents", "seen_at")
    op.drop_column("agents", "away")
    op.drop_column("agents", "capacity")
    op.drop_table("team_topics")
    op.drop_table("team_members")
    op.drop_table("teams")
