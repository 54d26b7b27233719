"""What came of conversations: reports, and exports of what they count."""

import uuid
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse

from frontdesk.knowledge.entry_files.writing import FileFormat
from frontdesk.language import Language
from frontdesk.reports.filters import Filters
from services.api import schemas
from services.api.row_files import MEDIA_TYPES, attachment
from services.api.security import CurrentAdmin, Domain

router = APIRouter(prefix="/v1/reports", tags=["reports"])


def _filters(
    first: Annotated[date, Query(description="The first day on which conversations began")],
    last: Annotated[date, Query(description="The last day, which is included")],
    zone: Annotated[str, Query(max_length=64, description="The time zone of days and hours")] = "UTC",
    inbox: Annotated[uuid.UUID | None, Query(description="Of one inbox only")] = None,
    topic: Annotated[uuid.UUID | None, Query(description="About one topic only")] = None,
    language: Annotated[Language | None, Query(description="In one language only")] = None,
) -> Filters:
    return Filters(first, last, zone, inbox, topic, language)


ChosenFilters = Annotated[Filters, Depends(_filters)]


@router.get("")
def report(frontdesk: Domain, admin: CurrentAdmin, filters: ChosenFilters) -> schemas.Report:
    """What came of the conversations that began on these days, beside as many days before."""
    return schemas.Report.of(frontdesk.reports.report(filters))


@router.get("/choices")
def choices(frontdesk: Domain, admin: CurrentAdmin) -> schemas.ReportChoices:
    """What a report can be narrowed to."""
    inboxes, topics = frontdesk.reports.inboxes(), frontdesk.reports.topics()
    return schemas.ReportChoices(
        inboxes=[schemas.NamedChoice(id=one.id, name=one.channel) for one in inboxes],
        topics=[schemas.NamedChoice(id=one.id, name=one.name) for one in topics],
    )


@router.get(
    "/conversations",
    response_class=StreamingResponse,
    responses={200: {"content": {MEDIA_TYPES[FileFormat.CSV]: {}}}},
)
def export_conversations(frontdesk: Domain, admin: CurrentAdmin, filters: ChosenFilters) -> StreamingResponse:
    """A table with a row for each conversation: when, about what, why it was handed over, times, survey."""
    return attachment(frontdesk.exports.table(filters), "conversations", FileFormat.CSV)


@router.get(
    "/exchanges",
    response_class=StreamingResponse,
    responses={200: {"content": {MEDIA_TYPES[FileFormat.JSONL]: {"schema": {"type": "string"}}}}},
)
def export_exchanges(frontdesk: Domain, admin: CurrentAdmin, filters: ChosenFilters) -> StreamingResponse:
    """Questions with the answers that were accepted, without personal data, to fine-tune a chat model with.

    A line for each conversation, `{"messages": [{"role": "user", "content": "..."}, ...]}`.
    """
    return attachment(frontdesk.exports.exchanges(filters), "exchanges", FileFormat.JSONL)
