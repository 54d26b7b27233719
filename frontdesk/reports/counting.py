"""Tallies of a temporary table's rows, added up in the database: contacts first, then all of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, and_, case, func, select
from sqlalchemy.orm import Session

from frontdesk.reports.rates import Tally


@dataclass(frozen=True, slots=True)
class Measure:
    """What is counted, and among which rows."""

    good: ColumnElement[bool]
    among: ColumnElement[bool]


def tally(session: Session, rows: Table, measures: Mapping[str, Measure]) -> dict[str, Tally]:
    """Each measure over all rows."""
    return _tallies(session, rows, measures, None).get(None) or dict.fromkeys(measures, Tally())


def tally_by(
    session: Session, rows: Table, measures: Mapping[str, Measure], by: Column[Any]
) -> Mapping[Any, dict[str, Tally]]:
    """Each measure over the rows of each value of a column."""
    return _tallies(session, rows, measures, by)


def _tallies(
    session: Session, rows: Table, measures: Mapping[str, Measure], by: Column[Any] | None
) -> Mapping[Any, dict[str, Tally]]:
    keys = [] if by is None else [by.label("key")]
    of_contact = (
        select(
            *keys,
            *(_sum(and_(one.among, one.good)).label(f"{name}_good") for name, one in measures.items()),
            *(_sum(one.among).label(f"{name}_of") for name, one in measures.items()),
        )
        .group_by(*([] if by is None else [by]), rows.c.contact_id)
        .subquery()
    )
    sums: list[ColumnElement[int]] = []
    for name in measures:
        good, of = of_contact.c[f"{name}_good"], of_contact.c[f"{name}_of"]
        wanted = (good, of, case((of > 0, 1), else_=0), good * good, good * of, of * of)
        sums += [func.coalesce(func.sum(one), 0) for one in wanted]
    outer = select(*([] if by is None else [of_contact.c.key]), *sums)
    found: dict[Any, dict[str, Tally]] = {}
    for row in session.execute(outer if by is None else outer.group_by(of_contact.c.key)):
        key, numbers = (None, list(row)) if by is None else (row[0], list(row[1:]))
        found[key] = {
            name: Tally(*(int(number) for number in numbers[place * 6 : place * 6 + 6]))
            for place, name in enumerate(measures)
        }
    return found


def _sum(what: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((what, 1), else_=0))
