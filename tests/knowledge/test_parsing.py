"""What an administrator finds in the knowledge base after uploading a document."""

import datetime
import io
from pathlib import Path

import openpyxl
import pytest

from frontdesk.knowledge.parsing import Block, BlockKind, Location, check_upload, parse
from tests.knowledge.files import SAMPLES, Text, paragraph, pdf, word, word_table

HEADING, PROSE, ITEM, ROW = BlockKind.HEADING, BlockKind.PROSE, BlockKind.LIST_ITEM, BlockKind.ROW


@pytest.fixture
def read(tmp_path: Path):
    """Parses content as a file of that name; what is stored has no extension, as in the product."""

    def read(name: str, content: bytes | str) -> list[Block]:
        path = tmp_path / "stored"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        check_upload(path, name)
        return list(parse(path, name))

    return read


def texts(blocks: list[Block], *kinds: BlockKind) -> list[str]:
    return [block.text for block in blocks if not kinds or block.kind in kinds]


def found(blocks: list[Block], text: str) -> Block:
    return next(block for block in blocks if text in block.text and block.kind is not HEADING)


@pytest.mark.parametrize("path", sorted(SAMPLES.iterdir()), ids=lambda path: path.name)
def test_the_sample_documents_are_read_under_headings(path):
    blocks = list(parse(path, path.name))
    assert len(blocks) > 20
    assert all(block.location.heading for block in blocks)


def test_locations_name_only_what_is_known():
    assert Location(page=3, heading="A > B").as_json() == {"page": 3, "heading": "A > B"}
    assert Location().as_json() == {}


class TestWord:
    def test_rows_carry_their_column_names_and_the_heading_path(self):
        blocks = list(parse(SAMPLES / "退货政策.docx", "退货政策.docx"))
        row = found(blocks, "运输破损")
        assert (
            row.text
            == "情况: 运输破损; 申请时限: 签收后 48 小时内拍照提交; 退回运费: 青禾电器承担; 原订单运费: 退还"
        )
        assert row.location.heading == "青禾电器退货政策 > 三、运费由谁承担"

    def test_steps_keep_their_numbers(self):
        blocks = list(parse(SAMPLES / "returns-policy.en.docx", "returns-policy.en.docx"))
        steps = [text for text in texts(blocks, ITEM) if text[0].isdigit()]
        assert [step[:2] for step in steps] == ["1.", "2.", "3.", "4."]

    def test_a_bold_line_is_the_heading_of_what_follows(self, read):
        blocks = read("a.docx", word(paragraph("Opening hours", bold=True), paragraph("Every day from 9 to 18.")))
        assert found(blocks, "Every day").location.heading == "Opening hours"

    def test_the_first_row_in_bold_names_the_columns(self, read):
        table = word_table([["Service", "Who pays"], ["Return", "We do"], ["Pickup", "You do"]], bold_names=True)
        assert texts(read("a.docx", word(table))) == [
            "Service: Return; Who pays: We do",
            "Service: Pickup; Who pays: You do",
        ]

    def test_a_table_of_facts_is_not_garbled(self, read):
        table = word_table([["公司", "青禾电器"], ["电话", "400-000-7166"], ["营业时间", "9:00–21:00"]])
        assert texts(read("a.docx", word(table))) == [
            "公司: 青禾电器",
            "电话: 400-000-7166",
            "营业时间: 9:00–21:00",
        ]

    def test_questions_written_as_paragraphs_become_headings(self, read):
        body = [
            paragraph("Q1：运费多少？"),
            paragraph("A1：满 99 元包邮。"),
            paragraph("Q2：多久送到？"),
            paragraph("A2：三天。"),
        ]
        blocks = read("a.docx", word(*body))
        assert [(block.location.heading, block.text) for block in blocks if block.kind is PROSE] == [
            ("运费多少？", "满 99 元包邮。"),
            ("多久送到？", "三天。"),
        ]

    def test_remote_pictures_are_never_fetched(self, read, monkeypatch):
        monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("a connection was opened"))
        relation = (
            '<Relationship Id="r9" Target="http://192.0.2.1/x.png" TargetMode="External" '
            'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/image"/>'
        )
        picture = (
            '<w:p><w:r><w:pict><v:shape xmlns:v="urn:schemas-microsoft-com:vml"><v:imagedata r:id="r9" xmlns:r='
            '"http://schemas.openxmlformats.org/officeDocument/2006/relationships"/></v:shape></w:pict></w:r></w:p>'
        )
        assert texts(read("a.docx", word(picture, paragraph("Still here."), relations=relation))) == ["Still here."]


