"""The sample shop's questions and answers, which come with the program."""

import json
from collections.abc import Iterator
from importlib import resources

from frontdesk.knowledge.entries_text import EntryText
from frontdesk.language import Language


def sample_entries(language: Language) -> Iterator[EntryText]:
    """The entries in one language."""
    path = resources.files("frontdesk") / "sample_shop" / f"entries.{language}.jsonl"
    for line in path.read_text("utf-8").splitlines():
        entry = json.loads(line)
        yield EntryText(tuple(entry["questions"]), entry["answer"])
