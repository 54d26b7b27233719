"""A replay asks what each inbox asks: of all its knowledge bases, with its tags, by what it leaves to people."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import update

from frontdesk.bootstrap import Frontdesk
from frontdesk.database import now
from frontdesk.evaluation.expectations import Expectation, Wanted
from frontdesk.evaluation.models import Outcome, Result, Run, RunStatus
from frontdesk.knowledge.entries_text import EntryText
from frontdesk.knowledge.models import KnowledgeBase, Version
from frontdesk.knowledge.versions import NOBODY
from tests.evaluation.shop import Told, ask, fill, finish, index

pytestmark = pytest.mark.usefixtures("entries")

QUESTION, HAINAN = "怎么退货", "海南可以送吗"
OTHER_ANSWER = "批发客户退货请联系业务员。"


@pytest.fixture
def other_id(frontdesk: Frontdesk, knowledge_base_id: uuid.UUID) -> uuid.UUID:
    """A second knowledge base, from which the web inbox answers, too."""
    base_id = frontdesk.knowledge.create_base("Wholesale").id
    fill(frontdesk, base_id, [EntryText((QUESTION, "批发怎么退货"), OTHER_ANSWER)])
    frontdesk.inboxes.answer_from("web", [knowledge_base_id, base_id])
    return base_id


def delete(frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, question: str = QUESTION) -> None:
    """From the draft."""
    frontdesk.editions.gather(knowledge_base_id, True, NOBODY)
    (entry,), _ = frontdesk.knowledge.entries(knowledge_base_id, question, 0, 10)
    frontdesk.knowledge.delete_entry(entry.id, at_once=False)


def replayed(frontdesk: Frontdesk, knowledge_base_id: uuid.UUID) -> Run:
    run = frontdesk.runs.replay(knowledge_base_id)
    finish(frontdesk, run.id)
    return done(frontdesk, run.id)


def done(frontdesk: Frontdesk, run_id: uuid.UUID) -> Run:
    run = frontdesk.runs.run(run_id).run
    assert run.status is RunStatus.DONE, run.error_message
    return run


def outcomes(frontdesk: Frontdesk, run: Run) -> list[Outcome]:
    return list(frontdesk.runs.outcomes(run.id, [], 0, 100)[0])


def fresh(frontdesk: Frontdesk, knowledge_base_id: uuid.UUID) -> uuid.UUID | None:
    run = frontdesk.runs.replays(knowledge_base_id).fresh
    return run.id if run else None


def as_told(outcome: Outcome) -> tuple[Told, Told]:
    """What a contact would have got before and after."""
    sides = [
        Told(
            side["text"] or "",
            tuple((citation["entry_id"], citation["text"]) for citation in side["citations"]),
        )
        for side in (outcome.before, outcome.after)
    ]
    return sides[0], sides[1]


def test_what_another_base_answers_is_foretold_as_contacts_get_it(
    frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, other_id: uuid.UUID
) -> None:
    questions = [QUESTION, HAINAN, "批发怎么退货"]
    before = ask(frontdesk, questions)
    delete(frontdesk, knowledge_base_id)
    run = replayed(frontdesk, knowledge_base_id)
    told = {outcome.question: outcome for outcome in outcomes(frontdesk, run)}
    assert {one: told[one].result for one in questions[:2]} == {
        QUESTION: Result.NEWLY_ANSWERED,  # with both, the contact is asked which of them is meant
        HAINAN: Result.UNAFFECTED,
    }
    frontdesk.editions.publish(knowledge_base_id, NOBODY)
    after = ask(frontdesk, questions)
    assert OTHER_ANSWER in after[QUESTION].text
    for question in questions:
        assert as_told(told[question]) == (before[question], after[question])
    assert other_id


def test_what_is_published_beside_it_meanwhile_does_not_mix_in_and_makes_it_stale(
    frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, other_id: uuid.UUID
) -> None:
    ask(frontdesk, [QUESTION])
    delete(frontdesk, knowledge_base_id)
    run = frontdesk.runs.replay(knowledge_base_id)
    (entry,), _ = frontdesk.knowledge.entries(other_id, QUESTION, 0, 10)
    frontdesk.knowledge.change_entry(entry.id, None, "批发不能退货。")
    index(frontdesk, other_id)
    finish(frontdesk, run.id)
    (outcome,) = outcomes(frontdesk, done(frontdesk, run.id))
    assert OTHER_ANSWER in outcome.after["text"]
    assert fresh(frontdesk, knowledge_base_id) is None
    again = replayed(frontdesk, knowledge_base_id)
    (outcome,) = outcomes(frontdesk, again)
    assert "批发不能退货。" in outcome.after["text"]
    assert fresh(frontdesk, knowledge_base_id) == again.id


def test_a_version_beside_it_that_is_not_kept_any_more_begins_it_anew(
    frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, other_id: uuid.UUID
) -> None:
    ask(frontdesk, [QUESTION])
    delete(frontdesk, knowledge_base_id)
    run = frontdesk.runs.replay(knowledge_base_id)
    (entry,), _ = frontdesk.knowledge.entries(other_id, QUESTION, 0, 10)
    frontdesk.knowledge.change_entry(entry.id, None, "批发不能退货。")
    index(frontdesk, other_id)
    with frontdesk.sessions.begin() as session:
        session.execute(update(Version).values(created_at=now() - timedelta(days=365)))
    frontdesk.pruning.prune()
    finish(frontdesk, run.id)
    assert done(frontdesk, run.id).restarts == 1
    (outcome,) = outcomes(frontdesk, run)
    assert "批发不能退货。" in outcome.after["text"]
    assert fresh(frontdesk, knowledge_base_id) == run.id


def test_a_base_that_is_gone_begins_it_anew_without(
    frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, other_id: uuid.UUID
) -> None:
    ask(frontdesk, [QUESTION])
    delete(frontdesk, knowledge_base_id)
    run = frontdesk.runs.replay(knowledge_base_id)
    frontdesk.inboxes.answer_from("web", [knowledge_base_id])
    frontdesk.indexing.remove_base(other_id)
    finish(frontdesk, run.id)
    (outcome,) = outcomes(frontdesk, done(frontdesk, run.id))
    assert outcome.result is Result.NEWLY_HANDED


def test_a_killed_one_goes_on_as_the_same_inbox(
    frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, other_id: uuid.UUID
) -> None:
    ask(frontdesk, [QUESTION, HAINAN])
    delete(frontdesk, knowledge_base_id)
    run = frontdesk.runs.replay(knowledge_base_id)
    assert frontdesk.running.work(run.id, seconds=0)
    # The shift left after a question, and the inbox answers from another knowledge base before the next begins.
    frontdesk.inboxes.answer_from("web", [knowledge_base_id])
    finish(frontdesk, run.id)
    told = {one.question: one for one in outcomes(frontdesk, done(frontdesk, run.id))}
    assert OTHER_ANSWER in told[QUESTION].after["text"]
    assert fresh(frontdesk, knowledge_base_id) is None
    assert other_id


def test_each_question_goes_by_the_rules_of_the_inbox_that_it_came_to(
    frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, other_id: uuid.UUID
) -> None:
    frontdesk.inboxes.ensure("email", knowledge_base_id)
    ask(frontdesk, [QUESTION, HAINAN])
    ask(frontdesk, [QUESTION, HAINAN], "email")
    frontdesk.inboxes.leave_to_people("email", [], ["海南"])
    delete(frontdesk, knowledge_base_id)
    run = replayed(frontdesk, knowledge_base_id)
    web, email = (frontdesk.inboxes.get(channel).id for channel in ("web", "email"))
    told = {(one.question, one.inbox_id): one for one in outcomes(frontdesk, run)}
    assert len(told) == run.total == 4
    assert told[QUESTION, web].result is Result.NEWLY_ANSWERED
    assert told[QUESTION, email].result is Result.NEWLY_HANDED
    assert told[HAINAN, web].after["outcome"] == "answer"
    assert told[HAINAN, email].after["rule"] == "sensitive"
    assert other_id


def test_two_inboxes_that_make_the_same_of_a_question_count_once(
    frontdesk: Frontdesk, knowledge_base_id: uuid.UUID
) -> None:
    frontdesk.inboxes.ensure("email", knowledge_base_id)
    for channel in ("web", "email"):
        ask(frontdesk, [QUESTION], channel)
    assert frontdesk.runs.replays(knowledge_base_id).questions == 1
    frontdesk.inboxes.answer_from("email", [knowledge_base_id], ["大促"])
    assert frontdesk.runs.replays(knowledge_base_id).questions == 2


def test_the_base_that_decides_says_from_which_confidence_on(
    frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, other_id: uuid.UUID
) -> None:
    ask(frontdesk, [QUESTION])
    with frontdesk.sessions.begin() as session:
        session.execute(update(KnowledgeBase).where(KnowledgeBase.id == other_id).values(threshold=1.0))
    delete(frontdesk, knowledge_base_id)
    (outcome,) = outcomes(frontdesk, replayed(frontdesk, knowledge_base_id))
    assert outcome.after["threshold"] == 1.0


def test_a_set_is_put_to_its_knowledge_base_alone(
    frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, other_id: uuid.UUID
) -> None:
    made = frontdesk.question_sets.create(knowledge_base_id, "Mine")
    frontdesk.question_sets.add(made.id, QUESTION, Expectation(Wanted.HANDOFF), None)
    delete(frontdesk, knowledge_base_id)
    run = frontdesk.runs.replay(knowledge_base_id, question_set_id=made.id)
    finish(frontdesk, run.id)
    (outcome,) = outcomes(frontdesk, done(frontdesk, run.id))
    assert (outcome.inbox_id, outcome.result) == (None, Result.NEWLY_HANDED)
    assert other_id
