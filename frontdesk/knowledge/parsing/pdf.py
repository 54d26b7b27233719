"""PDF documents, page by page."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from threading import Lock

import pypdfium2
import pypdfium2.raw as pdfium

from frontdesk.errors import Invalid
from frontdesk.knowledge.parsing.archives import broken
from frontdesk.knowledge.parsing.blocks import Location, Piece
from frontdesk.knowledge.parsing.pdf_page import Line, Page, read_page
from frontdesk.knowledge.parsing.pdf_paragraphs import Paragraph, RightEdges, Style
from frontdesk.knowledge.parsing.pdf_tables import Table, with_tables
from frontdesk.knowledge.parsing.tables import Names, find_names, table_pieces

_SAMPLED_PAGES = 24

# PDFium keeps state of its own for the whole program; two threads in it at once may crash it.
_PDFIUM = Lock()


def read(path: Path) -> Iterator[Piece]:
    """The pieces of a PDF with their pages; nothing at all for a scan.

    Raises Invalid: file_encrypted for one that asks for a password, file_broken for one that can not be read.
    """
    with _PDFIUM:
        document = _open(path)
    try:
        count = len(document)
        sampled = range(0, count, max(1, count // _SAMPLED_PAGES))
        style = Style.of([_page(document, index) for index in sampled])
        yield from _pieces((_page(document, index) for index in range(count)), style)
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


def _page(document: pypdfium2.PdfDocument, index: int) -> Page:
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
            return read_page(page)
        finally:
            page.close()


def _pieces(pages: Iterable[Page], style: Style) -> Iterator[Piece]:
    """Paragraphs and tables in order; both may go on from one page to the next."""
    paragraph: Paragraph | None = None
    open_table: Names | None = None
    for number, page in enumerate(pages, start=1):
        place = Location(page=number)
        lines = style.without_furniture(page)
        edges = RightEdges(lines)
        for element in with_tables(lines, page.rules):
            if isinstance(element, Line) and paragraph and paragraph.takes(element, place, style):
                continue
            if paragraph:
                yield paragraph.piece(style)
                paragraph = None
            if isinstance(element, Line):
                paragraph, open_table = Paragraph.begin(element, place, edges), None
            else:
                names = element.names or _same_columns(open_table, element)
                yield from table_pieces(element.rows, names=names, place=place)
                open_table = names or _found_names(element)
    if paragraph:
        yield paragraph.piece(style)


def _same_columns(names: Names | None, table: Table) -> Names | None:
    """The names of the table before if this one is its continuation: nothing between them, as many columns."""
    return names if names and table.rows and len(names.columns) == len(table.rows[0].cells) else None


def _found_names(table: Table) -> Names:
    found = find_names(table.rows)
    return Names(table.rows[found].cells) if found is not None else Names()
