"""What should come of a question: an answer from a certain source, or a person. Pure."""

import unicodedata
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Wanted(StrEnum):
    """By what an expectation names what should answer."""

    ENTRY = "entry"
    DOCUMENT = "document"
    TEXT = "text"  # words that stand in the passage, wherever that is
    HANDOFF = "handoff"  # nothing should: a person


@dataclass(frozen=True, slots=True)
class Expectation:
    """`source_id` is the entry or document, `passage` the text."""

    wanted: Wanted
    source_id: uuid.UUID | None = None
    passage: str | None = None

    def is_met_by(self, source: Mapping[str, Any]) -> bool:
        """Whether a passage or citation, in its stored form, is what should answer."""
        match self.wanted:
            case Wanted.ENTRY:
                return source["entry_id"] == str(self.source_id)
            case Wanted.DOCUMENT:
                return source["document_id"] == str(self.source_id)
            case Wanted.TEXT:
                wanted, found = plain(self.passage or ""), plain(source["text"])
                # A document that is cut into smaller passages says it in several.
                return bool(wanted and found) and (wanted in found or found in wanted)
            case Wanted.HANDOFF:
                return False


def plain(text: str) -> str:
    """The text in one width, without case and blanks: two that differ in nothing else are the same."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())