class TestPdf:
    def test_chinese_lines_are_joined_without_blanks(self):
        blocks = list(parse(SAMPLES / "保修说明.pdf", "保修说明.pdf"))
        assert "和杭州体验店购买的全部商品" in found(blocks, "感谢您选择").text

    def test_ruled_tables_become_rows_even_where_cells_are_wrapped(self):
        blocks = list(parse(SAMPLES / "warranty.en.pdf", "warranty.en.pdf"))
        row = found(blocks, "Cordless vacuum")
        assert (
            row.text == "Product: Cordless vacuum; Model: QV-8; Whole product: 1 year; "
            "Main parts: Motor 3 years, battery 1 year"
        )
        assert row.location == Location(page=1, heading="Qinghe Home Warranty > 1. How long the warranty lasts")

    def test_running_titles_and_page_numbers_are_left_out(self, read):
        pages = [
            [
                Text(50, 800, "Qinghe Home terms of sale"),
                Text(50, 750, f"Part {number}", 18),
                *(Text(50, 700 - 40 * at, f"This is what rule {at} says: {word}.") for at in range(number)),
                Text(290, 30, f"Page {number} of 4"),
            ]
            for number, word in enumerate(("buy", "pay", "send", "return"), start=1)
        ]
        blocks = read("a.pdf", pdf(pages))
        assert texts(blocks, HEADING) == ["Part 1", "Part 2", "Part 3", "Part 4"]
        assert len(texts(blocks, PROSE)) == 1 + 2 + 3 + 4
        assert not any("terms of sale" in text or "Page" in text for text in texts(blocks))

    def test_a_sentence_cut_off_by_the_page_is_one_paragraph(self, read):
        line = "We deliver to all provinces of the country, and the fee depends on the weight of the"
        pages = [
            [*(Text(50, 700 - 12 * at, line) for at in range(4))],
            [Text(50, 800, "parcel and on the distance.")],
        ]
        blocks = read("a.pdf", pdf(pages))
        assert len(blocks) == 1
        assert blocks[0].text.endswith("weight of the parcel and on the distance.")

    def test_words_broken_at_the_end_of_a_line_are_mended(self, read):
        page = [Text(50, 700, "Please keep the original pack-"), Text(50, 688, "aging for seven days.")]
        assert texts(read("a.pdf", pdf([page]))) == ["Please keep the original packaging for seven days."]

    def test_size_and_weight_make_headings(self, read):
        page = [
            Text(50, 760, "Shipping", 18),
            Text(50, 730, "Mainland China", 10, bold=True),
            Text(50, 715, "Orders leave within two days after payment."),
            Text(50, 680, "Overseas", 10, bold=True),
            Text(50, 665, "Orders leave within five days after payment."),
        ]
        blocks = read("a.pdf", pdf([page]))
        assert found(blocks, "five days").location.heading == "Shipping > Overseas"

    def test_columns_that_line_up_are_a_table_without_any_rules(self, read):
        rows = [
            ("Region", "First kg", "Days"),
            ("Hainan", "18", "5-7"),
            ("Tibet", "25", "7-10"),
            ("Beijing", "8", "2"),
        ]
        page = [
            Text(50 + 120 * at, 700 - 15 * line, cell)
            for line, row in enumerate(rows)
            for at, cell in enumerate(row)
        ]
        assert texts(read("a.pdf", pdf([page])))[0] == "Region: Hainan; First kg: 18; Days: 5-7"

    def test_a_table_on_the_next_page_keeps_its_names(self, read):
        rules = [(50, y, 350, y) for y in (660, 680, 700, 720)] + [(x, 660, x, 720) for x in (50, 150, 250, 350)]

        def grid(*rows: tuple[str, str, str]) -> list[Text]:
            return [
                Text(55 + 100 * at, 706 - 20 * line, cell)
                for line, row in enumerate(rows)
                for at, cell in enumerate(row)
            ]

        first = grid(("Region", "First kg", "Days"), ("Hainan", "18", "5-7"), ("Tibet", "25", "7-10"))
        second = grid(("Gansu", "12", "4-6"), ("Ningxia", "12", "4-6"), ("Qinghai", "15", "5-7"))
        blocks = read("a.pdf", pdf([first, second], rules))
        assert texts(blocks)[-1] == "Region: Qinghai; First kg: 15; Days: 5-7"
        assert blocks[-1].location.page == 2

    def test_watermarks_across_the_page_are_left_out(self, read):
        page = [
            Text(50, 700, "Returns within seven days."),
            Text(200, 300, "CONFIDENTIAL", 60, turned=True),
            Text(50, 650, "Refunds in three."),
        ]
        assert texts(read("a.pdf", pdf([page]))) == ["Returns within seven days.", "Refunds in three."]


