"""What an administrator finds in the knowledge base after uploading a presentation or an older or open document."""

import csv
import io
import re
import struct
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pptx
import pytest
from pptx.util import Cm

from frontdesk.errors import Invalid
from frontdesk.knowledge.parsing import Block, BlockKind, Location, check_upload, parse
from frontdesk.knowledge.parsing.office.compound_packing import packed
from tests.knowledge.files import archive, paragraph, word
from tests.knowledge.older_files import (
    BOLD,
    DELETED,
    HIDDEN,
    Box,
    Day,
    Paragraph,
    Sheet,
    older_sheets,
    older_slides,
    older_word,
    word_row,
)

HEADING, PROSE, ITEM, ROW = BlockKind.HEADING, BlockKind.PROSE, BlockKind.LIST_ITEM, BlockKind.ROW
REAL_FILES = Path(__file__).resolve().parents[3] / "shared" / "eval" / "formats"
FORMATS = ("doc", "odp", "ods", "odt", "ppt", "pptx", "rtf", "xls")

Read = Callable[[str, bytes | str], list[Block]]


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Read:
    """Parses content as a file of that name; what is stored has no extension, as in the product."""
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("a connection was opened"))

    def read(name: str, content: bytes | str) -> list[Block]:
        path = tmp_path / "stored"
        path.write_bytes(content.encode("latin-1") if isinstance(content, str) else content)
        check_upload(path, name)
        return list(parse(path, name))

    return read


def seen(blocks: Sequence[Block]) -> list[tuple[BlockKind, str]]:
    return [(block.kind, block.text) for block in blocks]


def texts(blocks: Sequence[Block]) -> list[str]:
    return [block.text for block in blocks]


class TestPowerPoint:
    @pytest.fixture
    def presentation(self) -> Any:
        return pptx.Presentation()

    @pytest.fixture
    def slides(self, read: Read, presentation: Any) -> Callable[[], list[Block]]:
        def slides() -> list[Block]:
            content = io.BytesIO()
            presentation.save(content)
            return read("a.pptx", content.getvalue())

        return slides

    @staticmethod
    def box(shapes: Any, left: float, top: float, text: str) -> Any:
        shape = shapes.add_textbox(Cm(left), Cm(top), Cm(5), Cm(2))
        shape.text_frame.text = text
        return shape

    def test_each_slide_stands_under_its_title(self, presentation, slides):
        for title, points in (("退货", ["七天无理由", "运费自理"]), ("Repairs", ["Two years"])):
            slide = presentation.slides.add_slide(presentation.slide_layouts[1])
            slide.shapes.title.text = title
            slide.placeholders[1].text = "\n".join(points)
        blocks = slides()
        assert seen(blocks) == [
            (HEADING, "退货"),
            (ITEM, "- 七天无理由"),
            (ITEM, "- 运费自理"),
            (HEADING, "Repairs"),
            (ITEM, "- Two years"),
        ]
        assert blocks[-1].location == Location(page=2, heading="Repairs")

    def test_boxes_are_read_line_by_line_and_groups_as_a_whole(self, presentation, slides):
        shapes = presentation.slides.add_slide(presentation.slide_layouts[6]).shapes
        self.box(shapes, 1, 12, "below")
        self.box(shapes, 15, 1.2, "right")
        group = shapes.add_group_shape()
        self.box(group.shapes, 1, 3, "second in group")
        self.box(group.shapes, 1, 1, "first in group")
        assert texts(slides()) == ["first in group", "second in group", "right", "below"]

    def test_a_table_keeps_its_names_and_its_merged_cells(self, presentation, slides):
        shapes = presentation.slides.add_slide(presentation.slide_layouts[6]).shapes
        rows = [["Region", "City", "Fee"], ["East", "Shanghai", "8"], ["", "Hangzhou", "9"]]
        table = shapes.add_table(3, 3, Cm(1), Cm(1), Cm(15), Cm(5)).table
        for number, row in enumerate(rows):
            for column, text in enumerate(row):
                table.cell(number, column).text = text
        table.cell(1, 0).merge(table.cell(2, 0))
        assert seen(slides()) == [
            (ROW, "Region: East; City: Shanghai; Fee: 8"),
            (ROW, "Region: East; City: Hangzhou; Fee: 9"),
        ]

    def test_notes_hidden_slides_hidden_boxes_and_footers_are_left_out(self, presentation, slides):
        slide = presentation.slides.add_slide(presentation.slide_layouts[6])
        self.box(slide.shapes, 1, 1, "public")
        hidden_box = self.box(slide.shapes, 1, 5, "secret box")
        hidden_box.element.nvSpPr.cNvPr.set("hidden", "1")
        slide.notes_slide.notes_text_frame.text = "secret note"
        hidden = presentation.slides.add_slide(presentation.slide_layouts[6])
        self.box(hidden.shapes, 1, 1, "secret slide")
        hidden.element.set("show", "0")
        last = presentation.slides.add_slide(presentation.slide_layouts[6])
        self.box(last.shapes, 1, 1, "the end")
        blocks = slides()
        assert texts(blocks) == ["public", "the end"]
        assert blocks[-1].location == Location(page=3)

    def test_numbered_steps_keep_their_numbers(self, presentation, slides):
        shapes = presentation.slides.add_slide(presentation.slide_layouts[6]).shapes
        frame = self.box(shapes, 1, 1, "Log in\nChoose an order\nThat is all").text_frame
        for step in frame.paragraphs[:2]:
            step._p.get_or_add_pPr().insert(0, step._p.makeelement(f"{{{step._p.nsmap['a']}}}buAutoNum"))
        assert seen(slides()) == [(ITEM, "1. Log in"), (ITEM, "2. Choose an order"), (PROSE, "That is all")]

    def test_a_box_of_no_known_form_is_read_all_the_same(self, presentation, slides):
        shapes = presentation.slides.add_slide(presentation.slide_layouts[6]).shapes
        element = self.box(shapes, 1, 1, "Made by another program").element
        element.spPr.remove(element.spPr.prstGeom)
        del element.nvSpPr.cNvSpPr.attrib["txBox"]
        assert texts(slides()) == ["Made by another program"]

    def test_an_empty_presentation_is_refused(self, presentation, slides):
        presentation.slides.add_slide(presentation.slide_layouts[6])
        with pytest.raises(Invalid) as refused:
            slides()
        assert refused.value.code == "file_no_text"


