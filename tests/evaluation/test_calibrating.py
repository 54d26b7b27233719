"""A knowledge base finds out from which confidence on it may answer, and keeps watch on that."""

import json
import subprocess
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from deploy.local.programs import FRONTDESK
from frontdesk.answering.confidence import Judge
from frontdesk.answering.policy import Outcome, Rule
from frontdesk.bootstrap import Frontdesk
from frontdesk.confidence.built_in import SAME_WORDS
from frontdesk.confidence.fitted import Fitted
from frontdesk.confidence.grounds import Ground
from frontdesk.confidence.models import Calibration, Share
from frontdesk.confidence.outside import ENOUGH
from frontdesk.confidence.targets import Target
from frontdesk.conversations.models import Conversation
from frontdesk.database import alone
from frontdesk.errors import Invalid, Unavailable
from frontdesk.evaluation.calibrating import ONE_AT_A_TIME
from frontdesk.knowledge.entries_text import EntryText
from frontdesk.knowledge.models import Entry
from tests.conftest import free_ports, without_own_settings
from tests.evaluation.gadgets import ASKED, KNOWN, UNKNOWN, WAYS, label, questions, stock
from tests.evaluation.sets import write
from tests.evaluation.shop import ask, dislike, fill, index
from tests.model_server import Script

SETTINGS_THRESHOLD = 0.8


@pytest.fixture
def gadgets(frontdesk: Frontdesk, knowledge_base_id: uuid.UUID) -> Sequence[Entry]:
    """The entries of a knowledge base that is easy to calibrate."""
    return stock(frontdesk, knowledge_base_id)


def made(frontdesk: Frontdesk, knowledge_base_id: uuid.UUID) -> tuple[Calibration, Fitted]:
    """A new calibration, by words."""
    calibration = frontdesk.calibrating.calibrate(knowledge_base_id)
    return calibration, Fitted.of_json(calibration.fitted["words"])


def say(frontdesk: Frontdesk, conversation: Conversation, text: str) -> None:
    """A contact's message, and what the assistant makes of it."""
    frontdesk.conversations.receive(conversation.id, conversation.contact_id, text, None)
    assert frontdesk.assistant.take_turn()


