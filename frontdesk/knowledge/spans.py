"""Sets of version numbers, as PostgreSQL's int4multirange stores them."""

import re
from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Dialect, cast, func, literal
from sqlalchemy.dialects.postgresql import INT4RANGE
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.types import UserDefinedType

OPEN = 2**31 - 1
"""The end of a span that goes on."""

Spans = tuple[tuple[int, int], ...]
"""Spans from their first version to the one after their last, in order; none touches another."""

Column = InstrumentedAttribute[Spans] | ColumnElement[Spans]

_SPAN = re.compile(r"\[(\d+),(\d*)\)")


class SpansType(UserDefinedType[Spans]):
    """A column of spans. The driver knows no multiranges, so that they travel as text."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """The type's name in PostgreSQL."""
        return "INT4MULTIRANGE"

    def bind_processor(self, dialect: Dialect) -> Callable[[Spans | None], str | None]:
        """To text."""
        return lambda spans: None if spans is None else f"{{{','.join(_written(*span) for span in spans)}}}"

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[str], Spans]:
        """From text."""
        return lambda text: tuple((int(start), int(end or OPEN)) for start, end in _SPAN.findall(text))


def holds(column: Column, version: int | InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """Whether the version, or the one that a column names, is in it."""
    return column.bool_op("@>")(literal(version) if isinstance(version, int) else version)


def touches(column: Column, since: int) -> ColumnElement[bool]:
    """Whether this version or any later one is in it."""
    return column.bool_op("&&")(_multirange(since, OPEN))


def plus(column: Column, since: int, until: int = OPEN) -> ColumnElement[Spans]:
    """Together with every version from `since` to the one before `until`."""
    return column.op("+", return_type=SpansType())(_multirange(since, until))


def minus(column: Column, since: int, until: int = OPEN) -> ColumnElement[Spans]:
    """Without any version from `since` to the one before `until`."""
    return column.op("-", return_type=SpansType())(_multirange(since, until))


def _multirange(since: int, until: int) -> ColumnElement[Spans]:
    return func.int4multirange(cast(literal(_written(since, until)), INT4RANGE), type_=SpansType())


def _written(since: int, until: int) -> str:
    return f"[{since},{'' if until == OPEN else until})"
