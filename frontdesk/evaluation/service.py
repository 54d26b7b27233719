"""A set of questions through the real ingestion and the real retrieval, in a knowledge base of its own."""

import tempfile
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from sqlalchemy import Engine

from frontdesk.answering.confidence import Judge, Judged
from frontdesk.confidence.features import Features
from frontdesk.confidence.outcomes import Outcome
from frontdesk.confidence.targets import Target
from frontdesk.database import alone
from frontdesk.errors import Conflict, Invalid, Unavailable
from frontdesk.evaluation.calibrated import Calibrated, calibrated
from frontdesk.evaluation.calibrating import Calibrating
from frontdesk.evaluation.metrics import auroc, hit, ndcg, percentile, reciprocal_rank
from frontdesk.evaluation.questions import Asked, Benchmark, Item
from frontdesk.knowledge.entries_text import EntryText
from frontdesk.knowledge.entry_rules import LONGEST_ANSWER, LONGEST_QUESTION
from frontdesk.knowledge.found import Passage
from frontdesk.knowledge.geometry import Geometries
from frontdesk.knowledge.indexing import Indexing
from frontdesk.knowledge.models import SourceStatus
from frontdesk.knowledge.retrieval import Retrieval
from frontdesk.knowledge.service import Knowledge

BASE = "~evaluation"
"""A name that nobody gives to a knowledge base that should stay."""
ONE_AT_A_TIME = 0x46_44_45_56
"""The advisory lock in PostgreSQL that an evaluation holds."""
DEPTH = 10
PASSAGES = 40
"""Several passages of one item count once, so that more are asked for than items."""
ITEMS_AT_ONCE = 500

Progress = Callable[[str, int, int], object]
"""Gets the name of a stage, how much of it is done, and how much there is."""


@dataclass(frozen=True, slots=True)
class Measured:
    """The figures of one set. Those of rankings are means over the questions that something answers."""

    name: str
    items: int
    passages: int
    answerable: int
    unanswerable: int
    hit_at_1: float
    hit_at_5: float
    mrr_at_10: float
    ndcg_at_10: float
    oos_auroc: float | None
    """How well the confidence tells questions that something answers from the others; None without others."""
    p50_ms: float
    p95_ms: float
    """How long one search takes."""
    passages_per_s: float
    """How fast the items became findable."""
    legs: Sequence[str]
    """What was searched by, in every search."""


@dataclass(frozen=True, slots=True)
class _Ingested:
    """A set as a knowledge base: which source is which item."""

    base_id: uuid.UUID
    item_of: Mapping[uuid.UUID, str]
    passages: int
    seconds: float


@dataclass(frozen=True, slots=True)
class _Answer:
    """A question of a set, the items that were found, best first, and how sure of the first one."""

    asked: Asked
    items: Sequence[str]
    judged: Judged
    features: Features | None
    legs: frozenset[str]
    ms: float

    @property
    def outcome(self) -> Outcome:
        """What came of it."""
        right = bool(self.items) and self.items[0] in self.asked.gold
        return Outcome(self.features, right, bool(self.asked.gold))


