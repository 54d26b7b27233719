"""A turn: claimed once, answered once, silent when a person steps in."""

import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from frontdesk.agents import Agent
from frontdesk.answering.turns import claim
from frontdesk.bootstrap import Frontdesk
from frontdesk.conversations.models import Form, HandoffReason, Message, Sender, Status
from frontdesk.knowledge.retrieval import Without
from tests.model_server import Script
from tests.waiting import wait_for

pytestmark = pytest.mark.usefixtures("entries")

Ask = Callable[..., list[Message]]


@pytest.fixture
def ask(frontdesk: Frontdesk) -> Ask:
    """Says something in one conversation and lets the assistant take its turn; gives what followed."""
    conversation = frontdesk.conversations.open("web", None, None)

    def say(words: str, by: Frontdesk | None = None) -> list[Message]:
        posted = frontdesk.conversations.receive(conversation.id, conversation.contact_id, words, None)
        (by or frontdesk).assistant.take_turn()
        return list(frontdesk.conversations.messages(conversation.id, posted.message.sequence))

    say.conversation_id = conversation.id
    say.contact_id = conversation.contact_id
    return say


class TestWithoutModel:
    @pytest.mark.parametrize(
        ("question", "answer"),
        [
            ("你们的退货政策是怎么样的？", "7天内"),
            ("请问你们海南能发货吗？", "海南"),
            ("What is your return policy?", "7 days"),
            ("Do you ship to Hainan?", "Hainan"),
        ],
    )
    def test_a_known_question_is_answered_by_quotation(self, ask: Ask, question: str, answer: str) -> None:
        (reply,) = ask(question)
        assert reply.form == Form.QUOTED
        assert answer in reply.text
        assert reply.text.endswith("[1]")
        assert reply.citations[0]["text"] in reply.text

    @pytest.mark.parametrize("question", ["你们公司的股票代码是多少？", "What is your stock ticker?"])
    def test_an_unknown_question_goes_to_a_person(self, ask: Ask, question: str) -> None:
        notice, activity = ask(question)
        assert notice.handoff_reason in (HandoffReason.LOW_CONFIDENCE, HandoffReason.NOT_FOUND)
        assert activity.status == Status.OPEN

    def test_asking_for_a_person_needs_no_search(self, ask: Ask) -> None:
        notice, _ = ask("我要找人工")
        assert notice.handoff_reason == HandoffReason.ASKED

    def test_a_follow_up_is_understood_from_the_question_before(self, frontdesk: Frontdesk, ask: Ask) -> None:
        ask("请问你们海南能发货吗？")
        (reply,) = ask("那运费呢？")
        assert "12元" in reply.text
        assert "海南" in frontdesk.assistant.decisions(ask.conversation_id)[-1].record["query"]

    def test_the_decision_is_kept_with_the_answer(self, frontdesk: Frontdesk, ask: Ask) -> None:
        (reply,) = ask("保修多久？")
        (decision,) = frontdesk.assistant.decisions(ask.conversation_id)
        record = decision.record
        assert decision.reply_id == reply.id
        assert record["rule"] == "confident"
        assert record["confidence"] >= record["threshold"]
        assert record["passages"][0]["lexical"] == 1.0
        assert record["legs"] == ["lexical"]
        assert "total" in record["timings_ms"]

    def test_a_live_answer_and_a_search_test_decide_alike(
        self, frontdesk: Frontdesk, ask: Ask, knowledge_base_id: uuid.UUID
    ) -> None:
        ask("怎么退货")
        live = frontdesk.assistant.decisions(ask.conversation_id)[0].record
        tried = frontdesk.assistant.consider(knowledge_base_id, "怎么退货").as_json()
        same = ("confidence", "threshold", "rule", "passages", "outcome")
        assert {key: live[key] for key in same} == {key: tried[key] for key in same}


