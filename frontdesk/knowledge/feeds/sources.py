"""What an administrator chose: which website, or which question to which database."""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from frontdesk.errors import Invalid
from frontdesk.knowledge.feeds.addresses import typed
from frontdesk.texts import require_text

MOST_PAGES = 5000
DEEPEST = 50
MOST_ROWS = 50_000
LONGEST_QUERY = 20_000
_MOST_PATTERNS = 50
_LONGEST_PATTERN = 500
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_READS = re.compile(r"\s*(?:select|with|\()", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Website:
    """The pages from `url` on, or those that a sitemap lists.

    `include` and `exclude` are beginnings of paths. At most `pages` addresses are looked at, up to `depth` links
    away from the first.
    """

    url: str
    whole_site: bool = False
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    pages: int = 500
    depth: int = 10

    def as_json(self) -> dict[str, Any]:
        """As the database keeps it."""
        return asdict(self) | {"include": list(self.include), "exclude": list(self.exclude)}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "Website":
        """From what `as_json` made."""
        return cls(**kept | {"include": tuple(kept["include"]), "exclude": tuple(kept["exclude"])})


@dataclass(frozen=True, slots=True)
class Query:
    """A SELECT on one of the databases that the operator named; at most `rows` rows are read."""

    database: str
    query: str
    rows: int = 5000

    def as_json(self) -> dict[str, Any]:
        """As the database keeps it."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "Query":
        """From what `as_json` made."""
        return cls(**kept)


Source = Website | Query


def checked(source: Source) -> Source:
    """The source with everything spelt as it is used.

    Raises Invalid: feed_address, feed_patterns, feed_limits, query_not_select, query_several.
    """
    if isinstance(source, Website):
        _within(source.pages, MOST_PAGES, "pages")
        _within(source.depth, DEEPEST, "links from the first page", least=0)
        return Website(
            typed(require_text(source.url, 2000, "The address")),
            source.whole_site,
            _patterns(source.include),
            _patterns(source.exclude),
            source.pages,
            source.depth,
        )
    _within(source.rows, MOST_ROWS, "rows")
    return Query(source.database, _one_select(source.query), source.rows)


def _within(number: int, most: int, what: str, least: int = 1) -> None:
    if not least <= number <= most:
        raise Invalid(f"Choose {least} to {most} {what}.", code="feed_limits", details=[{"most": most}])


def _patterns(patterns: Sequence[str]) -> tuple[str, ...]:
    if len(patterns) > _MOST_PATTERNS:
        raise Invalid(f"At most {_MOST_PATTERNS} beginnings of paths can be given.", code="feed_patterns")
    return tuple(require_text(pattern, _LONGEST_PATTERN, "The beginning of a path") for pattern in patterns)


def _one_select(query: str) -> str:
    query = require_text(query, LONGEST_QUERY, "The query").rstrip("; \n\t")
    # A semicolon might end the statement and begin another one, which nothing would confine to reading.
    if ";" in query:
        raise Invalid("Write one SELECT only, without a semicolon in it.", code="query_several")
    if not _READS.match(_COMMENT.sub(" ", query)):
        raise Invalid("Only a SELECT can be used here.", code="query_not_select")
    return query
