"""The rules of a PDF page put together: pieces to whole rules, rules that touch to groups."""

from collections.abc import Iterable

from frontdesk.knowledge.parsing.pdf_page import Rules

_NEAR = 3.0
_MOST_RULES = 400


def connected(rules: Rules) -> list[Rules]:
    """Rules that touch one another, each group by itself. Too many rules are a drawing, not tables."""
    across, down = _joined(rules.horizontal), _joined(rules.vertical)
    if len(across) + len(down) > _MOST_RULES:
        return []
    groups: list[Rules] = []
    for y, left, right in across:
        own = [
            (x, bottom, top)
            for x, bottom, top in down
            if left - _NEAR <= x <= right + _NEAR and bottom - _NEAR <= y <= top + _NEAR
        ]
        merged = Rules([(y, left, right)], own)
        for group in [group for group in groups if any(rule in group.vertical for rule in own)]:
            merged.horizontal += group.horizontal
            merged.vertical += [rule for rule in group.vertical if rule not in merged.vertical]
            groups.remove(group)
        groups.append(merged)
    return groups


def distinct(values: Iterable[float]) -> list[float]:
    """The values in order, those close together taken as one."""
    kept: list[float] = []
    for value in sorted(values):
        if not kept or value - kept[-1] > _NEAR:
            kept.append(value)
    return kept


def covers(rules: Iterable[tuple[float, float, float]], at: float, along: float) -> bool:
    """True when one of the rules runs at this place and past this point."""
    return any(abs(place - at) <= _NEAR and start <= along <= end for place, start, end in rules)


def _joined(rules: Iterable[tuple[float, float, float]]) -> list[tuple[float, float, float]]:
    """Pieces of one rule as a whole: most programs draw the border of every cell by itself."""
    by_lane: dict[float, list[tuple[float, float]]] = {}
    lane = None
    for at, start, end in sorted(rules):
        if lane is None or at - lane > _NEAR:
            lane = at
        by_lane.setdefault(lane, []).append((start, end))
    joined: list[tuple[float, float, float]] = []
    for lane, spans in by_lane.items():
        spans.sort()
        start, end = spans[0]
        for next_start, next_end in spans[1:]:
            if next_start > end + _NEAR:
                joined.append((lane, start, end))
                start, end = next_start, next_end
            end = max(end, next_end)
        joined.append((lane, start, end))
    return joined
