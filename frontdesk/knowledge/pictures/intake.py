"""Taking in the pictures of a document while it is read: first the files, in the end the rows."""

import os
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from frontdesk.knowledge.chunking import ChunkText
from frontdesk.knowledge.chunks import current
from frontdesk.knowledge.models import Chunk, Document
from frontdesk.knowledge.parsing import Picture as FoundPicture
from frontdesk.knowledge.pictures.models import FOLDER, KEY, Picture


@dataclass(slots=True)
class Intake:
    """The pictures of one revision of a document."""

    document: Document
    files_dir: Path
    _rows: list[dict[str, Any]] = field(default_factory=list)

    def put_by(self, found: Iterable[ChunkText | FoundPicture]) -> Iterator[ChunkText]:
        """Write the pictures to their files; the chunks pass."""
        for one in found:
            if isinstance(one, FoundPicture):
                self._write(one)
            else:
                yield one

    def location(self, chunk: ChunkText) -> dict[str, Any]:
        """Where a chunk stands, with the ids of its pictures."""
        location: dict[str, Any] = chunk.location.as_json()
        if chunk.pictures:
            location[KEY] = [str(self._id(digest)) for digest in chunk.pictures]
        return location

    def settle(self, session: Session) -> None:
        """Store the rows; chunks forget the pictures that did not come. The knowledge base is locked meanwhile."""
        if self._rows:
            self._store(session)
        stored = {str(row["id"]) for row in self._rows}
        of_revision = current(Document, [self.document])
        for chunk in session.scalars(select(Chunk).where(of_revision, Chunk.location.has_key(KEY))):
            named = chunk.location[KEY]
            kept = [picture_id for picture_id in named if picture_id in stored]
            if kept != named:
                rest = {name: value for name, value in chunk.location.items() if name != KEY}
                chunk.location = rest | ({KEY: kept} if kept else {})

    def _store(self, session: Session) -> None:
        _sync(self.files_dir / FOLDER)
        session.execute(insert(Picture).values(self._rows).on_conflict_do_nothing())
        used = session.scalars(select(Picture.file).where(Picture.id.in_([row["id"] for row in self._rows]))).all()
        for file in {row["file"] for row in self._rows}.difference(used):  # an earlier revision has it already
            (self.files_dir / file).unlink()

    def _id(self, digest: str) -> uuid.UUID:
        return uuid.uuid5(self.document.id, digest)

    def _write(self, picture: FoundPicture) -> None:
        # A name of this revision's own: clearing away an older revision never takes the file of this one, and a job
        # that is done again writes the same files again.
        file = f"{FOLDER}/{self.document.id.hex}-{self.document.revision}-{picture.digest}"
        path = self.files_dir / file
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part")
        with unfinished.open("wb") as out:
            out.write(picture.content)
            out.flush()
            os.fsync(out.fileno())
        unfinished.replace(path)
        self._rows.append(
            {
                "id": self._id(picture.digest),
                "document_id": self.document.id,
                "digest": picture.digest,
                "media_type": picture.media_type,
                "width": picture.width,
                "height": picture.height,
                "size": len(picture.content),
                "file": file,
            }
        )


def _sync(folder: Path) -> None:
    """What was renamed in this folder is there even after a power cut."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
