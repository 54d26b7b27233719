"""How near replies come to good answers: by hand, and in a run."""

import uuid
from collections.abc import Callable

import pytest

from frontdesk.answering.rehearsals import Tried
from frontdesk.bootstrap import Frontdesk
from frontdesk.evaluation.expectations import Expectation, Wanted
from frontdesk.evaluation.models import Run
from frontdesk.evaluation.wording import likeness
from frontdesk.knowledge.entries_text import EntryText
from tests.evaluation.shop import fill, finish
from tests.model_server import Script

RETURNS = "签收后7天内可以无理由退货，运费由买家承担。"


@pytest.mark.parametrize(
    ("reply", "reference", "rouge_l"),
    [
        (f"{RETURNS} [1]", RETURNS, 1),
        ("可以退货[1]。", "可以换货", 2 * 3 / 8),
        ("货退以可", "可以退货", 2 * 1 / 8),  # the order counts
        ("Ｋettle ７ days", "kettle 7 DAYS", 1),
        ("The kettle [1] has a warranty [2].", "the kettle has no warranty", 2 * 4 / 10),
        ("退7天Kettle", "退 7 天 kettle", 1),
        ("warranty", "war", 0),
        ("可以", "！？", 0),
        ("[1]", "可以", 0),
    ],
)
def test_rouge_l_is_the_f1_of_the_longest_common_subsequence(reply: str, reference: str, rouge_l: float) -> None:
    assert likeness(reply, reference).rouge_l == pytest.approx(rouge_l, abs=1e-4)


@pytest.mark.parametrize(
    ("reply", "reference", "bleu"),
    [
        (f"{RETURNS} [1]", RETURNS, 1),
        # Of 5, 4, 3 and 2 runs of words 4, 2, 1 and none are the same, the last smoothed to 1/4.
        ("a b c x d", "a b c d e", (4 / 5 * 2 / 4 * 1 / 3 * 1 / 4) ** (1 / 4)),
        ("可以退货", "可以退货吗", 2.718281828 ** (1 - 5 / 4)),  # too short
        ("Yes", "yes", 1),
        ("kettle", "warranty", 0),
        ("！", "可以", 0),
    ],
)
def test_bleu_is_that_of_one_text(reply: str, reference: str, bleu: float) -> None:
    assert likeness(reply, reference).bleu == pytest.approx(bleu, abs=1e-4)


def asked(frontdesk: Frontdesk, with_model: bool) -> Run:
    """A run of two questions that are answered, one of them with a reference, and one that nothing answers."""
    base_id = frontdesk.inboxes.bases("web")[0]
    fill(frontdesk, base_id, [EntryText(("can I send it back",), "You can return it within 7 days.")])
    sets = frontdesk.question_sets
    made = sets.create(base_id, "Mine").id
    within = Expectation(Wanted.TEXT, None, "7 days")
    sets.add(made, "can I send it back", within, "You can return it within 9 days.")
    sets.add(made, "can I send it back?!", within, None)
    sets.add(made, "Qwertz uiop?", Expectation(Wanted.HANDOFF), "I do not know.")
    run = frontdesk.runs.start(made, Tried.PUBLISHED, with_model=with_model)
    finish(frontdesk, run.id)
    return frontdesk.runs.run(run.id).run


def wording(frontdesk: Frontdesk, run_id: uuid.UUID) -> list[dict[str, float] | None]:
    outcomes, _ = frontdesk.runs.outcomes(run_id, [], 0, 10)
    return [outcome.after["wording"] for outcome in outcomes]


def test_quoted_answers_with_a_reference_count(frontdesk: Frontdesk) -> None:
    run = asked(frontdesk, with_model=False)
    assert (run.figures["right"], run.figures["with_reference"]) == (2, 1)
    near = wording(frontdesk, run.id)
    assert near[1:] == [None, None]
    assert near[0] == {"rouge_l": run.figures["rouge_l"], "bleu": run.figures["bleu"]}
    assert run.figures["rouge_l"] == pytest.approx(6 / 7, abs=1e-4)
    assert 0 < run.figures["bleu"] < 1


def test_so_do_generated_ones(build: Callable[..., Frontdesk], model: tuple[str, Script]) -> None:
    url, script = model
    script.reply = ["You can return ", "it within 7 days [1]."]
    frontdesk = build(llm_url=url)
    run = asked(frontdesk, with_model=True)
    assert (run.figures["with_reference"], run.figures["rouge_l"]) == (1, pytest.approx(6 / 7, abs=1e-4))
    (outcome, *_), _ = frontdesk.runs.outcomes(run.id, [], 0, 10)
    assert outcome.reference == "You can return it within 9 days."
    assert outcome.after["model"]


def test_without_references_there_is_nothing_to_tell(frontdesk: Frontdesk, knowledge_base_id: uuid.UUID) -> None:
    made = frontdesk.question_sets.create(knowledge_base_id, "Mine").id
    frontdesk.question_sets.add(made, "Qwertz uiop?", Expectation(Wanted.HANDOFF), None)
    run = frontdesk.runs.start(made, Tried.PUBLISHED)
    finish(frontdesk, run.id)
    figures = frontdesk.runs.run(run.id).run.figures
    assert (figures["with_reference"], figures["rouge_l"], figures["bleu"]) == (0, None, None)