class TestOlderPowerPoint:
    def test_titles_lists_and_boxes_in_the_order_of_reading(self, read):
        boxes = [
            Box(400, 0, "one\rtwo", 1),
            Box(300, 0, "below"),
            Box(110, 200, "right"),
            Box(100, 0, "左边"),
            Box(0, 0, "Returns", 0),
        ]
        blocks = read("a.ppt", older_slides([boxes]))
        assert seen(blocks) == [
            (HEADING, "Returns"),
            (PROSE, "左边"),
            (PROSE, "right"),
            (PROSE, "below"),
            (ITEM, "- one"),
            (ITEM, "- two"),
        ]
        assert blocks[-1].location == Location(page=1, heading="Returns")

    def test_hidden_slides_and_notes_are_left_out(self, read):
        slides = [[Box(0, 0, "public")], [Box(0, 0, "secret slide")], [Box(0, 0, "the end")]]
        blocks = read("a.ppt", older_slides(slides, hidden=[2]))
        assert texts(blocks) == ["public", "the end"]
        assert blocks[-1].location == Location(page=3)


class TestOlderWord:
    def test_both_kinds_of_pieces_headings_tables_and_bold_lines(self, read):
        narrow = [
            Paragraph("Délais", style=1),
            *word_row("Region", "Fee", "Days"),
            *word_row("Hainan", "18", "5"),
            Paragraph("Opening hours", look=BOLD),
            Paragraph("From 9 to 18."),
        ]
        blocks = read("a.doc", older_word(narrow, [Paragraph("退货政策", style=1), Paragraph("七天无理由😀。")]))
        assert seen(blocks) == [
            (HEADING, "Délais"),
            (ROW, "Region: Hainan; Fee: 18; Days: 5"),
            (HEADING, "Opening hours"),
            (PROSE, "From 9 to 18."),
            (HEADING, "退货政策"),
            (PROSE, "七天无理由😀。"),
        ]
        assert blocks[3].location == Location(heading="Délais > Opening hours")

    def test_links_show_their_text_and_what_is_hidden_or_deleted_stays_out(self, read):
        content = [
            Paragraph('See \x13 HYPERLINK "http://192.0.2.1/" \x14our \x13 PAGE \x14page\x15\x15 first.'),
            Paragraph("deleted", look=DELETED),
            Paragraph("hidden", look=HIDDEN),
            Paragraph("Then write to us."),
        ]
        assert texts(read("a.doc", older_word(content))) == ["See our page first.", "Then write to us."]


