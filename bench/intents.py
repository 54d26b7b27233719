"""`python -m bench.intents FOLDER ...`: how well topics are recognised from a few examples of each.

Each FOLDER has utterances by intent: train.jsonl to draw examples from and dev.jsonl to ask; without the latter,
what is asked is set apart from the former first. The names of intents are learned from, as those of topics are.
Figures are means over the draws. `--embedder` is that of bench.retrieval.
"""

import argparse
import random
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path

import numpy as np

from bench.retrieval import embedder, lines
from frontdesk.models_client import Embedder, Purpose
from frontdesk.triage.head import NOWHERE, learn
from frontdesk.triage.small_talk import PHRASES
from frontdesk.triage.softmax import Floats

ASKED = 1500
"""Utterances that are set apart where a set has no dev.jsonl."""

Said = Sequence[tuple[str, str]]
"""Utterances with their intents."""


def read(folder: Path) -> tuple[Mapping[str, Sequence[str]], Said, Sequence[str]]:
    """What examples are drawn from by intent, what is asked, and what is about none of the intents."""
    known: dict[str, list[str]] = {}
    for line in lines(folder, "train.jsonl"):
        if line["text"].strip():
            known.setdefault(line["intent"], []).append(line["text"])
    outside = (
        [line["text"] for line in lines(folder, "oos_dev.jsonl")] if (folder / "oos_dev.jsonl").exists() else []
    )
    if (folder / "dev.jsonl").exists():
        return known, [(line["text"], line["intent"]) for line in lines(folder, "dev.jsonl")], outside
    chance = random.Random(7)
    known = {intent: chance.sample(texts, len(texts)) for intent, texts in known.items() if len(texts) >= 20}
    each = max(5, ASKED // len(known))
    asked = [(text, intent) for intent, texts in known.items() for text in texts[10:][:each]]
    return {intent: [*texts[:10], *texts[10 + each :]] for intent, texts in known.items()}, asked, outside


def vectors_of(model: Embedder | None, texts: Sequence[str]) -> Mapping[str, Floats]:
    """The vectors of texts, of length one; none without an embedder."""
    if model is None:
        return {}
    made = np.asarray(model.embed(texts, Purpose.QUERY).vectors, np.float32)
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    return dict(zip(texts, made, strict=True))


def measure(folder: Path, examples: int, draws: int, model: Embedder | None, is_named: bool) -> list[float]:
    """Shares right, given a topic, right of those, given one though outside; seconds of learning."""
    known, asked, outside = read(folder)
    number = {intent: place for place, intent in enumerate(sorted(known))}
    sets = [
        [
            (text, intent)
            for intent in number
            for text in random.Random(draw).sample(known[intent], min(examples, len(known[intent])))
        ]
        for draw in range(draws)
    ]
    names = [intent.replace("_", " ") for intent in number] if is_named else []
    texts = {text for drawn in sets for text, _ in drawn} | {text for text, _ in asked}
    texts |= {*PHRASES, *names, *outside}
    vectors = vectors_of(model, sorted(texts))

    def stacked(wanted: Sequence[str]) -> Floats | None:
        return np.stack([vectors[text] for text in wanted]) if model else None

    wanted = np.array([number[intent] for _, intent in asked])
    figures = []
    for drawn in sets:
        taught = [*names, *PHRASES, *(text for text, _ in drawn)]
        labels = [*range(len(names)), *[NOWHERE] * len(PHRASES), *(number[intent] for _, intent in drawn)]
        began = time.perf_counter()
        head = learn(taught, labels, len(number), stacked(taught), len(names))
        seconds = time.perf_counter() - began
        chances = head.probabilities([text for text, _ in asked], stacked([text for text, _ in asked]))
        right, given = chances.argmax(axis=1) == wanted, chances.max(axis=1) >= head.threshold
        astray = float("nan")
        if outside:
            astray = float((head.probabilities(outside, stacked(outside)).max(axis=1) >= head.threshold).mean())
        figures.append([right.mean(), given.mean(), right[given].mean(), astray, seconds])
    return [len(number), len(asked), *np.mean(figures, axis=0).tolist()]


def main() -> None:
    """Print one line of figures for each set, by words and by meaning."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--examples", type=int, default=10, help="of each intent")
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--unnamed", action="store_true", help="learn from the examples alone")
    parser.add_argument("--embedder", default=None)
    arguments = parser.parse_args()
    columns = f"{'topics':>8}{'asked':>8}{'right':>8}{'given':>8}{'right of given':>16}{'outside given':>15}"
    print(f"{'':28}{columns}{'learned in':>12}")
    with tempfile.TemporaryDirectory() as folder:
        server = embedder(arguments.embedder, Path(folder)) if arguments.embedder else nullcontext()
        with server as url:
            model = Embedder(url, "default", "") if url else None
            for one in arguments.folders:
                topics, asked, right, given, right_of_given, astray, seconds = measure(
                    one, arguments.examples, arguments.draws, model, not arguments.unnamed
                )
                print(
                    f"{one.name:28}{topics:8.0f}{asked:8.0f}{right:8.3f}{given:8.3f}{right_of_given:16.3f}"
                    f"{astray:15.3f}{seconds:10.1f} s",
                    flush=True,
                )


if __name__ == "__main__":
    main()
