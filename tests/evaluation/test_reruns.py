"""A stored decision comes out the same from the version that it was decided from, whatever has changed since.

`RERUN_DECISIONS=1000 make test ARGS=tests/evaluation/test_reruns.py` decides as many again as one has time for.
"""

import os
import uuid
from datetime import timedelta

import pytest
from sqlalchemy import update

from frontdesk.bootstrap import Frontdesk
from frontdesk.database import now
from frontdesk.evaluation.reruns import Cause, LeftOut
from frontdesk.knowledge.models import Entry, KnowledgeBase, Version
from tests.evaluation.shop import ask, entry_texts, fill, history, index
from tests.waiting import wait_for

DECISIONS = int(os.environ.get("RERUN_DECISIONS", "60"))
ROUNDS = 3


@pytest.mark.timeout(1200)
def test_decisions_of_every_version_come_out_the_same(frontdesk: Frontdesk, knowledge_base_id: uuid.UUID) -> None:
    texts = entry_texts()
    made = fill(frontdesk, knowledge_base_id, texts)
    questions = history(DECISIONS // ROUNDS, texts[:3])
    for round_ in range(ROUNDS):
        ask(frontdesk, questions)
        entry = made[round_]
        frontdesk.knowledge.change_entry(entry.id, None, f"另一个答案，第{round_}次。")
        frontdesk.knowledge.delete_entry(made[-1 - round_].id, at_once=False)
        index(frontdesk, knowledge_base_id)
    with frontdesk.sessions.begin() as session:
        session.execute(update(KnowledgeBase).values(threshold=0.99))
    rerun = frontdesk.reruns.rerun(10_000, knowledge_base_id)
    assert (rerun.different, rerun.left_out) == ([], {})
    assert rerun.asked == rerun.identical == ROUNDS * len(questions)


@pytest.mark.usefixtures("entries")
class TestWhatARecordDoesNotHold:
    def test_what_was_deleted_at_once_is_the_cause(
        self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID
    ) -> None:
        ask(frontdesk, ["怎么退货", "保修多久？"])
        (entry,), _ = frontdesk.knowledge.entries(knowledge_base_id, "怎么退货", 0, 10)
        frontdesk.knowledge.delete_entry(entry.id)
        rerun = frontdesk.reruns.rerun(10)
        assert rerun.asked == 2
        assert rerun.causes[Cause.DELETED] >= 1
        told = {one.decision.record["query"]: one.parts for one in rerun.different}
        assert "outcome" in told["怎么退货"]

    def test_what_has_expired_is_the_cause(self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID) -> None:
        ask(frontdesk, ["怎么退货"])
        (entry,), _ = frontdesk.knowledge.entries(knowledge_base_id, "怎么退货", 0, 10)
        frontdesk.knowledge.set_expiry(Entry, entry.id, now() + timedelta(milliseconds=200))
        wait_for(lambda: frontdesk.reruns.rerun(10).causes == {Cause.EXPIRED: 1}, what="the last moment")

    def test_a_version_that_is_not_kept_can_not_be_asked(
        self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID
    ) -> None:
        ask(frontdesk, ["怎么退货"])
        (entry,), _ = frontdesk.knowledge.entries(knowledge_base_id, "海南可以送吗", 0, 10)
        frontdesk.knowledge.change_entry(entry.id, None, "不发海南。")
        index(frontdesk, knowledge_base_id)
        with frontdesk.sessions.begin() as session:
            session.execute(update(Version).values(created_at=now() - timedelta(days=365)))
        frontdesk.pruning.prune()
        assert frontdesk.reruns.rerun(10).left_out == {LeftOut.VERSION_GONE: 1}

    def test_a_wish_for_a_person_needs_no_version(self, frontdesk: Frontdesk) -> None:
        ask(frontdesk, ["我要找人工"])
        rerun = frontdesk.reruns.rerun(10)
        assert (rerun.asked, rerun.identical) == (1, 1)


@pytest.mark.usefixtures("entries")
def test_what_several_knowledge_bases_decided_comes_out_the_same_after_one_has_changed(
    frontdesk: Frontdesk, knowledge_base_id: uuid.UUID
) -> None:
    other = frontdesk.knowledge.create_base("Wholesale").id
    fill(frontdesk, other, entry_texts()[:5])
    frontdesk.inboxes.answer_from("web", [knowledge_base_id, other])
    ask(frontdesk, ["怎么退货", "电饭煲怎么清洗"])
    fill(frontdesk, other, entry_texts()[5:10])
    rerun = frontdesk.reruns.rerun(10, other)
    assert (rerun.asked, rerun.identical) == (2, 2)
