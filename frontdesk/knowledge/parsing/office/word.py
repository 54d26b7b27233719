"""Word documents, read by way of the HTML that mammoth makes of their styles."""

from functools import partial
from pathlib import Path
from typing import Any

import mammoth

from frontdesk.knowledge.parsing.archives import WORD, check_contents
from frontdesk.knowledge.parsing.blocks import RawPicture
from frontdesk.knowledge.parsing.office.damage import damage_refused
from frontdesk.knowledge.parsing.progress import Reading, by_characters
from frontdesk.knowledge.parsing.redrawing import MOST_BYTES
from frontdesk.knowledge.parsing.web_pages import TITLE_CLASS, page_pieces

# Chinese editions name the same styles in Chinese, and some programs write the names with other capitals.
_STYLES = "\n".join(
    [
        *(f"p[style-name='{name}'] => h1.{TITLE_CLASS}:fresh" for name in ("Title", "title", "标题")),
        *(f"p[style-name='标题 {level}'] => h{level}:fresh" for level in range(1, 7)),
        *(f"p[style-name='Heading {level}'] => h6:fresh" for level in range(7, 10)),
        "p[style-name='Subtitle'] => p:fresh",
    ]
)


def read(path: Path) -> Reading:
    """The pieces of a Word document and its pictures; page headers and footers are left out.

    Raises Invalid with file_broken when the document can not be read to its end.
    """
    check_contents(path, WORD)
    pictures: list[RawPicture] = []

    def number_of(image: Any) -> dict[str, str]:
        pictures.append(RawPicture(partial(_content, image)))
        return {"src": str(len(pictures) - 1)}

    with damage_refused("A Word document"), path.open("rb") as file:
        html = mammoth.convert_to_html(
            file,
            style_map=_STYLES,
            include_embedded_style_map=False,
            convert_image=mammoth.images.img_element(number_of),
            external_file_access=False,
        ).value
        yield from by_characters(page_pieces(html, lambda number: pictures[int(number)]), len(html))


def _content(image: Any) -> bytes:
    with image.open() as file:
        content: bytes = file.read(MOST_BYTES + 1)
    return content
