"""Which column of a table holds what, by the names that people give to columns."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from frontdesk.errors import Invalid
from frontdesk.knowledge.entry_files import variants
from frontdesk.knowledge.entry_files.formulas import rearm
from frontdesk.knowledge.entry_files.rows import FileRow

_ENGLISH_QUESTION_NAMES = "question questions q query variant variants similar_question similar_questions"
_CHINESE_QUESTION_NAMES = (
    "问题 問題 问 問 标准问题 標準問題 标准问 相似问题 相似問題 相似问 相似问法 问法 其他问法 扩展问 提问 提問"
)
_ALL_ANSWER_NAMES = "answer answers a reply response 答案 回答 答 答复 答覆 回复 回覆 解答 标准答案"
_QUESTION_NAMES = frozenset((*_ENGLISH_QUESTION_NAMES.split(), *_CHINESE_QUESTION_NAMES.split()))
_ANSWER_NAMES = frozenset(_ALL_ANSWER_NAMES.split())
_ID_NAMES = frozenset(("id", "entry_id"))
_BLANKS = re.compile(r"[\s_-]+")
_REMARK = re.compile(r"[(（\[【].*?[)）\]】]")
_NUMBER = re.compile(r"[_\s]*(?:no\.?)?[_\s]*\d{1,3}$|[:：*]+$")


@dataclass(frozen=True, slots=True)
class Columns:
    """Indexes of the columns that count; the others are left alone, but beyond `width` they must be empty."""

    questions: tuple[int, ...]
    answer: int
    id: int | None = None
    width: int | None = None

    @classmethod
    def named(cls, names: Sequence[str]) -> Self | None:
        """By the names in a header; None for a row that is no header.

        Raises Invalid with entries_columns for one that names questions and no answer.
        """
        roles = [role_of(name) for name in names]
        if "question" not in roles:
            return None
        if "answer" not in roles:
            if sum(bool(name.strip()) for name in names) < 2:
                return None
            raise without_columns()
        return cls(
            questions=tuple(index for index, role in enumerate(roles) if role == "question"),
            answer=roles.index("answer"),
            id=roles.index("id") if "id" in roles else None,
        )

    def read(self, number: int, cells: Sequence[str]) -> FileRow:
        """What a row says."""
        texts = [rearm(cell.strip()) for cell in cells]
        if self.width is not None and any(texts[self.width :]):
            return FileRow(number, unreadable=True)

        def at(index: int | None) -> str:
            return texts[index] if index is not None and index < len(texts) else ""

        questions = [question for index in self.questions for question in variants.split(at(index))]
        return FileRow(number, at(self.id), tuple(questions), at(self.answer))


BY_POSITION = Columns(questions=(0,), answer=1, width=2)
"""A table of two columns without names."""


def read_record(number: int, record: Mapping[str, object]) -> FileRow:
    """What a JSON object says; its keys are named as columns are, and questions may be a list."""
    questions: list[str] = []
    found = {"id": "", "answer": ""}
    for name, value in record.items():
        role = role_of(name)
        if role == "question" and isinstance(value, list):
            questions += [str(one) for one in value if one is not None and str(one).strip()]
        elif role == "question" and value is not None:
            questions += variants.split(str(value))
        elif role in found and not found[role] and value is not None:
            if isinstance(value, list | dict):
                return FileRow(number, unreadable=True)
            found[role] = str(value)
    return FileRow(number, found["id"].strip(), tuple(questions), found["answer"])


def role_of(name: str) -> str | None:
    """`question`, `answer` or `id` for the name of such a column, in any case, with a number or a remark."""
    plain = _REMARK.sub("", unicodedata.normalize("NFKC", name)).strip().casefold()
    plain = _BLANKS.sub("_", _NUMBER.sub("", plain)).strip("_")
    if plain in _QUESTION_NAMES:
        return "question"
    if plain in _ANSWER_NAMES:
        return "answer"
    return "id" if plain in _ID_NAMES else None


def without_columns() -> Invalid:
    """The error for a file in which questions and answers are not found."""
    return Invalid(
        'It can not be told which column holds what. Name them in the first row: "question" and "answer".',
        code="entries_columns",
    )
