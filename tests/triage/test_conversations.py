"""What conversations are about is found out, corrected and learned, whoever has them."""

import uuid
from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from frontdesk.agents import Agent
from frontdesk.bootstrap import Frontdesk
from frontdesk.conversations.models import Conversation, Mood, Sender
from frontdesk.errors import Conflict, Invalid, NotFound
from frontdesk.knowledge.entries_text import EntryText
from frontdesk.language import Language
from frontdesk.teams.models import Team, TeamTopic
from frontdesk.triage.models import ExampleOrigin, TopicExample, TopicHead
from tests.model_server import Script
from tests.triage.lessons import LESSONS

Topics = dict[str, uuid.UUID]


@pytest.fixture
def topics(frontdesk: Frontdesk) -> Topics:
    """The shop's topics, learned."""
    made = {name: frontdesk.topics.create(name, lesson).id for name, lesson in LESSONS.items()}
    assert frontdesk.learning.learn()
    return made


def said(frontdesk: Frontdesk, *texts: str, conversation: Conversation | None = None) -> Conversation:
    """A conversation in which a contact wrote this, as it is after it was read."""
    one = conversation or frontdesk.conversations.open("web", None, Language.EN)
    for text in texts:
        frontdesk.conversations.receive(one.id, one.contact_id, text, None)
    assert frontdesk.triaging.read(one.id)
    return frontdesk.conversations.get(one.id)


def test_a_conversation_gets_the_topic_of_its_words(frontdesk: Frontdesk, topics: Topics) -> None:
    assert said(frontdesk, "Hello!", "Where is my parcel, when will it arrive?").topic_id == topics["Delivery"]
    assert said(frontdesk, "你好", "我想退货，怎么操作").topic_id == topics["Returns"]
    assert said(frontdesk, "你好").topic_id is None


def test_the_topic_stays_through_small_talk_and_follows_a_change(frontdesk: Frontdesk, topics: Topics) -> None:
    conversation = said(frontdesk, "Where is my parcel, when will it arrive?")
    conversation = said(frontdesk, "ok thanks", "好的", conversation=conversation)
    assert conversation.topic_id == topics["Delivery"]
    conversation = said(frontdesk, "I need a VAT invoice", "send the invoice please", conversation=conversation)
    assert conversation.topic_id == topics["Invoices"]


def test_moods_are_told_while_people_have_the_conversation(frontdesk: Frontdesk, agent: Agent) -> None:
    conversation = said(frontdesk, "Hello")
    frontdesk.desk.request(conversation.id, conversation.contact_id)
    frontdesk.desk.claim(conversation.id, agent.id)
    assert said(frontdesk, "气死我了！！你们是骗子", conversation=conversation).mood is Mood.ANGRY
    calm = ["好的", "单号是 20394857", "谢谢"]
    assert said(frontdesk, *calm, conversation=conversation).mood is Mood.CALM


def test_what_is_owed_is_read_and_then_owed_no_more(frontdesk: Frontdesk, topics: Topics) -> None:
    conversation = frontdesk.conversations.open("web", None, Language.EN)
    assert frontdesk.triaging.owing() == []
    frontdesk.conversations.receive(conversation.id, conversation.contact_id, "Where is my parcel?", None)
    assert frontdesk.triaging.read_owed() == 1
    assert frontdesk.triaging.owing() == []
    assert frontdesk.conversations.get(conversation.id).topic_id == topics["Delivery"]


def test_a_turn_knows_the_topic_before_it_ends(frontdesk: Frontdesk, topics: Topics) -> None:
    conversation = frontdesk.conversations.open("web", None, Language.EN)
    frontdesk.conversations.receive(conversation.id, conversation.contact_id, "Where is my parcel?", None)
    assert frontdesk.assistant.take_turn()
    assert frontdesk.conversations.get(conversation.id).topic_id == topics["Delivery"]


