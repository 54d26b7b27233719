"""The queue of the desk: teams, priority, what is put off, notes, call-backs; and triggers that hold who has what.

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)

HANDS = """
CREATE FUNCTION check_hands(of_conversation uuid) RETURNS void AS $$
DECLARE
    with_people boolean;
    runs boolean;
BEGIN
    -- The lock has whoever changes one of the two tables wait for who changes the other.
    SELECT status IN ('open', 'snoozed') INTO with_people
        FROM conversations WHERE id = of_conversation FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    SELECT EXISTS (SELECT FROM handoffs WHERE conversation_id = of_conversation AND ended_at IS NULL) INTO runs;
    IF with_people IS DISTINCT FROM runs THEN
        RAISE EXCEPTION 'A handoff runs exactly while people have the conversation %.', of_conversation
            USING ERRCODE = 'check_violation', CONSTRAINT = 'handoff_while_with_people';
    END IF;
END $$ LANGUAGE plpgsql;

CREATE FUNCTION check_hands_of_conversation() RETURNS trigger AS $$
BEGIN
    PERFORM check_hands(NEW.id);
    RETURN NULL;
END $$ LANGUAGE plpgsql;

CREATE FUNCTION check_hands_of_handoff() RETURNS trigger AS $$
BEGIN
    PERFORM check_hands(COALESCE(NEW.conversation_id, OLD.conversation_id));
    RETURN NULL;
END $$ LANGUAGE plpgsql;

CREATE FUNCTION check_acknowledged() RETURNS trigger AS $$
BEGIN
    IF (SELECT count(*) FROM handoffs WHERE conversation_id = NEW.conversation_id)
        > (SELECT count(*) FROM messages WHERE conversation_id = NEW.conversation_id AND handoff_reason IS NOT NULL)
    THEN
        RAISE EXCEPTION 'The contact of the conversation % was not told of a handoff.', NEW.conversation_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'handoff_is_acknowledged';
    END IF;
    RETURN NULL;
END $$ LANGUAGE plpgsql;

CREATE FUNCTION check_speaker() RETURNS trigger AS $$
DECLARE
    conversation record;
BEGIN
    SELECT status, assignee_id INTO conversation FROM conversations WHERE id = NEW.conversation_id;
    IF NEW.sender = 'assistant' AND NEW.form <> 'notice' AND conversation.status IN ('open', 'snoozed') THEN
        RAISE EXCEPTION 'People have the conversation %: the assistant is silent.', NEW.conversation_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'assistant_is_silent';
    END IF;
    IF NEW.sender = 'agent' AND NEW.agent_id IS DISTINCT FROM conversation.assignee_id THEN
        RAISE EXCEPTION 'Only the owner of the conversation % writes in it.', NEW.conversation_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'owner_writes';
    END IF;
    RETURN NEW;
END $$ LANGUAGE plpgsql;

CREATE CONSTRAINT TRIGGER handoff_while_with_people AFTER INSERT OR UPDATE OF status ON conversations
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_hands_of_conversation();
CREATE CONSTRAINT TRIGGER with_people_while_handoff AFTER INSERT OR DELETE OR UPDATE OF ended_at ON handoffs
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_hands_of_handoff();
CREATE CONSTRAINT TRIGGER handoff_is_acknowledged AFTER INSERT ON handoffs
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_acknowledged();
CREATE TRIGGER speaker BEFORE INSERT ON messages
    FOR EACH ROW WHEN (NEW.sender IN ('assistant', 'agent')) EXECUTE FUNCTION check_speaker();
