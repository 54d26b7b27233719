"""What is shown of a chunk that is found, as it lies in memory beside what is searched."""

import json
import uuid
from collections.abc import Mapping
from typing import Any, NamedTuple


class Words(NamedTuple):
    """A document's passage or an entry's answer; `url` is where a document from the web stands."""

    title: str
    text: str
    location: Mapping[str, Any]
    document_id: uuid.UUID | None
    url: str | None


def pack(words: Words) -> bytes:
    """Words as one value that the garbage collector does not look into: there are hundreds of thousands."""
    title, text, location, document_id, url = words
    document = document_id.hex if document_id else None
    return json.dumps([title, text, location, document, url], ensure_ascii=False, separators=(",", ":")).encode()


def unpack(packed: bytes) -> Words:
    """What `pack` made."""
    title, text, location, document, url = json.loads(packed)
    return Words(title, text, location, uuid.UUID(document) if document else None, url)
