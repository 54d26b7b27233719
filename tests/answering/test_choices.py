"""The one question back, and what is asked again."""

import uuid
from collections.abc import Callable
from dataclasses import replace

import pytest

from frontdesk.answering.choices import chosen, is_neither, questions
from frontdesk.answering.policy import ASKS_FROM
from frontdesk.bootstrap import Frontdesk
from frontdesk.conversations.models import Form, HandoffReason, Message
from frontdesk.evaluation.calibration_questions import newest_asked
from frontdesk.knowledge.entries_text import EntryText
from frontdesk.knowledge.found import Passage
from frontdesk.language import Language
from tests.found import passage

Ask = Callable[..., list[Message]]
CHOICES = ("海南的运费是多少？", "新疆的运费是多少？")


def standing(title: str, score: float) -> Passage:
    return replace(passage(f"Answer of {title}", title), score=score)


class TestQuestions:
    def test_the_best_entries_are_asked_about_up_to_three(self) -> None:
        found = [standing(CHOICES[0], 0.5), standing(CHOICES[1], 0.45), standing("保修多久？", 0.3)]
        assert questions(found, Language.ZH) == (*CHOICES, "保修多久？")
        assert questions([*found, standing("怎么退货？", 0.3)], Language.ZH) == (*CHOICES, "保修多久？")

    def test_what_is_far_behind_is_not(self) -> None:
        found = [standing(CHOICES[0], 0.5), standing(CHOICES[1], 0.45), standing("保修多久？", 0.2)]
        assert questions(found, Language.ZH) == CHOICES

    @pytest.mark.parametrize(
        "left_out",
        [
            standing("A", 0.49),
            standing("运费？", 0.49),
            replace(standing("b?", 0.49), entry_id=None, document_id=uuid.uuid4()),
            standing("b" * 200, 0.49),
            replace(standing("d?", 0.49), text="Answer of a?"),
        ],
        ids=["the same", "another language", "a document", "long", "the same answer"],
    )
    def test_what_can_not_be_chosen_is_left_out(self, left_out: Passage) -> None:
        first, other = standing("a?", 0.5), standing("c?", 0.48)
        assert questions([first, left_out, other], Language.EN) == ("a?", "c?")
        assert questions([first, left_out], Language.EN) == ()

    def test_without_the_best_nothing_is_asked(self) -> None:
        best = replace(standing("b?", 0.5), entry_id=None, document_id=uuid.uuid4())
        assert questions([best, standing("a?", 0.49), standing("c?", 0.48)], Language.EN) == ()
        assert questions([], Language.EN) == ()
        assert questions([standing("a?", 0.5)], Language.EN) == ()


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("1", 0),
        ("2。", 1),
        ("第一个", 0),
        ("选2", 1),
        ("我想问的是第二个", 1),
        ("the first one", 0),
        ("number 2 please", 1),
        ("后者", 1),
        ("②", 1),
        ("海南", 0),
        ("新疆的运费", 1),
        ("海南的运费是多少", 0),
        ("运费", None),
        ("都不是", None),
        ("保修多久？", None),
        ("3", None),
        ("？", None),
    ],
)
def test_a_choice_is_made_by_number_or_words(said: str, meant: int | None) -> None:
    assert chosen(said, CHOICES) == (None if meant is None else CHOICES[meant])


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("3", 2),
        ("第三个", 2),
        ("the third one", 2),
        ("后者", None),
        ("How do I return shoes?", 0),
        ("how do i return shoes in a sale", 1),
        ("refund", 2),
    ],
)
def test_of_three_one_is_chosen_likewise(said: str, meant: int | None) -> None:
    three = ("How do I return shoes?", "How do I return shoes in a sale?", "When do I get my refund?")
    assert chosen(said, three) == (None if meant is None else three[meant])


@pytest.mark.parametrize(
    "said",
    ["都不是", "两个都不是。", "三个都不是", "neither", "None of these!", "none of the three", "都不是我想问的"],
)
def test_that_neither_is_meant_is_understood(said: str) -> None:
    assert is_neither(said)
    assert not is_neither("新疆")


@pytest.fixture
def ask(frontdesk: Frontdesk, knowledge_base_id: uuid.UUID) -> Ask:
    """Says something in one conversation, about two fees that are easily mixed up; gives what followed."""
    texts = [
        EntryText((CHOICES[0],), "海南首重运费12元。"),
        EntryText((CHOICES[1],), "新疆首重运费18元。"),
        EntryText(("保修多久？",), "保修一年。"),
    ]
    frontdesk.knowledge.add_entries(knowledge_base_id, texts)
    frontdesk.indexing.index_entries(knowledge_base_id)
    conversation = frontdesk.conversations.open("web", None, None)

    def say(words: str) -> list[Message]:
        posted = frontdesk.conversations.receive(conversation.id, conversation.contact_id, words, None)
        frontdesk.assistant.take_turn()
        say.record = frontdesk.assistant.decisions(conversation.id)[-1].record
        return list(frontdesk.conversations.messages(conversation.id, posted.message.sequence))

    return say


