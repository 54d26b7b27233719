"""The words of an answer: quoted from a source, or generated and held against its citations."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from frontdesk.conversations.models import Form
from frontdesk.knowledge import lexical
from frontdesk.knowledge.chunking import sentences
from frontdesk.knowledge.found import Passage

MOST_QUOTED_SENTENCES = 4
LONGEST_QUOTE = 420


@dataclass(frozen=True, slots=True)
class Answer:
    """What the contact reads; `citations` are the stored form of the passages it uses.

    A question back has no citations, but `choices`.
    """

    text: str
    form: Form
    citations: Sequence[dict[str, Any]]
    model: str | None
    choices: Sequence[str] = ()


def quote(query: str, passages: Sequence[Passage]) -> Answer:
    """The best passage's own words: an entry's answer whole, of a document the sentences nearest the question."""
    best = passages[0]
    return Answer(f"{words_of(query, best)} [1]", Form.QUOTED, [citation(1, best)], None)


def words_of(query: str, passage: Passage) -> str:
    """What of a passage answers a question: an entry's answer whole, of a document the sentences nearest to it."""
    return passage.text if passage.entry_id else _nearest_sentences(query, passage.text)


def generated(text: str, used: Sequence[int], passages: Sequence[Passage], model: str) -> Answer:
    """What a model wrote and no check refused; `used` are the passages it cites, from 0, in the order of marks."""
    citations = [citation(number, passages[place]) for number, place in enumerate(used, 1)]
    return Answer(text, Form.GENERATED, citations, model)


def citation(number: int, passage: Passage) -> dict[str, Any]:
    """A passage as it is stored with what uses it, under a number from 1."""
    # The words are kept with the citation, so that it still opens when the source has changed or gone.
    return {
        "number": number,
        "title": passage.title,
        "text": passage.text,
        "location": dict(passage.location),
        "document_id": str(passage.document_id) if passage.document_id else None,
        "entry_id": str(passage.entry_id) if passage.entry_id else None,
        "chunk_id": str(passage.chunk_id),
        "version": passage.version,
        "url": passage.url,
    }


def _nearest_sentences(query: str, text: str) -> str:
    """The run of sentences that shares most terms with the question, whole if the text is short."""
    if len(text) <= LONGEST_QUOTE:
        return text
    parts = sentences(text)
    packed = [lexical.pack(lexical.terms(part)) for part in parts]
    wanted = lexical.question(query, lexical.terms(query), {}, lexical.Corpus.of(packed))
    scores = [wanted.coverage(lexical.unpack(terms)[0]) for terms in packed]
    start = max(range(len(parts)), key=lambda i: sum(scores[i : i + MOST_QUOTED_SENTENCES]))
    quoted = ""
    for part in parts[start : start + MOST_QUOTED_SENTENCES]:
        if quoted and len(quoted) + len(part) > LONGEST_QUOTE:
            break
        quoted += part if not quoted or part[:1] > "\u2e7f" else f" {part}"
    return quoted[: LONGEST_QUOTE * 2].strip()