class TestOlderExcel:
    def test_values_and_merged_cells_look_as_they_do_in_excel(self, read):
        rows = [
            ["大区", "城市", "首重", "起始"],
            ["华东", "上海", 8.0, Day(46023)],
            [None, "杭州", 9.5, Day(46024.5)],
            ["西北", "西宁", 15, "#N/A"],
        ]
        blocks = read("a.xls", older_sheets(Sheet("运费", rows, merged=(1, 2, 0))))
        assert texts(blocks) == [
            "运费",
            "大区: 华东; 城市: 上海; 首重: 8; 起始: 2026-01-01",
            "大区: 华东; 城市: 杭州; 首重: 9.5; 起始: 2026-01-02 12:00",
            "大区: 西北; 城市: 西宁; 首重: 15",
        ]
        assert blocks[-1].location == Location(heading="运费", sheet="运费", row=4)

    def test_hidden_sheets_stay_private(self, read):
        sheets = (Sheet("Sheet1", [["public"]]), Sheet("Purchase prices", [["secret"]], hidden=True))
        assert texts(read("a.xls", older_sheets(*sheets))) == ["public"]

    def test_two_cells_far_apart_do_not_take_all_the_memory(self, read):
        content = older_sheets(Sheet("a", [["first"], [1.5]]))
        near, far = (struct.pack("<HHHH", 0x0203, 14, row, column) for row, column in ((1, 0), (65535, 65535)))
        assert near in content
        assert code_of(read, "a.xls", content.replace(near, far)) == "file_too_large"


_OPEN = "urn:oasis:names:tc:opendocument:xmlns:"
_NAMES = {
    **{name: name for name in ("office", "text", "table", "style", "presentation")},
    **{"draw": "drawing", "svg": "svg-compatible", "fo": "xsl-fo-compatible"},
}


def open_document(kind: str, body: str, styles: str = "", **parts: str) -> bytes:
    """An OpenDocument file with this XML as its body."""
    names = " ".join(f'xmlns:{prefix}="{_OPEN}{name}:1.0"' for prefix, name in _NAMES.items())
    content = (
        f"<office:document-content {names}><office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>"
    )
    return archive({"mimetype": f"application/vnd.oasis.opendocument.{kind}", "content.xml": content, **parts})


def cells(*texts: str) -> str:
    inside = "".join(f"<table:table-cell><text:p>{text}</text:p></table:table-cell>" for text in texts)
    return f"<table:table-row>{inside}</table:table-row>"


def style(name: str, properties: str, parent: str = "") -> str:
    return (
        f'<style:style style:name="{name}" style:parent-style-name="{parent}"><style:{properties}/></style:style>'
    )


