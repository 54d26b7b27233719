"""Every word on the screens, one table per language: `zh.json` and `en.json` hold the same keys.

Only `error.` keys may be missing in English: the api's own message stands in, which can say more. A key that ends
in `.if_one` is said instead where `{count}` is 1; Chinese needs none.
"""

import json
from functools import lru_cache
from pathlib import Path

LANGUAGES = {"zh": "中文", "en": "English"}


@lru_cache
def table(language: str) -> dict[str, str]:
    """The words of one language, key to sentence; `{name}` in a sentence is filled in by the caller."""
    words: dict[str, str] = json.loads((Path(__file__).parent / f"{language}.json").read_text(encoding="utf-8"))
    return words


def nearest_language(locale: str | None) -> str:
    """The language of ours that a browser's locale, such as `zh-CN`, is best served with."""
    return "zh" if (locale or "").lower().startswith("zh") else "en"
