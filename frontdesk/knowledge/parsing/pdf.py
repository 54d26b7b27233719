"""PDF documents, page by page."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import Lock

import pypdfium2
import pypdfium2.raw as pdfium

from frontdesk.errors import Invalid
from frontdesk.knowledge.parsing.archives import broken
from frontdesk.knowledge.parsing.blocks import Location, Piece, RawPicture
from frontdesk.knowledge.parsing.pdf_page import Line, Page, read_page
from frontdesk.knowledge.parsing.pdf_paragraphs import Paragraph, RightEdges, Style
from frontdesk.knowledge.parsing.pdf_pictures import line_above, picture_on, pictures_on
from frontdesk.knowledge.parsing.pdf_scans import picture_of
from frontdesk.knowledge.parsing.pdf_tables import Table, with_tables
from frontdesk.knowledge.parsing.progress import Progress, Reading
from frontdesk.knowledge.parsing.recognition import is_installed, recognise
from frontdesk.knowledge.parsing.tables import Names, find_names, table_pieces

_SAMPLED_PAGES = 24

# PDFium keeps state of its own for the whole program; two threads in it at once may crash it.
_PDFIUM = Lock()


def read(path: Path) -> Reading:
    """The pieces of a PDF with their pages, and its pictures; of scanned pages what text can be recognised here.

    Raises Invalid: file_encrypted for one that asks for a password, file_broken for one that can not be read,
    file_too_large for a scan that takes too long.
    """
    with _PDFIUM:
        document = _open(path)
    try:
        count = len(document)
        sampled = range(0, count, max(1, count // _SAMPLED_PAGES))
        style = Style.of([_page(document, index) for index in sampled])
        yield from _pieces(document, style)
    finally:
        with _PDFIUM:
            document.close()


def _open(path: Path) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if error.err_code in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY):
            raise Invalid(
                "This PDF is protected by a password. Save a copy without the password and upload that.",
                code="file_encrypted",
            ) from error
        raise broken() from error


@contextmanager
def _opened(document: pypdfium2.PdfDocument, index: int) -> Iterator[pypdfium2.PdfPage]:
    with _PDFIUM:
        try:
            page = document[index]
        except pypdfium2.PdfiumError as error:
            raise Invalid(
                f"Page {index + 1} of this PDF is damaged. Open it in the program that made it, save it and "
                "upload it again.",
                code="file_broken",
            ) from error
        try:
            yield page
        finally:
            page.close()


def _page(document: pypdfium2.PdfDocument, index: int) -> Page:
    with _opened(document, index) as page:
        return read_page(page)


def _scanned(document: pypdfium2.PdfDocument, index: int, place: Location) -> Iterator[Piece]:
    """What can be recognised on a page without text; nothing on one without pictures."""
    if not is_installed():
        return
    with NamedTemporaryFile() as file:
        with _opened(document, index) as page:
            picture = picture_of(page)
        if picture is not None:
            file.write(picture)
            file.flush()
            yield from recognise(Path(file.name), place)


def _pieces(document: pypdfium2.PdfDocument, style: Style) -> Reading:
    """Paragraphs, tables and pictures in order; the first two may go on from one page to the next."""
    paragraph: Paragraph | None = None
    open_table: Names | None = None
    passed: list[Piece] = []  # pictures that wait for the end of the paragraph above them
    count = len(document)
    for index in range(count):
        yield Progress(index, count)
        page, place = _page(document, index), Location(page=index + 1)
        lines = style.without_furniture(page)
        scan = [] if lines else list(_scanned(document, index, place))
        if scan:
            if paragraph:
                yield paragraph.piece(style)
            paragraph = open_table = None
            yield from scan
        edges = RightEdges(lines)
        elements = with_tables(lines, page.rules)
        pictures = _pictures(document, index, elements)
        passed += pictures[None]
        for at, element in enumerate(elements):
            if isinstance(element, Line) and paragraph and paragraph.takes(element, place, style):
                passed += pictures[at]
                continue
            if paragraph:
                yield paragraph.piece(style)
                paragraph = None
            yield from passed
            passed = pictures[at]
            if isinstance(element, Line):
                paragraph, open_table = Paragraph.begin(element, place, edges), None
            else:
                names = element.names or _same_columns(open_table, element)
                yield from table_pieces(element.rows, names=names, place=place)
                open_table = names or _found_names(element)
    if paragraph:
        yield paragraph.piece(style)
    yield from passed


def _pictures(
    document: pypdfium2.PdfDocument, index: int, elements: Sequence[Line | Table]
) -> defaultdict[int | None, list[Piece]]:
    """The pictures of a page by the number of the line above them; None where there is no line above."""

    def drawn(number: int) -> bytes:
        with _opened(document, index) as page:
            return picture_on(page, number)

    with _opened(document, index) as page:
        found = pictures_on(page)
    lines = [(at, element) for at, element in enumerate(elements) if isinstance(element, Line)]
    pictures: defaultdict[int | None, list[Piece]] = defaultdict(list)
    for picture in found:
        raw = RawPicture(partial(drawn, picture.number))
        pictures[line_above(picture, lines)].append(Piece("", place=Location(page=index + 1), picture=raw))
    return pictures


def _same_columns(names: Names | None, table: Table) -> Names | None:
    """The names of the table before if this one is its continuation: nothing between them, as many columns."""
    return names if names and table.rows and len(names.columns) == len(table.rows[0].cells) else None


def _found_names(table: Table) -> Names:
    found = find_names(table.rows)
    return Names(table.rows[found].cells) if found is not None else Names()
