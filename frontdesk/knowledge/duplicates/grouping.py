"""From pairs that are alike to groups that a person looks at: one for each set of sources."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter

from frontdesk.knowledge.duplicates.lookalikes import Alike


@dataclass(frozen=True, slots=True)
class SharedTexts:
    """What the same sources have in common: `texts` has a text of each source, `count` says how many there are.

    The two that are most alike are among `texts`; `likeness` is how much, from 0 to 1.
    """

    texts: Sequence[int]
    count: int
    likeness: float


def shared_texts(pairs: Iterable[Alike], sources: Sequence[int]) -> list[SharedTexts]:
    """Pairs joined to groups; `sources` has the source of each text. A group within one source is none."""
    parents: dict[int, int] = {}
    best: dict[int, Alike] = {}
    for pair in pairs:
        first, second = sorted((_root(parents, pair.one), _root(parents, pair.other)))
        parents[second] = first
        known = [best[root] for root in (first, second) if root in best]
        apart = [pair] if sources[pair.one] != sources[pair.other] else []
        if known or apart:
            best[first] = max(known + apart, key=attrgetter("likeness"))
    joined: dict[int, list[int]] = {}
    for text in sorted(parents):
        joined.setdefault(_root(parents, text), []).append(text)
    by_sources: dict[frozenset[int], SharedTexts] = {}
    for root, texts in joined.items():
        if root not in best:
            continue
        example = best[root]
        one_each = {sources[text]: text for text in (*reversed(texts), example.one, example.other)}
        group = SharedTexts(sorted(one_each.values()), 1, example.likeness)
        before = by_sources.get(frozenset(one_each))
        if before:
            better = max(before, group, key=attrgetter("likeness"))
            group = replace(better, count=before.count + 1)
        by_sources[frozenset(one_each)] = group
    return list(by_sources.values())


def _root(parents: dict[int, int], text: int) -> int:
    root = parents.setdefault(text, text)
    while parents[root] != root:
        root = parents[root]
    while parents[text] != root:
        parents[text], text = root, parents[text]
    return root
