"""Several knowledge bases for an inbox, who may see them, and tags"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('inbox_knowledge_bases',
    sa.Column('inbox_id', sa.Uuid(), nullable=False),
    sa.Column('knowledge_base_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['inbox_id'], ['inboxes.id'], name=op.f('fk_inbox_knowledge_bases_inbox_id_inboxes'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['knowledge_base_id'], ['knowledge_bases.id'], name=op.f('fk_inbox_knowledge_bases_knowledge_base_id_knowledge_bases')),
    sa.PrimaryKeyConstraint('inbox_id', 'knowledge_base_id', name=op.f('pk_inbox_knowledge_bases'))
    )
    op.create_index('ix_inbox_knowledge_bases_knowledge_base_id', 'inbox_knowledge_bases', ['knowledge_base_id'])
    op.execute("INSERT INTO inbox_knowledge_bases SELECT id, knowledge_base_id, 0 FROM inboxes")
    op.drop_column('inboxes', 'knowledge_base_id')
    op.add_column('knowledge_bases', sa.Column('restricted', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.alter_column('knowledge_bases', 'restricted', server_default=None)
    op.create_table('knowledge_base_agents',
    sa.Column('knowledge_base_id', sa.Uuid(), nullable=False),
    sa.Column('agent_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['agent_id'], ['agents.id'], name=op.f('fk_knowledge_base_agents_agent_id_agents'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['knowledge_base_id'], ['knowledge_bases.id'], name=op.f('fk_knowledge_base_agents_knowledge_base_id_knowledge_bases'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('knowledge_base_id', 'agent_id', name=op.f('pk_knowledge_base_agents'))
    )
    op.create_index('ix_knowledge_base_agents_agent_id', 'knowledge_base_agents', ['agent_id'])
    for table in ('documents', 'entries', 'inboxes'):
        op.add_column(table, sa.Column('tags', postgresql.ARRAY(sa.Text()), nullable=False, server_default='{}'))
        op.alter_column(table, 'tags', server_default=None)
    for table in ('documents', 'entries'):
        op.create_index(f'ix_{table}_tags', table, ['tags'], postgresql_using='gin')


def downgrade() -> None:
    for table in ('documents', 'entries', 'inboxes'):
        op.drop_column(table, 'tags')
    op.drop_table('knowledge_base_agents')
    op.drop_column('knowledge_bases', 'restricted')
    op.add_column('inboxes', sa.Column('knowledge_base_id', sa.Uuid(), nullable=True))
    op.execute("UPDATE inboxes SET knowledge_base_id = bases.knowledge_base_id FROM inbox_knowledge_bases AS bases"
               " WHERE bases.inbox_id = inboxes.id AND bases.position = 0")
    op.alter_column('inboxes', 'knowledge_base_id', nullable=False)
    op.create_foreign_key(op.f('fk_inboxes_knowledge_base_id_knowledge_bases'), 'inboxes', 'knowledge_bases', ['knowledge_base_id'], ['id'])
    op.drop_table('inbox_knowledge_bases')