"""
NO_HANDS = """
DROP TRIGGER speaker ON messages;
DROP TRIGGER handoff_is_acknowledged ON handoffs;
DROP TRIGGER with_people_while_handoff ON handoffs;
DROP TRIGGER handoff_while_with_people ON conversations;
DROP FUNCTION check_speaker();
DROP FUNCTION check_acknowledged();
DROP FUNCTION check_hands_of_handoff();
DROP FUNCTION check_hands_of_conversation();
DROP FUNCTION check_hands(uuid);
"""


def upgrade() -> None:
    """Conversations that are there belong to no team; what was said before a handoff that has ended is settled."""
    activities = (
        "handed_over", "claimed", "assigned", "transferred", "released", "snoozed", "woken", "returned", "resolved"
    )
    op.add_column("messages", sa.Column("activity", sa.Enum(*activities, name="activity", native_enum=False, length=16)))
    op.add_column("conversations", sa.Column("team_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_conversations_team_id_teams"), "conversations", "teams", ["team_id"], ["id"], ondelete="SET NULL"
    )
    op.create_index(op.f("ix_conversations_team_id"), "conversations", ["team_id"])
    op.add_column("conversations", sa.Column("snoozed_until", MOMENT, nullable=True))
    for name in ("boundary", "read_to"):
        op.add_column("conversations", sa.Column(name, sa.Integer(), server_default="0", nullable=False))
        op.alter_column("conversations", name, server_default=None)
    op.execute("UPDATE conversations SET status = 'open' WHERE status = 'snoozed'")
    op.execute("UPDATE conversations SET read_to = last_sequence WHERE assignee_id IS NOT NULL")
    op.execute(
        "UPDATE conversations SET boundary = told.sequence - 1 FROM ("
        "SELECT conversation_id, max(sequence) AS sequence FROM messages "
        "WHERE sender = 'activity' AND status IN ('pending', 'resolved') GROUP BY conversation_id"
        ") AS told WHERE told.conversation_id = conversations.id"
    )
    op.create_index(
        "ix_conversations_snoozed_until",
        "conversations",
        ["snoozed_until"],
        postgresql_where=sa.text("snoozed_until IS NOT NULL"),
    )
    op.create_check_constraint(
        op.f("ck_conversations_snoozed_until_when"),
        "conversations",
        "(status = 'snoozed') = (snoozed_until IS NOT NULL)",
    )
    op.create_check_constraint(
        op.f("ck_conversations_snoozed_by_owner"), "conversations", "status <> 'snoozed' OR assignee_id IS NOT NULL"
    )
    op.create_check_constraint(
        op.f("ck_conversations_boundary_within"), "conversations", "boundary BETWEEN 0 AND last_sequence"
    )
    _widen_handoffs()
    op.create_table(
        "callbacks",
        sa.Column("handoff_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("wish", sa.String(length=1000), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("done_at", MOMENT, nullable=True),
        sa.Column("done_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("email <> '' OR phone <> ''", name=op.f("ck_callbacks_can_be_reached")),
        sa.ForeignKeyConstraint(
            ["handoff_id"], ["handoffs.id"], name=op.f("fk_callbacks_handoff_id_handoffs"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["done_by"], ["agents.id"], name=op.f("fk_callbacks_done_by_agents")),
        sa.PrimaryKeyConstraint("handoff_id", name=op.f("pk_callbacks")),
    )
    op.create_table(
        "notes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_notes_conversation_id_conversations"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_notes_agent_id_agents")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
    )
    op.create_index(op.f("ix_notes_conversation_id"), "notes", ["conversation_id"])
    op.execute(HANDS)


def _widen_handoffs() -> None:
    op.add_column("handoffs", sa.Column("priority", sa.SmallInteger(), server_default="6", nullable=False))
    op.alter_column("handoffs", "priority", server_default=None)
    op.add_column("handoffs", sa.Column("place", sa.Integer(), server_default="1", nullable=False))
    op.alter_column("handoffs", "place", server_default=None)
    op.add_column("handoffs", sa.Column("previous_agent_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_handoffs_previous_agent_id_agents"), "handoffs", "agents", ["previous_agent_id"], ["id"]
    )
    moments = ("first_response_warn_at", "first_response_due", "resolution_warn_at", "resolution_due")
    for name in (*moments, "owned_since", "first_response_at"):
        op.add_column("handoffs", sa.Column(name, MOMENT, nullable=True))
    op.execute(
        "UPDATE handoffs SET owned_since = claimed_at FROM conversations WHERE conversations.id = conversation_id "
        "AND ended_at IS NULL AND assignee_id IS NOT NULL AND claimed_by IS NOT NULL"
    )
    op.execute(
        "UPDATE handoffs SET first_response_at = (SELECT min(created_at) FROM messages WHERE sender = 'agent' "
        "AND messages.conversation_id = handoffs.conversation_id AND created_at >= requested_at "
        "AND (ended_at IS NULL OR created_at <= ended_at))"
    )
    running = sa.text("ended_at IS NULL")
    op.create_index(
        "ix_handoffs_priority_requested_at", "handoffs", ["priority", "requested_at"], postgresql_where=running
    )
    op.create_index("ix_handoffs_claimed_at", "handoffs", ["claimed_at"])
    op.create_check_constraint(
        op.f("ck_handoffs_outcome_at_end"), "handoffs", "(ended_at IS NULL) = (outcome IS NULL)"
    )
    op.create_check_constraint(
        op.f("ck_handoffs_owner_is_known"), "handoffs", "owned_since IS NULL OR claimed_by IS NOT NULL"
    )


def downgrade() -> None:
    """Without them; what was put off is open."""
    op.execute(NO_HANDS)
    op.execute("UPDATE conversations SET status = 'open', snoozed_until = NULL WHERE status = 'snoozed'")
    op.drop_constraint(op.f("ck_conversations_snoozed_by_owner"), "conversations")
    op.drop_table("notes")
    op.drop_table("callbacks")
    op.drop_constraint(op.f("ck_handoffs_owner_is_known"), "handoffs")
    op.drop_constraint(op.f("ck_handoffs_outcome_at_end"), "handoffs")
    op.drop_index("ix_handoffs_claimed_at", "handoffs")
    for name in (
        "priority",
        "place",
        "previous_agent_id",
        "first_response_warn_at",
        "first_response_due",
        "resolution_warn_at",
        "resolution_due",
        "owned_since",
        "first_response_at",
    ):
        op.drop_column("handoffs", name)
    for name in ("team_id", "snoozed_until", "boundary", "read_to"):
        op.drop_column("conversations", name)
    op.drop_column("messages", "activity")
