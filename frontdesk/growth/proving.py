"""The proof of a draft: what contacts would get with it, and whether anybody would get less. Nothing is written but
the proof itself.

The draft is asked as rows in memory beside what is published (`Retrieval.retrieve_without`): the questions that it
was made from, each of its ways to ask while that one is left out, which stands for a wording that nobody has seen,
and what was answered before: the questions of the knowledge base's sets, and what contacts asked lately.
"""

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from frontdesk.answering.confidence import Judge
from frontdesk.answering.policy import Signs, decide_at_once
from frontdesk.answering.record import Record
from frontdesk.answering.responding import consider
from frontdesk.answering.sensitive import mention
from frontdesk.answering.wishes import asks_for_person
from frontdesk.confidence.models import Calibration
from frontdesk.conversations.inboxes import sensitive_with
from frontdesk.conversations.sensitive_topics import Sensitive
from frontdesk.database import Sessions, alone, now
from frontdesk.errors import NotFound, Unavailable
from frontdesk.evaluation.calibration_questions import LabelledQuestion, labelled
from frontdesk.evaluation.expectations import plain
from frontdesk.evaluation.history import asked_lately
from frontdesk.growth.models import UNDECIDED, DraftedEntry, DraftStatus, GapQuestion
from frontdesk.growth.proof import Asked, Asker, Reply, Worse, change_of_asked, change_of_labelled, told
from frontdesk.growth.trimming import question_alone
from frontdesk.knowledge import versions
from frontdesk.knowledge.chunks import chunks_of_entry
from frontdesk.knowledge.embeddings import Embeddings, Vector
from frontdesk.knowledge.models import Entry, KnowledgeBase
from frontdesk.knowledge.retrieval import Retrieval, Without
from frontdesk.knowledge.rows import rows_of_entry
from frontdesk.knowledge.segments import Row
from frontdesk.models_client import Purpose

ONE_AT_A_TIME = 0x46_44_50_52
"""The first key of the advisory lock in PostgreSQL that proving a draft holds."""
MOST_AGAIN = 20
"""Drafts that are proved again at a time, so that nobody waits behind them for long."""
MOST_OF_SETS = 300
MOST_OF_CONTACTS = 300
AS_IT_IS = Without(frozenset())


@dataclass(frozen=True, slots=True)
class Lately:
    """What a contact asked; `is_open` where what came of it was no help to them."""

    text: str
    is_open: bool


class Proving:
    """Proves."""

    def __init__(
        self, engine: Engine, sessions: Sessions, embeddings: Embeddings, retrieval: Retrieval, judge: Judge
    ) -> None:
        self._engine = engine
        self._sessions = sessions
        self._embeddings = embeddings
        self._retrieval = retrieval
        self._judge = judge

    def owing(self) -> Sequence[uuid.UUID]:
        """Drafts whose proof somebody waits for, and some whose proof did not pass by an earlier calibration."""
        wanted = (DraftedEntry.proof_wanted, DraftedEntry.status.in_(UNDECIDED))
        calibrated = (
            select(func.max(Calibration.made_at))
            .where(Calibration.knowledge_base_id == DraftedEntry.knowledge_base_id)
            .scalar_subquery()
        )
        failed = (
            DraftedEntry.status == DraftStatus.PROVED,
            DraftedEntry.proof["passes"].astext == "false",
            DraftedEntry.updated_at < calibrated,
        )
        waiting = select(DraftedEntry.id).order_by(DraftedEntry.updated_at)
        with self._sessions() as session:
            first = session.scalars(waiting.where(*wanted)).all()
            then = session.scalars(waiting.where(~DraftedEntry.proof_wanted, *failed).limit(MOST_AGAIN)).all()
        return [*first, *then]

    def prove(self, draft_id: uuid.UUID) -> bool:
        """Prove a draft now; False where somebody else does, or its words changed meanwhile.

        Raises NotFound, Conflict when it is decided on, or Unavailable without the embedder or Milvus.
        """
        with alone(self._engine, ONE_AT_A_TIME, draft_id.int % 2**31) as is_mine:
            return self._prove(draft_id) if is_mine else False

    def _prove(self, draft_id: uuid.UUID) -> bool:
        with self._sessions() as session:
            draft = session.get(DraftedEntry, draft_id)
            if draft is None:
                raise NotFound("There is no such draft.", code="draft_not_found")
            draft.require_undecided()
            base = versions.found(session, draft.knowledge_base_id)
            trial = _Trial(self._retrieval, self._judge, base, sensitive_with(session, base.id), draft.id)
            of_sets = labelled(session, base, MOST_OF_SETS)
            of_contacts = _asked_lately(session, draft)
        vectors = self._vectors(base, draft)

        def rows(questions: Sequence[str]) -> Without:
            return Without(frozenset(), _rows(draft, questions, vectors))

        whole = rows(draft.questions)
        originals = [trial.compare(text, whole) for text in draft.originals]
        unseen = [
            trial.compare(text, rows([other for other in draft.questions if other != text]))
            for text in draft.questions
            if len(draft.questions) > 1
        ]
        worse, also_answered = trial.regress(of_sets, of_contacts, whole)
        counts = Counter({Asker.SET: len(of_sets), Asker.CONTACT: len(of_contacts)})
        grounds = trial.grounds() | {"proved_at": now().isoformat(), "revision": draft.revision}
        proof = told(originals, unseen, counts, worse, also_answered, grounds)
        with self._sessions.begin() as session:
            current = session.get_one(DraftedEntry, draft_id, with_for_update=True)
            if current.revision != draft.revision:
                return False
            current.prove(proof)
        return True

    def _vectors(self, base: KnowledgeBase, draft: DraftedEntry) -> Mapping[bytes, Vector]:
        """The vectors of a draft's chunks by digest, made for this alone; none without a dense leg."""
        if base.embedder is None:
            return {}
        entry = Entry(id=draft.id, revision=1, questions=list(draft.questions), answer=draft.answer)
        chunks = list(chunks_of_entry(entry))
        made = self._embeddings.made(base.embedder, [chunk.searchable for chunk in chunks], Purpose.DOCUMENT)
        return {chunk.digest: vector for chunk, vector in zip(chunks, made, strict=True)}