def test_a_broken_head_costs_no_reply(frontdesk: Frontdesk, topics: Topics) -> None:
    with frontdesk.sessions.begin() as session:
        session.scalars(select(TopicHead)).one().by_words = b"broken"
    conversation = frontdesk.conversations.open("web", None, Language.EN)
    frontdesk.conversations.receive(conversation.id, conversation.contact_id, "Where is my parcel?", None)
    assert frontdesk.assistant.take_turn()
    assert any(one.sender is Sender.ASSISTANT for one in frontdesk.conversations.messages(conversation.id))
    assert frontdesk.conversations.get(conversation.id).topic_id is None
    assert list(frontdesk.triaging.owing()) == [conversation.id]


def test_a_conversation_that_somebody_is_at_is_left_for_later(frontdesk: Frontdesk, topics: Topics) -> None:
    conversation = frontdesk.conversations.open("web", None, Language.EN)
    frontdesk.conversations.receive(conversation.id, conversation.contact_id, "Where is my parcel?", None)
    with frontdesk.sessions.begin() as session:
        session.get_one(Conversation, conversation.id, with_for_update=True)
        assert not frontdesk.triaging.read(conversation.id)
    assert frontdesk.triaging.read(conversation.id)


class TestCorrections:
    """What an agent says."""

    def test_it_stays_whatever_is_said_later(self, frontdesk: Frontdesk, topics: Topics, agent: Agent) -> None:
        conversation = said(frontdesk, "Where is my parcel?")
        told = frontdesk.triaging.correct(conversation.id, agent.id, topics["Invoices"])
        assert (told.topic.name, told.probability, told.corrected_by) == ("Invoices", None, agent.id)
        later = said(frontdesk, "When does the parcel arrive?", conversation=conversation)
        assert later.topic_id == topics["Invoices"]
        assert frontdesk.learning.learn()
        frontdesk.triaging.read_owed()
        assert frontdesk.conversations.get(conversation.id).topic_id == topics["Invoices"]

    def test_it_is_learned(self, frontdesk: Frontdesk, topics: Topics, agent: Agent) -> None:
        words = "My loyalty points vanished from the account"
        before = frontdesk.triaging.try_out(words)
        for text in (words, "loyalty points are missing", "where did my points go, the loyalty account is empty"):
            frontdesk.triaging.correct(said(frontdesk, "hi", text).id, agent.id, topics["Returns"])
        assert frontdesk.learning.owes()
        frontdesk.learning.learn()
        assert not frontdesk.learning.owes()
        after = frontdesk.triaging.try_out("the points of my loyalty account are gone")
        assert after.chances[0][0] == topics["Returns"]
        assert dict(after.chances)[topics["Returns"]] > dict(before.chances)[topics["Returns"]]

    def test_no_topic_is_an_answer_too(self, frontdesk: Frontdesk, topics: Topics, agent: Agent) -> None:
        conversation = said(frontdesk, "Where is my parcel?")
        frontdesk.triaging.correct(conversation.id, agent.id, topics["Returns"])
        frontdesk.triaging.correct(conversation.id, agent.id, None)
        assert said(frontdesk, "Where is the parcel?", conversation=conversation).topic_id is None
        with frontdesk.sessions() as session:
            wanted = TopicExample.origin == ExampleOrigin.CORRECTION
            (example,) = session.scalars(select(TopicExample).where(wanted)).all()
        assert (example.topic_id, example.text) == (None, "Where is my parcel?")

    def test_what_is_not_there_is_refused(self, frontdesk: Frontdesk, topics: Topics, agent: Agent) -> None:
        with pytest.raises(NotFound, match="topic"):
            frontdesk.triaging.correct(said(frontdesk, "hi").id, agent.id, uuid.uuid4())
        with pytest.raises(NotFound, match="conversation"):
            frontdesk.triaging.correct(uuid.uuid4(), agent.id, topics["Returns"])


