"""Websites and queries whose pages and rows become documents"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('feeds',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('knowledge_base_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('kind', sa.Enum('website', 'sql', name='feedkind', native_enum=False, length=16), nullable=False),
    sa.Column('settings', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('every_hours', sa.Integer(), nullable=True),
    sa.Column('status', sa.Enum('queued', 'working', 'done', 'stopped', 'failed', name='feedstatus', native_enum=False, length=16), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('run', sa.Integer(), nullable=False),
    sa.Column('began_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('next_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('found', sa.Integer(), nullable=False),
    sa.Column('new', sa.Integer(), nullable=False),
    sa.Column('changed', sa.Integer(), nullable=False),
    sa.Column('unchanged', sa.Integer(), nullable=False),
    sa.Column('left_out', sa.Integer(), nullable=False),
    sa.Column('gone', sa.Integer(), nullable=False),
    sa.Column('failed', sa.Integer(), nullable=False),
    sa.Column('is_cut', sa.Boolean(), nullable=False),
    sa.Column('may_shrink', sa.Boolean(), nullable=False),
    sa.Column('error_code', sa.String(length=40), nullable=True),
    sa.Column('error_message', sa.Text(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('job_id', sa.Uuid(), nullable=True),
    sa.Column('job_until', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['knowledge_base_id'], ['knowledge_bases.id'], name=op.f('fk_feeds_knowledge_base_id_knowledge_bases'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_feeds'))
    )
    op.create_index('ix_feeds_knowledge_base_id', 'feeds', ['knowledge_base_id'])
    op.create_table('feed_pages',
    sa.Column('feed_id', sa.Uuid(), nullable=False),
    sa.Column('url', sa.String(length=2000), nullable=False),
    sa.Column('title', sa.String(length=300), nullable=True),
    sa.Column('depth', sa.Integer(), nullable=False),
    sa.Column('is_sitemap', sa.Boolean(), nullable=False),
    sa.Column('seen_run', sa.Integer(), nullable=False),
    sa.Column('outcome', sa.Enum('waiting', 'new', 'changed', 'unchanged', 'left_out', 'gone', 'failed', name='outcome', native_enum=False, length=16), nullable=False),
    sa.Column('etag', sa.String(length=500), nullable=True),
    sa.Column('last_modified', sa.String(length=100), nullable=True),
    sa.Column('content_hash', sa.String(length=64), nullable=True),
    sa.Column('links', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('document_id', sa.Uuid(), nullable=True),
    sa.Column('document_name', sa.String(length=255), nullable=True),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('error_code', sa.String(length=40), nullable=True),
    sa.Column('error_message', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['document_id'], ['documents.id'], name=op.f('fk_feed_pages_document_id_documents'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['feed_id'], ['feeds.id'], name=op.f('fk_feed_pages_feed_id_feeds'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('feed_id', 'url', name=op.f('pk_feed_pages'))
    )
    op.create_index('ix_feed_pages_feed_id_seen_run_outcome', 'feed_pages', ['feed_id', 'seen_run', 'outcome'])
    op.create_index('ix_feed_pages_document_id', 'feed_pages', ['document_id'])


def downgrade() -> None:
    op.drop_table('feed_pages')
    op.drop_table('feeds')