class TestOpenText:
    def test_headings_paragraphs_and_lists(self, read):
        numbered = (
            '<text:list-style style:name="N"><text:list-level-style-number text:level="1" style:num-format="1"/>'
            '<text:list-level-style-bullet text:level="2"/></text:list-style>'
        )
        body = (
            '<text:p text:style-name="P1">配送说明</text:p><text:h text:outline-level="1">Fees</text:h>'
            '<text:p text:style-name="P2">Islands</text:p>'
            "<text:p>Two<text:s text:c='2'/>days,<text:line-break/>no <text:span>longer</text:span>.</text:p>"
            '<text:list text:style-name="N"><text:list-item><text:p>Log in</text:p><text:list><text:list-item>'
            "<text:p>with your phone</text:p></text:list-item></text:list></text:list-item><text:list-item>"
            "<text:p>Choose</text:p></text:list-item></text:list>"
        )
        styles = style("P1", "text-properties", "Title") + style("P2", 'text-properties fo:font-weight="bold"')
        blocks = read("a.odt", open_document("text", body, styles + numbered))
        assert seen(blocks) == [
            (HEADING, "配送说明"),
            (HEADING, "Fees"),
            (HEADING, "Islands"),
            (PROSE, "Two days,\nno longer."),
            (ITEM, "1. Log in"),
            (ITEM, "- with your phone"),
            (ITEM, "2. Choose"),
        ]
        assert blocks[-1].location == Location(heading="配送说明 > Fees > Islands")

    def test_tables_with_header_rows_and_with_cells_over_several_rows(self, read):
        tall = '<table:table-cell table:number-rows-spanned="2"><text:p>East</text:p></table:table-cell>'
        body = (
            f"<table:table><table:table-header-rows>{cells('Region', 'City')}</table:table-header-rows>"
            f"<table:table-row>{tall}<table:table-cell><text:p>Shanghai</text:p></table:table-cell></table:table-row>"
            "<table:table-row><table:covered-table-cell/><table:table-cell><text:p>Hangzhou</text:p>"
            "</table:table-cell></table:table-row></table:table>"
        )
        assert seen(read("a.odt", open_document("text", body))) == [
            (ROW, "Region: East; City: Shanghai"),
            (ROW, "Region: East; City: Hangzhou"),
        ]

    def test_deletions_comments_and_hidden_text_are_left_out_and_boxes_are_read(self, read):
        body = (
            "<text:tracked-changes><text:changed-region><text:deletion><text:p>no</text:p></text:deletion>"
            "</text:changed-region></text:tracked-changes>"
            "<text:p>Seven days<office:annotation><text:p>no</text:p></office:annotation>"
            '<text:span text:style-name="H">no</text:span>.'
            "<draw:frame><draw:text-box><text:p>In a box.</text:p></draw:text-box></draw:frame>"
            "<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>A footnote.</text:p>"
            "</text:note-body></text:note></text:p>"
            '<text:section text:display="none"><text:p>no</text:p></text:section>'
        )
        hidden = style("H", 'text-properties text:display="none"')
        blocks = read("a.odt", open_document("text", body, hidden))
        assert texts(blocks) == ["Seven days.", "In a box.", "A footnote."]


class TestOpenPresentation:
    def test_slides_with_their_pages_and_nothing_that_is_not_shown(self, read):
        def frame(text: str, x: int, y: int, kind: str = "") -> str:
            attributes = f'svg:x="{x}cm" svg:y="{y}cm" svg:height="2cm" presentation:class="{kind}"'
            return f"<draw:frame {attributes}><draw:text-box><text:p>{text}</text:p></draw:text-box></draw:frame>"

        body = (
            f"<draw:page>{frame('below', 1, 9)}{frame('right', 9, 4)}<draw:g>{frame('left', 1, 4)}</draw:g>"
            f"{frame('1', 20, 20, 'page-number')}{frame('Returns', 1, 1, 'title')}"
            f"<presentation:notes>{frame('secret', 1, 1)}</presentation:notes></draw:page>"
            f'<draw:page draw:style-name="dp2">{frame("secret", 1, 1)}</draw:page>'
            f"<draw:page>{frame('Repairs', 1, 1, 'title')}<draw:frame><table:table>"
            f"{cells('Part', 'Years', 'Price')}{cells('Motor', '3', '90')}</table:table></draw:frame></draw:page>"
        )
        hidden = style("dp2", 'drawing-page-properties presentation:visibility="hidden"')
        blocks = read("a.odp", open_document("presentation", body, hidden))
        assert seen(blocks) == [
            (HEADING, "Returns"),
            (PROSE, "left"),
            (PROSE, "right"),
            (PROSE, "below"),
            (HEADING, "Repairs"),
            (ROW, "Part: Motor; Years: 3; Price: 90"),
        ]
        assert blocks[-1].location == Location(page=3, heading="Repairs")


class TestOpenSpreadsheet:
    def test_values_as_they_are_shown_rows_as_they_are_numbered(self, read):
        body = (
            f'<table:table table:name="运费">{cells("地区", "首重", "折扣")}'
            '<table:table-row table:number-rows-repeated="1000"><table:table-cell '
            'table:number-columns-repeated="16384"/></table:table-row>'
            '<table:table-row table:number-rows-repeated="1048000"><table:table-cell><text:p>海南</text:p>'
            "<office:annotation><text:p>no</text:p></office:annotation></table:table-cell><table:table-cell "
            'office:value="18"><text:p>¥18.00</text:p></table:table-cell><table:table-cell office:value="0.15">'
            "<text:p>15%</text:p></table:table-cell></table:table-row></table:table>"
        )
        blocks = read("a.ods", open_document("spreadsheet", body))
        assert texts(blocks) == ["运费", "地区; 首重; 折扣", "海南; ¥18.00; 15%"]
        assert blocks[-1].location == Location(heading="运费", sheet="运费", row=1002)

    def test_hidden_sheets_stay_private(self, read):
        body = (
            f'<table:table table:name="Sheet1">{cells("public")}</table:table>'
            f'<table:table table:name="Cost" table:style-name="ta2">{cells("secret")}</table:table>'
        )
        hidden = style("ta2", 'table-properties table:display="false"')
        assert texts(read("a.ods", open_document("spreadsheet", body, hidden))) == ["public"]