class TestExcel:
    @pytest.fixture
    def workbook(self) -> openpyxl.Workbook:
        workbook = openpyxl.Workbook()
        workbook.active.title = "运费表"
        return workbook

    @pytest.fixture
    def rows(self, read, workbook):
        def rows() -> list[Block]:
            content = io.BytesIO()
            workbook.save(content)
            return read("运费表.xlsx", content.getvalue())

        return rows

    def test_the_header_is_found_below_a_title(self, workbook, rows):
        for row in (
            ["2026 年各地运费"],
            [],
            ["地区", "首重", "时效"],
            ["海南", 18.0, "5-7 天"],
            [],
            ["西藏", 25.5, "7-10 天"],
        ):
            workbook.active.append(row)
        blocks = rows()
        assert texts(blocks, ROW) == ["地区: 海南; 首重: 18; 时效: 5-7 天", "地区: 西藏; 首重: 25.5; 时效: 7-10 天"]
        assert blocks[-1].location == Location(heading="运费表 > 2026 年各地运费", sheet="运费表", row=6)

    def test_values_look_as_they_do_in_excel(self, workbook, rows):
        sheet = workbook.active
        sheet.append(["Product", "Price", "Discount", "Weight", "Since", "Opens", "Stock"])
        sheet.append(["Kettle", 99.0, 0.15, 1.2, datetime.date(2026, 1, 1), datetime.time(9, 30), 13800138000])
        formats = {"B2": '"¥"#,##0.00', "C2": "0%", "D2": '0.0"kg"', "E2": "yyyy-mm-dd"}
        for cell, number_format in formats.items():
            sheet[cell].number_format = number_format
        assert texts(rows(), ROW) == [
            "Product: Kettle; Price: ¥99; Discount: 15%; Weight: 1.2kg; Since: 2026-01-01; Opens: 09:30; "
            "Stock: 13800138000"
        ]

    def test_a_cell_merged_over_rows_counts_for_each_of_them(self, workbook, rows):
        for row in (["大区", "城市", "首重"], ["华东", "上海", 8], [None, "杭州", 9], ["西北", "西宁", 15]):
            workbook.active.append(row)
        workbook.active.merge_cells("A2:A3")
        assert texts(rows(), ROW) == [
            "大区: 华东; 城市: 上海; 首重: 8",
            "大区: 华东; 城市: 杭州; 首重: 9",
            "大区: 西北; 城市: 西宁; 首重: 15",
        ]

    def test_hidden_sheets_stay_private(self, workbook, rows):
        workbook.active.append(["public"])
        hidden = workbook.create_sheet("Purchase prices")
        hidden.append(["secret"])
        hidden.sheet_state = "hidden"
        assert not any("secret" in text for text in texts(rows()))

    def test_a_second_table_below_brings_its_own_names(self, workbook, rows):
        first = [["Fees"], ["Region", "Fee", "Days"], ["Hainan", 18, 5]]
        second = [["Contacts"], ["Team", "Phone", "Hours"], ["Repairs", "400", "9-18"]]
        for row in [*first, [], *second]:
            workbook.active.append(row)
        blocks = rows()
        assert texts(blocks, ROW) == ["Region: Hainan; Fee: 18; Days: 5", "Team: Repairs; Phone: 400; Hours: 9-18"]
        assert blocks[-1].location.heading == "运费表 > Contacts"


