"""Small sets of questions."""

import json
from collections.abc import Sequence
from pathlib import Path

CORPUS = [
    {"id": "returns", "title": "可以退货吗？", "text": "签收后7天内可以无理由退货，运费由买家承担。"},
    {"id": "hainan", "title": "Do you ship to Hainan?", "text": "Yes, to Hainan it takes 3 to 5 days."},
    {
        "id": "warranty",
        "title": "",
        "text": "Every kettle has a warranty of two years.\n\nKeep the invoice for it.",
    },
]
QUERIES = [
    {"text": "怎么退货", "gold": ["returns"]},
    {"text": "shipping to hainan", "gold": ["hainan"]},
    {"text": "How long is the warranty of a kettle?", "gold": ["warranty"]},
    {"text": "warranty of the kettle, please", "gold": ["hainan"]},  # a wrong label, which costs a quarter
    {"text": "Qwertz uiop?", "gold": [], "oos": True},
]


def write(folder: Path, corpus: Sequence[object] = CORPUS, queries: Sequence[object] = QUERIES) -> Path:
    """A folder with such a set; a line that is no object is written as it is."""
    for name, lines in (("corpus.jsonl", corpus), ("queries.jsonl", queries)):
        written = (line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines)
        (folder / name).write_text("\n".join(written) + "\n", "utf-8")
    return folder
