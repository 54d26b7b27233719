"""From an agent's resolution to knowledge: drafted in their words, proved before anything is written, accepted."""

import uuid

import pytest

from frontdesk.agents import Agent
from frontdesk.bootstrap import Frontdesk
from frontdesk.errors import Conflict, Invalid
from frontdesk.evaluation.expectations import Expectation, Wanted
from frontdesk.growth import resolutions
from frontdesk.growth.models import DraftedEntry, DraftStatus, GapState
from frontdesk.growth.neighbours import Kinship
from frontdesk.knowledge.entries_text import EntryText
from frontdesk.knowledge.versions import NOBODY
from tests.evaluation.shop import fill
from tests.growth.stories import Story, begin, gaps, gather

ASKED = ("你好，请问礼品卡可以转赠给朋友吗？", "礼品卡能不能转赠给别人", "想把礼品卡转赠给朋友，可以吗")
ANSWER = "礼品卡可以转赠：在「我的礼品卡」里点转赠，对方24小时内领取。"


@pytest.fixture
def resolved(frontdesk: Frontdesk, entries: None, agent: Agent) -> list[Story]:
    """Three contacts asked about the same, and two were told."""
    stories = [begin(frontdesk, text) for text in ASKED]
    for story in stories[:2]:
        story.resolve(agent, "您好，我是客服小李。", ANSWER, "还有其他可以帮您的吗？")
    gather(frontdesk)
    return stories


@pytest.fixture
def draft(frontdesk: Frontdesk, resolved: list[Story], admin: Agent) -> DraftedEntry:
    """An entry drafted from the first of these conversations."""
    return frontdesk.drafting.from_conversation(resolved[0].conversation.id, admin.id)


def proved(frontdesk: Frontdesk, draft: DraftedEntry) -> DraftedEntry:
    """The draft with its proof."""
    frontdesk.drafts.want_proof(draft.id)
    assert frontdesk.proving.owing() == [draft.id]
    assert frontdesk.proving.prove(draft.id)
    assert frontdesk.proving.owing() == []
    return frontdesk.drafts.get(draft.id)