class TestDelimited:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
    def test_chinese_tables_in_any_usual_encoding(self, read, encoding):
        table = '地区,首重运费,时效\n海南,18 元,"5-7 天,偏远"\n西藏,25 元,7-10 天\n'
        assert (
            texts(read("运费.csv", table.encode(encoding)))[0] == "地区: 海南; 首重运费: 18 元; 时效: 5-7 天,偏远"
        )

    def test_traditional_chinese_in_big5(self, read):
        table = "問題,答案\n怎麼退貨,七天內申請即可，運費由我們承擔\n什麼時候到貨,三到五個工作天送達您的地址\n"
        assert (
            texts(read("a.csv", table.encode("cp950")))[0] == "問題: 怎麼退貨; 答案: 七天內申請即可，運費由我們承擔"
        )

    @pytest.mark.parametrize(("name", "delimiter"), [("a.csv", ";"), ("a.tsv", "\t"), ("a.csv", "|")])
    def test_other_delimiters(self, read, name, delimiter):
        rows = [["Region", "Fee", "Days"], ["Hainan", "18,00", "5"], ["Tibet", "25,00", "7"]]
        content = "\n".join(delimiter.join(row) for row in rows)
        blocks = read(name, content)
        assert texts(blocks) == ["Region: Hainan; Fee: 18,00; Days: 5", "Region: Tibet; Fee: 25,00; Days: 7"]
        assert blocks[0].location == Location(row=2)


class TestText:
    def test_wrapped_lines_are_joined_and_short_ones_are_not(self, read):
        text = (
            "You may return any unused article within thirty\ndays of delivery if you keep the receipt and the\n"
            "box.\n\nHangzhou\nShanghai\n"
        )
        assert texts(read("a.txt", text)) == [
            "You may return any unused article within thirty days of delivery if you keep the receipt and the box.",
            "Hangzhou",
            "Shanghai",
        ]

    @pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
    def test_chinese_headings_lists_and_questions(self, read, encoding):
        text = (
            "第一章 配送\n\n发货时间如下：\n1、当天 16 点前付款\n2、其余次日\n\n"
            "一、费用\n满 99 元包邮。\n\n问：能自提吗？\n答：可以。\n"
        )
        blocks = read("a.txt", text.encode(encoding))
        assert [(block.location.heading, block.text) for block in blocks if block.kind is not HEADING] == [
            ("第一章 配送", "发货时间如下："),
            ("第一章 配送", "1、当天 16 点前付款"),
            ("第一章 配送", "2、其余次日"),
            ("第一章 配送 > 一、费用", "满 99 元包邮。"),
            ("第一章 配送 > 一、费用 > 能自提吗？", "可以。"),
        ]

    def test_a_lone_pound_sign_is_no_chinese_character(self, read):
        assert texts(read("a.txt", "Delivery costs £10 per parcel.".encode("cp1252"))) == [
            "Delivery costs £10 per parcel."
        ]

    def test_chinese_far_behind_an_english_beginning(self, read):
        text = "Terms and conditions apply to every order.\n" * 4000 + "海南省的运费是每公斤十八元。\n"
        assert texts(read("a.txt", text.encode("gb18030")))[-1] == "海南省的运费是每公斤十八元。"


