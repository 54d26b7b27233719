"""The analysis of stored terms by number, indexes that are kept for the way back, when progress was noted"""

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ('knowledge_bases', 'chunks'):
        op.add_column(table, sa.Column('analysis', sa.Integer(), nullable=False, server_default='1'))
        op.alter_column(table, 'analysis', server_default=None)
    op.add_column('rebuilds', sa.Column('analysis', sa.Integer(), nullable=True))
    op.add_column('rebuilds', sa.Column('error_code', sa.String(length=40), nullable=True))
    op.add_column('documents', sa.Column('done_at', sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE rebuilds SET analysis = 1 WHERE collection IS NOT NULL")
    op.create_table('kept_indexes',
    sa.Column('collection', sa.String(length=80), nullable=False),
    sa.Column('knowledge_base_id', sa.Uuid(), nullable=False),
    sa.Column('embedder', sa.String(length=200), nullable=True),
    sa.Column('analysis', sa.Integer(), nullable=False),
    sa.Column('replaced_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['knowledge_base_id'], ['knowledge_bases.id'], name=op.f('fk_kept_indexes_knowledge_base_id_knowledge_bases'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('collection', name=op.f('pk_kept_indexes'))
    )
    op.create_index('ix_kept_indexes_knowledge_base_id', 'kept_indexes', ['knowledge_base_id'])
    op.create_table('next_terms',
    sa.Column('chunk_id', sa.Uuid(), nullable=False),
    sa.Column('knowledge_base_id', sa.Uuid(), nullable=False),
    sa.Column('analysis', sa.Integer(), nullable=False),
    sa.Column('terms', sa.LargeBinary(), nullable=False),
    sa.Column('heading_terms', sa.LargeBinary(), nullable=True),
    sa.Column('source_terms', sa.LargeBinary(), nullable=True),
    sa.ForeignKeyConstraint(['chunk_id'], ['chunks.id'], name=op.f('fk_next_terms_chunk_id_chunks'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['knowledge_base_id'], ['knowledge_bases.id'], name=op.f('fk_next_terms_knowledge_base_id_knowledge_bases'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('chunk_id', name=op.f('pk_next_terms'))
    )
    op.create_index('ix_next_terms_knowledge_base_id', 'next_terms', ['knowledge_base_id'])


def downgrade() -> None:
    op.drop_table('next_terms')
    op.drop_table('kept_indexes')
    op.drop_column('documents', 'done_at')
    op.drop_column('rebuilds', 'error_code')
    op.drop_column('rebuilds', 'analysis')
    for table in ('chunks', 'knowledge_bases'):
        op.drop_column(table, 'analysis')