class TestWithModel:
    def test_the_reply_is_generated_with_citations(self, build, model: tuple[str, Script], ask: Ask) -> None:
        url, script = model
        script.reply = ["当然，", "签收后七天内可以退货[1]", "。"]
        (reply,) = ask("你们的退货政策是怎么样的？", build(llm_url=url))
        assert (reply.form, reply.text) == (Form.GENERATED, "当然，签收后七天内可以退货 [1]。")
        assert "7天内" in script.asked[0]["messages"][1]["content"]

    def test_a_reply_that_the_source_does_not_support_is_not_sent(
        self, build, frontdesk: Frontdesk, model: tuple[str, Script], ask: Ask
    ) -> None:
        url, script = model
        script.reply = ["签收后30天内", "可以退货 [1]。"]
        (reply,) = ask("你们的退货政策是怎么样的？", build(llm_url=url))
        assert (reply.form, "30" in reply.text) == (Form.QUOTED, False)
        record = frontdesk.assistant.decisions(ask.conversation_id)[-1].record
        assert record["failed_check"] == {"name": "figure", "found": "30天"}

    @pytest.mark.parametrize(
        "behaviour", [{"broken": True}, {"breaks_off": True}, {"reply": ["No source at all."]}, {"reply": []}]
    )
    def test_a_model_that_fails_leaves_the_quotation(
        self, build, model: tuple[str, Script], ask: Ask, behaviour: dict
    ) -> None:
        url, script = model
        for name, value in behaviour.items():
            setattr(script, name, value)
        (reply,) = ask("你们的退货政策是怎么样的？", build(llm_url=url))
        assert reply.form == Form.QUOTED

    def test_a_model_that_hangs_is_given_up(self, build, model: tuple[str, Script], ask: Ask) -> None:
        url, script = model
        script.gate.clear()
        (reply,) = ask("你们的退货政策是怎么样的？", build(llm_url=url, llm_first_token_seconds=0.5))
        assert reply.form == Form.QUOTED

    def test_a_follow_up_is_rewritten_by_the_model(self, build, model: tuple[str, Script], ask: Ask) -> None:
        url, script = model
        talking = build(llm_url=url)
        ask("请问你们海南能发货吗？", talking)
        script.reply = ["请问你们海南发货的运费是多少？"]
        ask("那运费呢？", talking)
        assert "那运费呢" in script.asked[1]["messages"][1]["content"]
        record = talking.assistant.decisions(ask.conversation_id)[-1].record
        assert record["query"] == "请问你们海南发货的运费是多少？"

    def test_a_person_who_steps_in_silences_the_reply_on_its_way(
        self, build, frontdesk: Frontdesk, model: tuple[str, Script], ask: Ask, agent: Agent
    ) -> None:
        url, script = model
        script.gate.clear()
        turn = threading.Thread(target=ask, args=("你们的退货政策是怎么样的？", build(llm_url=url)))
        turn.start()
        assert script.streaming.wait(10)
        frontdesk.desk.request(ask.conversation_id, ask.contact_id)
        frontdesk.desk.claim(ask.conversation_id, agent.id)
        script.gate.set()
        turn.join(20)
        said = [m for m in frontdesk.conversations.messages(ask.conversation_id) if m.sender == Sender.ASSISTANT]
        assert [m.form for m in said] == [Form.NOTICE]

    @pytest.fixture
    def hybrid(self, build, model: tuple[str, Script], knowledge_base_id: uuid.UUID) -> Frontdesk:
        """With an embedder, in whose space the knowledge is indexed."""
        built = build(embedding_url=model[0])
        built.rebuilding.rebuild(knowledge_base_id, lambda _: None)
        return built

    def test_with_an_embedder_both_legs_search(self, hybrid: Frontdesk, knowledge_base_id: uuid.UUID) -> None:
        record = hybrid.assistant.consider(knowledge_base_id, "你们的退货政策是怎么样的？")
        assert record.legs == ["lexical", "dense"]
        assert record.passages[0].dense == pytest.approx(1.0, abs=1e-4)

    def test_health_says_hybrid_only_when_the_knowledge_is_indexed_so(
        self, build, model: tuple[str, Script], knowledge_base_id: uuid.UUID
    ) -> None:
        hybrid = build(embedding_url=model[0])
        hybrid.health.start()
        state = wait_for(lambda: r if (r := hybrid.health.report()["parts"]["retrieval"])["mode"] else None)
        assert (state["mode"], state["legs"]["dense"]) == ("lexical", "index is being rebuilt")
        hybrid.rebuilding.rebuild(knowledge_base_id, lambda _: None)
        assert hybrid.health.report()["parts"]["retrieval"]["mode"] == "hybrid"

    def test_an_embedder_that_fails_leaves_the_lexical_leg(
        self, hybrid: Frontdesk, model: tuple[str, Script], knowledge_base_id: uuid.UUID
    ) -> None:
        _, script = model
        script.broken = True
        record = hybrid.assistant.consider(knowledge_base_id, "你们的退货政策是怎么样的？")
        assert record.legs == ["lexical"]
        assert record.notes == ["embedder_unavailable"]
        assert record.reason is None

    def test_what_is_tried_again_and_again_is_embedded_once(
        self, hybrid: Frontdesk, model: tuple[str, Script], knowledge_base_id: uuid.UUID
    ) -> None:
        _, script = model
        question = "你们的退货政策是怎么样的？"
        tried = [
            hybrid.retrieval.retrieve_without(knowledge_base_id, question, Without(frozenset())) for _ in range(2)
        ]
        assert tried[0].passages == tried[1].passages
        assert sum(body["input"] == [question] for body in script.embedded) == 1
        hybrid.retrieval.retrieve(knowledge_base_id, question)
        assert sum(body["input"] == [question] for body in script.embedded) == 2


