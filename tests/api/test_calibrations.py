"""How many answers may be wrong, wished for and seen over HTTP."""

import uuid

import pytest

from frontdesk.bootstrap import Frontdesk
from tests.api.people import Agent, refused
from tests.evaluation.gadgets import label, stock


def path(knowledge_base_id: uuid.UUID) -> str:
    return f"/knowledge-bases/{knowledge_base_id}"


def test_before_the_first_calibration(
    boss: Agent, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, entries: None
) -> None:
    told = boss.get(f"{path(knowledge_base_id)}/calibration")
    assert told["target"] == {"error": 0.05, "outside": None, "parts": {}}
    assert (told["calibration"], told["is_due"], told["traffic"]["asked"]) == (None, True, 0)


def test_what_was_wished_is_what_it_is_calibrated_to(
    boss: Agent, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID
) -> None:
    label(frontdesk, knowledge_base_id, stock(frontdesk, knowledge_base_id))
    wished = {"error": 0.1, "outside": 0.3, "parts": {"language:en": 0.05, "tag:returns": 0.02}}
    told = boss.send("PUT", f"{path(knowledge_base_id)}/error-target", json=wished).json()
    assert (told["target"], told["is_due"]) == (wished, True)
    frontdesk.calibrating.calibrate(knowledge_base_id)
    told = boss.get(f"{path(knowledge_base_id)}/calibration")
    made = told["calibration"]
    assert told["is_due"] is False
    assert (made["error"], made["outside"], made["outside_from"]) == (0.1, 0.3, "given")
    (threshold,) = made["thresholds"]
    assert (threshold["basis"], threshold["ground"], threshold["missing"]) == ("words", "promised", 0)
    assert threshold["answered_least"] <= threshold["answered"] <= threshold["answered_most"]
    english, returns = threshold["parts"]
    assert (english["parts"], english["ground"], english["error"]) == (["language:en"], "promised", 0.05)
    assert (returns["ground"], returns["threshold"]) == ("nothing", 0.98)
    answered = [point["answered"] for point in threshold["points"]]
    assert answered == sorted(answered)
    assert sum(one["share"] for one in threshold["bins"]) == pytest.approx(1)
    assert (threshold["raised"], told["traffic"]["disliked"]) == (False, 0)
    assert threshold["wrong"] <= 0.1
    assert threshold["let_through"]["seen"] <= threshold["let_through"]["at_most"]
    assert (made["labelled"], made["labelled_outside"]) == (360, 180)


def test_documents_alone_say_what_is_missing(
    boss: Agent, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, entries: None
) -> None:
    frontdesk.calibrating.calibrate(knowledge_base_id)
    made = boss.get(f"{path(knowledge_base_id)}/calibration")["calibration"]
    (threshold,) = made["thresholds"]
    assert (threshold["ground"], threshold["threshold"], threshold["turned_away"]) == ("nothing", 0.8, None)
    assert threshold["missing"] > 0


def test_it_is_asked_for_at_once(boss: Agent, knowledge_base_id: uuid.UUID, entries: None) -> None:
    answer = boss.post(f"{path(knowledge_base_id)}/calibrations")
    assert (answer.status_code, answer.json()["is_due"]) == (202, True)


@pytest.mark.parametrize(
    "wished",
    [{"error": 0}, {"error": 0.5}, {"error": 0.05, "outside": 1}, {}, {"error": 0.05, "parts": {"tag:a": 0.05}}],
)
def test_a_wish_that_can_not_be(boss: Agent, knowledge_base_id: uuid.UUID, wished: dict[str, object]) -> None:
    assert boss.send("PUT", f"{path(knowledge_base_id)}/error-target", json=wished).status_code == 422


def test_of_no_knowledge_base(boss: Agent) -> None:
    assert refused(boss.send("GET", f"{path(uuid.uuid4())}/calibration"), 404) == "knowledge_base_not_found"
