"""Versions of knowledge, terms and vectors kept beside the chunks"""

import hashlib

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from frontdesk.knowledge import lexical
from frontdesk.knowledge.spans import SpansType

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

OWING = "status IN ('queued', 'working')"
PRESENT = "status NOT IN ('removed', 'deleted')"


def upgrade() -> None:
    op.add_column('knowledge_bases', sa.Column('published', sa.Integer(), nullable=False, server_default='0'))
    op.add_column('knowledge_bases', sa.Column('drafting', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column('knowledge_bases', sa.Column('changes', sa.BigInteger(), nullable=False, server_default='0'))
    op.add_column('knowledge_bases', sa.Column('sources', sa.Integer(), nullable=False, server_default='0'))
    op.add_column('knowledge_bases', sa.Column('terms', sa.BigInteger(), nullable=False, server_default='0'))
    op.add_column('knowledge_bases', sa.Column('chinese_terms', sa.BigInteger(), nullable=False, server_default='0'))
    op.drop_column('knowledge_bases', 'dense_weight')
    op.alter_column('term_counts', 'passages', new_column_name='sources')
    for column in ('published', 'drafting', 'changes', 'sources', 'terms', 'chinese_terms'):
        op.alter_column('knowledge_bases', column, server_default=None)
    op.create_table('versions',
    sa.Column('knowledge_base_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('origin', sa.Enum('changed', 'published', 'deleted', 'restored', name='origin', native_enum=False, length=16), nullable=False),
    sa.Column('restores', sa.Integer(), nullable=True),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('agent_id', sa.Uuid(), nullable=True),
    sa.Column('changes', sa.BigInteger(), nullable=False),
    sa.Column('passages', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['agent_id'], ['agents.id'], name=op.f('fk_versions_agent_id_agents'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['knowledge_base_id'], ['knowledge_bases.id'], name=op.f('fk_versions_knowledge_base_id_knowledge_bases'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('knowledge_base_id', 'number', name=op.f('pk_versions'))
    )
    op.create_table('geometries',
    sa.Column('knowledge_base_id', sa.Uuid(), nullable=False),
    sa.Column('space', sa.String(length=200), nullable=False),
    sa.Column('sources', sa.Integer(), nullable=False),
    sa.Column('trust_chinese', sa.Float(), nullable=False),
    sa.Column('trust_other', sa.Float(), nullable=False),
    sa.Column('measured_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('mean', sa.LargeBinary(), nullable=False),
    sa.Column('precision', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['knowledge_base_id'], ['knowledge_bases.id'], name=op.f('fk_geometries_knowledge_base_id_knowledge_bases'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('knowledge_base_id', name=op.f('pk_geometries'))
    )
    op.create_table('embeddings',
    sa.Column('space', sa.String(length=200), nullable=False),
    sa.Column('digest', sa.LargeBinary(), nullable=False),
    sa.Column('vector', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('space', 'digest', name=op.f('pk_embeddings'))
    )
    op.add_column('documents', sa.Column('url', sa.String(length=2000), nullable=True))
    op.add_column('documents', sa.Column('files', postgresql.JSONB(), nullable=True))
    op.execute("UPDATE documents SET files = jsonb_build_object(revision::text, file)")
    op.alter_column('documents', 'files', nullable=False)
    op.drop_column('documents', 'file')
    # What was being removed lies in nobody's version.
    op.execute("DELETE FROM documents WHERE status = 'deleting'")
    op.execute("DELETE FROM entries WHERE status = 'deleting'")
    for table in ('documents', 'entries'):
        op.add_column(table, sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True))
        op.drop_index(f'ix_{table}_owing', table_name=table)
        op.create_index(f'ix_{table}_owing', table, ['status', 'job_until'], postgresql_where=sa.text(OWING))
    op.drop_index('uq_documents_knowledge_base_id_name', table_name='documents')
    op.create_index('uq_documents_knowledge_base_id_name', 'documents', ['knowledge_base_id', 'name'], unique=True, postgresql_where=sa.text(PRESENT))
    op.add_column('chunks', sa.Column('terms', sa.LargeBinary(), nullable=True))
    op.add_column('chunks', sa.Column('heading_terms', sa.LargeBinary(), nullable=True))
    op.add_column('chunks', sa.Column('source_terms', sa.LargeBinary(), nullable=True))
    op.add_column('chunks', sa.Column('digest', sa.LargeBinary(), nullable=True))
    op.add_column('chunks', sa.Column('valid', SpansType(), nullable=False, server_default='{}'))
    op.add_column('chunks', sa.Column('changed', sa.BigInteger(), nullable=False, server_default='0'))
    for column in ('valid', 'changed'):
        op.alter_column('chunks', column, server_default=None)
    _fill_chunks(op.get_bind())
    for column in ('terms', 'digest'):
        op.alter_column('chunks', column, nullable=False)
    op.drop_column('chunks', 'live')
    op.create_index('ix_chunks_knowledge_base_id_changed', 'chunks', ['knowledge_base_id', 'changed'])
    op.create_index('ix_chunks_digest', 'chunks', ['digest'])


def _fill_chunks(connection: sa.Connection) -> None:
    """What is found becomes version 1; terms are counted anew, by source now."""
    connection.execute(sa.text("DELETE FROM term_counts"))
    connection.execute(sa.text("DELETE FROM chunks WHERE NOT live"))
    connection.execute(sa.text("UPDATE chunks SET valid = '{[1,)}', changed = 1"))
    rows = connection.execute(sa.text(
        "SELECT chunks.id, chunks.knowledge_base_id, chunks.heading, chunks.text, documents.name, entries.questions"
        " FROM chunks LEFT JOIN documents ON documents.id = document_id"
        " LEFT JOIN entries ON entries.id = entry_id"
    ))
    # Terms have other dimensions from now on, and vectors stand in PostgreSQL: each index is made anew beside the old.
    connection.execute(sa.text("UPDATE knowledge_bases SET embedder = 'before 0003' WHERE collection IS NOT NULL"))
    counts = {}
    for chunk_id, base_id, heading, text, name, questions in rows.fetchall():
        terms = lexical.terms(text)
        above = lexical.terms(heading or '') if name is not None else None
        whole = None
        if name is not None:
            whole = terms + above + lexical.terms(name.rsplit('.', 1)[0])
        elif heading is not None:
            whole = sum((lexical.terms(question) for question in questions), terms)
        connection.execute(
            sa.text("UPDATE chunks SET terms = :terms, heading_terms = :above, source_terms = :whole, digest = :digest WHERE id = :id"),
            {
                'id': chunk_id,
                'terms': lexical.pack(terms),
                'above': lexical.pack(above) if above else None,
                'whole': None if whole is None else lexical.pack(whole),
                'digest': hashlib.blake2b((f'{heading}\n{text}' if heading else text).encode(), digest_size=16).digest(),
            },
        )
        if whole is not None:
            of_base = counts.setdefault(base_id, [0, 0, 0, {}])
            of_base[0] += 1
            of_base[1] += sum(whole.values())
            of_base[2] += sum(count for term, count in whole.items() if lexical.is_chinese(term))
            for term in {lexical.term_id(term) for term in whole}:
                of_base[3][term] = of_base[3].get(term, 0) + 1
    for base_id, (sources, terms, chinese_terms, frequencies) in counts.items():
        connection.execute(
            sa.text("UPDATE knowledge_bases SET sources = :sources, terms = :terms, chinese_terms = :chinese, published = 1, changes = 1 WHERE id = :id"),
            {'id': base_id, 'sources': sources, 'terms': terms, 'chinese': chinese_terms},
        )
        connection.execute(
            sa.text("INSERT INTO versions (knowledge_base_id, number, origin, changes, passages, created_at)"
                    " SELECT id, 1, 'changed', 1, passages, now() FROM knowledge_bases WHERE id = :id"),
            {'id': base_id},
        )
        connection.execute(
            sa.text("INSERT INTO term_counts (knowledge_base_id, term, sources)"
                    " SELECT :id, term, sources FROM unnest(cast(:terms AS bigint[]), cast(:sources AS integer[])) AS t (term, sources)"),
            {'id': base_id, 'terms': list(frequencies), 'sources': list(frequencies.values())},
        )


def downgrade() -> None:
    raise NotImplementedError("Versions of knowledge cannot be taken back; restore a backup of the database.")
