"""`python -m bench.sensitive FOLDER ...`: how many ordinary questions are taken for sensitive ones.

Every `.jsonl` and `.jsonl.gz` below the folders is read, those named `corpus` aside; each line has a `text`. Each
text counts once for its set, and once for each topic that it has words of when that topic alone is on.
"""

import argparse
import gzip
import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from frontdesk.answering.sensitive import mention
from frontdesk.conversations.sensitive_topics import BUILT_IN, Sensitive, SensitiveTopic

ONLY = {topic: Sensitive(off=frozenset(BUILT_IN) - {topic}) for topic in BUILT_IN}


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    """The questions below a folder, each with the name of its set."""
    for path in sorted(folder.rglob("*.jsonl*")):
        if path.name.startswith("corpus"):
            continue
        name = path.parent.name
        content = path.read_bytes()
        lines = (gzip.decompress(content) if path.suffix == ".gz" else content).decode().splitlines()
        yield from ((name, text) for text in sorted({json.loads(line)["text"] for line in lines}))


def show(name: str, asked: int, found: Counter[SensitiveTopic]) -> None:
    """One line of figures."""
    counts = "".join(f"{found[topic]:14}" for topic in BUILT_IN)
    print(f"{name:28}{asked:9}{counts}{100 * found.total() / max(asked, 1):9.2f} %")


def main() -> None:
    """Count, and print examples of each topic if wished."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--examples", type=int, default=0, help="so many of each topic and set")
    arguments = parser.parse_args()
    asked: Counter[str] = Counter()
    found: dict[str, Counter[SensitiveTopic]] = defaultdict(Counter)
    began = time.perf_counter()
    for folder in arguments.folders:
        for name, text in texts(folder):
            asked[name] += 1
            for topic, alone in ONLY.items():
                if heard := mention(text, alone):
                    found[name][topic] += 1
                    if found[name][topic] <= arguments.examples:
                        print(f"  {name} {topic} [{heard.words}] {text[:110]}")
    seconds = time.perf_counter() - began
    print(f"{'':28}{'asked':>9}" + "".join(f"{topic:>14}" for topic in BUILT_IN) + f"{'all':>11}")
    for name in asked:
        show(name, asked[name], found[name])
    everything = sum(found.values(), Counter[SensitiveTopic]())
    show("all", asked.total(), everything)
    print(f"{1e6 * seconds / max(asked.total() * len(BUILT_IN), 1):.0f} microseconds for a question and a topic")


if __name__ == "__main__":
    main()
