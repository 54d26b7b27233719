"""Whether the parts that Frontdesk stands on work, as seen by really using them."""

import logging
import threading
from collections.abc import Callable, Mapping

import redis
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import SQLAlchemyError

from frontdesk.errors import Unavailable
from frontdesk.knowledge.index import SELF_TEST, Index
from frontdesk.knowledge.index_models import Rebuild
from frontdesk.knowledge.models import KnowledgeBase
from frontdesk.models_client import Embedder, Purpose

log = logging.getLogger(__name__)

SELF_TEST_RETRY_SECONDS = 5.0
SELF_TEST_LONGEST_RETRY_SECONDS = 60.0
REDIS_SECONDS = 1.0


class Health:
    """Asks every part on demand; the retrieval self-test runs once in the background until it has a result."""

    def __init__(
        self, engine: Engine, redis_url: str, index: Index, embedder: Embedder | None, generates: bool
    ) -> None:
        self._engine = engine
        self._redis = redis.Redis.from_url(
            redis_url, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS
        )
        self._index = index
        self._embedder = embedder
        self._generates = generates
        self._legs: Mapping[str, bool] = {}
        self._stopped = threading.Event()

    def start(self) -> None:
        """Begin the self-test: store a Chinese and an English sentence, find each by each leg."""
        threading.Thread(target=self._test_until_done, name="retrieval-self-test", daemon=True).start()

    def stop(self) -> None:
        """End a self-test that still waits for its parts."""
        self._stopped.set()

    def report(self) -> dict[str, object]:
        """The state of every part; `status` is down without the database, degraded without another part."""
        mode, legs = self._retrieval()
        parts: dict[str, object] = {
            "database": _tried(self._ask_database),
            "redis": _tried(self._redis.ping),
            "milvus": _tried(lambda: self._index.exists("health")),
            "retrieval": {"mode": mode, "legs": legs},
            "index": self._index_state(),
            "answers": "generated" if self._generates else "quoted",
        }
        sound = all(parts[name] == "ok" for name in ("database", "redis", "milvus", "index"))
        complete = all(state == "ok" for state in legs.values())
        status = "ok" if sound and complete else "degraded"
        return {"status": "down" if parts["database"] != "ok" else status, "parts": parts}

    def _ask_database(self) -> None:
        with self._engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    def _retrieval(self) -> tuple[str | None, dict[str, str]]:
        expected = ["lexical", "dense"] if self._embedder else ["lexical"]
        states = {None: "not tested yet", False: "finds nothing", True: "ok"}
        legs = {leg: states[self._legs.get(leg)] for leg in expected}
        if self._embedder and (trouble := self._trouble(self._embedder)):
            legs["dense"] = trouble
        working = [leg for leg in expected if legs[leg] == "ok"]
        return "hybrid" if len(working) == 2 else next(iter(working), None), legs

    def _trouble(self, embedder: Embedder) -> str | None:
        """Why the dense leg does not search everywhere now: no embedder, or an index of another space."""
        try:
            space = embedder.space()
        except Unavailable:
            return "embedder does not answer"
        others = select(KnowledgeBase.id).where(
            KnowledgeBase.collection.is_not(None), KnowledgeBase.embedder.is_distinct_from(space.name)
        )
        try:
            with self._engine.connect() as connection:
                return None if connection.scalar(others.limit(1)) is None else "index is being rebuilt"
        except SQLAlchemyError:
            return None

    def _index_state(self) -> str:
        """Whether every index that was made was sound enough to be searched; the one before answers else."""
        failed = select(Rebuild.error_code).where(Rebuild.error_code.is_not(None))
        try:
            with self._engine.connect() as connection:
                error = connection.scalar(failed.limit(1))
        except SQLAlchemyError:
            return "down"
        return "ok" if error is None else f"a new one failed its check: {error}"

    def _test_until_done(self) -> None:
        """Without waiting for an embedder, the lexical leg is tested; then both."""
        pause = SELF_TEST_RETRY_SECONDS
        while not self._stopped.is_set():
            try:
                if not self._legs:
                    self._legs = self._index.self_test(None)
                if self._embedder:
                    embedded = self._embedder.embed(SELF_TEST, Purpose.DOCUMENT)
                    self._legs = self._index.self_test(embedded.vectors)
            except Unavailable as error:
                log.warning("The retrieval self-test waits: %s", error)
                self._stopped.wait(pause)
                pause = min(2 * pause, SELF_TEST_LONGEST_RETRY_SECONDS)
            else:
                log.info("Retrieval self-test: %s", self._legs)
                return


def _tried(ask: Callable[[], object]) -> str:
    try:
        ask()
    except (SQLAlchemyError, redis.RedisError, Unavailable) as error:
        log.warning("Health: %s", error)
        return "down"
    return "ok"
