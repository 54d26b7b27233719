"""Sensitive topics: known whatever is done to the words, and ordinary questions left alone."""

from collections.abc import Callable

import pytest

from frontdesk.answering.sensitive import mention
from frontdesk.bootstrap import Frontdesk
from frontdesk.conversations.models import HandoffReason, Message
from frontdesk.conversations.sensitive_topics import (
    BUILT_IN,
    LONGEST_WORDS,
    MOST_WORDS,
    Sensitive,
    SensitiveTopic,
    clean_words,
)
from frontdesk.errors import Invalid

Ask = Callable[..., list[Message]]


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("我不想活了", SensitiveTopic.SELF_HARM),
        ("我想自 杀", SensitiveTopic.SELF_HARM),
        ("自*杀", SensitiveTopic.SELF_HARM),
        ("我要自殺", SensitiveTopic.SELF_HARM),
        ("I want to kill myself", SensitiveTopic.SELF_HARM),
        ("s u i c i d e", SensitiveTopic.SELF_HARM),
        ("thinking about su-i-cide", SensitiveTopic.SELF_HARM),
        ("I'll burn down your shop", SensitiveTopic.VIOLENCE),
        ("电池爆炸了", SensitiveTopic.INJURY),
        ("The charger caught fire", SensitiveTopic.INJURY),
        ("我要起诉你们", SensitiveTopic.LEGAL),
        ("我要起訴你們", SensitiveTopic.LEGAL),
        ("my LАWYER will write to you", SensitiveTopic.LEGAL),  # with a Cyrillic А
        ("ｌａｗｓｕｉｔ", SensitiveTopic.LEGAL),
        ("see you in court!", SensitiveTopic.LEGAL),
        ("打12315投诉", SensitiveTopic.AUTHORITIES),
        ("I am a journalist", SensitiveTopic.AUTHORITIES),
        ("一直不退款，什么意思", SensitiveTopic.DISPUTE),
        ("I will file a charge-back", SensitiveTopic.DISPUTE),
        ("you won’t refund me", SensitiveTopic.DISPUTE),
        ("请删除我的个人信息", SensitiveTopic.PERSONAL_DATA),
        ("This is a GDPR request", SensitiveTopic.PERSONAL_DATA),
        ("I want to die, get me your lawyer", SensitiveTopic.SELF_HARM),
    ],
)
def test_a_topic_is_known_by_its_words(text: str, topic: SensitiveTopic) -> None:
    found = mention(text, Sensitive())
    assert found is not None
    assert found.topic is topic
    assert mention(text, Sensitive(off=frozenset(BUILT_IN))) is None


@pytest.mark.parametrize(
    "text",
    [
        "怎么退款",
        "How do I get a refund?",
        "退款多久到账",
        "可以投诉快递吗",
        "来自杀毒软件的提示",
        "跳楼价还有吗",
        "有漏电保护吗",
        "屏幕划伤保修吗",
        "我的订单号是123151",
        "Can I pursue a claim under warranty?",
        "Do you issue invoices to sue@shop.example?",
        "Is my account safe?",
        "how do I delete my account",
        "I would die for this rice cooker",
        "",
        "👍",
    ],
)
def test_ordinary_questions_are_none(text: str) -> None:
    assert mention(text, Sensitive()) is None


@pytest.mark.parametrize(
    ("word", "text", "found"),
    [
        ("加盟", "请问怎么加 盟？", True),
        ("Franchise*", "do you offer FRANCHISES?", True),
        ("franchise", "do you offer franchises?", False),
        ("product recall", "the Product-Recall of May", True),
        ("product recall", "can the product be recalled", False),
        ("4711", "Code 4711!", True),
        ("4711", "order 47110", False),
    ],
)
def test_own_words_are_found_as_they_are_meant(word: str, text: str, found: bool) -> None:
    heard = mention(text, Sensitive(words=(word,)))
    assert (heard is not None) is found
    assert heard is None or (heard.topic, heard.words) == (SensitiveTopic.OWN, word)


def test_words_are_cleaned_or_refused() -> None:
    assert clean_words([" product   recall ", "加盟", "加盟"]) == ["product recall", "加盟"]
    for wrong in ([" "], ["!?"], ["x" * (LONGEST_WORDS + 1)], [str(number) for number in range(MOST_WORDS + 1)]):
        with pytest.raises(Invalid):
            clean_words(wrong)


@pytest.fixture
def ask(frontdesk: Frontdesk, entries: None) -> Ask:
    """Says something in a new conversation; gives what followed."""

    def say(words: str) -> list[Message]:
        conversation = frontdesk.conversations.open("web", None, None)
        frontdesk.conversations.receive(conversation.id, conversation.contact_id, words, None)
        frontdesk.assistant.take_turn()
        say.decision = frontdesk.assistant.decisions(conversation.id)[0].record
        return list(frontdesk.conversations.messages(conversation.id, 1))

    return say


def test_a_sensitive_question_goes_to_a_person_though_its_answer_is_known(ask: Ask) -> None:
    notice, activity = ask("怎么退货？不退我就起诉你们")
    assert (notice.handoff_reason, activity.status) == (HandoffReason.SENSITIVE, "open")
    assert ask.decision["topic"] == {"name": "legal", "words": "起诉"}
    assert (ask.decision["rule"], ask.decision["passages"]) == ("sensitive", [])


@pytest.mark.parametrize(
    ("words", "told"), [("我不想活了", "12356"), ("I want to kill myself", "You are not alone")]
)
def test_who_is_in_despair_reads_more_than_that_somebody_comes(ask: Ask, words: str, told: str) -> None:
    assert told in ask(words)[0].text


def test_an_inbox_switches_topics_off_and_has_words_of_its_own(frontdesk: Frontdesk, ask: Ask) -> None:
    frontdesk.inboxes.leave_to_people("web", [SensitiveTopic.LEGAL], ["保修多久"])
    assert ask("怎么退货")[0].handoff_reason is None
    assert ask("保修多久？")[0].handoff_reason is HandoffReason.SENSITIVE
    assert ask("我要起诉你们")[0].handoff_reason is not HandoffReason.SENSITIVE


def test_the_search_test_decides_alike(frontdesk: Frontdesk, ask: Ask) -> None:
    base_id = frontdesk.inboxes.bases("web")[0]
    frontdesk.inboxes.leave_to_people("web", [], ["退货"])
    tried = frontdesk.assistant.consider(base_id, "怎么退货").as_json()
    assert (tried["outcome"], tried["rule"], tried["reason"]) == ("handoff", "sensitive", "sensitive")
    assert tried["topic"] == {"name": "own", "words": "退货"}
    assert tried["passages"]
