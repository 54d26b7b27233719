"""The looks that Streamlit's theme settings do not reach."""

import json
from functools import lru_cache
from pathlib import Path

import streamlit as st


@lru_cache
def _css() -> str:
    return (Path(__file__).parent / "theme.css").read_text(encoding="utf-8")


def apply(**replaced_words: str) -> None:
    """Put the style sheet into the page; `upload="..."` fills its `--fd-word-upload` with words of ours."""
    words = "".join(
        f"--fd-word-{name.replace('_', '-')}: {json.dumps(text, ensure_ascii=False)};"
        for name, text in replaced_words.items()
    )
    st.html(f"<style>{_css()} :root {{ {words} }}</style>")
