"""Vectors of texts, kept in PostgreSQL by what they are made of: nothing is embedded twice."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from frontdesk.database import Sessions
from frontdesk.errors import Unavailable
from frontdesk.knowledge.index_models import Embedding
from frontdesk.knowledge.models import Chunk
from frontdesk.models_client import EMBED_SECONDS, Embedder, Purpose, Space

Vector = NDArray[np.float32]
FLOAT = np.dtype("<f4")
READ_AT_ONCE = 1000
QUERY_EMBED_SECONDS = 4.0
QUESTIONS_KEPT = 4096
"""So many questions' vectors are kept in memory: proofs ask those of sets and of history again and again."""


class NotEmbedded(Unavailable):
    """There are no vectors of the wanted space now."""


class Embeddings:
    """The vectors of chunks, of length one."""

    def __init__(self, sessions: Sessions, embedder: Embedder | None) -> None:
        self._sessions = sessions
        self._embedder = embedder
        self._known_questions = lru_cache(QUESTIONS_KEPT)(self._made_of_question)

    @property
    def configured(self) -> bool:
        """Whether there is an embedder, be it away or not."""
        return self._embedder is not None

    def space(self) -> Space | None:
        """The vector space that there should be vectors of by now; None without an embedder.

        Raises Unavailable while the embedder does not say.
        """
        return self._embedder.space() if self._embedder else None

    def of_chunks(self, space: str, chunks: Sequence[Chunk]) -> list[Vector]:
        """The vector of each chunk, made and kept where there is none. Raises NotEmbedded."""
        texts = {chunk.digest: chunk.searchable for chunk in chunks}
        vectors = dict(self.known(space, list(texts)))
        # Texts of like length together: the longest of a batch sets its pace.
        missing = sorted(texts.keys() - vectors.keys(), key=lambda digest: len(texts[digest]))
        if missing:
            made = self.made(space, [texts[digest] for digest in missing], Purpose.DOCUMENT)
            with self._sessions.begin() as session:
                rows = [
                    {"space": space, "digest": digest, "vector": vector.tobytes()}
                    for digest, vector in zip(missing, made, strict=True)
                ]
                session.execute(insert(Embedding).on_conflict_do_nothing(), rows)
            vectors |= zip(missing, made, strict=True)
        return [vectors[chunk.digest] for chunk in chunks]

    def known(self, space: str, digests: Sequence[bytes]) -> Mapping[bytes, Vector]:
        """The vectors that are kept, by digest."""
        found: dict[bytes, Vector] = {}
        for start in range(0, len(digests), READ_AT_ONCE):
            wanted = digests[start : start + READ_AT_ONCE]
            with self._sessions() as session:
                rows = session.execute(
                    select(Embedding.digest, Embedding.vector).where(
                        Embedding.space == space, Embedding.digest.in_(wanted)
                    )
                )
                found |= {digest: np.frombuffer(vector, FLOAT) for digest, vector in rows}
        return found

    def of_question(self, space: str, text: str, *, remembers: bool) -> Vector:
        """The vector of a question, from memory if it is there and wanted. Raises NotEmbedded."""
        return (self._known_questions if remembers else self._made_of_question)(space, text)

    def _made_of_question(self, space: str, text: str) -> Vector:
        (vector,) = self.made(space, [text], Purpose.QUERY, QUERY_EMBED_SECONDS)
        vector.flags.writeable = False
        return vector

    def made(
        self, space: str, texts: Sequence[str], purpose: Purpose, seconds: float = EMBED_SECONDS
    ) -> NDArray[np.float32]:
        """The vectors of texts, made now and not kept. Raises NotEmbedded."""
        if self._embedder is None:
            raise NotEmbedded("There is no embedder any more.", code="embedder_changed")
        try:
            embedded = self._embedder.embed(texts, purpose, seconds)
        except Unavailable as error:
            raise NotEmbedded(error.message, code=error.code) from error
        if embedded.space.name != space:
            raise NotEmbedded(
                f"The embedder is {embedded.space.name} now, and not {space} any more.", code="embedder_changed"
            )
        return _of_length_one(embedded.vectors)


def _of_length_one(vectors: Sequence[Vector]) -> NDArray[np.float32]:
    rows = np.asarray(vectors, FLOAT)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return (rows / np.where(lengths > 0, lengths, 1)).astype(FLOAT)
