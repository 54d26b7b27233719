"""What conversations are about: topics for administrators, corrections by agents."""

import uuid

from fastapi import APIRouter, status

from services.api.schemas import topics as shapes
from services.api.security import CurrentAdmin, CurrentAgent, Domain

router = APIRouter(prefix="/v1", tags=["topics"])


@router.get("/topics")
def list_topics(frontdesk: Domain, agent: CurrentAgent) -> shapes.TopicList:
    """All topics, and how well they are recognised."""
    return shapes.TopicList(
        topics=[shapes.Topic.of(item) for item in frontdesk.topics.list()],
        recognition=shapes.Recognition.of(frontdesk.topics.learned()),
    )


@router.post("/topics", status_code=status.HTTP_201_CREATED)
def create_topic(body: shapes.NewTopic, frontdesk: Domain, admin: CurrentAdmin) -> shapes.TopicAlone:
    """A new topic; it is learned from its examples within seconds."""
    topic = frontdesk.topics.create(body.name, body.examples)
    return shapes.TopicAlone(topic=shapes.TopicName.model_validate(topic))


@router.get("/topics/suggestions")
def suggest_topics(frontdesk: Domain, admin: CurrentAdmin) -> shapes.SuggestedTopics:
    """Tags of the knowledge that are no topic yet."""
    found = frontdesk.topics.suggestions()
    return shapes.SuggestedTopics(suggestions=[shapes.SuggestedTopic.model_validate(one) for one in found])


@router.post("/topics/adopt")
def adopt_tags(body: shapes.AdoptTags, frontdesk: Domain, admin: CurrentAdmin) -> shapes.Adopted:
    """Make topics of tags, known by the questions under them."""
    return shapes.Adopted(made=frontdesk.topics.adopt(body.tags))


@router.post("/topics/try")
def try_text(body: shapes.TryText, frontdesk: Domain, admin: CurrentAdmin) -> shapes.TriedText:
    """What a text would be taken to be about now."""
    return shapes.TriedText.of(frontdesk.triaging.try_out(body.text))


@router.get("/topics/{topic_id}")
def read_topic(topic_id: uuid.UUID, frontdesk: Domain, admin: CurrentAdmin) -> shapes.TopicWithExamples:
    """A topic and its examples."""
    topic, examples = frontdesk.topics.examples(topic_id)
    return shapes.TopicWithExamples.of(topic, list(examples))


@router.patch("/topics/{topic_id}")
def rename_topic(
    topic_id: uuid.UUID, body: shapes.RenameTopic, frontdesk: Domain, admin: CurrentAdmin
) -> shapes.TopicAlone:
    """Call it something else."""
    topic = frontdesk.topics.rename(topic_id, body.name)
    return shapes.TopicAlone(topic=shapes.TopicName.model_validate(topic))


@router.delete("/topics/{topic_id}", status_code=status.HTTP_204_NO_CONTENT)
def remove_topic(topic_id: uuid.UUID, frontdesk: Domain, admin: CurrentAdmin) -> None:
    """Without it: its conversations have no topic until another one fits."""
    frontdesk.topics.remove(topic_id)


@router.post("/topics/{topic_id}/examples")
def teach_topic(
    topic_id: uuid.UUID, body: shapes.MoreExamples, frontdesk: Domain, admin: CurrentAdmin
) -> shapes.TopicAlone:
    """More examples; those that it has already change nothing."""
    topic = frontdesk.topics.teach(topic_id, body.examples)
    return shapes.TopicAlone(topic=shapes.TopicName.model_validate(topic))


@router.delete("/topics/{topic_id}/examples/{example_id}", status_code=status.HTTP_204_NO_CONTENT)
def forget_example(topic_id: uuid.UUID, example_id: uuid.UUID, frontdesk: Domain, admin: CurrentAdmin) -> None:
    """Without an example."""
    frontdesk.topics.forget(topic_id, example_id)


@router.post("/topics/{topic_id}/merge")
def merge_topic(
    topic_id: uuid.UUID, body: shapes.MergeTopic, frontdesk: Domain, admin: CurrentAdmin
) -> shapes.TopicAlone:
    """Have it go up in another one, with its examples, conversations and team."""
    topic = frontdesk.topics.merge(topic_id, body.into_id)
    return shapes.TopicAlone(topic=shapes.TopicName.model_validate(topic))


@router.get("/desk/conversations/{conversation_id}/triage")
def read_triage(conversation_id: uuid.UUID, frontdesk: Domain, agent: CurrentAgent) -> shapes.ConversationTriage:
    """What a conversation is about, and how its contact feels."""
    return shapes.ConversationTriage.of(frontdesk.triaging.get(conversation_id))


@router.put("/desk/conversations/{conversation_id}/topic")
def correct_topic(
    conversation_id: uuid.UUID, body: shapes.CorrectTopic, frontdesk: Domain, agent: CurrentAgent
) -> shapes.ConversationTriage:
    """Say what a conversation is about; it stays so, and is learned from."""
    return shapes.ConversationTriage.of(frontdesk.triaging.correct(conversation_id, agent.id, body.topic_id))