class Evaluation:
    """Measures; what it needs for that is gone afterwards."""

    def __init__(
        self,
        engine: Engine,
        knowledge: Knowledge,
        indexing: Indexing,
        geometries: Geometries,
        retrieval: Retrieval,
        calibrating: Calibrating,
        judge: Judge,
    ) -> None:
        self._engine = engine
        self._knowledge = knowledge
        self._indexing = indexing
        self._geometries = geometries
        self._retrieval = retrieval
        self._calibrating = calibrating
        self._judge = judge

    def evaluate(self, questions: Benchmark, progress: Progress) -> Measured:
        """Ingest the items, ask every question, and remove all of it again.

        Raises Invalid for an item that cannot be indexed, Conflict while another evaluation runs, Unavailable.
        """
        with self._ingested(questions, progress) as ingested:
            self._calibrating.calibrate(ingested.base_id)
            answers = self._ask(ingested, questions, progress)
        ranked = [(answer.items, answer.asked.gold) for answer in answers if answer.asked.gold]
        if not ranked:
            raise Invalid("The set has no question that something answers.", code="questions_unreadable")
        sure, unsure = (
            [answer.judged.confidence for answer in answers if bool(answer.asked.gold) is answerable]
            for answerable in (True, False)
        )
        waits = [answer.ms for answer in answers]
        return Measured(
            name=questions.name,
            items=len(questions.items),
            passages=ingested.passages,
            answerable=len(sure),
            unanswerable=len(unsure),
            hit_at_1=mean(hit(found, gold, 1) for found, gold in ranked),
            hit_at_5=mean(hit(found, gold, 5) for found, gold in ranked),
            mrr_at_10=mean(reciprocal_rank(found, gold, DEPTH) for found, gold in ranked),
            ndcg_at_10=mean(ndcg(found, gold, DEPTH) for found, gold in ranked),
            oos_auroc=auroc(sure, unsure),
            p50_ms=percentile(waits, 0.5),
            p95_ms=percentile(waits, 0.95),
            passages_per_s=ingested.passages / ingested.seconds,
            legs=sorted(frozenset.intersection(*(answer.legs for answer in answers))),
        )

    def calibrate(self, questions: Benchmark, target: Target, progress: Progress) -> Calibrated:
        """Calibrate to the items' own wordings and to the questions, and see what the promise is worth.

        Raises as `evaluate` does.
        """
        with self._ingested(questions, progress) as ingested:
            answers = self._ask(ingested, questions, progress)
            held = self._calibrating.ask_held_out(ingested.base_id)
        asked = defaultdict(list)
        for answer in answers:
            asked[answer.judged.basis].append(answer.outcome)
        return calibrated(questions.name, target, asked, held)

    @contextmanager
    def _ingested(self, questions: Benchmark, progress: Progress) -> Iterator[_Ingested]:
        """The items in a knowledge base of their own."""
        with alone(self._engine, ONE_AT_A_TIME) as is_mine:
            if not is_mine:
                raise Conflict("Another evaluation is running.", code="evaluating")
            self._remove_leftovers()
            base_id = self._knowledge.create_base(BASE).id
            try:
                began = time.perf_counter()
                item_of = self._ingest(base_id, questions.items, progress)
                seconds = time.perf_counter() - began
                yield _Ingested(base_id, item_of, self._knowledge.base(base_id).passages, seconds)
            finally:
                self._indexing.remove_base(base_id)

    def _ask(self, ingested: _Ingested, questions: Benchmark, progress: Progress) -> list[_Answer]:
        answers = []
        for number, asked in enumerate(questions.asked, start=1):
            began = time.perf_counter()
            retrieved = self._retrieval.retrieve(ingested.base_id, asked.text, PASSAGES)
            ms = (time.perf_counter() - began) * 1000
            items = _items(retrieved.passages, ingested.item_of)
            judged = self._judge.judge(retrieved, asked.text)
            legs = frozenset(retrieved.legs)
            answers.append(_Answer(asked, items, judged, Features.of(retrieved), legs, ms))
            progress("asked", number, len(questions.asked))
        return answers

    def _ingest(self, base_id: uuid.UUID, items: Sequence[Item], progress: Progress) -> Mapping[uuid.UUID, str]:
        """Index the items, one with a title as an entry, any other as a document; which source is which item."""
        item_of: dict[uuid.UUID, str] = {}
        entries = [item for item in items if _is_entry(item)]
        documents = [item for item in items if not _is_entry(item)]
        for start in range(0, len(entries), ITEMS_AT_ONCE):
            batch = entries[start : start + ITEMS_AT_ONCE]
            made = self._knowledge.add_entries(
                base_id, [EntryText((item.title.strip(), *item.questions), item.text) for item in batch]
            )
            item_of |= {entry.id: item.id for entry, item in zip(made, batch, strict=True)}
            self._indexing.index_entries(base_id)
            progress("indexed", len(item_of), len(items))
        with tempfile.TemporaryDirectory() as folder:
            for number, item in enumerate(documents):
                path = Path(folder) / "item.md"
                heading = f"# {item.title.strip()}\n\n" if item.title.strip() else ""
                path.write_text(f"{heading}{item.text}\n", "utf-8")
                document = self._knowledge.upload(base_id, f"{number}.md", path)
                self._indexing.index_document(document.id)
                item_of[document.id] = item.id
                progress("indexed", len(item_of), len(items))
        self._wait(base_id)
        self._geometries.measure(base_id)
        return item_of

    def _wait(self, base_id: uuid.UUID) -> None:
        """Until a worker has done what it took over, which it may wherever one runs; not for what went wrong."""
        while unready := self._indexing.unready(base_id):
            for status, error in unready:
                if error:
                    kind = Invalid if status is SourceStatus.FAILED else Unavailable
                    raise kind(f"An item cannot be indexed: {error}", code="item_not_indexed")
            time.sleep(0.2)

    def _remove_leftovers(self) -> None:
        """What an evaluation left that was killed."""
        for found in self._knowledge.bases():
            if found.knowledge_base.name == BASE:
                self._indexing.remove_base(found.knowledge_base.id)


def _is_entry(item: Item) -> bool:
    return 0 < len(item.title.strip()) <= LONGEST_QUESTION and len(item.text) <= LONGEST_ANSWER


def _items(passages: Sequence[Passage], item_of: Mapping[uuid.UUID, str]) -> list[str]:
    """The items of the passages, best first, each once."""
    sources = filter(None, (passage.source_id for passage in passages))
    return list(dict.fromkeys(item_of[source] for source in sources))
