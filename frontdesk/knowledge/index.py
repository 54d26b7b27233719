"""Milvus, and nothing but Milvus: a rebuildable copy of the chunks, searched by a lexical and a dense leg."""

import json
import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import grpc
from pymilvus import DataType, MilvusClient
from pymilvus.exceptions import MilvusException

from frontdesk.errors import Unavailable
from frontdesk.knowledge import lexical
from frontdesk.knowledge.lexical import SparseVector

# It prints a stack trace for every call that fails; what failed reaches our callers as Unavailable.
logging.getLogger("pymilvus").setLevel(logging.CRITICAL)

SEARCH_SECONDS = 5.0
WRITE_SECONDS = 30.0
NOT_LOADED = 101  # Milvus' error code
# pymilvus pings every ten seconds, talk or not; a server that takes that for an attack cuts the connection off, and
# the next question with it. A connection of our own is made anew at once when its server is back.
GRPC_OPTIONS = {"grpc.keepalive_permit_without_calls": False, "grpc.use_local_subchannel_pool": 1}

DenseVector = list[float]
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Row:
    """One chunk as Milvus stores it."""

    id: uuid.UUID
    lexical: SparseVector
    dense: DenseVector | None


@dataclass(frozen=True, slots=True)
class Found:
    """A chunk that a leg found, with that leg's score: an inner product or a cosine."""

    id: uuid.UUID
    score: float


class Index:
    """The collections. Every method raises Unavailable when Milvus does not answer in time."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._client: MilvusClient | None = None
        self._lock = threading.Lock()
        self._retry_at = 0.0

    def create(self, collection: str, dimensions: int | None) -> None:
        """Make an empty collection, with a dense leg when `dimensions` are given; one of that name goes."""
        schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("id", DataType.VARCHAR, is_primary=True, max_length=36)
        schema.add_field("lexical", DataType.SPARSE_FLOAT_VECTOR)
        indexes = MilvusClient.prepare_index_params()
        indexes.add_index("lexical", index_type="SPARSE_INVERTED_INDEX", metric_type="IP")
        if dimensions:
            schema.add_field("dense", DataType.FLOAT_VECTOR, dim=dimensions)
            indexes.add_index("dense", index_type="AUTOINDEX", metric_type="COSINE")

        def create(client: MilvusClient) -> None:
            client.drop_collection(collection, timeout=WRITE_SECONDS)
            client.create_collection(
                collection,
                schema=schema,
                index_params=indexes,
                consistency_level="Strong",
                timeout=WRITE_SECONDS,
            )

        self._call(create)

    def drop(self, collection: str) -> None:
        """Remove a collection; one that is not there is as good as removed."""
        self._call(lambda client: client.drop_collection(collection, timeout=WRITE_SECONDS))

    def exists(self, collection: str) -> bool:
        """Whether there is such a collection."""
        return self._call(lambda client: client.has_collection(collection, timeout=SEARCH_SECONDS))

    def write(self, collection: str, rows: Sequence[Row]) -> None:
        """Store rows; those with a known id are replaced."""
        if not rows:
            return
        payload = [
            {"id": str(row.id), "lexical": row.lexical} | ({} if row.dense is None else {"dense": row.dense})
            for row in rows
        ]
        self._call(lambda client: client.upsert(collection, payload, timeout=WRITE_SECONDS))

    def forget(self, collection: str, ids: Sequence[uuid.UUID]) -> None:
        """Remove these rows."""
        if ids:
            condition = equals("id", ids)
            self._call(lambda client: client.delete(collection, filter=condition, timeout=WRITE_SECONDS))

    def search_lexical(self, collection: str, vector: SparseVector, limit: int) -> list[Found]:
        """The rows with the largest inner product, best first; a question without terms finds nothing."""
        return self._search(collection, "lexical", vector, limit) if vector else []

    def search_dense(self, collection: str, vector: DenseVector, limit: int) -> list[Found]:
        """The rows with the largest cosine, best first."""
        return self._search(collection, "dense", vector, limit)

    def self_test(self, dense: Sequence[DenseVector] | None) -> dict[str, bool]:
        """Store a Chinese and an English sentence and find each again by each leg.

        `dense` are the embeddings of SELF_TEST, when there is an embedder. Returns which legs work.
        """
        collection = f"self_test_{uuid.uuid4().hex[:12]}"
        ids = [uuid.uuid4() for _ in SELF_TEST]
        counts = [lexical.terms(text) for text in SELF_TEST]
        vectors: Sequence[DenseVector | None] = dense or [None] * len(SELF_TEST)
        self.create(collection, len(dense[0]) if dense else None)
        try:
            self.write(
                collection,
                [
                    Row(i, lexical.stored_vector(c), vector)
                    for i, c, vector in zip(ids, counts, vectors, strict=True)
                ],
            )
            questions = [lexical.question(text, {}, len(SELF_TEST)).vector for text in SELF_TEST]
            legs = {"lexical": self._finds(ids, [self.search_lexical(collection, q, 1) for q in questions])}
            if dense:
                legs["dense"] = self._finds(ids, [self.search_dense(collection, v, 1) for v in dense])
            return legs
        finally:
            self.drop(collection)

    @staticmethod
    def _finds(ids: Iterable[uuid.UUID], results: Iterable[list[Found]]) -> bool:
        return all(found and found[0].id == wanted for wanted, found in zip(ids, results, strict=True))

    def _search(self, collection: str, leg: str, vector: SparseVector | DenseVector, limit: int) -> list[Found]:
        def search(client: MilvusClient) -> list[dict[str, Any]]:
            return client.search(
                collection,
                data=[vector],
                anns_field=leg,
                limit=limit,
                output_fields=["id"],
                consistency_level="Strong",
                timeout=SEARCH_SECONDS,
            )[0]

        def search_loaded(client: MilvusClient) -> list[dict[str, Any]]:
            try:
                return search(client)
            except MilvusException as error:
                if error.code != NOT_LOADED:
                    raise
            # A Milvus that was restarted may have its collections on disk only.
            client.load_collection(collection, timeout=WRITE_SECONDS)
            return search(client)

        hits = self._call(search_loaded)
        return [Found(uuid.UUID(hit["id"]), float(hit["distance"])) for hit in hits]

    def _call(self, verb: Callable[[MilvusClient], Result]) -> Result:
        try:
            return verb(self._connected())
        except (MilvusException, grpc.RpcError, ValueError) as error:
            raise Unavailable(f"Milvus: {error}", code="milvus_unavailable") from error

    def _connected(self) -> MilvusClient:
        # Made late, since making it fails while Milvus is away; once made it finds its way back by itself.
        # One that hangs is not waited for by everybody in turn: the others hear it at once, for as long as it took.
        with self._lock:
            if self._client is None:
                began = time.monotonic()
                if began < self._retry_at:
                    raise Unavailable("Milvus did not answer a moment ago.", code="milvus_unavailable")
                try:
                    self._client = MilvusClient(self._uri, timeout=SEARCH_SECONDS, grpc_options=GRPC_OPTIONS)
                except MilvusException:
                    self._retry_at = 2 * time.monotonic() - began
                    raise
            return self._client


SELF_TEST = ("海南可以发货，运费十八元。", "We ship to Hainan for eighteen yuan.")


def equals(field: str, values: Iterable[object]) -> str:
    """A Milvus filter for `field` being one of `values`; the one place where values enter a filter."""
    quoted = ", ".join(json.dumps(str(value), ensure_ascii=False) for value in values)
    return f"{field} in [{quoted}]"