class TestRichText:
    def test_headings_tables_and_lists(self, read):
        content = (
            r"{\rtf1\ansi{\fonttbl{\f0\fcharset0 Arial;}{\f1\fnil\fcharset2 Symbol;}}{\info{\title no}}"
            r"{\pard\outlinelevel0\b Fees\par}\pard From \'a310 on.\line Or \{less\}.\par"
            r"{\trowd\pard\intbl Region\cell Fee\cell Days\cell\row Hainan\cell 18\cell 5\cell\row}"
            r"\pard{\listtext\f1\'b7\tab}Islands\par}"
        )
        assert seen(read("a.rtf", content)) == [
            (HEADING, "Fees"),
            (PROSE, "From £10 on.\nOr {less}."),
            (ROW, "Region: Hainan; Fee: 18; Days: 5"),
            (ITEM, "- Islands"),
        ]

    @pytest.mark.parametrize(
        ("head", "encoding", "text"),
        [
            (r"\ansicpg936{\fonttbl{\f0\fcharset134 SimSun;}}\f0 ", "gb18030", "七天无理由退货"),
            (r"\ansicpg1252{\fonttbl{\f0\fcharset136 MingLiU;}}\f0 ", "cp950", "七天內可以退貨"),
            (r"\ansicpg932 ", "cp932", "ソースコード表示"),
        ],
    )
    def test_chinese_and_japanese_in_the_code_page_of_the_font(self, read, head, encoding, text):
        escaped = "".join(
            chr(byte) if chr(byte).isascii() and chr(byte).isalnum() else f"\\'{byte:02x}"
            for byte in text.encode(encoding)
        )
        assert texts(read("a.rtf", rf"{{\rtf1\ansi{head}{escaped}\par}}")) == [text]

    def test_unicode_comes_with_a_replacement_that_is_skipped(self, read):
        content = r"{\rtf1\ansi\uc1 \u-28672\'cd\u-29401?{\uc2\u-10179\'3f\'3f\u-8704\'3f\'3f}!\par}"
        assert texts(read("a.rtf", content)) == ["退货😀!"]

    def test_hidden_and_deleted_text_notes_and_pictures_are_left_out(self, read):
        content = (
            r"{\rtf1\ansi Seven {\v no}{\deleted no}days{\*\annotation no}{\footnote no}."
            r"{\pict\bin4 }{\\}{\field{\*\fldinst HYPERLINK no}{\fldrslt  Here}}.\par}"
        )
        assert texts(read("a.rtf", content)) == ["Seven days. Here."]


def code_of(read: Read, name: str, content: bytes | str) -> str:
    with pytest.raises(Invalid) as refused:
        read(name, content)
    return refused.value.code


OLDER_DOCUMENT = older_word([Paragraph("Returns within seven days. " * 200)])
OLDER_PRESENTATION = older_slides([[Box(0, 0, "Returns within seven days. " * 200)]])
OLDER_WORKBOOK = older_sheets(Sheet("a", [["Returns within seven days."] * 200]))
OPEN_TEXT = open_document("text", "<text:p>Seven days.</text:p>")
KEY = {"META-INF/manifest.xml": "<m:manifest><m:file-entry><m:encryption-data/></m:file-entry></m:manifest>"}

