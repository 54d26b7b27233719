"""What knowledge could have answered is gathered once, from every sign of it, and from nothing else."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import update

from frontdesk.agents import Agent
from frontdesk.bootstrap import Frontdesk
from frontdesk.conversations.models import Form
from frontdesk.database import now
from frontdesk.growth.models import GapQuestion, GapState, Sign
from frontdesk.knowledge.entries_text import EntryText
from tests.growth.stories import begin, gaps, gather

UNKNOWN = "你好，请问礼品卡可以转赠给朋友吗？谢谢"


def signs(frontdesk: Frontdesk, knowledge_base_id: uuid.UUID) -> dict[str, dict[Sign, int]]:
    """By example, what showed each gap."""
    return {gap.example: dict(gap.signs) for gap in gaps(frontdesk, knowledge_base_id)}


def test_a_question_that_nothing_answers(frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, entries: None) -> None:
    begin(frontdesk, UNKNOWN)
    found = signs(frontdesk, knowledge_base_id)
    assert list(found) == ["礼品卡可以转赠给朋友吗？"]
    assert set(found["礼品卡可以转赠给朋友吗？"]) <= {Sign.LOW_CONFIDENCE, Sign.NOT_FOUND}


def test_an_answer_that_did_not_help(frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, entries: None) -> None:
    disliked, complained, asked = (begin(frontdesk) for _ in range(3))
    disliked.dislike(disliked.say("怎么退货"))
    assert complained.say("保修多久？").form is Form.QUOTED
    complained.say("没用")
    asked.say("海南可以送吗")
    asked.ask_for_person()
    wanted = {"怎么退货": {Sign.DISLIKED: 1}, "保修多久？": {Sign.REPEATED: 1}, "海南可以送吗": {Sign.ASKED: 1}}
    assert signs(frontdesk, knowledge_base_id) == wanted


def test_a_question_that_was_asked_back_in_vain(frontdesk: Frontdesk, knowledge_base_id: uuid.UUID) -> None:
    texts = [
        EntryText(("海南的运费是多少？",), "海南首重运费12元。"),
        EntryText(("新疆的运费是多少？",), "新疆首重运费18元。"),
    ]
    frontdesk.knowledge.add_entries(knowledge_base_id, texts)
    frontdesk.indexing.index_entries(knowledge_base_id)
    none_meant, asked, chosen = (begin(frontdesk) for _ in range(3))
    for story in (none_meant, asked, chosen):
        assert story.say("运费是多少").form is Form.CHOICE
    none_meant.say("都不是")
    assert signs(frontdesk, knowledge_base_id) == {"运费是多少": {Sign.LOW_CONFIDENCE: 1}}
    asked.ask_for_person()
    assert signs(frontdesk, knowledge_base_id) == {"运费是多少": {Sign.LOW_CONFIDENCE: 1, Sign.ASKED: 1}}
    assert chosen.say("2").form is Form.QUOTED
    assert signs(frontdesk, knowledge_base_id) == {"运费是多少": {Sign.LOW_CONFIDENCE: 1, Sign.ASKED: 1}}


def test_what_is_no_gap(frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, entries: None) -> None:
    answered = begin(frontdesk, "怎么退货")
    begin(frontdesk, "转人工")
    begin(frontdesk, "我要投诉你们，找律师起诉")
    assert signs(frontdesk, knowledge_base_id) == {}
    with frontdesk.sessions() as session:
        seen = session.query(GapQuestion).count()
    gather(frontdesk)
    with frontdesk.sessions() as session:
        assert session.query(GapQuestion).count() == seen
    answered.dislike(answered.say("可以退货吗"))
    assert list(signs(frontdesk, knowledge_base_id)) == ["可以退货吗"]


def test_a_question_with_two_signs_counts_once(
    frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, entries: None
) -> None:
    story = begin(frontdesk)
    story.dislike(story.say("怎么退货"))
    story.ask_for_person()
    (gap,) = gaps(frontdesk, knowledge_base_id)
    assert gap.size == 1
    assert frontdesk.gathering.gather() == 0


def test_questions_that_ask_the_same_come_together_and_others_do_not(
    frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, entries: None
) -> None:
    begin(frontdesk, "礼品卡可以转赠给朋友吗")
    begin(frontdesk, "请问礼品卡能转赠朋友吗")
    begin(frontdesk, "Can I use my voucher twice?")
    begin(frontdesk, "能不能把礼品卡转赠给别人")
    sizes = {gap.example: gap.size for gap in gaps(frontdesk, knowledge_base_id)}
    assert sizes == {"能不能把礼品卡转赠给别人": 3, "Can I use my voucher twice?": 1}


def test_a_closed_gap_takes_no_more_and_the_trend_shows(
    frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, entries: None, agent: Agent
) -> None:
    begin(frontdesk, "礼品卡可以转赠给朋友吗")
    begin(frontdesk, "请问礼品卡能转赠朋友吗")
    (gap,) = gaps(frontdesk, knowledge_base_id)
    with frontdesk.sessions.begin() as session:
        older = session.query(GapQuestion).filter_by(text="礼品卡可以转赠给朋友吗").one()
        session.execute(
            update(GapQuestion)
            .where(GapQuestion.shown_by == older.shown_by)
            .values(asked_at=now() - timedelta(days=9))
        )
    frontdesk.gaps.assign(gap.gap.id, agent.id)
    told = frontdesk.gaps.get(gap.gap.id)
    assert (told.size, told.this_week, told.week_before, told.gap.assignee_id) == (2, 1, 1, agent.id)
    assert frontdesk.gaps.page(knowledge_base_id, assignee_id=agent.id).total == 1
    frontdesk.gaps.turn(gap.gap.id, GapState.NOT_OURS)
    begin(frontdesk, "礼品卡能不能转赠给朋友")
    (again,) = gaps(frontdesk, knowledge_base_id)
    assert again.gap.id != gap.gap.id
    assert frontdesk.gaps.page(knowledge_base_id, GapState.NOT_OURS).total == 1


def test_four_who_gather_at_once_gather_each_question_once(
    frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, entries: None
) -> None:
    for number in range(6):
        begin(frontdesk, f"礼品卡第{number}张可以转赠给朋友吗")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: frontdesk.gathering.gather(), range(8)))
    assert sum(gap.size for gap in gaps(frontdesk, knowledge_base_id)) == 6


def test_personal_data_is_not_shown(frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, entries: None) -> None:
    begin(frontdesk, "礼品卡转赠给13812345678可以吗")
    (gap,) = gaps(frontdesk, knowledge_base_id)
    (question,) = frontdesk.gaps.questions(gap.gap.id)
    assert gap.example == question.text == "礼品卡转赠给[phone]可以吗"