class TestCalibrating:
    def test_before_it_the_threshold_is_that_of_the_settings(
        self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, gadgets: Sequence[Entry]
    ) -> None:
        told = frontdesk.assistant.consider(knowledge_base_id, WAYS[0].format(name=KNOWN[0])).as_json()
        assert (told["threshold"], told["calibration"]) == (SETTINGS_THRESHOLD, None)
        assert frontdesk.calibrating.owing() == [knowledge_base_id]

    def test_its_own_wordings_lead_to_a_threshold_that_turns_answer(
        self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, gadgets: Sequence[Entry]
    ) -> None:
        calibration, fitted = made(frontdesk, knowledge_base_id)
        assert (fitted.ground, calibration.share) == (Ground.EXPECTED, Share.ASSUMED)
        assert calibration.held_out == 2 * len(WAYS) * len(KNOWN)
        assert fitted.certificate.missing > 0
        known = frontdesk.assistant.consider(knowledge_base_id, questions([KNOWN[5]])[0]).as_json()
        assert known["calibration"] == {"id": str(calibration.id), "basis": "words", "parts": []}
        assert known["threshold"] == fitted.threshold
        assert (known["outcome"], known["passages"][0]["entry_id"]) == (Outcome.ANSWER, str(gadgets[5].id))
        strange = frontdesk.assistant.consider(knowledge_base_id, questions(UNKNOWN)[-1])
        assert strange.rule is Rule.BELOW_THRESHOLD

    def test_labelled_questions_make_it_a_promise(
        self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, gadgets: Sequence[Entry]
    ) -> None:
        label(frontdesk, knowledge_base_id, gadgets)
        calibration, fitted = made(frontdesk, knowledge_base_id)
        assert (fitted.ground, fitted.certificate.missing) == (Ground.PROMISED, 0)
        assert calibration.labelled == calibration.of_sets == 4 * len(KNOWN)
        low, high = fitted.certificate.between
        assert low <= fitted.certificate.answered <= high

    def test_a_stricter_wish_answers_less_and_a_lenient_one_no_less(
        self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, gadgets: Sequence[Entry]
    ) -> None:
        label(frontdesk, knowledge_base_id, gadgets)
        usual = made(frontdesk, knowledge_base_id)[1]
        frontdesk.calibrations.aim(knowledge_base_id, Target(0.3))
        assert frontdesk.calibrating.owing() == [knowledge_base_id]
        calibration, lenient = made(frontdesk, knowledge_base_id)
        assert calibration.error == 0.3
        assert lenient.certificate.answered >= usual.certificate.answered
        frontdesk.calibrations.aim(knowledge_base_id, Target(0.01))
        strict = made(frontdesk, knowledge_base_id)[1]
        assert strict.ground is not Ground.PROMISED or strict.certificate.answered <= usual.certificate.answered

    def test_a_question_in_the_words_of_its_entry_labels_nothing(
        self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, gadgets: Sequence[Entry]
    ) -> None:
        frontdesk.question_sets.sample_variants(knowledge_base_id, "Ours", 50)
        calibration, _ = made(frontdesk, knowledge_base_id)
        assert (calibration.labelled, calibration.of_sets) == (0, 50)

    @pytest.mark.parametrize("error", [0.05, 0.01])
    def test_the_very_words_of_an_entry_are_sure_unless_fewer_errors_are_wished_for_than_they_bring(
        self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, gadgets: Sequence[Entry], error: float
    ) -> None:
        label(frontdesk, knowledge_base_id, gadgets)
        frontdesk.calibrations.aim(knowledge_base_id, Target(error))
        calibration, fitted = made(frontdesk, knowledge_base_id)
        found = frontdesk.retrieval.retrieve(knowledge_base_id, WAYS[0].format(name=KNOWN[0]))
        unsure = replace(fitted.model, shift=-100.0)
        with frontdesk.sessions.begin() as session:
            stored = {"words": replace(fitted, model=unsure, ground=Ground.NOTHING).as_json()}
            session.execute(update(Calibration).values(fitted=stored))
        told = Judge(frontdesk.sessions).judge(found, WAYS[0].format(name=KNOWN[0]))
        assert (told.calibration_id, told.threshold) == (calibration.id, fitted.threshold)
        assert told.confidence == SAME_WORDS if error == 0.05 else told.confidence < 0.5

    def test_too_little_is_known_of_a_few_entries(
        self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, entries: None
    ) -> None:
        _, fitted = made(frontdesk, knowledge_base_id)
        assert fitted.ground is Ground.NOTHING
        told = frontdesk.assistant.consider(knowledge_base_id, "可以退货吗").as_json()
        assert (told["threshold"], told["calibration"], told["outcome"]) == (0.8, None, Outcome.ANSWER)

    @pytest.mark.parametrize("target", [(0.0, None), (0.4, None), (0.05, -0.1), (0.05, 0.95)])
    def test_a_wish_that_can_not_be(self, target: tuple[float, float | None]) -> None:
        with pytest.raises(Invalid):
            Target(*target)


