"""What stands beside the knowledge so that it is found: what its index owes, word counts, vectors as a whole."""

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from frontdesk.database import Base, now
from frontdesk.knowledge.models import Leased


class Rebuild(Leased, Base):
    """What the index of a knowledge base owes: a collection for another vector space or analysis beside the present
    one, the tidying after it has taken the present one's place, or vectors that were missed. Gone when all is done.
    """

    __tablename__ = "rebuilds"

    knowledge_base_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("knowledge_bases.id", ondelete="CASCADE"), primary_key=True
    )
    collection: Mapped[str | None] = mapped_column(String(80))  # the one that is being filled
    embedder: Mapped[str | None] = mapped_column(String(200))
    analysis: Mapped[int | None]
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    error_code: Mapped[str | None] = mapped_column(String(40))  # how the last one failed its check


class KeptIndex(Base):
    """The collection that a knowledge base had before its embedder became another one, kept for the way back. The
    vectors of its space stay in PostgreSQL for as long."""

    __tablename__ = "kept_indexes"
    __table_args__ = (Index("ix_kept_indexes_knowledge_base_id", "knowledge_base_id"),)

    collection: Mapped[str] = mapped_column(String(80), primary_key=True)
    knowledge_base_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("knowledge_bases.id", ondelete="CASCADE"))
    embedder: Mapped[str | None] = mapped_column(String(200))
    analysis: Mapped[int]
    replaced_at: Mapped[datetime] = mapped_column(default=now)


class TermCount(Base):
    """How many sources in the draft of a knowledge base have a term: the question's side of the lexical leg."""

    __tablename__ = "term_counts"

    knowledge_base_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("knowledge_bases.id", ondelete="CASCADE"), primary_key=True
    )
    term: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    sources: Mapped[int]


class NextTerms(Base):
    """The terms of a chunk in the analysis that its knowledge base will be asked by next."""

    __tablename__ = "next_terms"
    __table_args__ = (Index("ix_next_terms_knowledge_base_id", "knowledge_base_id"),)

    chunk_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("chunks.id", ondelete="CASCADE"), primary_key=True)
    knowledge_base_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("knowledge_bases.id", ondelete="CASCADE"))
    analysis: Mapped[int]
    terms: Mapped[bytes] = mapped_column(LargeBinary)
    heading_terms: Mapped[bytes | None] = mapped_column(LargeBinary)
    source_terms: Mapped[bytes | None] = mapped_column(LargeBinary)


class Geometry(Base):
    """What is known of a knowledge base's vectors as a whole; measured again when they have changed much."""

    __tablename__ = "geometries"

    knowledge_base_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("knowledge_bases.id", ondelete="CASCADE"), primary_key=True
    )
    space: Mapped[str] = mapped_column(String(200))
    sources: Mapped[int]  # how many there were
    trust_chinese: Mapped[float]  # how far the dense leg is believed, 0 to 1, for a question in Chinese
    trust_other: Mapped[float]  # and for one in another language
    measured_at: Mapped[datetime] = mapped_column(default=now)
    mean: Mapped[bytes] = mapped_column(LargeBinary)  # float32
    precision: Mapped[bytes] = mapped_column(LargeBinary)  # float32, the inverse of the covariance within sources


class Embedding(Base):
    """The vector of a text, so that no text is embedded twice."""

    __tablename__ = "embeddings"

    space: Mapped[str] = mapped_column(String(200), primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    vector: Mapped[bytes] = mapped_column(LargeBinary)  # float32, of length one
