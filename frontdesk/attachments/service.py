"""Taking in files that are sent with messages, giving them out, and clearing away what no message names."""

import hashlib
import shutil
import threading
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from frontdesk.attachments.kinds import PICTURE, Kind, clean_name, kind_of
from frontdesk.conversations.attachments import MOST_AT_ONCE, Attachment
from frontdesk.conversations.models import Message
from frontdesk.database import Sessions, new_id
from frontdesk.errors import DomainError, Invalid, NotFound, Unavailable
from frontdesk.files import settle
from frontdesk.knowledge.apart import Reader, ReadingFailed
from frontdesk.places import Places

FOLDER = "attachments"
"""Below the files folder."""
DRAWN_AT_ONCE = 2
DRAWING_SECONDS = 20.0
MOST_WAITING = 8
"""So many pictures are drawn or wait for that; each holds a thread of the api."""
ORPHAN_SECONDS = 3600.0
"""A file that no message names after so long belongs to a request that broke off, or to what was removed."""
LOOKED_UP_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was sent: where it lies meanwhile, in the folder of attachments, and what the sender calls it."""

    path: Path
    name: str


class Attachments:
    """The files of conversations."""

    def __init__(self, sessions: Sessions, files_dir: Path, most_mb: int) -> None:
        self._sessions = sessions
        self._files_dir = files_dir
        self._most_mb = most_mb
        self._reader = Reader(silent_s=DRAWING_SECONDS)
        self._places = Places(MOST_WAITING, "pictures_busy")
        self._drawing = threading.BoundedSemaphore(DRAWN_AT_ONCE)

    @property
    def folder(self) -> Path:
        """Where files lie, also those that are still being sent."""
        folder = self._files_dir / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def close(self) -> None:
        """End the processes that draw."""
        self._reader.close()

    @contextmanager
    def taken_in(self, uploads: Sequence[Upload]) -> Iterator[Sequence[Attachment]]:
        """The uploads, checked, drawn and in their place, for the message that is stored meanwhile.

        Those that no message takes are removed; where it is not sure whether one did, `clear` finds out later.
        Raises Invalid for what may not be sent, Unavailable while too many pictures come at once.
        """
        if not 0 < len(uploads) <= MOST_AT_ONCE:
            raise Invalid(f"Send 1 to {MOST_AT_ONCE} files with a message.", code="attachments_count")
        kinds = [self._checked(upload) for upload in uploads]
        taken: list[Attachment] = []
        try:
            for position, (upload, kind) in enumerate(zip(uploads, kinds, strict=True)):
                taken.append(self._take_in(upload, kind, position))
            yield taken
        except DomainError:
            self._give_up(taken)
            raise
        self._give_up(one for one in taken if one.message_id is None)

    def find(self, conversation_id: uuid.UUID, attachment_id: uuid.UUID) -> tuple[Attachment, Path]:
        """A file of a conversation, and where it lies; raises NotFound."""
        with self._sessions() as session:
            attachment = session.scalar(
                select(Attachment)
                .join(Message, Message.id == Attachment.message_id)
                .where(Attachment.id == attachment_id, Message.conversation_id == conversation_id)
            )
        if attachment is None or not (path := self._files_dir / attachment.file).is_file():
            raise NotFound("There is no such file in this conversation.", code="attachment_not_found")
        return attachment, path

    def clear(self) -> None:
        """Remove files that no message names: what was sent in vain, and what went with its conversation.

        A file comes before its row, so only those are looked at that have been there for a while.
        """
        due = time.time() - ORPHAN_SECONDS
        old = [path for path in self.folder.iterdir() if path.stat().st_mtime < due]
        for start in range(0, len(old), LOOKED_UP_AT_ONCE):
            by_file = {f"{FOLDER}/{path.name}": path for path in old[start : start + LOOKED_UP_AT_ONCE]}
            with self._sessions() as session:
                named = set(session.scalars(select(Attachment.file).where(Attachment.file.in_(by_file))))
            for file in by_file.keys() - named:
                _remove(by_file[file])

    def _checked(self, upload: Upload) -> Kind:
        if upload.path.stat().st_size > self._most_mb * 1024 * 1024:
            raise Invalid(
                f"A file may have up to {self._most_mb} MB. Send a smaller one, or a link to it.",
                code="attachment_too_large",
                details=[{"megabytes": self._most_mb}],
            )
        return kind_of(upload.path, upload.name)

    def _take_in(self, upload: Upload, kind: Kind, position: int) -> Attachment:
        attachment_id = new_id()
        attachment = Attachment(
            id=attachment_id,
            position=position,
            name=clean_name(upload.name, kind),
            media_type=kind.media_type,
            digest=_digest(upload.path),
            file=f"{FOLDER}/{attachment_id.hex}",
        )
        if kind is PICTURE:
            self._draw(upload, attachment)
        attachment.size = upload.path.stat().st_size
        settle(upload.path, self._files_dir / attachment.file)
        return attachment

    def _draw(self, upload: Upload, attachment: Attachment) -> None:
        """Put a drawing of it, made apart, in the place of a picture."""
        try:
            with self._places.one(), self._drawing:
                drawing = self._reader.drawing(upload.path)
        except ReadingFailed as error:
            raise Unavailable(
                "The picture could not be read just now; please try again.", code="reading_failed"
            ) from error
        upload.path.write_bytes(drawing.content)
        attachment.width, attachment.height = drawing.width, drawing.height

    def _give_up(self, attachments: Iterable[Attachment]) -> None:
        for attachment in attachments:
            (self._files_dir / attachment.file).unlink(missing_ok=True)


def _remove(path: Path) -> None:
    if path.is_dir():  # of a request that was still coming in
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