class TestOwing:
    def test_only_what_changed_much_is_calibrated_anew(
        self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, gadgets: Sequence[Entry]
    ) -> None:
        frontdesk.calibrating.calibrate(knowledge_base_id)
        assert frontdesk.calibrating.owing() == []
        fill(frontdesk, knowledge_base_id, [EntryText(("Where are you?",), "In Hainan.")])
        assert frontdesk.calibrating.owing() == []
        more = [EntryText((f"What is a {name}?",), f"A {name} is a gadget.") for name in UNKNOWN[:50]]
        fill(frontdesk, knowledge_base_id, more)
        assert frontdesk.calibrating.owing() == [knowledge_base_id]
        frontdesk.calibrating.calibrate(knowledge_base_id)
        label(frontdesk, knowledge_base_id, gadgets)
        assert frontdesk.calibrating.owing() == [knowledge_base_id]

    def test_nothing_is_owed_where_nothing_is_published(
        self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID
    ) -> None:
        assert frontdesk.calibrating.owing() == []

    def test_what_another_release_left_is_made_anew(
        self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, entries: None
    ) -> None:
        frontdesk.calibrating.calibrate(knowledge_base_id)
        with frontdesk.sessions.begin() as session:
            session.execute(update(Calibration).values(fitted={"words": {"format": 0}}))
        assert frontdesk.calibrations.standing(knowledge_base_id).calibration is None
        assert frontdesk.assistant.consider(knowledge_base_id, "可以退货吗").as_json()["calibration"] is None
        assert frontdesk.calibrating.owing() == [knowledge_base_id]

    def test_two_do_not_calibrate_at_once(
        self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, entries: None
    ) -> None:
        with alone(frontdesk.engine, ONE_AT_A_TIME, knowledge_base_id.int % 2**31) as is_mine:
            assert is_mine
            assert frontdesk.calibrating.calibrate(knowledge_base_id) is None
        assert frontdesk.calibrating.calibrate(knowledge_base_id)


class TestByMeaning:
    def test_each_way_of_searching_is_calibrated_for_itself(
        self, build: Callable[..., Frontdesk], model: tuple[str, Script]
    ) -> None:
        hybrid = build(embedding_url=model[0])
        (base_id,) = hybrid.inboxes.bases("web")
        stock(hybrid, base_id)
        assert hybrid.calibrating.owing() == []  # its vectors were not measured yet
        hybrid.geometries.measure(base_id)
        assert hybrid.calibrating.owing() == [base_id]
        calibration = hybrid.calibrating.calibrate(base_id)
        asked = hybrid.assistant.consider(base_id, questions([KNOWN[5]])[0]).as_json()
        assert asked["legs"] == ["lexical", "dense"]
        assert asked["calibration"]["basis"] in calibration.fitted
        assert "words" in calibration.fitted

    def test_without_the_embedder_nothing_is_calibrated(
        self, build: Callable[..., Frontdesk], model: tuple[str, Script]
    ) -> None:
        hybrid = build(embedding_url=model[0])
        (base_id,) = hybrid.inboxes.bases("web")
        stock(hybrid, base_id)
        away = build(embedding_url=f"http://127.0.0.1:{free_ports(1)[0]}/v1")
        with pytest.raises(Unavailable):
            away.calibrating.calibrate(base_id)
        with away.sessions() as session:
            assert session.scalar(select(func.count()).select_from(Calibration)) == 0


class TestParts:
    def test_a_language_and_a_tag_have_thresholds_of_their_own(
        self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, gadgets: Sequence[Entry]
    ) -> None:
        frontdesk.knowledge.set_tags(Entry, gadgets[1].id, ["returns"])
        target = Target(parts={"tag:returns": 0.02, "language:zh": 0.01})
        frontdesk.calibrations.aim(knowledge_base_id, target)
        assert frontdesk.calibrating.owing() == [knowledge_base_id]
        assert frontdesk.calibrations.standing(knowledge_base_id).target == target
        _, fitted = made(frontdesk, knowledge_base_id)
        usual, returns, chinese = (
            frontdesk.assistant.consider(knowledge_base_id, question).as_json()
            for question in (
                WAYS[0].format(name=KNOWN[0]),
                WAYS[0].format(name=KNOWN[1]),
                f"{KNOWN[0]}怎么重置",
            )
        )
        assert (usual["threshold"], usual["calibration"]["parts"]) == (fitted.threshold, [])
        assert (returns["threshold"], returns["calibration"]["parts"]) == (0.98, ["tag:returns"])
        assert (chinese["threshold"], chinese["calibration"]["parts"]) == (0.99, ["language:zh"])
        for told in (usual, returns, chinese):
            assert (told["outcome"] == Outcome.ANSWER) == (told["confidence"] >= told["threshold"])

    def test_a_decision_comes_out_the_same_after_its_source_lost_the_tag(
        self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, gadgets: Sequence[Entry]
    ) -> None:
        frontdesk.knowledge.set_tags(Entry, gadgets[1].id, ["returns"])
        frontdesk.calibrations.aim(knowledge_base_id, Target(parts={"tag:returns": 0.02}))
        frontdesk.calibrating.calibrate(knowledge_base_id)
        ask(frontdesk, [f"{WAYS[1].format(name=KNOWN[1])} please"])
        frontdesk.knowledge.set_tags(Entry, gadgets[1].id, [])
        rerun = frontdesk.reruns.rerun(10, knowledge_base_id)
        assert (rerun.different, rerun.identical) == ([], 1)

    @pytest.mark.parametrize(
        "parts",
        [
            {"tag:": 0.01},
            {"tag:Returns": 0.01},
            {"tag:\u0000": 0.01},
            {"tag:\ud800": 0.01},
            {"language:fr": 0.01},
            {"returns": 0.01},
            {"tag:returns": 0.05},
            {"tag:a": 0.001},
        ],
    )
    def test_a_part_that_can_not_be(self, parts: dict[str, float]) -> None:
        with pytest.raises(Invalid):
            Target(0.05, None, parts)


