"""Markdown, read by way of the HTML that it stands for."""

import re
from pathlib import Path

from markdown_it import MarkdownIt

from frontdesk.knowledge.parsing.asking import is_marked
from frontdesk.knowledge.parsing.decoding import detect_encoding
from frontdesk.knowledge.parsing.pairs import LEAST_PAIRS
from frontdesk.knowledge.parsing.progress import Reading, by_characters
from frontdesk.knowledge.parsing.web_pages import page_pieces

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(?:[^\n]*\n){0,100}?(?:---|\.\.\.)[ \t]*(?:\n|\Z)")
_MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def read(path: Path) -> Reading:
    """The pieces of a Markdown file. Raises Invalid when its encoding can not be told."""
    text = _FRONT_MATTER.sub("", path.read_text(encoding=detect_encoding(path)), count=1)
    yield from by_characters(page_pieces(_MARKDOWN.render(_with_lines_of_pairs(text))), len(text))


def _with_lines_of_pairs(text: str) -> str:
    """The text with every question and answer in a paragraph of its own: to Markdown, lines that follow each other
    are one, but who writes "Q:" under "A:" means two.
    """
    lines = text.split("\n")
    marked = [is_marked(line) for line in lines]
    if sum(marked) < 2 * LEAST_PAIRS:
        return text
    return "\n".join(f"\n{line}" if is_mark else line for line, is_mark in zip(lines, marked, strict=True))
