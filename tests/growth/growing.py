"""A knowledge base that lacks entries is given them by what contacts ask and agents answer, all by script."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from frontdesk.agents import Agent
from frontdesk.answering.policy import Outcome
from frontdesk.bootstrap import Frontdesk
from frontdesk.conversations.models import Form
from frontdesk.growth.models import DraftStatus, GapQuestion
from tests.growth.stories import Story, begin, gather
from tests.waiting import wait_for


@dataclass(frozen=True, slots=True)
class Hidden:
    """An entry that the knowledge base lacks: its answer, how contacts ask for it, and how others will."""

    answer: str
    asked: Sequence[str]
    unseen: Sequence[str]


@dataclass(slots=True)
class Served:
    """What came of questions."""

    asked: int = 0
    answered: int = 0
    right: int = 0
    asked_back: int = 0
    chosen: int = 0

    def __str__(self) -> str:
        at_once = f"{self.answered} of {self.asked} answered, {self.right} of them right"
        return f"{at_once}; {self.asked_back} asked back, {self.chosen} of them answered rightly then"


@dataclass(slots=True)
class Grown:
    """What became of drafts; an entry without one was answered from something else whenever it was asked for.

    Of the accepted ones `whole` answer all that was asked, the others most of it.
    """

    drafted: int = 0
    accepted: int = 0
    whole: int = 0
    failed: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.accepted} accepted, {self.whole} of them answer all that was asked"


def serve(frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, questions: Sequence[tuple[str, str]]) -> Served:
    """Questions with the answers that they should get, put to what is published.

    Who is asked back chooses the question with the right answer, if it is there.
    """
    served = Served()
    for text, answer in questions:
        record = frontdesk.assistant.consider(knowledge_base_id, text)
        answered = record.outcome is Outcome.ANSWER
        served.asked += 1
        served.answered += answered
        served.right += answered and record.passages[0].text == answer
        if record.outcome is Outcome.CHOICE:
            served.asked_back += 1
            titles = {one.title.strip() for one in record.passages if one.text == answer}
            for title in titles.intersection(record.choices):
                then = frontdesk.assistant.consider(knowledge_base_id, title)
                served.chosen += then.outcome is Outcome.ANSWER and then.passages[0].text == answer
    return served


def ask(frontdesk: Frontdesk, agent: Agent, hidden: Sequence[Hidden]) -> list[list[Story]]:
    """Contacts ask, and an agent gives the answer to all who come to a person; who got another one asks for one."""
    stories = []
    for entry in hidden:
        of_entry = []
        for text in entry.asked:
            story = begin(frontdesk)
            reply = story.say(text)
            if reply.form is Form.CHOICE:
                reply = story.say("都不是")
            if reply.form is not Form.NOTICE:
                story.dislike(reply)
                story.ask_for_person()
            story.resolve(agent, "您好，请稍等。", entry.answer)
            of_entry.append(story)
        stories.append(of_entry)
    gather(frontdesk)
    return stories


def grow(
    frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, admin: Agent, stories: Sequence[Sequence[Story]]
) -> Grown:
    """Draft an entry for each, prove it, and accept it if the proof passes; contacts are answered from it then."""
    grown = Grown()
    for of_entry in stories:
        story = next((one for one in of_entry if _shows_gap(frontdesk, one)), None)
        if story is None:
            continue
        draft = frontdesk.drafting.from_conversation(story.conversation.id, admin.id)
        grown.drafted += 1
        assert frontdesk.proving.prove(draft.id)
        if not _accept(frontdesk, knowledge_base_id, draft.id, grown):
            grown.failed.append(draft.questions[0])
    return grown


def grow_again(frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, grown: Grown) -> None:
    """The same with what failed by an earlier calibration."""
    while owing := frontdesk.proving.owing():
        for draft_id in owing:
            assert frontdesk.proving.prove(draft_id)
            _accept(frontdesk, knowledge_base_id, draft_id, grown)


def _accept(frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, draft_id: uuid.UUID, grown: Grown) -> bool:
    """Accept and publish a draft, if its proof passes."""
    proved = frontdesk.drafts.get(draft_id)
    if not proved.passes:
        return False
    assert frontdesk.drafts.accept(draft_id).status is DraftStatus.ACCEPTED
    wait_for(partial(_publish, frontdesk, knowledge_base_id), 60, "the publishing of an entry")
    grown.accepted += 1
    grown.whole += proved.proof["originals"]["answered"] == proved.proof["originals"]["asked"]
    return True


def _publish(frontdesk: Frontdesk, knowledge_base_id: uuid.UUID) -> int:
    """Do what entries owe, as far as Milvus takes it now."""
    frontdesk.indexing.index_entries(knowledge_base_id)
    return frontdesk.drafts.settle()


def _shows_gap(frontdesk: Frontdesk, story: Story) -> bool:
    with frontdesk.sessions() as session:
        of_it = (GapQuestion.conversation_id == story.conversation.id, GapQuestion.message_id.is_not(None))
        return session.query(GapQuestion).where(*of_it).first() is not None
