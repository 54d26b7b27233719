"""What a reader of a web page sees as text, and what is only furniture around it."""

import re

from lxml import etree

from frontdesk.knowledge.parsing.writing import FULL_WIDTH, UNSPACED

_HIDDEN = (
    "head script style noscript template svg math iframe object embed canvas video audio map nav footer select "
    "datalist textarea progress meter rt rp del"
)
_BLOCKS = (
    "html body main article section div p li dl dd blockquote figure figcaption address center details fieldset "
    "legend form header hgroup hr table caption thead tbody tfoot tr td th aside search button"
)
HIDDEN = frozenset(_HIDDEN.split())
BLOCKS = frozenset(_BLOCKS.split())
BOLD = frozenset(("b", "strong"))
_NOISE_ROLES = frozenset(("navigation", "banner", "contentinfo", "search", "menu", "menubar"))
_NOISE_CLASS = re.compile(
    r"\b(?:breadcrumbs?|cookie-?(?:banner|consent|notice)|skip-?link|pagination)\b", re.IGNORECASE
)
_MENU_ENTRIES = 25
_ASKING = re.compile(r"[?？]\s*$")
_BLANKS = re.compile(r"\s+")
_WIDE_BREAK = re.compile(f"(?<=[{UNSPACED}{FULL_WIDTH}])\\s*\n\\s*(?=[{UNSPACED}{FULL_WIDTH}])")


def is_noise(element: etree._Element) -> bool:
    """True for menus, banners and buttons.

    What the page hides at first is no noise: the answers of folded questions are hidden in just that way.
    """
    if element.tag == "header":
        return next(element.iter("h1"), None) is None
    if element.tag == "aside":
        return _share_of_links(element) > 0.5
    if element.tag in ("ul", "ol") and len(element) >= _MENU_ENTRIES:
        return _share_of_links(element) > 0.95
    if element.tag == "button":
        return not unfolds(element)
    return element.get("role") in _NOISE_ROLES or _NOISE_CLASS.search(element.get("class", "")) is not None


def _share_of_links(element: etree._Element) -> float:
    links = sum(len("".join(link.itertext())) for link in element.iter("a"))
    return links / max(1, sum(len(text.strip()) for text in element.itertext()))


def unfolds(button: etree._Element) -> bool:
    """True for a button that shows the answer to the question written on it."""
    controls = button.get("aria-expanded") is not None or button.get("aria-controls") is not None
    return controls or _ASKING.search("".join(button.itertext())) is not None


def is_bold(element: etree._Element) -> bool:
    """True when all text of the element is bold."""
    text = "".join(element.itertext()).strip()
    bold = "".join("".join(part.itertext()) for tag in BOLD for part in element.iter(tag)).strip()
    return bool(text) and len(bold) >= len(text)


class RunningText:
    """Text that gathers until a block ends; `bold` above zero means that what comes is bold."""

    def __init__(self) -> None:
        self.bold = 0
        self._parts: list[str] = []
        self._plain = False

    def add(self, text: str | None) -> None:
        """Text as it stands in the source, where any blanks count as one."""
        if text:
            self._plain = self._plain or (self.bold == 0 and not text.isspace())
            self._parts.append(_BLANKS.sub(" ", _WIDE_BREAK.sub("", text)))

    def add_verbatim(self, text: str) -> None:
        """Text whose line breaks mean something."""
        self._plain = True
        self._parts.append(text)

    def break_line(self) -> None:
        """A line break that the author asked for."""
        self._parts.append("\n")

    def take(self) -> tuple[str, bool]:
        """What has gathered, and whether all of it was bold; begins anew."""
        text, emphasised = "".join(self._parts), not self._plain
        self._parts, self._plain = [], False
        return text, emphasised
