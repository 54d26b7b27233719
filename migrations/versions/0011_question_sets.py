"""Question sets, runs of them and replays"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    wanted = sa.Enum("entry", "document", "text", "handoff", name="wanted", native_enum=False, length=16)
    op.create_table(
        "question_sets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("knowledge_base_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column(
            "origin", sa.Enum("made", "desk", name="setorigin", native_enum=False, length=16), nullable=False
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["knowledge_base_id"],
            ["knowledge_bases.id"],
            name=op.f("fk_question_sets_knowledge_base_id_knowledge_bases"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_sets")),
        sa.UniqueConstraint("knowledge_base_id", "name", name=op.f("uq_question_sets_knowledge_base_id_name")),
    )
    op.create_index(
        "uq_question_sets_desk",
        "question_sets",
        ["knowledge_base_id"],
        unique=True,
        postgresql_where=sa.text("origin = 'desk'"),
    )
    op.create_table(
        "questions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("question_set_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wanted", wanted, nullable=True),
        sa.Column("source_id", sa.Uuid(), nullable=True),
        sa.Column("passage", sa.Text(), nullable=True),
        sa.CheckConstraint("wanted IS NOT NULL", name=op.f("ck_questions_something_wanted")),
        sa.ForeignKeyConstraint(
            ["question_set_id"],
            ["question_sets.id"],
            name=op.f("fk_questions_question_set_id_question_sets"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questions")),
        sa.UniqueConstraint("question_set_id", "text", name=op.f("uq_questions_question_set_id_text")),
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("knowledge_base_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Enum("set", "replay", name="runkind", native_enum=False, length=16), nullable=False),
        sa.Column("question_set_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=True),
        sa.Column(
            "tried", sa.Enum("draft", "published", name="tried", native_enum=False, length=16), nullable=False
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("before", sa.Integer(), nullable=True),
        sa.Column("changes", sa.BigInteger(), nullable=False),
        sa.Column("with_model", sa.Boolean(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "queued", "working", "done", "stopped", "failed", name="runstatus", native_enum=False, length=16
            ),
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("restarts", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("figures", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("error_code", sa.String(length=40), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("agent_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("job_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agents.id"], name=op.f("fk_runs_agent_id_agents"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["knowledge_base_id"],
            ["knowledge_bases.id"],
            name=op.f("fk_runs_knowledge_base_id_knowledge_bases"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["question_set_id"],
            ["question_sets.id"],
            name=op.f("fk_runs_question_set_id_question_sets"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
    )
    op.create_index("ix_runs_knowledge_base_id_created_at", "runs", ["knowledge_base_id", "created_at"])
    op.create_index(
        "ix_runs_owing", "runs", ["status"], postgresql_where=sa.text("status IN ('queued', 'working')")
    )
    op.create_table(
        "outcomes",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Uuid(), nullable=True),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("tags", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column(
            "result",
            sa.Enum(
                "right",
                "wrong",
                "missed",
                "handed_over",
                "asked_back",
                "newly_answered",
                "newly_handed",
                "newly_asked",
                "other_answer",
                "other_source",
                "unaffected",
                name="result",
                native_enum=False,
                length=16,
            ),
            nullable=True,
        ),
        sa.Column("wanted", wanted, nullable=True),
        sa.Column("source_id", sa.Uuid(), nullable=True),
        sa.Column("passage", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_outcomes_message_id_messages"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_outcomes_run_id_runs"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "number", name=op.f("pk_outcomes")),
    )
    op.create_index("ix_outcomes_run_id_result", "outcomes", ["run_id", "result"])
    op.create_index("ix_outcomes_message_id", "outcomes", ["message_id"])
    op.create_index("ix_decisions_created_at", "decisions", ["created_at"])


def downgrade() -> None:
    op.drop_index("ix_decisions_created_at", "decisions")
    op.drop_table("outcomes")
    op.drop_table("runs")
    op.drop_table("questions")
    op.drop_table("question_sets")
