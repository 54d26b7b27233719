"""Questions and answers as people paste them: "Q: ... A: ..." or 「问：……答：……」."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from frontdesk.errors import Invalid
from frontdesk.knowledge.parsing.asking import Marks, Part


@dataclass(frozen=True, slots=True)
class EntryText:
    """An answer and the ways to ask for it."""

    questions: tuple[str, ...]
    answer: str


@dataclass(slots=True)
class _Draft:
    """An entry being read; `line` is that of its first question, `answer_line` that of its answer's mark."""

    line: int
    questions: list[str] = field(default_factory=list)
    answer: list[str] = field(default_factory=list)
    answer_line: int | None = None

    def finished(self) -> EntryText:
        """The entry, or Invalid when a part of it is missing."""
        if self.answer_line is None:
            raise _unreadable(self.line, "this question has no answer")
        answer = "\n".join(self.answer).strip()
        if not answer:
            raise _unreadable(self.answer_line, "this answer is empty")
        return EntryText(tuple(dict.fromkeys(self.questions)), answer)


def parse_entries(text: str) -> list[EntryText]:
    """The entries of a pasted text, in order.

    Raises Invalid with the code entries_unreadable and the number of the line at fault: an answer without a
    question, a question without an answer, an empty one of either, or text before the first question.
    """
    return list(_entries(text))


def _entries(text: str) -> Iterator[EntryText]:
    draft: _Draft | None = None
    for number, part, words in _lines(text):
        if part is Part.QUESTION:
            if not words:
                raise _unreadable(number, "this question is empty")
            if draft is not None and draft.answer_line is not None:
                yield draft.finished()
                draft = None
            draft = draft or _Draft(number)
            draft.questions.append(words)
        elif part is Part.ANSWER:
            if draft is None or draft.answer_line is not None:
                raise _unreadable(number, "this answer has no question")
            draft.answer_line = number
            draft.answer.append(words)
        elif draft is None:
            if words:
                raise _unreadable(number, "a question that begins with Q: or 问： is expected here")
        elif draft.answer_line is not None:
            draft.answer.append(words)
        elif words:
            draft.questions[-1] = f"{draft.questions[-1]} {words}"
    if draft is None:
        raise Invalid(
            "There is no question in this text. Begin each question with Q: or 问：, each answer with A: or 答：.",
            code="entries_unreadable",
        )
    yield draft.finished()


def _lines(text: str) -> Iterator[tuple[int, Part, str]]:
    """Number of the line, what its mark says and the words behind the mark; rules between entries are left out."""
    marks = Marks()
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), start=1):
        for said in marks.read(line):
            yield number, said.part, said.words


def _unreadable(line: int, problem: str) -> Invalid:
    return Invalid(f"Line {line}: {problem}.", code="entries_unreadable", details=[{"line": line}])