class TestMarkdown:
    def test_headings_lists_tables_and_code(self, read):
        text = (
            "---\ntitle: x\n---\n# Help\n\n## Fees\n\n| Region | Fee |\n|---|---|\n| Hainan | 18 |\n\n"
            "1. Log in\n2. Choose **Return**\n\n```\nline one\n  line two\n```\n"
        )
        blocks = read("a.md", text)
        assert [(block.kind, block.text) for block in blocks] == [
            (HEADING, "Help"),
            (HEADING, "Fees"),
            (ROW, "Region: Hainan; Fee: 18"),
            (ITEM, "1. Log in"),
            (ITEM, "2. Choose Return"),
            (PROSE, "line one\nline two"),
        ]
        assert blocks[-1].location.heading == "Help > Fees"


class TestWebPage:
    def test_menus_scripts_and_footers_are_left_out(self, read):
        page = (
            "<html><head><title>Shop</title><script>var x='no'</script></head><body><header><a>Menu no</a></header>"
            "<nav>no</nav><div role='navigation'>no</div><h1>配送</h1><p>满 99 元\n包邮<script>no</script>。</p>"
            "<ul class='breadcrumb'><li>no</li></ul><footer>no</footer></body></html>"
        )
        assert texts(read("a.html", page)) == ["配送", "满 99 元包邮。"]

    @pytest.mark.parametrize(
        "folded",
        [
            "<details><summary>Can I pick up?</summary><p>Yes, daily.</p></details>",
            "<h3><button aria-expanded='false'>Can I pick up?</button></h3><div hidden>Yes, daily.</div>",
            "<button>Can I pick up?</button><div style='display:none'>Yes, daily.</div>",
            "<dl><dt>Can I pick up?</dt><dd>Yes, daily.</dd></dl>",
            "<p><b>Can I pick up?</b></p><p>Yes, daily.</p>",
        ],
    )
    def test_folded_questions_keep_their_answers(self, read, folded):
        assert found(read("a.html", f"<body>{folded}</body>"), "Yes").location.heading == "Can I pick up?"

    def test_cells_over_several_rows_and_names_over_two(self, read):
        page = (
            "<table><tr><th rowspan=2>Region</th><th colspan=2>Fee</th></tr>"
            "<tr><th>first kg</th><th>each kg</th></tr>"
            "<tr><td rowspan=2>South</td><td>18</td><td>6</td></tr><tr><td>19</td><td>7</td></tr></table>"
        )
        assert texts(read("a.html", page)) == [
            "Region: South; Fee first kg: 18; Fee each kg: 6",
            "Region: South; Fee first kg: 19; Fee each kg: 7",
        ]

    def test_names_in_the_first_column(self, read):
        page = "<table><tr><th>型号</th><td>QA-50</td></tr><tr><th>容量</th><td>5 升</td></tr></table>"
        assert texts(read("a.html", page)) == ["型号: QA-50", "容量: 5 升"]

    def test_the_encoding_that_the_page_declares(self, read):
        page = '<meta http-equiv="Content-Type" content="text/html; charset=gb2312"><p>运费</p>'.encode("gb18030")
        assert texts(read("a.htm", page)) == ["运费"]


@pytest.mark.parametrize("suffix", [".txt", ".md", ".html", ".htm", ".csv", ".tsv"])
def test_extensions_count_in_any_case(read, suffix):
    assert texts(read(f"a{suffix.upper()}", "hello")) == ["hello"]