class TestTraffic:
    def test_when_contacts_ask_what_nothing_answers_it_becomes_more_careful(
        self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, gadgets: Sequence[Entry]
    ) -> None:
        label(frontdesk, knowledge_base_id, gadgets)
        frontdesk.calibrations.aim(knowledge_base_id, Target(outside=0.1))
        before, _ = made(frontdesk, knowledge_base_id)
        assert (before.outside, before.share) == (0.1, Share.GIVEN)
        half = ENOUGH // 2
        ask(frontdesk, questions(KNOWN)[:half])
        assert frontdesk.calibrating.drifted() == []
        ask(frontdesk, questions(UNKNOWN)[-half:])
        standing = frontdesk.calibrations.standing(knowledge_base_id)
        assert standing.traffic.asked == ENOUGH
        assert 0.4 < standing.traffic.outside.share < 0.6
        assert frontdesk.calibrating.drifted() == [knowledge_base_id]
        after, _ = made(frontdesk, knowledge_base_id)
        assert after.share is Share.SEEN
        assert after.outside == pytest.approx(0.5, abs=0.05)
        assert frontdesk.calibrating.drifted() == []
        ask(frontdesk, (questions(KNOWN) * 2)[: 2 * ENOUGH])
        assert frontdesk.calibrating.drifted() == [knowledge_base_id]
        assert (eased := made(frontdesk, knowledge_base_id)[0]).share is Share.GIVEN
        assert eased.outside == 0.1

    def test_once_enough_was_asked_the_share_that_nothing_answers_is_assumed_no_longer(
        self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, gadgets: Sequence[Entry]
    ) -> None:
        before, _ = made(frontdesk, knowledge_base_id)
        assert before.share is Share.ASSUMED
        asked = (questions(KNOWN) * 2)[:ENOUGH]
        ask(frontdesk, asked[:-1])
        assert frontdesk.calibrating.drifted() == []
        ask(frontdesk, asked[-1:])
        assert frontdesk.calibrating.drifted() == [knowledge_base_id]
        after, _ = made(frontdesk, knowledge_base_id)
        assert (after.share, after.outside < 0.1) == (Share.SEEN, True)
        assert frontdesk.calibrating.drifted() == []

    @pytest.mark.parametrize("has_others", [True, False])
    def test_a_gap_that_was_filled_counts_no_more_unless_one_contact_asked_and_in_these_words_alone(
        self,
        frontdesk: Frontdesk,
        knowledge_base_id: uuid.UUID,
        gadgets: Sequence[Entry],
        has_others: bool,
    ) -> None:
        label(frontdesk, knowledge_base_id, gadgets)
        half, wording = ENOUGH // 2, ASKED[1]
        missing = UNKNOWN[-half:]
        ask(frontdesk, [*questions(KNOWN)[:half], *(wording.format(name=name) for name in missing)])
        assert made(frontdesk, knowledge_base_id)[0].outside == pytest.approx(0.5, abs=0.1)
        wordings = (wording, *WAYS) if has_others else (wording,)
        filled = [
            EntryText(tuple(way.format(name=name) for way in wordings), f"Ask for {name}.") for name in missing
        ]
        fill(frontdesk, knowledge_base_id, filled)
        after = made(frontdesk, knowledge_base_id)[0].outside
        assert after < 0.1 if has_others else after > 0.4

    def test_answers_that_contacts_call_no_help_make_it_more_careful(
        self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, gadgets: Sequence[Entry]
    ) -> None:
        before = made(frontdesk, knowledge_base_id)[1]
        asked = [WAYS[1].format(name=name) + " please" for name in KNOWN[:40]]
        ask(frontdesk, asked)
        dislike(frontdesk, asked[:3])
        assert frontdesk.calibrating.drifted() == []
        dislike(frontdesk, asked[3:12])
        traffic = frontdesk.calibrations.standing(knowledge_base_id).traffic
        assert (traffic.answered, traffic.heard, traffic.disliked) == (40, 40, 12)
        assert frontdesk.calibrating.drifted() == [knowledge_base_id]
        after = made(frontdesk, knowledge_base_id)[1]
        assert (before.raised, after.raised, after.threshold > before.threshold) == (False, True, True)
        assert frontdesk.calibrating.drifted() == []

    def test_what_one_contact_dislikes_or_of_one_entry_counts_once(
        self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, gadgets: Sequence[Entry]
    ) -> None:
        before = made(frontdesk, knowledge_base_id)[1]
        of_one_entry = [f"{WAYS[1].format(name=KNOWN[0])} {word}" for word in ("now", "please", "today", "soon")]
        ask(frontdesk, [*of_one_entry, *(WAYS[1].format(name=name) + " please" for name in KNOWN[1:20])])
        dislike(frontdesk, of_one_entry)
        of_one_contact = frontdesk.conversations.open("web", None, None)
        for name in KNOWN[20:28]:
            say(frontdesk, of_one_contact, f"{WAYS[1].format(name=name)} please")
        dislike(frontdesk, [f"{WAYS[1].format(name=name)} please" for name in KNOWN[20:28]])
        traffic = frontdesk.calibrations.standing(knowledge_base_id).traffic
        assert (traffic.heard, traffic.disliked) == (31, 2)
        assert made(frontdesk, knowledge_base_id)[1].threshold == before.threshold

    def test_that_it_was_no_help_can_be_said_in_words(
        self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, gadgets: Sequence[Entry]
    ) -> None:
        frontdesk.calibrating.calibrate(knowledge_base_id)
        conversation = frontdesk.conversations.open("web", None, None)
        say(frontdesk, conversation, WAYS[1].format(name=KNOWN[0]) + " please")
        assert frontdesk.calibrations.standing(knowledge_base_id).traffic.disliked == 0
        say(frontdesk, conversation, "That did not help")
        assert frontdesk.calibrations.standing(knowledge_base_id).traffic.disliked == 1

    def test_an_answer_that_was_found_by_its_very_words_or_corrected_since_raises_no_threshold(
        self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, gadgets: Sequence[Entry]
    ) -> None:
        before = made(frontdesk, knowledge_base_id)[1]
        verbatim = [WAYS[0].format(name=name) for name in KNOWN[:12]]
        ask(frontdesk, verbatim)
        dislike(frontdesk, verbatim)
        assert frontdesk.calibrations.standing(knowledge_base_id).traffic.disliked == 0
        asked = [f"{WAYS[1].format(name=name)} please" for name in KNOWN[12:24]]
        ask(frontdesk, asked)
        dislike(frontdesk, asked)
        for entry in gadgets[12:24]:
            frontdesk.knowledge.change_entry(entry.id, None, f"{entry.answer} Then wait.")
        index(frontdesk, knowledge_base_id)
        after = made(frontdesk, knowledge_base_id)[1]
        assert (after.raised, after.threshold) == (False, pytest.approx(before.threshold, abs=0.01))

    def test_a_knowledge_base_of_which_nothing_is_known_has_parts_too(
        self, build: Callable[..., Frontdesk], model: tuple[str, Script]
    ) -> None:
        hybrid = build(embedding_url=model[0])
        (base_id,) = hybrid.inboxes.bases("web")
        fill(hybrid, base_id, [EntryText((f"what is a {name}",), f"A {name} is a gadget.") for name in KNOWN[:30]])
        hybrid.geometries.measure(base_id)
        hybrid.calibrations.aim(base_id, Target(parts={"language:en": 0.01}))
        calibration = hybrid.calibrating.calibrate(base_id)
        told = hybrid.assistant.consider(base_id, f"what is a {KNOWN[0]}").as_json()
        assert told["calibration"]["basis"] in calibration.fitted
        assert (told["threshold"], told["calibration"]["parts"]) == (0.99, ["language:en"])

    def test_decisions_come_out_the_same_by_the_calibration_of_then(
        self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, gadgets: Sequence[Entry]
    ) -> None:
        asked = questions([*KNOWN[:10], *UNKNOWN[:10]])
        ask(frontdesk, asked[::2])
        frontdesk.calibrating.calibrate(knowledge_base_id)
        ask(frontdesk, asked[1::2])
        label(frontdesk, knowledge_base_id, gadgets)
        frontdesk.calibrations.aim(knowledge_base_id, Target(0.3, 0.0))
        frontdesk.calibrating.calibrate(knowledge_base_id)
        rerun = frontdesk.reruns.rerun(100, knowledge_base_id)
        assert (rerun.different, rerun.left_out, rerun.identical) == ([], {}, len(asked))


