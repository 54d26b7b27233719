"""A shop of many entries and contacts who ask about them, as live turns answer."""

import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import select

from frontdesk.answering.models import Decision
from frontdesk.bootstrap import Frontdesk
from frontdesk.conversations.models import Conversation, Form, Message, Sender
from frontdesk.knowledge.entries_text import EntryText
from frontdesk.knowledge.models import Entry
from tests.waiting import wait_for

THINGS = (
    "电饭煲",
    "空气炸锅",
    "吸尘器",
    "加湿器",
    "电水壶",
    "榨汁机",
    "面包机",
    "咖啡机",
    "电风扇",
    "取暖器",
    "扫地机",
    "洗碗机",
    "微波炉",
    "净水器",
    "挂烫机",
)
MATTERS = {
    "保修": ("{thing}的保修期是多久", "{thing}保修几年", "{thing}坏了多久内免费修"),
    "清洗": ("{thing}怎么清洗", "{thing}能不能水洗", "清洁{thing}要注意什么"),
    "功率": ("{thing}的功率是多少", "{thing}多少瓦", "{thing}费电吗"),
    "颜色": ("{thing}有什么颜色", "{thing}有白色的吗", "{thing}可以选颜色吗"),
    "尺寸": ("{thing}的尺寸是多大", "{thing}有多高多宽", "{thing}占地方吗"),
}
MODELS = ("", "mini", "pro", "max")
STRANGE = ("你们公司的股票代码是多少", "明天天气怎么样", "可以推荐一部电影吗", "谁是你们的老板", "能教我游泳吗")


@dataclass(frozen=True, slots=True)
class Told:
    """What a contact got: the words, but for those of a handoff, and what they cite."""

    text: str
    cited: tuple[tuple[str | None, str], ...]


def entry_texts() -> list[EntryText]:
    """Three hundred, no two of one question."""
    made = []
    for model in MODELS:
        for thing in THINGS:
            for matter, questions in MATTERS.items():
                name = f"{thing}{model}"
                number = len(made) % 37 + 3
                answer = f"{name}的{matter}：请看说明书第{number}页，客服编号{len(made) + 1000}。"
                made.append(EntryText(tuple(question.format(thing=name) for question in questions), answer))
    return made


def history(count: int, about: Sequence[EntryText]) -> list[str]:
    """So many distinct questions: first all that these entries are asked by, then of every kind, some word for
    word, some put otherwise, some that nothing answers."""
    chance = random.Random(7)
    asked = dict.fromkeys(question for text in about for question in text.questions)
    known = [question for text in entry_texts() for question in text.questions]
    asked |= dict.fromkeys(f"请问{question}？" for question in asked)
    while len(asked) < count:
        question = chance.choice(known)
        match chance.randrange(6):
            case 0:
                question = f"请问{question}？"
            case 1:
                question = f"想了解一下{question}，谢谢"
            case 2:
                question = f"{chance.choice(STRANGE)}{len(asked)}"
        asked[question] = None
    return list(asked)[:count]


def fill(frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, texts: Sequence[EntryText]) -> Sequence[Entry]:
    """The entries, indexed."""
    made = frontdesk.knowledge.add_entries(knowledge_base_id, texts)
    index(frontdesk, knowledge_base_id)
    return made


def index(frontdesk: Frontdesk, knowledge_base_id: uuid.UUID) -> None:
    """Do all that entries owe."""
    frontdesk.indexing.index_entries(knowledge_base_id)
    assert not frontdesk.indexing.unready(knowledge_base_id)


def ask(frontdesk: Frontdesk, questions: Sequence[str], channel: str = "web") -> dict[str, Told]:
    """Each in a conversation of its own, answered by a live turn."""
    told = {}
    for question in questions:
        conversation = frontdesk.conversations.open(channel, None, None)
        posted = frontdesk.conversations.receive(conversation.id, conversation.contact_id, question, None)
        reply = wait_for(partial(_reply, frontdesk, conversation.id, posted.message.sequence), what="a reply")
        cited = tuple((citation["entry_id"], citation["text"]) for citation in reply.citations)
        told[question] = Told("" if reply.form is Form.NOTICE else reply.text, cited)
    return told


def dislike(frontdesk: Frontdesk, queries: Sequence[str]) -> None:
    """The contacts who asked so find the answers of no help."""
    with frontdesk.sessions() as session:
        replies = session.execute(
            select(Conversation.id, Conversation.contact_id, Decision.reply_id)
            .join(Decision, Decision.conversation_id == Conversation.id)
            .where(Decision.record["query"].astext.in_(queries))
        ).all()
    assert len(replies) == len(queries)
    for reply in replies:
        frontdesk.conversations.rate(*reply, "down", None)


def _reply(frontdesk: Frontdesk, conversation_id: uuid.UUID, after: int) -> Message | None:
    """What was replied; where an api runs beside it, that may have the turn."""
    frontdesk.assistant.take_turn()
    said = frontdesk.conversations.messages(conversation_id, after)
    return next((message for message in said if message.sender is Sender.ASSISTANT), None)


def decisions(frontdesk: Frontdesk) -> int:
    """How many are stored."""
    with frontdesk.sessions() as session:
        return session.query(Decision).count()


def finish(frontdesk: Frontdesk, run_id: uuid.UUID) -> None:
    """Do all of a run."""
    while frontdesk.running.work(run_id):
        pass
