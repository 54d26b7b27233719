"""Passages of real sentences for the benchmarks, none twice: of a folder's texts, or of the sample shop's."""

import json
import random
from collections.abc import Iterator
from pathlib import Path

from frontdesk.knowledge.chunking import estimated_tokens, sentences
from frontdesk.knowledge.sample_entries import sample_entries
from frontdesk.language import Language, detect

TOKENS = 58
"""How long a passage is, by the estimate that chunks are cut by: about 47 English words."""
SHORTEST, LONGEST = 6, 60
"""In tokens: what else a text is split into is no sentence."""
MARKUP = frozenset("#*|<>`_[]\\:：\n\t")


def pool(language: Language, folder: Path | None) -> list[str]:
    """The sentences in a language of the .jsonl (`text`), .md and .txt files of a folder, or of the sample shop."""
    texts = _texts(folder) if folder else (entry.answer for entry in sample_entries(language))
    found = dict.fromkeys(sentence for text in texts for sentence in sentences(text))
    usable = [one for one in found if _is_plain(one) and detect(one, Language.ZH) is language]
    if not usable:
        raise SystemExit(f"There are no sentences in {folder} that are in {language}.")
    return usable


def passages(pool: list[str], count: int, draw: random.Random) -> list[str]:
    """Distinct passages: first of sentences as they follow each other, then of shuffled ones."""
    made: dict[str, None] = {}
    following = _again_and_again(pool, draw)
    while len(made) < count:
        gathered: list[str] = []
        tokens = 0.0
        while tokens < TOKENS:
            gathered.append(next(following))
            tokens += estimated_tokens(gathered[-1])
        made[" ".join(gathered)] = None
    return list(made)


def section(passage: str) -> str:
    """The passage in Markdown, its first words as the heading above the rest."""
    heading = passage[:30].rpartition(" ")[0] if passage.isascii() else ""
    heading = heading or passage[:10]
    return f"## {heading}\n\n{passage.removeprefix(heading).strip()}"


def _again_and_again(pool: list[str], draw: random.Random) -> Iterator[str]:
    own = list(pool)
    while True:
        yield from own
        draw.shuffle(own)


def _is_plain(sentence: str) -> bool:
    """No markup, and of the length of a sentence."""
    return (
        sentence[0].isalpha() and not MARKUP & set(sentence) and SHORTEST <= estimated_tokens(sentence) <= LONGEST
    )


def _texts(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".jsonl":
            for line in path.read_text("utf-8").splitlines():
                yield str(json.loads(line).get("text", ""))
        elif path.suffix in (".md", ".txt"):
            yield path.read_text("utf-8")
