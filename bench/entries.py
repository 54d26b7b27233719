"""`python -m bench.entries`: many entries through the real path, without an embedder, on stores of its own.

They are added in batches, as many at once as a client may, and indexed as the worker indexes them. Bar: no
program takes more than 2 GiB.
"""

import argparse
import os
import random
import tempfile
import time
from pathlib import Path

from bench.passages import passages, pool
from bench.stores import Memory, plugged, started
from frontdesk.knowledge.entries_text import EntryText
from frontdesk.language import Language

ADDED_AT_ONCE = 1000
BAR_MIB = 2048


def texts(count: int, documents: Path | None) -> list[EntryText]:
    """Entries, half of them in Chinese, none twice: two ways to ask, which are sentences, and an answer."""
    draw = random.Random(5)
    made = []
    for language, wanted in ((Language.ZH, count // 2), (Language.EN, count - count // 2)):
        asked = pool(language, documents)
        for number, answer in enumerate(passages(asked, wanted, draw)):
            questions = tuple(f"{sentence} {number}" for sentence in draw.sample(asked, 2))
            made.append(EntryText(questions, answer))
    draw.shuffle(made)
    return made


def main() -> None:
    """Add, index, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--documents", type=Path, help="a folder whose texts give the sentences")
    wished = parser.parse_args()
    entries = texts(wished.entries, wished.documents)
    with tempfile.TemporaryDirectory() as folder, started(Path(folder)) as stores, plugged(stores.settings) as ours:
        programs = {"this process": os.getpid(), **{name: stores.parts[name] for name in ("milvus", "postgres")}}
        memory = Memory(programs)
        memory.look()
        before = dict(memory.most)
        base_id = ours.knowledge.create_base("Many").id
        adding = indexing = 0.0
        with memory.watched():
            for start in range(0, len(entries), ADDED_AT_ONCE):
                began = time.perf_counter()
                ours.knowledge.add_entries(base_id, entries[start : start + ADDED_AT_ONCE])
                added = time.perf_counter()
                ours.indexing.index_entries(base_id)
                adding, indexing = adding + added - began, indexing + time.perf_counter() - added
            if unready := ours.indexing.unready(base_id):
                raise SystemExit(f"Not all was indexed: {unready}")
        base = ours.knowledge.base(base_id)
        total = adding + indexing
        print(
            f"\n{len(entries)} entries, {base.passages} passages, in {total:.0f} s: added in {adding:.0f} s,",
            end=" ",
        )
        print(f"indexed in {indexing:.0f} s. {len(entries) / total:.0f} entries per second.\n")
        print(f"{'memory, MiB':16}{'before':>8}{'most':>8}   (at most {BAR_MIB})")
        for name, most in memory.most.items():
            print(f"{name:16}{before[name]:8.0f}{most:8.0f}")


if __name__ == "__main__":
    main()
