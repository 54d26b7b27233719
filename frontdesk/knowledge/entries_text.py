"""Questions and answers as people paste them: "Q: ... A: ..." or 「问：……答：……」."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from frontdesk.errors import Invalid

# Possessive: a long row of marks has one reading, not exponentially many.
_OPENING = r"(?>[-*•·>]\s*|#+\s*|\d{1,4}\s*[.、．)）]\s*)*+"
_NUMBER = r"\s*[(（]?\d{0,4}[)）]?\s*[.、．)）]?\s*"
_COLON = r"(?:\*\*)?\s*[:：]\s*(?:\*\*)?\s*"
_QUESTION_WORDS = "Question|Q|问题|問題|提问|提問|问|問"
_ANSWER_WORDS = "Answer|A|答案|回答|回复|回覆|解答|答"
_MARKED = re.compile(
    rf"^\s*{_OPENING}(?:(?P<question>{_QUESTION_WORDS})|(?P<answer>{_ANSWER_WORDS})){_NUMBER}{_COLON}(?P<text>.*)$",
    re.IGNORECASE,
)
# A lone letter A within a question may be part of it ("plan A: ..."), so it counts only where a sentence ends.
_ANSWER_ON_SAME_LINE = re.compile(
    rf"(?:(?<=[?？.。!！])\s*(?:{_ANSWER_WORDS})|\s(?:Answer|答案|回答|答))\d{{0,4}}{_COLON}", re.IGNORECASE
)
_RULE = re.compile(r"^\s*([-=*_~#])(?:\s*\1){2,}\s*$")


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
    for number, kind, words in _lines(text):
        if kind == "question":
            if not words:
                raise _unreadable(number, "this question is empty")
            if draft is not None and draft.answer_line is not None:
                yield draft.finished()
                draft = None
            draft = draft or _Draft(number)
            draft.questions.append(words)
        elif kind == "answer":
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


def _lines(text: str) -> Iterator[tuple[int, Literal["question", "answer", "more"], str]]:
    """Number of the line, what its mark says and the words behind the mark; rules between entries are left out."""
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), start=1):
        marked = _MARKED.match(line)
        if marked is None:
            if not _RULE.match(line):
                yield number, "more", line.strip()
        elif marked["question"]:
            question, answer = _split(marked["text"])
            yield number, "question", question
            if answer is not None:
                yield number, "answer", answer
        else:
            yield number, "answer", _bare(marked["text"])


def _split(words: str) -> tuple[str, str | None]:
    """A question and, where it stands on the same line, its answer."""
    found = _ANSWER_ON_SAME_LINE.search(words)
    if found is None:
        return _bare(words), None
    return _bare(words[: found.start()]), _bare(words[found.end() :])


def _bare(words: str) -> str:
    """The words without the second half of a bold mark around them."""
    words = words.strip()
    return words.removesuffix("**").rstrip() if words.count("**") % 2 else words


def _unreadable(line: int, problem: str) -> Invalid:
    return Invalid(f"Line {line}: {problem}.", code="entries_unreadable", details=[{"line": line}])
