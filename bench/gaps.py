"""`python -m bench.gaps [SET ...]`: do questions that ask the same come into one gap, and others into others?

Of each set so many groups with so many wordings each are drawn several times and come in random order, each put
at once where `frontdesk/growth/clustering.py` puts it. Counted are pairs: precision is how many of the pairs in one
gap ask the same, recall how many of the pairs that ask the same are in one gap. A SET is a folder of questions by
intent or of questions with the items that answer them. `--embedder` as in bench.retrieval.
"""

import argparse
import gzip
import json
import random
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import mean
from typing import Any, NamedTuple

import numpy as np

from bench.retrieval import embedder
from frontdesk.growth.clustering import Asked, Groups, Vector
from frontdesk.models_client import Embedder, Purpose


class Pairs(NamedTuple):
    """Shares of pairs, from 0 to 1, and the number of gaps."""

    precision: float
    recall: float
    f1: float
    gaps: int


def wordings(folder: Path) -> dict[str, list[str]]:
    """By what is asked, the ways in which it is, distinct."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for path in sorted([*folder.glob("*.jsonl"), *folder.glob("*.jsonl.gz")]):
        if path.name.startswith(("corpus", "queries_", "oos")):
            continue
        for line in _lines(path):
            gold = line.get("gold", [line.get("intent")])
            if gold and gold[0] and line["text"].strip():
                found[str(gold[0])][line["text"]] = None
    return {name: list(texts) for name, texts in found.items() if len(texts) > 1}


def drawn(found: dict[str, list[str]], groups: int, each: int, seed: int) -> list[tuple[str, str]]:
    """Questions with what they ask, in the order in which they come."""
    chance = random.Random(seed)
    names = chance.sample(sorted(found), min(groups, len(found)))
    asked = [(text, name) for name in names for text in chance.sample(found[name], min(each, len(found[name])))]
    chance.shuffle(asked)
    return asked


def clustered(texts: Sequence[str], vectors: Sequence[Vector] | None) -> list[int]:
    """The gap of each question."""
    groups = Groups()
    return [
        groups.place(Asked.of(text, vectors[at] if vectors is not None else None)) for at, text in enumerate(texts)
    ]


def judged(wanted: Sequence[str], gaps: Sequence[int]) -> Pairs:
    """How well gaps agree with what is asked."""

    def pairs(counted: Counter[Any]) -> int:
        return sum(count * (count - 1) // 2 for count in counted.values())

    both = pairs(Counter(zip(wanted, gaps, strict=True)))
    precision = both / max(pairs(Counter(gaps)), 1)
    recall = both / max(pairs(Counter(wanted)), 1)
    f1 = 2 * precision * recall / (precision + recall) if both else 0.0
    return Pairs(precision, recall, f1, len(set(gaps)))


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    content = path.read_bytes()
    text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode()
    return (json.loads(line) for line in text.split("\n") if line.strip())


def main() -> None:
    """Ask every set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", type=Path, nargs="+", metavar="SET")
    parser.add_argument("--groups", type=int, default=30)
    parser.add_argument("--each", type=int, default=8)
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--embedder", metavar="MODEL")
    wished = parser.parse_args()
    with ExitStack() as stack:
        model = None
        if wished.embedder:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            model = Embedder(stack.enter_context(embedder(wished.embedder, folder)), "default", "")
        print(f"{'set':28} {'questions':>9} {'groups':>6} {'gaps':>6} {'precision':>9} {'recall':>7} {'F1':>6}")
        for folder in wished.sets:
            found = wordings(folder)
            came = []
            for seed in range(wished.draws):
                asked = drawn(found, wished.groups, wished.each, seed)
                texts = [text for text, _ in asked]
                vectors = list(np.array(model.embed(texts, Purpose.QUERY).vectors, np.float32)) if model else None
                came.append(judged([name for _, name in asked], clustered(texts, vectors)))
            means = [mean(column) for column in zip(*came, strict=True)]
            print(
                f"{folder.resolve().name:28} {len(asked):9} {len({name for _, name in asked}):6} {means[3]:6.1f} "
                f"{means[0]:9.3f} {means[1]:7.3f} {means[2]:6.3f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