class TestCommand:
    def run(self, stores: dict[str, str], *arguments: str) -> list[dict[str, object]]:
        command = [str(FRONTDESK), "calibrate", *arguments]
        done = subprocess.run(command, env=without_own_settings() | stores, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def test_of_a_knowledge_base(
        self, frontdesk: Frontdesk, stores: dict[str, str], gadgets: Sequence[Entry]
    ) -> None:
        (told,) = self.run(stores, "--base", "Shop", "--error", "0.1")
        assert (told["basis"], told["ground"], told["error"], told["held_out"]) == ("words", "expected", 0.1, 720)

    def test_what_is_not_said_stays_as_it_was_wished(
        self, frontdesk: Frontdesk, stores: dict[str, str], knowledge_base_id: uuid.UUID, gadgets: Sequence[Entry]
    ) -> None:
        frontdesk.calibrations.aim(knowledge_base_id, Target(0.1, 0.3))
        (told,) = self.run(stores, "--base", "Shop", "--part", "language:en=0.02")
        assert (told["error"], told["outside"]) == (0.1, 0.3)
        assert told["cells"]["language:en"]["error"] == 0.02
        (told,) = self.run(stores, "--base", "Shop", "--error", "0.08")
        assert (told["error"], told["outside"], list(told["cells"])) == (0.08, 0.3, ["language:en"])
        (told,) = self.run(stores, "--base", "Shop", "--part")
        assert (told["error"], told["cells"]) == (0.08, {})

    def test_of_a_set_of_questions(self, frontdesk: Frontdesk, stores: dict[str, str], tmp_path: Path) -> None:
        corpus = [
            {"id": name, "title": WAYS[0].format(name=name), "text": f"Hold the button of the {name}.",
             "questions": [way.format(name=name) for way in WAYS[1:]]}
            for name in KNOWN
        ]  # fmt: skip
        queries = [{"text": text, "gold": [name]} for name in KNOWN for text in questions([name])]
        queries += [{"text": text, "gold": [], "oos": True} for text in questions(UNKNOWN[:30])]
        (told,) = self.run(stores, str(write(tmp_path, corpus, queries)))
        assert (told["basis"], told["questions"], told["outside"]) == ("words", 240, 0.25)
        assert told["ground"] == "promised"
        assert told["oos_auroc"] > 0.99
        assert told["kept"]["broken"] <= 0.05
        assert told["held_out"]["wrong"] <= 0.05
        assert [found.knowledge_base.name for found in frontdesk.knowledge.bases()] == ["Shop"]