VAGUE = "运费是多少"


class TestAskingBack:
    def test_of_likely_answers_the_contact_chooses_one(self, ask: Ask) -> None:
        (back,) = ask(VAGUE)
        assert (back.form, set(back.choices), back.citations) == (Form.CHOICE, set(CHOICES), [])
        assert ask.record["rule"] == "one_of_several"
        assert ask.record["confidence"] < ask.record["threshold"]
        assert ask.record["likely"] >= ASKS_FROM
        assert (ask.record["outcome"], set(ask.record["choices"])) == ("choice", set(CHOICES))
        assert "1. " in back.text
        assert "2. " in back.text
        (reply,) = ask("2")
        assert (reply.form, ask.record["query"], ask.record["chosen"]) == (Form.QUOTED, back.choices[1], True)
        assert ask.record["confidence"] >= ask.record["threshold"]

    def test_it_claims_nothing(self, ask: Ask) -> None:
        (back,) = ask(VAGUE)
        assert "12元" not in back.text
        assert "18元" not in back.text

    def test_it_is_never_asked_twice_in_a_row(self, ask: Ask) -> None:
        ask(VAGUE)
        notice, _ = ask("运费多少呢")
        assert notice.handoff_reason is HandoffReason.LOW_CONFIDENCE

    def test_who_means_neither_gets_a_person(self, ask: Ask) -> None:
        ask(VAGUE)
        notice, _ = ask("都不是")
        assert (notice.handoff_reason, ask.record["rule"]) == (HandoffReason.LOW_CONFIDENCE, "none_meant")

    def test_what_follows_leans_on_what_they_chose(self, ask: Ask) -> None:
        (back,) = ask(VAGUE)
        ask("2")
        ask("那保修呢？")
        assert ask.record["query"] == f"{back.choices[1]} 那保修呢？"

    def test_what_they_choose_is_not_counted_as_asked_once_more(
        self, ask: Ask, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID
    ) -> None:
        ask(VAGUE)
        ask("2")
        with frontdesk.sessions() as session:
            asked = newest_asked(session, knowledge_base_id, 10)
        assert [(one.text, one.answered) for one in asked] == [(VAGUE, False)]

    @pytest.mark.parametrize(("words", "is_likely"), [("新疆好玩吗", True), ("谁是你们的老板", False)])
    def test_where_fewer_than_two_are_likely_a_person_answers(self, ask: Ask, words: str, is_likely: bool) -> None:
        notice, _ = ask(words)
        assert notice.handoff_reason is HandoffReason.LOW_CONFIDENCE
        assert (ask.record["likely"] >= ASKS_FROM) is is_likely

    def test_who_asks_for_a_person_is_not_asked_anything(self, ask: Ask) -> None:
        ask(VAGUE)
        assert ask("转人工")[0].handoff_reason is HandoffReason.ASKED


class TestRepeated:
    def test_the_same_question_after_its_answer_goes_to_a_person(self, ask: Ask) -> None:
        assert ask("保修多久？")[0].form is Form.QUOTED
        notice, _ = ask("请问保修多久啊")
        assert (notice.handoff_reason, ask.record["rule"]) == (HandoffReason.REPEATED, "asked_again")

    def test_an_answer_that_did_not_help_leads_to_a_person(self, ask: Ask) -> None:
        ask("保修多久？")
        notice, _ = ask("没用，答非所问")
        assert (notice.handoff_reason, ask.record["rule"]) == (HandoffReason.REPEATED, "no_help")

    def test_another_question_is_answered(self, ask: Ask) -> None:
        ask("保修多久？")
        assert ask(CHOICES[0])[0].form is Form.QUOTED

    def test_complaints_before_any_answer_are_questions(self, ask: Ask) -> None:
        assert ask("没用")[0].handoff_reason is not HandoffReason.REPEATED

    def test_what_was_sent_twice_before_it_was_answered_is_no_repetition(
        self, frontdesk: Frontdesk, ask: Ask
    ) -> None:
        conversation = frontdesk.conversations.open("web", None, None)
        for _ in range(2):
            frontdesk.conversations.receive(conversation.id, conversation.contact_id, "保修多久？", None)
        frontdesk.assistant.take_turn()
        assert frontdesk.conversations.messages(conversation.id)[-1].form is Form.QUOTED