class TestAfterAReturn:
    """What people have settled is no reason to hand over again; what comes new is."""

    @pytest.fixture
    def returned(self, frontdesk: Frontdesk, ask: Ask, agent: Agent) -> Ask:
        assert ask("你们的退货政策是怎么样的？")[0].form == Form.QUOTED
        frontdesk.desk.request(ask.conversation_id, ask.contact_id)
        frontdesk.desk.claim(ask.conversation_id, agent.id)
        frontdesk.desk.return_to_assistant(ask.conversation_id, agent.id)
        return ask

    def test_a_question_of_before_is_no_repetition(self, returned: Ask) -> None:
        (reply,) = returned("你们的退货政策是怎么样的？")
        assert reply.form == Form.QUOTED
        assert returned("你们的退货政策是怎么样的？")[0].handoff_reason is HandoffReason.REPEATED

    @pytest.mark.parametrize(
        ("words", "reasons"),
        [
            ("我要找人工", {HandoffReason.ASKED}),
            ("你们公司的股票代码是多少？", {HandoffReason.LOW_CONFIDENCE, HandoffReason.NOT_FOUND}),
        ],
    )
    def test_a_new_reason_hands_over(self, returned: Ask, words: str, reasons: set[HandoffReason]) -> None:
        assert returned(words)[0].handoff_reason in reasons


class TestClaiming:
    def test_of_many_turns_one_answers(self, frontdesk: Frontdesk) -> None:
        conversation = frontdesk.conversations.open("web", None, None)
        frontdesk.conversations.receive(conversation.id, conversation.contact_id, "保修多久？", None)
        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(lambda _: frontdesk.assistant.take_turn(), range(8))) == 1
        messages = frontdesk.conversations.messages(conversation.id)
        assert [m.sender for m in messages] == [Sender.CONTACT, Sender.ASSISTANT]

    def test_a_turn_that_died_is_taken_over_when_its_lease_ends(self, frontdesk: Frontdesk) -> None:
        conversation = frontdesk.conversations.open("web", None, None)
        frontdesk.conversations.receive(conversation.id, conversation.contact_id, "保修多久？", None)
        with frontdesk.sessions.begin() as session:
            assert claim(session)
        assert not frontdesk.assistant.take_turn()
        with frontdesk.engine.begin() as connection:
            connection.execute(text("UPDATE conversations SET turn_until = now() - interval '1 second'"))
        assert frontdesk.assistant.take_turn()
        assert len(frontdesk.conversations.messages(conversation.id)) == 2

    def test_who_waited_too_long_gets_a_person(self, frontdesk: Frontdesk, ask: Ask) -> None:
        frontdesk.conversations.receive(ask.conversation_id, ask.contact_id, "保修多久？", None)
        with frontdesk.engine.begin() as connection:
            connection.execute(text("UPDATE conversations SET awaiting_since = now() - interval '1 minute'"))
        frontdesk.assistant.take_turn()
        assert frontdesk.conversations.messages(ask.conversation_id)[1].handoff_reason == HandoffReason.FAILED

    def test_a_message_that_came_in_meanwhile_is_answered_next(
        self, build, frontdesk: Frontdesk, model: tuple[str, Script], ask: Ask
    ) -> None:
        url, script = model
        script.gate.clear()
        turn = threading.Thread(target=ask, args=("你们的退货政策是怎么样的？", build(llm_url=url)))
        turn.start()
        assert script.streaming.wait(10)
        frontdesk.conversations.receive(ask.conversation_id, ask.contact_id, "保修多久？", None)
        script.gate.set()
        turn.join(20)
        assert frontdesk.conversations.get(ask.conversation_id).awaiting_since
        assert frontdesk.assistant.take_turn()
        assert "保修一年" in frontdesk.conversations.messages(ask.conversation_id)[-1].text
