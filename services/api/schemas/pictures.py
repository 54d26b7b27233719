"""The pictures of documents."""

import uuid
from typing import Any, Self

from frontdesk.knowledge.pictures.service import ShownPicture
from services.api.schemas.shape import Shape


class DocumentPicture(Shape):
    """A picture with the first passage that it belongs to; width and height in pixels, size in bytes."""

    id: uuid.UUID
    media_type: str
    width: int
    height: int
    size: int
    chunk_id: uuid.UUID
    text: str
    location: dict[str, Any]

    @classmethod
    def of(cls, shown: ShownPicture) -> Self:
        """From the domain's."""
        picture, chunk = shown.picture, shown.chunk
        return cls(
            id=picture.id,
            media_type=picture.media_type,
            width=picture.width,
            height=picture.height,
            size=picture.size,
            chunk_id=chunk.id,
            text=chunk.text,
            location=chunk.location,
        )


class DocumentPictureList(Shape):
    """In the order of reading."""

    pictures: list[DocumentPicture]
