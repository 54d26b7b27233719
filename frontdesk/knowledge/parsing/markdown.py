"""Markdown, read by way of the HTML that it stands for."""

import re
from collections.abc import Iterator
from pathlib import Path

from markdown_it import MarkdownIt

from frontdesk.knowledge.parsing.blocks import Piece
from frontdesk.knowledge.parsing.decoding import detect_encoding
from frontdesk.knowledge.parsing.web_pages import page_pieces

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(?:[^\n]*\n){0,100}?(?:---|\.\.\.)[ \t]*(?:\n|\Z)")
_MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def read(path: Path) -> Iterator[Piece]:
    """The pieces of a Markdown file. Raises Invalid when its encoding can not be told."""
    text = path.read_text(encoding=detect_encoding(path))
    yield from page_pieces(_MARKDOWN.render(_FRONT_MATTER.sub("", text, count=1)))
