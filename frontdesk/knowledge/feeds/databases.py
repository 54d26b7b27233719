"""The databases that the operator named: one SELECT at a time, read only, bounded in time.

Their addresses hold passwords, so nothing of them is stored, shown or logged.
"""

import json
import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from pydantic import SecretStr
from sqlalchemy import URL, Engine, create_engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from frontdesk.errors import DomainError, Invalid, Unavailable
from frontdesk.knowledge.feeds.sources import Query

log = logging.getLogger(__name__)

Row = dict[str, Any]

_CONNECT_SECONDS = 5
_BUFFERED_ROWS = 100
_HEADINGS = ("title", "question", "标题", "问题")
_READ_ONLY_REFUSAL = "25006"
_CANCELLED = "57014"


class Databases:
    """Reads from databases by the names that the operator gave to their addresses."""

    def __init__(self, addresses: Mapping[str, SecretStr], seconds: float) -> None:
        self._addresses = addresses
        self._seconds = seconds

    @property
    def names(self) -> Sequence[str]:
        """What an administrator may choose from."""
        return sorted(self._addresses)

    def check(self, name: str) -> None:
        """Raises Invalid with database_unknown."""
        if name not in self._addresses:
            raise Invalid(
                "There is no database of this name; the operator names them in FRONTDESK_SQL_DATABASES.",
                code="database_unknown",
            )

    def rows(self, query: Query) -> Iterator[Row]:
        """The rows of a query one by one, at most `query.rows` and one more; a column for headings stands first.

        Raises Invalid: database_unknown, database_settings, query_refused, query_writes, query_too_slow; or
        Unavailable: database_unreachable.
        """
        self.check(query.database)
        deadline = time.monotonic() + self._seconds
        engine = self._engine(self._address(query.database))
        options = {"stream_results": True, "max_row_buffer": _BUFFERED_ROWS, "no_parameters": True}
        if engine.dialect.name == "postgresql":
            options["postgresql_readonly"] = True
        with _as_ours(query.database), engine.connect().execution_options(**options) as connection:
            result = connection.exec_driver_sql(query.query)
            names = list(result.keys())
            order = sorted(names, key=lambda name: name.lower() not in _HEADINGS)
            for number, row in enumerate(result):
                yield {name: row._mapping[name] for name in order}
                if number >= query.rows:
                    return
                if time.monotonic() > deadline:
                    raise _too_slow()

    def _address(self, name: str) -> URL:
        try:
            return make_url(self._addresses[name].get_secret_value())
        except ArgumentError as error:
            raise _settings_wrong() from error

    def _engine(self, address: URL) -> Engine:
        limits: dict[str, Any] = {}
        if address.get_backend_name() == "postgresql":
            timeout = f"-c statement_timeout={int(self._seconds * 1000)}"
            limits = {
                "connect_timeout": _CONNECT_SECONDS,
                "options": f"-c default_transaction_read_only=on {timeout}",
            }
        try:
            return create_engine(address, poolclass=NullPool, connect_args=limits, hide_parameters=True)
        except (NoSuchModuleError, ModuleNotFoundError) as error:
            raise _settings_wrong() from error


def as_line(row: Row) -> bytes:
    """A row as a line of JSON; empty and binary values are left out."""
    kept = {
        name: value
        for name, value in row.items()
        if value is not None and not isinstance(value, bytes | memoryview)
    }
    return json.dumps(kept, ensure_ascii=False, default=str).encode("utf-8", errors="replace") + b"\n"


@contextmanager
def _as_ours(database: str) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        # The error's own text may hold the database's address and its account.
        log.warning("The database %s refused: %s", database, type(error.orig).__name__)
        raise _told(error) from None
    except SQLAlchemyError as error:
        log.warning("The database %s can not be used: %s", database, type(error).__name__)
        raise _settings_wrong() from None


def _told(error: DBAPIError) -> DomainError:
    code = getattr(error.orig, "pgcode", None)
    if code == _CANCELLED:
        return _too_slow()
    if code == _READ_ONLY_REFUSAL:
        return Invalid("This query would change the database; only reading is allowed.", code="query_writes")
    said = getattr(getattr(error.orig, "diag", None), "message_primary", None)
    if code and said:
        return Invalid(f"The database refuses this query: {said}", code="query_refused", details=[{"reason": said}])
    if error.statement is None or error.connection_invalidated:
        return Unavailable("The database does not answer.", code="database_unreachable")
    return Invalid("The database refuses this query.", code="query_refused", details=[{"reason": ""}])


def _too_slow() -> Invalid:
    return Invalid("This query takes too long. Ask for less, or have an index made for it.", code="query_too_slow")


def _settings_wrong() -> Invalid:
    return Invalid(
        "The address of this database in FRONTDESK_SQL_DATABASES can not be used, or its driver is not installed.",
        code="database_settings",
    )
