"""A rehearsal: decided and worded as a live turn, from the draft or from what is published, and kept nowhere."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from frontdesk.answering.models import Decision
from frontdesk.answering.rehearsals import AT_ONCE, MOST_MESSAGES, Rehearsal, Tried
from frontdesk.answering.responding import Said
from frontdesk.bootstrap import Frontdesk
from frontdesk.conversations.models import Conversation, Form, HandoffReason, Message, Sender
from frontdesk.conversations.service import LONGEST_MESSAGE
from frontdesk.errors import Invalid, NotFound, Unavailable
from frontdesk.knowledge.versions import NOBODY
from frontdesk.language import Language
from tests.conftest import free_ports
from tests.model_server import Script
from tests.waiting import wait_for

pytestmark = pytest.mark.usefixtures("entries")

KNOWN = "What is your return policy?"

Rehearse = Callable[..., Rehearsal]


@pytest.fixture
def rehearse(frontdesk: Frontdesk, knowledge_base_id: uuid.UUID) -> Rehearse:
    """Tries an answer to what a contact said last; what was said before goes to and fro between both."""

    def go(*texts: str, tried: Tried = Tried.PUBLISHED, by: Frontdesk | None = None, **more: object) -> Rehearsal:
        senders = [Sender.ASSISTANT if (len(texts) - at) % 2 == 0 else Sender.CONTACT for at in range(len(texts))]
        said = [Said(*one) for one in zip(senders, texts, strict=True)]
        return (by or frontdesk).rehearsals.rehearse(knowledge_base_id, said, tried, **more)

    return go


def change_draft(frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, question: str, answer: str) -> None:
    """Have another answer wait in the draft."""
    frontdesk.editions.gather(knowledge_base_id, True, NOBODY)
    (entry,), _ = frontdesk.knowledge.entries(knowledge_base_id, question, 0, 10)
    frontdesk.knowledge.change_entry(entry.id, None, answer)
    frontdesk.indexing.index_entries(knowledge_base_id)


def test_the_draft_answers_in_its_own_words_and_what_is_published_in_its(
    frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, rehearse: Rehearse
) -> None:
    change_draft(frontdesk, knowledge_base_id, KNOWN, "You can return it within 30 days.")
    draft, published = rehearse(KNOWN, tried=Tried.DRAFT), rehearse(KNOWN)
    assert (draft.form, draft.text) == (Form.QUOTED, "You can return it within 30 days. [1]")
    assert published.text == "You can return it within 7 days. [1]"
    base = frontdesk.knowledge.base(knowledge_base_id)
    assert (draft.record.version, published.record.version) == (base.draft, base.published)
    assert [citation["version"] for citation in draft.citations] == [base.draft]


@pytest.mark.parametrize("question", [KNOWN, "怎么退货", "What is your stock ticker?", "我要找人工"])
def test_it_decides_and_answers_as_a_live_turn_and_keeps_nothing(
    frontdesk: Frontdesk, rehearse: Rehearse, question: str
) -> None:
    tried = rehearse(question)
    with frontdesk.sessions() as session:
        for model in (Conversation, Message, Decision):
            assert session.scalar(select(func.count()).select_from(model)) == 0
    conversation = frontdesk.conversations.open("web", None, None)
    posted = frontdesk.conversations.receive(conversation.id, conversation.contact_id, question, None)
    frontdesk.assistant.take_turn()
    live = frontdesk.conversations.messages(conversation.id, posted.message.sequence)[0]
    (decision,) = frontdesk.assistant.decisions(conversation.id)
    assert (tried.text, tried.form, tried.record.reason) == (live.text, live.form, live.handoff_reason)
    assert list(tried.citations) == live.citations
    told = tried.record.as_json()
    assert {**told, "timings_ms": None} == {**decision.record, "timings_ms": None}
    assert "total" in told["timings_ms"]


def test_a_follow_up_is_understood_from_what_was_said_before(rehearse: Rehearse) -> None:
    asked = rehearse("请问你们海南能发货吗？", "可以发往海南，首重运费12元，3到5天送达。 [1]", "那运费呢？")
    assert "海南" in asked.record.query
    assert "12元" in asked.text


def test_several_messages_without_a_reply_are_one_question(
    frontdesk: Frontdesk, knowledge_base_id: uuid.UUID
) -> None:
    said = [Said(Sender.CONTACT, "请问你们海南"), Said(Sender.CONTACT, "能发货吗？")]
    assert "首重" in frontdesk.rehearsals.rehearse(knowledge_base_id, said, Tried.PUBLISHED).text


def test_a_handoff_is_told_in_the_language_of_the_contact(rehearse: Rehearse) -> None:
    assert rehearse("我要找人工").text.startswith("好的")
    assert rehearse("I want to talk to a human").text.startswith("Of course")
    told = rehearse("XR-2231", language=Language.EN)
    assert (told.form, told.text[:5]) == (Form.NOTICE, "I cou")


def test_tags_narrow_it_down(rehearse: Rehearse) -> None:
    tried = rehearse(KNOWN, tags=["Holiday"])
    assert (tried.record.tags, tried.record.reason) == (["holiday"], HandoffReason.NOT_FOUND)


def test_with_a_model_the_reply_is_generated_from_the_draft(
    build: Callable[..., Frontdesk],
    frontdesk: Frontdesk,
    knowledge_base_id: uuid.UUID,
    model: tuple[str, Script],
    rehearse: Rehearse,
) -> None:
    url, script = model
    change_draft(frontdesk, knowledge_base_id, KNOWN, "You can return it within 30 days.")
    tried = rehearse(KNOWN, tried=Tried.DRAFT, by=build(llm_url=url))
    assert (tried.form, tried.text) == (Form.GENERATED, "Certainly. See here [1].")
    assert "30 days" in script.asked[0]["messages"][1]["content"]
    assert tried.record.model == "default"


def test_a_model_that_fails_leaves_the_quotation(
    build: Callable[..., Frontdesk], model: tuple[str, Script], rehearse: Rehearse
) -> None:
    url, script = model
    script.breaks_off = True
    assert rehearse(KNOWN, by=build(llm_url=url)).form == Form.QUOTED


def test_what_breaks_on_the_way_is_a_handoff_as_it_is_for_a_contact(
    build: Callable[..., Frontdesk], rehearse: Rehearse
) -> None:
    (port,) = free_ports(1)
    broken = build(milvus_uri=f"http://127.0.0.1:{port}", memory_passages=0)
    tried = rehearse(KNOWN, by=broken)
    assert (tried.form, tried.record.reason) == (Form.NOTICE, HandoffReason.FAILED)
    assert tried.record.notes == ["milvus_unavailable"]


def test_only_a_few_run_at_once(
    build: Callable[..., Frontdesk], model: tuple[str, Script], rehearse: Rehearse
) -> None:
    url, script = model
    script.gate.clear()
    talking = build(llm_url=url)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        running = [pool.submit(rehearse, KNOWN, by=talking) for _ in range(AT_ONCE)]
        wait_for(lambda: len(script.asked) == AT_ONCE, what="the rehearsals that may run")
        with pytest.raises(Unavailable) as refusal:
            rehearse(KNOWN, by=talking)
        assert refusal.value.code == "rehearsals_busy"
        script.gate.set()
        assert [one.result().form for one in running] == [Form.GENERATED] * AT_ONCE
    assert rehearse(KNOWN, by=talking).form == Form.GENERATED


def test_what_is_no_conversation_is_refused(
    frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, rehearse: Rehearse
) -> None:
    ends_with_a_reply = [Said(Sender.CONTACT, "Hello"), Said(Sender.ASSISTANT, "Hello!")]
    for said in ([], ends_with_a_reply):
        with pytest.raises(Invalid):
            frontdesk.rehearsals.rehearse(knowledge_base_id, said, Tried.PUBLISHED)
    with pytest.raises(Invalid):
        rehearse(*["Hello"] * (MOST_MESSAGES + 1))
    with pytest.raises(Invalid):
        rehearse("x" * (LONGEST_MESSAGE + 1))
    with pytest.raises(NotFound):
        frontdesk.rehearsals.rehearse(uuid.uuid4(), [Said(Sender.CONTACT, "Hello")], Tried.DRAFT)
