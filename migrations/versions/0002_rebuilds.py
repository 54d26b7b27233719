"""Rebuilds of an index that go on beside it"""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('knowledge_bases', sa.Column('incomplete', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.alter_column('knowledge_bases', 'incomplete', server_default=None)
    op.create_table('rebuilds',
    sa.Column('knowledge_base_id', sa.Uuid(), nullable=False),
    sa.Column('collection', sa.String(length=80), nullable=True),
    sa.Column('embedder', sa.String(length=200), nullable=True),
    sa.Column('done', sa.Integer(), nullable=False),
    sa.Column('total', sa.Integer(), nullable=False),
    sa.Column('job_id', sa.Uuid(), nullable=True),
    sa.Column('job_until', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['knowledge_base_id'], ['knowledge_bases.id'], name=op.f('fk_rebuilds_knowledge_base_id_knowledge_bases'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('knowledge_base_id', name=op.f('pk_rebuilds'))
    )


def downgrade() -> None:
    op.drop_table('rebuilds')
    op.drop_column('knowledge_bases', 'incomplete')
