"""Sets of questions with what should be found for them, read from a folder.

`corpus.jsonl` has a line {id, title, text} for each thing to find; a title is what one would ask for it, and
`questions`, if a line has any, are more ways to ask.
`queries.jsonl` has a line {text, gold} for each question: the ids that answer it, none where nothing does.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from frontdesk.errors import Invalid


@dataclass(frozen=True, slots=True)
class Item:
    """Something that can be found."""

    id: str
    title: str
    text: str
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and the ids of the items that answer it; with none it should be handed over."""

    text: str
    gold: frozenset[str]


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A folder's items and questions."""

    name: str
    items: list[Item]
    asked: list[Asked]


def read(folder: Path) -> Benchmark:
    """The set in a folder; raises Invalid with the file and line at fault."""
    items = [
        Item(
            _text(line, "id", where),
            str(line.get("title") or ""),
            _text(line, "text", where),
            _questions(line, where),
        )
        for where, line in _lines(folder / "corpus.jsonl")
    ]
    known = {item.id for item in items}
    if len(known) < len(items):
        raise Invalid(f"{folder / 'corpus.jsonl'}: two lines have the same id.", code="questions_unreadable")
    asked = []
    for where, line in _lines(folder / "queries.jsonl"):
        gold = line.get("gold")
        if not isinstance(gold, list) or not known.issuperset(map(str, gold)):
            raise _unreadable(where, "gold has to be a list of ids in corpus.jsonl")
        asked.append(Asked(_text(line, "text", where), frozenset(map(str, gold))))
    return Benchmark(folder.resolve().name, items, asked)


def _lines(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects of a file, each with where it stands; there is one at least."""
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}.", code="questions_unreadable") from error
    except UnicodeDecodeError as error:
        raise Invalid(f"{path} is not UTF-8.", code="questions_unreadable") from error
    if not text.strip():
        raise Invalid(f"{path} is empty.", code="questions_unreadable")
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        where = f"{path}, line {number}"
        try:
            found = json.loads(line)
        except ValueError as error:
            raise _unreadable(where, "this is no JSON") from error
        if not isinstance(found, dict):
            raise _unreadable(where, "this is no JSON object")
        yield where, found


def _text(line: dict[str, Any], name: str, where: str) -> str:
    text = line.get(name)
    if not isinstance(text, str | int) or not str(text).strip():
        raise _unreadable(where, f"{name} is missing")
    return str(text)


def _questions(line: dict[str, Any], where: str) -> tuple[str, ...]:
    questions = line.get("questions") or []
    if not isinstance(questions, list) or not all(isinstance(one, str) and one.strip() for one in questions):
        raise _unreadable(where, "questions has to be a list of texts")
    return tuple(questions)


def _unreadable(where: str, why: str) -> Invalid:
    return Invalid(f"{where}: {why}.", code="questions_unreadable")
