"""What goes with a knowledge base, and what no passage needs any more."""

import uuid
from collections.abc import Sequence

from sqlalchemy import String, delete, select
from sqlalchemy.orm import Session

from frontdesk.knowledge.leases import OWING
from frontdesk.knowledge.models import Chunk, Document
from frontdesk.knowledge.pictures.models import KEY, Picture


def files_of_base(session: Session, knowledge_base_id: uuid.UUID) -> Sequence[str]:
    """The files of all pictures of a knowledge base."""
    of_base = Document.knowledge_base_id == knowledge_base_id
    return session.scalars(
        select(Picture.file).join(Document, Document.id == Picture.document_id).where(of_base)
    ).all()


def forget_unused(session: Session, knowledge_base_id: uuid.UUID) -> Sequence[str]:
    """Remove the rows of pictures that no chunk names any more, and tell their files.

    Documents that are being read are left for later. The knowledge base is locked meanwhile.
    """
    at_rest = select(Document.id).where(
        Document.knowledge_base_id == knowledge_base_id, Document.status.not_in(OWING)
    )
    naming = select(Chunk.id).where(
        Chunk.document_id == Picture.document_id,
        Chunk.location.has_key(KEY),
        Chunk.location[KEY].has_key(Picture.id.cast(String)),
    )
    return session.scalars(
        delete(Picture).where(Picture.document_id.in_(at_rest), ~naming.exists()).returning(Picture.file)
    ).all()
