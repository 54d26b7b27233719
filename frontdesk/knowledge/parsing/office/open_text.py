"""What a reader of an OpenDocument file sees as text, and how it looks."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from frontdesk.knowledge.parsing.archives import open_archive
from frontdesk.knowledge.parsing.web_text import RunningText

_URN = "urn:oasis:names:tc:opendocument:xmlns:"
OFFICE, TEXT, TABLE, STYLE, PRESENTATION = (
    f"{{{_URN}{name}:1.0}}" for name in ("office", "text", "table", "style", "presentation")
)
DRAW, SVG, _FORMAT = (f"{{{_URN}{name}:1.0}}" for name in ("drawing", "svg-compatible", "xsl-fo-compatible"))
XLINK = "{http://www.w3.org/1999/xlink}"
PARAGRAPHS = frozenset((f"{TEXT}p", f"{TEXT}h"))
_BLANKS = frozenset((f"{TEXT}s", f"{TEXT}tab"))
_UNSEEN = frozenset(
    (
        *(f"{OFFICE}{name}" for name in ("annotation", "forms")),
        *(
            f"{TEXT}{name}"
            for name in ("tracked-changes", "table-of-content", "note-citation", "hidden-text", "ruby-text")
        ),
        *(f"{PRESENTATION}{name}" for name in ("notes", "date-time", "footer", "header")),
    )
)


def content(path: Path) -> etree._Element:
    """The tree of the file's content. Raises Invalid with file_broken, or lxml's error for damaged XML."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    with open_archive(path) as archive, archive.open("content.xml") as part:
        return etree.parse(part, parser).getroot()


@dataclass(frozen=True, slots=True)
class Looks:
    """What the styles of a document say, by the names of the styles.

    `lists` tells by style and level how an item begins: "1" for a number, "-" for a sign, "" for neither.
    """

    hidden: frozenset[str]
    bold: frozenset[str]
    parents: dict[str, str]
    lists: dict[tuple[str, int], str]

    @classmethod
    def of(cls, root: etree._Element) -> "Looks":
        """The looks that the content itself defines; those in styles.xml hold for whole kinds of paragraphs."""
        styles = list(root.iterfind(f"{OFFICE}automatic-styles/{STYLE}style"))
        return cls(
            frozenset(_name(style) for style in styles if hides(style)),
            frozenset(_name(style) for style in styles if _says(style, f"{_FORMAT}font-weight", "bold")),
            {_name(style): style.get(f"{STYLE}parent-style-name", "") for style in styles},
            dict(_list_levels(root)),
        )

    def shows(self, element: etree._Element) -> bool:
        """False for what the author hid and for what belongs to no reader: comments, deletions, page furniture."""
        if element.tag in _UNSEEN or element.get(f"{TEXT}display") == "none":
            return False
        return style_of(element) not in self.hidden

    def is_title(self, paragraph: etree._Element) -> bool:
        """True for the title of the whole document."""
        name = style_of(paragraph)
        return "Title" in (name, self.parents.get(name))

    def gather(self, element: etree._Element, running: RunningText) -> None:
        """Add all text of an element, apart from its notes and what is drawn on top of it."""
        if element.tag in PARAGRAPHS:
            running.break_line()
        bold = style_of(element) in self.bold
        running.bold += bold
        running.add(element.text)
        for child in element:
            if child.tag in _BLANKS:
                running.add(" ")
            elif child.tag == f"{TEXT}line-break":
                running.break_line()
            elif self.shows(child) and not is_aside(child):
                self.gather(child, running)
            running.add(child.tail)
        running.bold -= bold


def style_of(element: etree._Element) -> str:
    """Name of the style of a paragraph, a part of one, a table or a page."""
    for namespace in (TEXT, TABLE, DRAW):
        name = element.get(f"{namespace}style-name")
        if name is not None:
            return str(name)
    return ""


def is_aside(element: etree._Element) -> bool:
    """True for what hangs on a paragraph without being part of its text: a footnote, a box, a picture."""
    return element.tag == f"{TEXT}note" or element.tag.startswith(DRAW)


def hides(style: etree._Element) -> bool:
    """True for a style whose text, sheet or slide is not shown."""
    return (
        _says(style, f"{TEXT}display", "none")
        or _says(style, f"{TABLE}display", "false")
        or _says(style, f"{PRESENTATION}visibility", "hidden")
    )


def _name(style: etree._Element) -> str:
    return str(style.get(f"{STYLE}name", ""))


def _says(style: etree._Element, attribute: str, value: str) -> bool:
    return any(properties.get(attribute) == value for properties in style)


def _list_levels(root: etree._Element) -> Iterator[tuple[tuple[str, int], str]]:
    for style in root.iterfind(f"{OFFICE}automatic-styles/{TEXT}list-style"):
        for level in style:
            begins = "-"
            if level.tag == f"{TEXT}list-level-style-number":
                begins = "1" if level.get(f"{STYLE}num-format") else ""
            yield (_name(style), int(level.get(f"{TEXT}level", "1"))), begins
