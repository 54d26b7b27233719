"""`python -m bench.formats FOLDER`: real files through the reader, held against what should be found in them.

`manifest.csv` in the folder names each file and a phrase that has to come out of it, compared without blanks and
after NFKC; `error` stands for a file that has to be refused.
"""

import argparse
import csv
import re
import time
import unicodedata
from pathlib import Path

from frontdesk.errors import Invalid
from frontdesk.knowledge.apart import Reader


def bare(text: str) -> str:
    """The text without blanks, in its compatible form."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def main() -> None:
    """Read every file and print the ones that are not as they should be, and the counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    reader = Reader()
    right = {"readable": 0, "unreadable": 0}
    total = dict(right)
    slowest = (0.0, "")
    for row in csv.DictReader((folder / "manifest.csv").open(encoding="utf-8")):
        kind = "unreadable" if row["expected"] == "error" else "readable"
        began = time.perf_counter()
        try:
            chunks = reader.chunks(folder / row["file"], row["file"])
            text, told = "\n".join(f"{found.heading or ''}\n{found.text}" for found in chunks), "read"
        except Invalid as error:
            text, told = "", error.code
        slowest = max(slowest, (time.perf_counter() - began, row["file"]))
        is_right = told != "read" if kind == "unreadable" else bare(row["expected"]) in bare(text)
        right[kind] += is_right
        total[kind] += 1
        if not is_right:
            print(f"{row['file']}: {told}, and not {row['expected']!r}")
    reader.close()
    for kind, count in total.items():
        print(f"{kind}: {right[kind]} of {count} as they should be")
    print(f"slowest: {slowest[1]}, {slowest[0]:.1f} s")


if __name__ == "__main__":
    main()