class _Trial:
    """Questions put to what is published, with and without a draft."""

    def __init__(
        self, retrieval: Retrieval, judge: Judge, base: KnowledgeBase, sensitive: Sensitive, draft_id: uuid.UUID
    ) -> None:
        self._retrieval = retrieval
        self._judge = judge
        self._base = base
        self._sensitive = sensitive
        self._draft_id = draft_id
        self._judged: Counter[tuple[str, str | None, float]] = Counter()

    def compare(self, text: str, draft: Without) -> Asked:
        """A question before the draft and with it."""
        before, after = self._ask(text, AS_IT_IS), self._ask(text, draft)
        return Asked(text, Reply.of(before, self._draft_id), Reply.of(after, self._draft_id))

    def regress(
        self, of_sets: Sequence[LabelledQuestion], of_contacts: Sequence[Lately], draft: Without
    ) -> tuple[list[Worse], int]:
        """What got worse, and how many questions of contacts the draft answers that nothing answered.

        Who was not helped by an answer loses nothing with it.
        """
        worse: list[Worse] = []
        also_answered = 0
        for question in of_sets:
            before, after = self._ask(question.text, AS_IT_IS), self._ask(question.text, draft)
            if change := change_of_labelled(question.expectation, before, after, self._draft_id):
                both = Reply.of(before, self._draft_id), Reply.of(after, self._draft_id)
                worse.append(Worse(change, Asker.SET, Asked(question.text, *both)))
        for lately in of_contacts:
            asked = self.compare(lately.text, draft)
            also_answered += asked.after.by_draft and not asked.before.answered
            change = None if lately.is_open else change_of_asked(asked.before, asked.after)
            if change:
                worse.append(Worse(change, Asker.CONTACT, asked))
        return worse, also_answered

    def grounds(self) -> dict[str, object]:
        """What all of it was judged by: that of most questions."""
        (basis, calibration_id, threshold), _ = self._judged.most_common(1)[0]
        return {
            "version": self._base.published,
            "embedder": self._base.embedder,
            "basis": basis,
            "calibration_id": calibration_id,
            "threshold": threshold,
        }

    def _ask(self, text: str, without: Without) -> Record:
        """What a contact would get, decided as a live turn is. Raises Unavailable."""
        found = self._retrieval.retrieve_without(self._base.id, text, without)
        if self._base.embedder is not None and "dense" not in found.legs:
            raise Unavailable("Nothing can be proved while the embedder is away.", code="embedder_unavailable")
        judged = self._judge.judge(found, text)
        calibration_id = str(judged.calibration_id) if judged.calibration_id else None
        self._judged[judged.basis, calibration_id, judged.threshold] += 1
        record = consider(Record(text), found, judged)
        signs = Signs(sensitive=mention(text, self._sensitive) is not None, asks_for_person=asks_for_person(text))
        if verdict := decide_at_once(signs):
            record.decide(verdict)
        return record


def _rows(draft: DraftedEntry, questions: Sequence[str], vectors: Mapping[bytes, Vector]) -> Sequence[Row]:
    """Those that an entry with these questions would have; it is known by the draft's own id."""
    return rows_of_entry(draft.id, questions, draft.answer, lambda chunks: vectors)


def _asked_lately(session: Session, draft: DraftedEntry) -> Sequence[Lately]:
    """What contacts asked lately of the knowledge base, but for what the draft is there to answer."""
    known = set(map(plain, [*draft.originals, *draft.questions]))
    asked = asked_lately(session, draft.knowledge_base_id, MOST_OF_CONTACTS)
    of_gaps = GapQuestion.message_id.in_([one.message_id for one in asked])
    open_ones = set(session.scalars(select(GapQuestion.message_id).where(of_gaps)))
    return [
        Lately(one.text, one.message_id in open_ones)
        for one in asked
        if plain(question_alone(one.text)) not in known
    ]
