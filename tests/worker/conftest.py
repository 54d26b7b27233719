"""A shop whose documents a worker indexes."""

import uuid
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from frontdesk.bootstrap import Frontdesk
from frontdesk.database import now
from frontdesk.jobs import Job, Jobs, make_celery
from frontdesk.knowledge.models import Chunk, Document, SourceStatus
from tests.waiting import wait_for

ENDS = (SourceStatus.READY, SourceStatus.FAILED)


@dataclass(frozen=True, slots=True)
class Shop:
    """The knowledge of a shop, looked at from outside of the worker."""

    frontdesk: Frontdesk
    knowledge_base_id: uuid.UUID
    folder: Path

    def put(self, name: str, content: str | bytes) -> uuid.UUID:
        """Upload a document, which asks for a job; gives its id."""
        path = self.folder / "upload"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return self.frontdesk.knowledge.upload(self.knowledge_base_id, name, path).id

    def document(self, document_id: uuid.UUID) -> Document:
        return self.frontdesk.knowledge.document(document_id)

    def end(self, document_id: uuid.UUID, seconds: float = 30) -> Document:
        """The document once it is ready or has failed."""
        wait_for(lambda: self.document(document_id).status in ENDS, seconds, "the end of the indexing")
        return self.document(document_id)

    def found(self, question: str) -> list[str]:
        """The texts of the passages that a question finds."""
        return [p.text for p in self.frontdesk.assistant.consider(self.knowledge_base_id, question).passages]

    def chunks(self, document_id: uuid.UUID) -> int:
        """How many chunks of a document are stored, findable or not."""
        with self.frontdesk.sessions() as session:
            statement = select(func.count()).select_from(Chunk).where(Chunk.document_id == document_id)
            return session.scalar(statement) or 0

    def let_the_lease_run_out(self, document_id: uuid.UUID, **more: object) -> None:
        """As after the seconds for which a worker that died has a document, and ask for what is owed."""
        with self.frontdesk.sessions.begin() as session:
            session.execute(update(Document).where(Document.id == document_id).values(job_until=now(), **more))
        Jobs(make_celery(self.frontdesk.settings.redis_url)).enqueue(Job.SWEEP)


@pytest.fixture
def shop(frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, tmp_path: Path) -> Shop:
    """An empty one."""
    return Shop(frontdesk, knowledge_base_id, tmp_path)
