"""Question sets: administrators keep them, agents add to the one of the desk."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Query, UploadFile, status
from fastapi.responses import StreamingResponse

from frontdesk.knowledge.entry_files.writing import FileFormat
from services.api.row_files import RESPONSES, SkipBadRows, WishedFormat, attachment
from services.api.schemas import question_sets as schemas
from services.api.security import CurrentAdmin, CurrentAgent, Domain
from services.api.uploads import uploaded

router = APIRouter(prefix="/v1", tags=["quality"])


@router.get("/knowledge-bases/{knowledge_base_id}/question-sets")
def list_question_sets(
    knowledge_base_id: uuid.UUID, frontdesk: Domain, admin: CurrentAdmin
) -> schemas.QuestionSetList:
    """The question sets of a knowledge base."""
    found = frontdesk.question_sets.sets(knowledge_base_id)
    return schemas.QuestionSetList(question_sets=[schemas.QuestionSet.of(one) for one in found])


@router.post("/knowledge-bases/{knowledge_base_id}/question-sets", status_code=status.HTTP_201_CREATED)
def add_question_set(
    knowledge_base_id: uuid.UUID, body: schemas.NewQuestionSet, frontdesk: Domain, admin: CurrentAdmin
) -> schemas.QuestionSetAlone:
    """A new set, empty or out of the variants of entries."""
    if body.variants is not None:
        made = frontdesk.question_sets.sample_variants(knowledge_base_id, body.name, body.variants)
    else:
        made = frontdesk.question_sets.set(frontdesk.question_sets.create(knowledge_base_id, body.name).id)
    return schemas.QuestionSetAlone(question_set=schemas.QuestionSet.of(made))


@router.patch("/question-sets/{question_set_id}")
def rename_question_set(
    question_set_id: uuid.UUID, body: schemas.RenameQuestionSet, frontdesk: Domain, admin: CurrentAdmin
) -> schemas.QuestionSetAlone:
    """Call it differently."""
    renamed = frontdesk.question_sets.rename(question_set_id, body.name)
    return schemas.QuestionSetAlone(question_set=schemas.QuestionSet.of(renamed))


@router.delete("/question-sets/{question_set_id}", status_code=status.HTTP_204_NO_CONTENT)
def remove_question_set(question_set_id: uuid.UUID, frontdesk: Domain, admin: CurrentAdmin) -> None:
    """Remove a set with its questions; runs of it stay."""
    frontdesk.question_sets.delete(question_set_id)


@router.get("/question-sets/{question_set_id}/questions")
def list_questions(
    question_set_id: uuid.UUID,
    frontdesk: Domain,
    admin: CurrentAdmin,
    query: Annotated[str, Query(max_length=200)] = "",
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> schemas.QuestionList:
    """Some of its questions."""
    found, total = frontdesk.question_sets.questions(question_set_id, query, offset, limit)
    return schemas.QuestionList(questions=[schemas.Question.of(one) for one in found], total=total)


@router.post("/question-sets/{question_set_id}/questions", status_code=status.HTTP_201_CREATED)
def add_question(
    question_set_id: uuid.UUID, body: schemas.QuestionToAsk, frontdesk: Domain, admin: CurrentAdmin
) -> schemas.QuestionAlone:
    """A question more; one of the same text is changed."""
    expectation = body.expected.as_domain()
    made = frontdesk.question_sets.add(question_set_id, body.text, expectation, body.reference)
    return schemas.QuestionAlone(question=schemas.Question.of(made))


@router.put("/questions/{question_id}")
def change_question(
    question_id: uuid.UUID, body: schemas.QuestionToAsk, frontdesk: Domain, admin: CurrentAdmin
) -> schemas.QuestionAlone:
    """Say it anew."""
    expectation = body.expected.as_domain()
    changed = frontdesk.question_sets.change(question_id, body.text, expectation, body.reference)
    return schemas.QuestionAlone(question=schemas.Question.of(changed))


@router.delete("/questions/{question_id}", status_code=status.HTTP_204_NO_CONTENT)
def remove_question(question_id: uuid.UUID, frontdesk: Domain, admin: CurrentAdmin) -> None:
    """Take a question out of its set."""
    frontdesk.question_sets.remove(question_id)


@router.post("/question-sets/{question_set_id}/import-file")
def import_questions(
    question_set_id: uuid.UUID,
    file: UploadFile,
    frontdesk: Domain,
    admin: CurrentAdmin,
    skip_bad_rows: SkipBadRows = False,
) -> schemas.QuestionImport:
    """Questions from a CSV, TSV, Excel, JSON or JSON lines file."""
    with uploaded(file, frontdesk.settings.files_dir) as (path, name):
        report = frontdesk.set_files.take(question_set_id, path, name, skip_bad_rows=skip_bad_rows)
    return schemas.QuestionImport.of(report)


@router.get("/question-sets/{question_set_id}/export", response_class=StreamingResponse, responses=RESPONSES)
def export_questions(
    question_set_id: uuid.UUID,
    frontdesk: Domain,
    admin: CurrentAdmin,
    file_format: WishedFormat = FileFormat.CSV,
) -> StreamingResponse:
    """All questions as a file, which can be edited and imported again."""
    return attachment(frontdesk.set_files.give(question_set_id, file_format), "questions", file_format)


@router.put("/desk/conversations/{conversation_id}/messages/{message_id}/label", tags=["desk"])
def label(
    conversation_id: uuid.UUID,
    message_id: uuid.UUID,
    body: schemas.Label,
    frontdesk: Domain,
    agent: CurrentAgent,
) -> schemas.QuestionAlone:
    """Say what should have come of a contact's question; it joins the set of questions from conversations."""
    named = {"chunk_id": str(body.chunk_id)} if body.chunk_id else {}
    if not body.chunk_id and (decided := frontdesk.question_sets.decided_by(message_id)):
        named = {"knowledge_base_id": str(decided)}
    frontdesk.access.require(agent, named)
    made = frontdesk.question_sets.from_conversation(conversation_id, message_id, body.chunk_id)
    return schemas.QuestionAlone(question=schemas.Question.of(made))
