"""A change is replayed before it goes live: every question that it touches is named, and going back undoes it.

`REPLAYED_QUESTIONS=500 make test ARGS=tests/evaluation/test_replays.py` asks as many as one has time for.
"""

import os
import uuid
from collections.abc import Sequence

import pytest

from frontdesk.bootstrap import Frontdesk
from frontdesk.evaluation.models import AFFECTED, Result, RunStatus
from frontdesk.knowledge.entries_text import EntryText
from frontdesk.knowledge.models import Entry
from frontdesk.knowledge.versions import NOBODY
from tests.evaluation.shop import ask, entry_texts, fill, finish, history, index

QUESTIONS = int(os.environ.get("REPLAYED_QUESTIONS", "80"))
DELETED, CONTRADICTED, SWAPPED = 10, 50, (100, 201)
"""The places of the entries that are harmed."""


def replayed(frontdesk: Frontdesk, knowledge_base_id: uuid.UUID) -> uuid.UUID:
    """A replay of what contacts asked, done."""
    run = frontdesk.runs.replay(knowledge_base_id)
    finish(frontdesk, run.id)
    assert frontdesk.runs.run(run.id).run.status is RunStatus.DONE
    return run.id


def results(frontdesk: Frontdesk, run_id: uuid.UUID) -> dict[str, Result | None]:
    outcomes, _ = frontdesk.runs.outcomes(run_id, [], 0, 1000)
    return {outcome.question: outcome.result for outcome in outcomes}


@pytest.mark.timeout(600)
def test_a_harmful_change_is_seen_whole_and_taken_back_whole(
    frontdesk: Frontdesk, knowledge_base_id: uuid.UUID
) -> None:
    texts = entry_texts()
    made = fill(frontdesk, knowledge_base_id, texts)
    questions = history(QUESTIONS, [texts[place] for place in (DELETED, CONTRADICTED, *SWAPPED)])
    before = ask(frontdesk, questions)
    frontdesk.editions.gather(knowledge_base_id, True, NOBODY)
    harm(frontdesk, knowledge_base_id, made)

    run_id = replayed(frontdesk, knowledge_base_id)
    told = results(frontdesk, run_id)
    assert set(told) == set(questions)
    listed = {question for question, result in told.items() if result in AFFECTED}
    affected, count = frontdesk.runs.outcomes(run_id, AFFECTED, 0, 1000)
    assert count == len(affected) == len(listed)
    run = frontdesk.runs.run(run_id).run
    assert run.figures["unaffected"] == len(questions) - len(listed)

    version = frontdesk.editions.publish(knowledge_base_id, NOBODY)
    after = ask(frontdesk, questions)
    really = {question for question in questions if before[question] != after[question]}
    assert listed == really
    kinds = {result for result in told.values() if result in AFFECTED}
    assert Result.OTHER_ANSWER in kinds
    # Who asks for what was deleted is asked whether they mean the like of another model.
    assert Result.NEWLY_ASKED in kinds
    for outcome in affected:
        assert outcome.before is not None
        assert outcome.after is not None
        assert before[outcome.question].text == (outcome.before["text"] or "")
        assert after[outcome.question].text == (outcome.after["text"] or "")
    assert frontdesk.runs.run(run_id).published_as == version.number

    frontdesk.editions.roll_back(knowledge_base_id, version.number - 1, NOBODY)
    assert ask(frontdesk, questions) == before


def harm(frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, made: Sequence[Entry]) -> None:
    """One entry deleted, one contradicted, the answers of two swapped: in the draft."""
    frontdesk.knowledge.delete_entry(made[DELETED].id, at_once=False)
    frontdesk.knowledge.add_entries(
        knowledge_base_id, [EntryText(tuple(made[CONTRADICTED].questions), "没有这回事，请以门店说法为准。")]
    )
    first, second = (made[place] for place in SWAPPED)
    frontdesk.knowledge.change_entry(first.id, None, second.answer)
    frontdesk.knowledge.change_entry(second.id, None, first.answer)
    index(frontdesk, knowledge_base_id)
