"""Which column of a file of questions holds what, by the names that people give to columns. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from frontdesk.errors import Invalid
from frontdesk.knowledge.entry_files.formulas import rearm
from frontdesk.knowledge.parsing.raw_rows import RawRow

NAMES = {
    "question": "question q query 问题 問題 提问 提問",
    "entry": "entry entry_id expected_entry 条目 條目 问答 問答 条目编号",
    "document": "document file expected_document 文档 文檔 文件",
    "passage": "passage text expected_passage 原文 段落 片段",
    "handoff": "handoff hand_over person 转人工 轉人工 人工",
    "reference": "reference answer reference_answer 参考答案 參考答案 答案 标准答案",
}
"""The first name of each is the one that an export writes."""
_ROLES = {name: role for role, names in NAMES.items() for name in names.split()}
_BLANKS = re.compile(r"[\s_-]+")
_YES = frozenset(("yes", "y", "true", "1", "x", "是", "对", "√", "✓", "人工", "转人工"))
_NO = frozenset(("", "no", "n", "false", "0", "-", "否"))
_TITLE_ROWS = 5


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """What a row says; nothing is checked yet, except that an `unreadable` row is no row at all. `handoff` is None
    where it can not be told."""

    number: int
    question: str = ""
    entry: str = ""
    document: str = ""
    passage: str = ""
    handoff: bool | None = False
    reference: str = ""
    unreadable: bool = False

    @classmethod
    def of(cls, number: int, cells: Mapping[str, str]) -> Self:
        """From what stands under each role."""

        def at(role: str) -> str:
            return rearm(cells.get(role, "").strip())

        person = at("handoff").casefold()
        return cls(
            number,
            question=at("question"),
            entry=at("entry"),
            document=at("document"),
            passage=at("passage"),
            handoff=True if person in _YES else False if person in _NO else None,
            reference=at("reference"),
        )


def named(rows: Iterable[RawRow]) -> Iterable[QuestionRow]:
    """The rows below the one that names the columns; objects name their own.

    Raises Invalid with questions_columns when the first rows name no question.
    """
    roles: Sequence[str | None] | None = None
    for place, row in enumerate(rows):
        if row.unreadable:
            yield QuestionRow(row.number, unreadable=True)
        elif row.named is not None:
            yield QuestionRow.of(row.number, _by_role(row.named))
        elif roles is not None:
            yield QuestionRow.of(row.number, _by_role(zip(roles, row.cells, strict=False)))
        elif "question" in (found := [_role(cell) for cell in row.cells]):
            roles = found
        elif place + 1 >= _TITLE_ROWS:
            raise without_columns()
    # A table that ends before any row has named its columns tells nothing either.


def _by_role(cells: Iterable[tuple[str | None, str]]) -> dict[str, str]:
    """The first filled cell of each role."""
    by_role: dict[str, str] = {}
    for name, value in cells:
        role = name if name in NAMES else _role(name or "")
        if role is not None and value.strip():
            by_role.setdefault(role, value)
    return by_role


def _role(name: str) -> str | None:
    plain = _BLANKS.sub("_", unicodedata.normalize("NFKC", name).strip().casefold()).strip("_")
    return _ROLES.get(plain)


def without_columns() -> Invalid:
    """The error for a file in which questions are not found."""
    return Invalid(
        'It can not be told which column holds what. Name them in the first row: "question", and "entry", '
        '"document", "passage" or "handoff".',
        code="questions_columns",
    )
