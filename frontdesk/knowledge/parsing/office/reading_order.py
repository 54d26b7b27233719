"""The order in which people read the boxes of a slide."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Placed(Generic[T]):
    """Something that stands on a slide, in any unit from its top left corner."""

    top: float
    left: float
    height: float
    content: T


def in_reading_order(boxes: Iterable[Placed[T]]) -> list[T]:
    """From the top, and from the left those in one line: their tops lie above the middle of the highest one."""
    ordered: list[T] = []
    line: list[Placed[T]] = []
    for box in sorted(boxes, key=lambda box: box.top):
        if line and box.top > line[0].top and box.top >= line[0].top + line[0].height / 2:
            ordered += _from_the_left(line)
            line = []
        line.append(box)
    return ordered + _from_the_left(line)


def _from_the_left(line: list[Placed[T]]) -> list[T]:
    return [box.content for box in sorted(line, key=lambda box: box.left)]