class TestDrafting:
    def test_it_has_what_was_asked_and_the_agents_words(self, frontdesk: Frontdesk, draft: DraftedEntry) -> None:
        assert draft.answer == ANSWER
        assert set(draft.questions) == {"礼品卡可以转赠给朋友吗？", *ASKED[1:]}
        assert frontdesk.gaps.get(draft.gap_id).size == 3

    def test_from_a_gap_it_is_the_same(
        self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, resolved: list[Story], admin: Agent
    ) -> None:
        (gap,) = gaps(frontdesk, knowledge_base_id)
        draft = frontdesk.drafting.from_gap(gap.gap.id, admin.id)
        assert (draft.answer, len(draft.questions)) == (ANSWER, 3)

    def test_who_was_told_otherwise_asked_something_else(
        self, frontdesk: Frontdesk, resolved: list[Story], agent: Agent, admin: Agent
    ) -> None:
        resolved[2].resolve(agent, "这一张是活动赠送的，只能本人使用。")
        draft = frontdesk.drafting.from_conversation(resolved[0].conversation.id, admin.id)
        assert len(draft.questions) == 2

    def test_the_same_answer_brings_gaps_together(
        self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, resolved: list[Story], agent: Agent, admin: Agent
    ) -> None:
        begin(frontdesk, "gift voucher for my sister?").resolve(agent, ANSWER)
        assert len(gaps(frontdesk, knowledge_base_id)) == 2
        draft = frontdesk.drafting.from_conversation(resolved[0].conversation.id, admin.id)
        (gap,) = gaps(frontdesk, knowledge_base_id)
        assert (gap.gap.id, gap.size) == (draft.gap_id, 4)
        assert "gift voucher for my sister?" in draft.questions

    def test_the_same_words_bring_also_old_ones(
        self,
        frontdesk: Frontdesk,
        knowledge_base_id: uuid.UUID,
        resolved: list[Story],
        agent: Agent,
        admin: Agent,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        begin(frontdesk, "gift voucher for my sister?").resolve(agent, "您好，我是客服小李。", ANSWER)
        begin(frontdesk, "What is the meaning of zebra polishing?").resolve(
            agent, "您好，我是客服小李。", "No idea."
        )
        gather(frontdesk)
        monkeypatch.setattr(resolutions, "MOST_READ", 1)
        draft = frontdesk.drafting.from_conversation(resolved[0].conversation.id, admin.id)
        assert "gift voucher for my sister?" in draft.questions
        assert len(gaps(frontdesk, knowledge_base_id)) == 2

    def test_one_that_was_faster_than_the_sweep_belongs_to_its_gap_afterwards(
        self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, entries: None, agent: Agent, admin: Agent
    ) -> None:
        story = begin(frontdesk, ASKED[0])
        story.resolve(agent, ANSWER)
        draft = frontdesk.drafting.from_conversation(story.conversation.id, admin.id)
        assert draft.gap_id is None
        (gap,) = gaps(frontdesk, knowledge_base_id)
        assert frontdesk.drafts.get(draft.id).gap_id == gap.gap.id

    def test_without_an_agents_words_there_is_none(self, frontdesk: Frontdesk, entries: None, admin: Agent) -> None:
        story = begin(frontdesk, ASKED[0])
        with pytest.raises(Invalid, match="write the answer yourself"):
            frontdesk.drafting.from_conversation(story.conversation.id, admin.id)

    def test_what_is_there_already_stands_beside_it(
        self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, entries: None
    ) -> None:
        (first, *_) = frontdesk.neighbours.of(
            knowledge_base_id, ["请问你们海南能发货吗"], "可以发往海南，首重运费18元，3到5天送达。"
        )
        assert first.kinship is Kinship.CONTRADICTS
        assert (first.ours, first.theirs) == (["18元"], ["12元"])
        (same, *_) = frontdesk.neighbours.of(knowledge_base_id, ["质保几年"], "所有小家电保修一年。")
        assert same.kinship is Kinship.SAME_ANSWER


class TestProof:
    def test_it_answers_what_was_asked_and_writes_no_knowledge(
        self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, draft: DraftedEntry
    ) -> None:
        begin(frontdesk, "怎么退货")
        before = frontdesk.knowledge.base(knowledge_base_id).changes
        found = proved(frontdesk, draft)
        assert (found.status, found.passes) == (DraftStatus.PROVED, True)
        originals, unseen = found.proof["originals"], found.proof["unseen"]
        assert (originals["asked"], originals["answered"], unseen["asked"]) == (3, 3, 3)
        assert not any(one["before"]["answered"] for one in originals["questions"])
        assert found.proof["regression"] | {"changes": []} == {
            "of_sets": 0,
            "of_contacts": 1,
            "worse": 0,
            "also_answered": 0,
            "changes": [],
        }
        assert found.proof["grounds"]["basis"] == "words"
        base = frontdesk.knowledge.base(knowledge_base_id)
        assert base.changes == before
        assert ANSWER not in [passage.text for passage in frontdesk.retrieval.retrieve(base.id, ASKED[0]).passages]

    def test_a_draft_that_takes_an_answer_away_fails(
        self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, draft: DraftedEntry, admin: Agent
    ) -> None:
        begin(frontdesk, "怎么退货")
        frontdesk.drafts.rewrite(draft.id, [*draft.questions, "请问怎么退货", "怎么退货？"], None)
        found = proved(frontdesk, draft)
        assert not found.passes
        (change,) = found.proof["regression"]["changes"]
        assert (change["change"], change["asker"], change["text"]) == ("lost", "contact", "怎么退货")
        assert "7天内" in change["before"]["text"]
        assert not change["after"]["answered"]
        with pytest.raises(Conflict, match="does not pass"):
            frontdesk.drafts.accept(draft.id)
        assert frontdesk.drafts.accept(draft.id, "还是要").status is DraftStatus.ACCEPTED

    def test_what_failed_is_proved_again_once_the_threshold_is_another_one(
        self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, draft: DraftedEntry
    ) -> None:
        assert proved(frontdesk, draft).passes
        frontdesk.calibrating.calibrate(knowledge_base_id)
        assert frontdesk.proving.owing() == []
        begin(frontdesk, "怎么退货")
        frontdesk.drafts.rewrite(draft.id, [*draft.questions, "请问怎么退货", "怎么退货？"], None)
        assert not proved(frontdesk, draft).passes
        frontdesk.calibrating.calibrate(knowledge_base_id)
        assert frontdesk.proving.owing() == [draft.id]
        assert frontdesk.proving.prove(draft.id)
        assert frontdesk.proving.owing() == []

    def test_an_answer_that_was_no_help_is_no_loss(self, frontdesk: Frontdesk, draft: DraftedEntry) -> None:
        story = begin(frontdesk)
        story.dislike(story.say("怎么退货"))
        gather(frontdesk)
        frontdesk.drafts.rewrite(draft.id, [*draft.questions, "请问怎么退货", "怎么退货？"], None)
        found = proved(frontdesk, draft)
        assert found.passes
        assert found.proof["regression"]["of_contacts"] == 1

    def test_a_question_of_a_set_that_gets_worse_is_named(
        self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, draft: DraftedEntry
    ) -> None:
        chosen = frontdesk.question_sets.create(knowledge_base_id, "Seen")
        frontdesk.question_sets.add(chosen.id, "礼品卡可以转赠给别人吗？？", Expectation(Wanted.HANDOFF), None)
        found = proved(frontdesk, draft)
        assert found.proof["regression"]["of_sets"] == 1
        assert [one["change"] for one in found.proof["regression"]["changes"]] == ["wrong"]

    def test_other_words_need_another_proof(self, frontdesk: Frontdesk, draft: DraftedEntry) -> None:
        proved(frontdesk, draft)
        changed = frontdesk.drafts.rewrite(draft.id, None, "不可以转赠。")
        assert (changed.status, changed.proof) == (DraftStatus.PROPOSED, None)
        with pytest.raises(Conflict, match="Prove this draft first"):
            frontdesk.drafts.accept(draft.id)


class TestAccepting:
    def test_contacts_are_answered_and_the_gap_is_closed(
        self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, draft: DraftedEntry
    ) -> None:
        proved(frontdesk, draft)
        accepted = frontdesk.drafts.accept(draft.id)
        assert frontdesk.drafts.settle() == 0
        frontdesk.indexing.index_entries(knowledge_base_id)
        assert frontdesk.drafts.settle() == 1
        assert frontdesk.drafts.get(draft.id).status is DraftStatus.PUBLISHED
        assert frontdesk.gaps.get(draft.gap_id).gap.state is GapState.ANSWERED
        reply = begin(frontdesk).say("礼品卡可以转赠给朋友吗")
        assert reply.citations[0]["entry_id"] == str(accepted.entry_id)
        with pytest.raises(Conflict):
            frontdesk.drafts.drop(draft.id)

    def test_in_a_knowledge_base_that_gathers_changes_the_gap_waits_for_its_publishing(
        self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, draft: DraftedEntry, admin: Agent
    ) -> None:
        frontdesk.editions.gather(knowledge_base_id, True, NOBODY)
        proved(frontdesk, draft)
        frontdesk.drafts.accept(draft.id)
        frontdesk.indexing.index_entries(knowledge_base_id)
        assert frontdesk.drafts.settle() == 0
        frontdesk.editions.publish(knowledge_base_id, NOBODY)
        assert frontdesk.drafts.settle() == 1

    def test_an_entry_that_a_broken_acceptance_left_is_taken(
        self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, draft: DraftedEntry
    ) -> None:
        proved(frontdesk, draft)
        text = EntryText(tuple(draft.questions), draft.answer)
        (left,) = fill(frontdesk, knowledge_base_id, [text])
        assert frontdesk.drafts.accept(draft.id).entry_id == left.id
