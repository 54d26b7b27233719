"""The one script of the widget, put together from its parts when it is first asked for."""

import gzip
import hashlib
import json
from dataclasses import dataclass
from functools import cache
from importlib import resources

# In the order in which they run: each part uses only what stands before it, and `start` begins.
PARTS = (
    *("page", "memory", "api", "stream", "thread", "typing", "courier"),
    *("markup", "colour", "bubbles", "sources", "files", "survey", "reach", "panel", "start"),
)
_FOLDER = resources.files("services.api.widget")


@dataclass(frozen=True, slots=True)
class Encoded:
    """The script as it is sent; `encoding` is empty for none."""

    content: bytes
    encoding: str
    etag: str


@cache
def source() -> str:
    """The program: style sheet and words as constants, then the parts, in a scope of their own."""
    compact = json.dumps(words(), ensure_ascii=False, separators=(",", ":"))
    constants = f"const STYLE = {json.dumps(_read('widget.css'))};\nconst WORDS = {compact};"
    parts = "\n".join(_read(f"{part}.js") for part in PARTS)
    return f'(() => {{\n"use strict";\n{constants}\n{parts}}})();\n'


def words() -> dict[str, dict[str, str]]:
    """What the widget says, by language and key."""
    table: dict[str, dict[str, str]] = json.loads(_read("words.json"))
    return table


def encoded(accept_encoding: str) -> Encoded:
    """The script for a browser that takes these encodings."""
    return _encoded("gzip" if "gzip" in accept_encoding.lower() else "")


@cache
def _encoded(encoding: str) -> Encoded:
    plain = source().encode()
    digest = hashlib.sha256(plain).hexdigest()[:16]
    content = gzip.compress(plain, 9, mtime=0) if encoding else plain
    return Encoded(content, encoding, f'"{digest}{"-gz" if encoding else ""}"')


def _read(name: str) -> str:
    return (_FOLDER / name).read_text("utf-8")
