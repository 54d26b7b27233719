"""Which paragraphs of a slide are list items: the paragraph, its box, the layout or the master may say so."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from pptx.oxml.ns import qn

_NONE = qn("a:buNone")
_NUMBERED = qn("a:buAutoNum")
_SIGNS = (_NUMBERED, qn("a:buChar"), qn("a:buBlip"))


class Bullets:
    """The markers of one text frame. Ask for those of its paragraphs in order."""

    def __init__(self, shape: Any, slide: Any) -> None:
        self._styles = list(_styles(shape, slide))
        self._counted: Counter[int] = Counter()

    def marker(self, paragraph: Any) -> str:
        """ "- " or "3. " before a list item, otherwise nothing."""
        level = paragraph.level
        for deeper in [counted for counted in self._counted if counted > level]:
            del self._counted[deeper]
        bullet = self._bullet(paragraph, level)
        if bullet is None or bullet.tag != _NUMBERED:
            del self._counted[level]
            return "" if bullet is None else "- "
        start = int(bullet.get("startAt", "1"))
        self._counted[level] = max(self._counted[level] + 1, start)
        return f"{self._counted[level]}. "

    def _bullet(self, paragraph: Any, level: int) -> Any | None:
        """The nearest word on bullets that anything says; None for no bullet."""
        said = [paragraph._p.find(qn("a:pPr"))]
        said += [style.find(qn(f"a:lvl{level + 1}pPr")) for style in self._styles]
        for properties in said:
            for element in properties if properties is not None else ():
                if element.tag == _NONE:
                    return None
                if element.tag in _SIGNS:
                    return element
        return None


def _styles(shape: Any, slide: Any) -> Iterator[Any]:
    """The list styles that hold for a shape, the nearest first."""
    ancestors = [shape]
    if shape.is_placeholder:
        layout, kind = slide.slide_layout, shape.placeholder_format
        ancestors += [it for it in layout.placeholders if it.placeholder_format.idx == kind.idx]
        master = layout.slide_master
        ancestors += [it for it in master.placeholders if it.placeholder_format.type == kind.type]
    for ancestor in ancestors:
        yield from ancestor.element.iterfind(f"{qn('p:txBody')}/{qn('a:lstStyle')}")
    if shape.is_placeholder:
        yield from master.element.iterfind(f"{qn('p:txStyles')}/{qn('p:bodyStyle')}")