class TestTopics:
    """What administrators do."""

    def test_a_name_is_taken_once(self, frontdesk: Frontdesk, topics: Topics) -> None:
        with pytest.raises(Conflict):
            frontdesk.topics.create(" Returns ", [])
        with pytest.raises(Conflict):
            frontdesk.topics.rename(topics["Delivery"], "Returns")
        with pytest.raises(Invalid):
            frontdesk.topics.teach(topics["Delivery"], ["x" * 501])

    def test_a_merged_topic_leaves_everything_to_the_other(
        self, frontdesk: Frontdesk, topics: Topics, agent: Agent
    ) -> None:
        conversation = said(frontdesk, "Where is my parcel?")
        with frontdesk.sessions.begin() as session:
            team = Team(name="Warehouse", position=0, hours={})
            session.add(team)
            session.flush()
            session.add(TeamTopic(topic_id=topics["Delivery"], team_id=team.id))
        frontdesk.topics.merge(topics["Delivery"], topics["Returns"])
        names = {item.topic.name: item for item in frontdesk.topics.list()}
        assert names.keys() == {"Invoices", "Returns"}
        assert (names["Returns"].examples, names["Returns"].conversations) == (16, 1)
        with frontdesk.sessions() as session:
            assert session.get_one(TeamTopic, topics["Returns"]).team_id == team.id
        frontdesk.learning.learn()
        assert said(frontdesk, "When does my order arrive?").topic_id == topics["Returns"]
        assert frontdesk.conversations.get(conversation.id).topic_id == topics["Returns"]

    def test_a_head_that_knows_a_removed_topic_gives_it_to_nobody(
        self, frontdesk: Frontdesk, topics: Topics
    ) -> None:
        frontdesk.topics.remove(topics["Delivery"])
        assert said(frontdesk, "Where is my parcel?").topic_id is None
        frontdesk.learning.learn()
        assert said(frontdesk, "How do I return shoes?").topic_id == topics["Returns"]

    def test_nothing_is_learned_from_nothing(self, frontdesk: Frontdesk, topics: Topics) -> None:
        for topic_id in topics.values():
            frontdesk.topics.remove(topic_id)
        assert frontdesk.learning.owes()
        frontdesk.learning.learn()
        assert not frontdesk.learning.owes()
        assert frontdesk.triaging.try_out("Where is my parcel?") is None

    def test_tags_of_the_knowledge_become_topics(self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID) -> None:
        frontdesk.knowledge.add_entries(
            knowledge_base_id,
            [
                EntryText(("保修多久？", "质保期是几年"), "一年。"),
                EntryText(("Is it under warranty?",), "One year."),
            ],
            tags=["warranty"],
        )
        (suggested,) = frontdesk.topics.suggestions()
        assert (suggested.tag, suggested.sources) == ("warranty", 2)
        assert frontdesk.topics.adopt(["warranty"]) == 1
        assert frontdesk.topics.suggestions() == []
        (item,) = frontdesk.topics.list()
        assert item.examples == 3
        assert frontdesk.topics.adopt(["warranty"]) == 0
        _, examples = frontdesk.topics.examples(item.topic.id)
        assert {one.text for one in examples} == {"保修多久？", "质保期是几年", "Is it under warranty?"}
        assert {one.origin for one in examples} == {ExampleOrigin.KNOWLEDGE}


def test_a_topic_is_known_by_its_name_too(frontdesk: Frontdesk, topics: Topics) -> None:
    assert said(frontdesk, "Gutschein einlösen").topic_id is None
    frontdesk.topics.rename(topics["Returns"], "Gutschein einlösen")
    assert frontdesk.learning.owes()
    frontdesk.learning.learn()
    assert said(frontdesk, "Gutschein einlösen").topic_id == topics["Returns"]


def test_with_an_embedder_meaning_is_learned_and_words_do_while_it_is_away(
    build: Callable[..., Frontdesk], model: tuple[str, Script]
) -> None:
    url, script = model
    frontdesk = build(embedding_url=url)
    made = {name: frontdesk.topics.create(name, lesson).id for name, lesson in LESSONS.items()}
    frontdesk.learning.learn()
    assert frontdesk.topics.learned().by_meaning
    assert not frontdesk.learning.owes()
    assert said(frontdesk, "Where is my parcel, when will it arrive?").topic_id == made["Delivery"]
    with frontdesk.sessions() as session:
        kept = session.scalar(select(func.count()).where(TopicExample.vector.is_not(None)))
    assert kept == sum(map(len, LESSONS.values()))
    script.embedding_model = "another"
    assert said(frontdesk, "Where is my parcel, when will it arrive?").topic_id == made["Delivery"]
