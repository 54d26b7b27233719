"""Rows into PostgreSQL by COPY, as the models would have stored them."""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import Engine

from frontdesk.database import Base


def copy(engine: Engine, model: type[Base], rows: Iterable[Mapping[str, Any]]) -> None:
    """Store rows of a table; what they leave out gets the model's default."""
    columns = list(model.__table__.columns)
    text = io.StringIO()
    writer = csv.writer(text)
    for row in rows:
        writer.writerow([_cell(row[c.name]) if c.name in row else _default(c) for c in columns])
    text.seek(0)
    names = ", ".join(column.name for column in columns)
    connection = engine.raw_connection()
    try:
        with connection.cursor() as cursor:
            # What looks after changes of hands would miss the rows of the tables that come later.
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.copy_expert(f"COPY {model.__tablename__} ({names}) FROM STDIN WITH (FORMAT csv)", text)
        connection.commit()
    finally:
        connection.close()


def _default(column: Any) -> object:
    if column.default is None:
        return None
    return _cell(column.default.arg(None) if column.default.is_callable else column.default.arg)


def _cell(value: object) -> object:
    match value:
        case Enum():
            return value.value
        case datetime():
            return value.isoformat()
        case []:
            return "{}"
        case dict():
            return json.dumps(value)
    return value