RELATIVES = {
    "a.xls": OLDER_DOCUMENT,
    "a.doc": OLDER_PRESENTATION,
    "a.ppt": OLDER_WORKBOOK,
    "a.pptx": OLDER_PRESENTATION,
    "a.odt": open_document("spreadsheet", ""),
    "a.ods": OPEN_TEXT,
    "a.odp": OPEN_TEXT,
    "a.docx": OPEN_TEXT,
}
ENCRYPTED = {
    "a.doc": older_word([Paragraph("secret")], flags=0x0100),
    "a.ppt": older_slides([[Box(0, 0, "secret")]], token=0xF3D1C4DF),
    "a.xls": older_sheets(Sheet("a", [["secret"]]), password=True),
    **{f"a.{kind}": packed({"EncryptedPackage": b"secret"}) for kind in ("pptx", "odt")},
    "b.doc": packed({"EncryptedPackage": b"secret"}),
    "b.odt": open_document("text", "", **KEY),
}
WHOLE = {
    "a.doc": OLDER_DOCUMENT,
    "a.ppt": OLDER_PRESENTATION,
    "a.xls": OLDER_WORKBOOK,
    "a.odt": OPEN_TEXT,
    "a.rtf": rb"{\rtf1\ansi Seven days.\par}",
}
WITHOUT_TEXT = {
    "a.doc": older_word([Paragraph(" ")]),
    "a.ppt": older_slides([[]]),
    "a.xls": older_sheets(Sheet("a", [])),
    "a.odt": open_document("text", "<text:p/>"),
    "a.odp": open_document("presentation", "<draw:page/>"),
    "a.ods": open_document("spreadsheet", ""),
    "a.rtf": rb"{\rtf1\ansi\par}",
}


class TestRefusals:
    @pytest.mark.parametrize("suffix", FORMATS)
    def test_empty_files(self, read, suffix):
        assert code_of(read, f"a.{suffix}", b"") == "file_empty"

    @pytest.mark.parametrize("suffix", FORMATS)
    @pytest.mark.parametrize(
        "content", [b"only text", b"\x89PNG\r\n\x1a\n", word(paragraph("Hello"))], ids=["text", "picture", "word"]
    )
    def test_other_files_under_the_name(self, read, suffix, content):
        assert code_of(read, f"a.{suffix}", content) == "file_wrong_type"

    @pytest.mark.parametrize("name", RELATIVES)
    def test_relatives_under_the_name(self, read, name):
        assert code_of(read, name, RELATIVES[name]) == "file_wrong_type"

    @pytest.mark.parametrize("name", ENCRYPTED)
    def test_files_with_a_password(self, read, name):
        assert code_of(read, name, ENCRYPTED[name]) == "file_encrypted"

    @pytest.mark.parametrize("name", WHOLE)
    @pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
    def test_files_cut_short(self, read, name, share):
        content = WHOLE[name]
        assert read(name, content)
        assert code_of(read, name, content[: int(len(content) * share)]) == "file_broken"

    @pytest.mark.parametrize("name", WITHOUT_TEXT)
    def test_files_without_text(self, read, name):
        assert code_of(read, name, WITHOUT_TEXT[name]) == "file_no_text"

    @pytest.mark.parametrize(("kind", "suffix"), [("text", "odt"), ("spreadsheet", "ods"), ("presentation", "odp")])
    def test_entities_are_never_resolved(self, read, kind, suffix):
        trap = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'
        assert code_of(read, f"a.{suffix}", open_document(kind, "", **{"content.xml": trap})) == "file_broken"

    def test_a_bomb_is_too_large(self, read):
        body = f"<text:p>{' ' * 40_000_000}</text:p>"
        assert code_of(read, "a.odt", open_document("text", body)) == "file_too_large"

    def test_documents_of_word_95_are_not_guessed_at(self, read):
        content = OLDER_DOCUMENT.replace(struct.pack("<HH", 0xA5EC, 0xC1), struct.pack("<HH", 0xA5DC, 0x68))
        assert code_of(read, "a.doc", content) == "file_type_unsupported"


def real_files() -> list[dict[str, str]]:
    """Rows of the manifest of real files, where they are at hand."""
    manifest = REAL_FILES / "manifest.csv"
    if not manifest.exists():
        return []
    with manifest.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["format"] in FORMATS]


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


@pytest.mark.parametrize("row", real_files(), ids=lambda row: row["file"])
def test_real_files(row):
    path = REAL_FILES / row["file"]
    if row["expected"] == "error":
        with pytest.raises(Invalid):
            list(parse(path, row["file"]))
        return
    text = squeezed("".join(block.text for block in parse(path, row["file"])))
    if row["file"] == "odf_presentation_01.odp":
        # The expected phrase stands in the notes of the speaker, which are left out on purpose.
        assert "Secondslidetitle" in text
        assert squeezed(row["expected"]) not in text
    else:
        assert squeezed(row["expected"]) in text
