"""Entries as files: read in the ways that people write tables, and the same again after a round trip."""

import csv
import io
import json
import subprocess
import uuid
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import openpyxl
import pytest

from deploy.local.programs import FRONTDESK
from frontdesk.bootstrap import Frontdesk
from frontdesk.errors import Conflict, Invalid, NotFound
from frontdesk.knowledge.entries_text import EntryText
from frontdesk.knowledge.entry_files.importing import Import
from frontdesk.knowledge.entry_files.reports import Report
from frontdesk.knowledge.entry_files.writing import FileFormat
from frontdesk.knowledge.entry_rules import LONGEST_ANSWER, LONGEST_QUESTION, MOST_QUESTIONS
from tests.conftest import without_own_settings

Take = Callable[..., Report]
ODD = [
    EntryText(("可以退货吗？", "怎么退货"), "签收后 7 天内可以。\n\n- 未拆封\n- 有小票"),
    EntryText(('He said "no", really?',), 'Comma, "quote"; semicolon\tand tab.'),
    EntryText(("=1+1 equals?", "+86 or 0086?", "-5 degrees?", "@home?"), '=HYPERLINK("http://evil.example")'),
    EntryText(("'=quoted", "''=twice", "'plain"), "'-minus"),
    EntryText(("A | B?", r"C:\new \| D"), "- A\n- B"),
    EntryText(("表情😀", "\uffee"), "@somebody"),
]


@pytest.fixture
def take(frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, tmp_path: Path) -> Take:
    """Imports a file with this content."""

    def importing(name: str, content: str | bytes, **options: bool) -> Report:
        path = tmp_path / "upload"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return frontdesk.entry_files.take(knowledge_base_id, path, name, **options)

    return importing


@pytest.fixture
def stored(frontdesk: Frontdesk, knowledge_base_id: uuid.UUID) -> Callable[[], list[EntryText]]:
    """The entries that are there, oldest first."""

    def entries() -> list[EntryText]:
        found, _ = frontdesk.knowledge.entries(knowledge_base_id, "", 0, 10_000)
        return [
            EntryText(tuple(entry.questions), entry.answer) for entry in sorted(found, key=lambda e: e.created_at)
        ]

    return entries


Stored = Callable[[], list[EntryText]]


def exported(frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, file_format: FileFormat) -> bytes:
    return b"".join(frontdesk.entry_files.give(knowledge_base_id, file_format))


def counts(report: Report) -> tuple[int, int, int, int]:
    return report.added, report.changed, report.unchanged, report.refusals


def workbook(*sheets: Sequence[Sequence[object]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for rows in sheets:
        sheet = book.create_sheet()
        for row in rows:
            sheet.append(list(row))
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


RETURNS = EntryText(("怎么退货", "退货流程"), "七天内。")


class TestReading:
    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("a.csv", "question,answer\n怎么退货|退货流程,七天内。\n"),
            ("a.csv", "问题,答案\n怎么退货 | 退货流程,七天内。\n"),
            ("a.csv", 'Question;Answer\n"怎么退货\n退货流程";七天内。\n'),
            ("a.csv", "序号,标准问题,相似问题,回答\n1,怎么退货,退货流程,七天内。\n"),
            ("a.csv", "QUESTION 1,question 2,Answer\n怎么退货,退货流程,七天内。\n"),
            ("a.csv", "常见问题\n\n问题（必填）,变体,相似问题1,答案：\n怎么退货,x,退货流程,七天内。\n"),
            ("a.csv", "id,question,answer\n17,怎么退货|退货流程,七天内。\n"),
            ("a.csv", "怎么退货|退货流程,七天内。\n"),
            ("a.tsv", "question\tsimilar questions\tanswer\n怎么退货\t退货流程\t七天内。\n"),
            ("a.csv", "问题,答案\n怎么退货|退货流程,七天内。\n".encode("gb18030")),
            ("a.csv", "问题,答案\n怎么退货|退货流程,七天内。\n".encode("utf-16")),
            ("a.jsonl", '{"questions": ["怎么退货", "退货流程"], "answer": "七天内。"}\n\n'),
            ("a.jsonl", '{"question": "怎么退货", "variants": ["退货流程"], "answer": "七天内。", "tag": {}}\n'),
            ("a.json", '[{"问题": "怎么退货|退货流程", "答案": "七天内。"}]'),
            ("a.json", '{"entries": [{"questions": ["怎么退货", "退货流程"], "answer": "七天内。"}]}'),
            ("a.xlsx", workbook([("Question", "Answer"), ("怎么退货\n退货流程", "七天内。")])),
            ("a.xlsx", workbook([("note",)], [("问题", "相似问题", "答案"), ("怎么退货", "退货流程", "七天内。")])),
            ("a.xlsx", workbook([("怎么退货|退货流程", "七天内。")])),
        ],
    )
    def test_ways_to_write_a_table(self, take: Take, stored: Stored, name: str, content: str | bytes) -> None:
        assert counts(take(name, content)) == (1, 0, 0, 0)
        assert stored() == [RETURNS]

    def test_cells_merged_over_several_rows_count_for_all_of_them(self, take: Take, stored: Stored) -> None:
        book = openpyxl.Workbook()
        for row in (("question", "answer"), ("怎么退货", "七天内。"), ("退货流程", None)):
            book.active.append(row)
        book.active.merge_cells("B2:B3")
        content = io.BytesIO()
        book.save(content)
        assert counts(take("a.xlsx", content.getvalue())) == (2, 0, 0, 0)
        assert {entry.answer for entry in stored()} == {"七天内。"}

    def test_numbers_and_dates_are_read_as_a_person_sees_them(self, take: Take, stored: Stored) -> None:
        take("a.xlsx", workbook([("question", "answer"), ("How many?", 18.0)]))
        assert stored() == [EntryText(("How many?",), "18")]

    @pytest.mark.parametrize(
        ("name", "content", "code"),
        [
            ("a.csv", b"", "file_empty"),
            ("a.csv", "question,answer\n", "entries_none"),
            ("a.csv", "\n\n , \n", "entries_none"),
            ("a.csv", "question,comment\nWhy?,So.\n", "entries_columns"),
            ("a.csv", "one,two,three\n1,2,3\n", "entries_columns"),
            ("a.csv", 'question,answer\n"never closed,So.\n' + "x" * 200_000, "file_broken"),
            ("a.csv", bytes(range(256)) * 50, "file_wrong_type"),
            ("a.jsonl", "", "file_empty"),
            ("a.json", '[{"question": "Why?"', "file_broken"),
            ("a.json", "[" * 100_000, "file_broken"),
            ("a.xlsx", b"PK\x03\x04 this is no workbook", "file_broken"),
            ("a.xlsx", workbook([("question", "answer"), ("Why?", "So.")])[:2000], "file_broken"),
            ("a.xlsx", b"question,answer\nWhy?,So.\n", "file_wrong_type"),
            ("a.xlsx", workbook([]), "entries_none"),
            ("a.pdf", b"%PDF-1.4", "entries_file_type"),
            ("a", b"question,answer", "entries_file_type"),
        ],
    )
    def test_what_is_no_table_of_entries(
        self, take: Take, stored: Stored, name: str, content: str | bytes, code: str
    ) -> None:
        with pytest.raises(Invalid) as refusal:
            take(name, content)
        assert refusal.value.code == code
        assert stored() == []

    def test_a_zip_bomb_is_not_unpacked(self, take: Take) -> None:
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/workbook.xml", "<x/>")
            archive.writestr("xl/worksheets/sheet1.xml", b" " * 200_000_000)
        with pytest.raises(Invalid) as refusal:
            take("a.xlsx", content.getvalue())
        assert refusal.value.code == "file_too_large"


class TestBadRows:
    CONTENT = "question,answer\nWhy?,So.\nWhen?,\n,Nobody asks.\n\n{long},Yes.\nWhere?,Here.\n"

    def test_nothing_is_imported_when_a_row_is_bad(self, take: Take, stored: Stored) -> None:
        with pytest.raises(Invalid) as refusal:
            take("a.csv", self.CONTENT.format(long="x" * (LONGEST_QUESTION + 1)))
        assert refusal.value.code == "entries_refused"
        assert refusal.value.message.startswith("Row 3 has no answer.")
        assert [(row["row"], row["code"]) for row in refusal.value.details] == [
            (3, "entry_no_answer"),
            (4, "entry_no_question"),
            (6, "text_too_long"),
        ]
        assert stored() == []

    def test_the_others_are_imported_when_bad_rows_are_skipped(self, take: Take, stored: Stored) -> None:
        report = take("a.csv", self.CONTENT.format(long="x" * (LONGEST_QUESTION + 1)), skip_bad_rows=True)
        assert counts(report) == (2, 0, 0, 3)
        assert [refusal.message for refusal in report.refused] == [
            "Row 3 has no answer.",
            "Row 4 has no question.",
            f"Row 6 can not be used. A question is longer than {LONGEST_QUESTION} characters.",
        ]
        assert {entry.questions[0] for entry in stored()} == {"Why?", "Where?"}

    @pytest.mark.parametrize(
        ("line", "code"),
        [
            ("no json", "entry_row_unreadable"),
            ("[1, 2]", "entry_row_unreadable"),
            ("null", "entry_row_unreadable"),
            ('{"question": "Why?", "answer": ["So."]}', "entry_row_unreadable"),
            ("[" * 20_000, "entry_row_unreadable"),
            ('{"question": "Why?", "answer": "\\ud800"}', "text_invalid"),
            (json.dumps({"question": "Why?", "answer": "x" * (LONGEST_ANSWER + 1)}), "text_too_long"),
            (
                json.dumps({"questions": [f"Why {n}?" for n in range(MOST_QUESTIONS + 1)], "answer": "So."}),
                "entry_questions",
            ),
        ],
    )
    def test_lines_that_can_not_become_entries(self, take: Take, stored: Stored, line: str, code: str) -> None:
        report = take("a.jsonl", f'{line}\n{{"question": "Fine?", "answer": "Yes."}}\n', skip_bad_rows=True)
        assert [(refusal.row, refusal.code) for refusal in report.refused] == [(1, code)]
        assert stored() == [EntryText(("Fine?",), "Yes.")]

    def test_a_third_cell_where_there_are_two_columns(self, take: Take) -> None:
        rows = "".join(f"Why {number}?,So.\n" for number in range(60))
        report = take("a.csv", f"{rows}Why?,So,and so on\n", skip_bad_rows=True)
        assert counts(report) == (60, 0, 0, 1)
        assert report.refused[0].row == 61

    def test_a_report_names_the_first_of_many(self, take: Take) -> None:
        report = take("a.csv", "question,answer\n" + "Why?,\n" * 2000, skip_bad_rows=True)
        assert counts(report) == (0, 0, 0, 2000)
        assert len(report.refused) == 500


class TestSameAgain:
    @pytest.mark.parametrize("file_format", FileFormat)
    def test_an_exported_file_changes_nothing_when_it_is_imported(
        self,
        frontdesk: Frontdesk,
        knowledge_base_id: uuid.UUID,
        take: Take,
        stored: Stored,
        file_format: FileFormat,
    ) -> None:
        frontdesk.knowledge.add_entries(knowledge_base_id, ODD)
        content = exported(frontdesk, knowledge_base_id, file_format)
        assert counts(take(f"a.{file_format}", content)) == (0, 0, len(ODD), 0)
        assert stored() == ODD

    @pytest.mark.parametrize("file_format", FileFormat)
    def test_an_exported_file_makes_the_same_entries_elsewhere(
        self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, tmp_path: Path, file_format: FileFormat
    ) -> None:
        frontdesk.knowledge.add_entries(knowledge_base_id, ODD)
        (tmp_path / "file").write_bytes(
            _without_ids(exported(frontdesk, knowledge_base_id, file_format), file_format)
        )
        other = frontdesk.knowledge.create_base("Other")
        report = frontdesk.entry_files.take(other.id, tmp_path / "file", f"a.{file_format}")
        assert counts(report) == (len(ODD), 0, 0, 0)
        found, _ = frontdesk.knowledge.entries(other.id, "", 0, 100)
        assert {(tuple(entry.questions), entry.answer) for entry in found} == {
            (entry.questions, entry.answer) for entry in ODD
        }

    @pytest.mark.parametrize("file_format", FileFormat)
    def test_more_variants_than_a_cell_holds(
        self,
        frontdesk: Frontdesk,
        knowledge_base_id: uuid.UUID,
        take: Take,
        stored: Stored,
        file_format: FileFormat,
    ) -> None:
        questions = tuple(f"{number:03} {'很长的问题' * 99}" for number in range(MOST_QUESTIONS))
        entries = [EntryText(questions, "So."), EntryText(("Short?",), "Yes.")]
        frontdesk.knowledge.add_entries(knowledge_base_id, entries)
        content = exported(frontdesk, knowledge_base_id, file_format)
        if file_format is FileFormat.CSV:
            cells = [cell for row in csv.reader(io.StringIO(content.decode("utf-8-sig"))) for cell in row]
            assert max(map(len, cells)) <= 32_767
        assert counts(take(f"a.{file_format}", content)) == (0, 0, 2, 0)
        assert stored() == entries

    def test_an_edited_file_changes_the_entries_that_it_names(
        self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, take: Take, stored: Stored
    ) -> None:
        frontdesk.knowledge.add_entries(knowledge_base_id, [RETURNS, EntryText(("Fee?",), "Ten.")])
        content = exported(frontdesk, knowledge_base_id, FileFormat.CSV).decode("utf-8-sig")
        edited = content.replace("七天内。", "十天内。") + ',"New?\nBrand new?",Yes.\r\n'
        assert counts(take("a.csv", edited)) == (1, 1, 1, 0)
        assert stored() == [
            EntryText(RETURNS.questions, "十天内。"),
            EntryText(("Fee?",), "Ten."),
            EntryText(("New?", "Brand new?"), "Yes."),
        ]
        assert counts(take("a.csv", edited)) == (0, 0, 3, 0)

    def test_what_is_known_is_not_added_twice(self, take: Take, stored: Stored) -> None:
        content = "question,answer\nWhy?,So.\nWhy?,So.\nWhy?,Because.\n"
        assert counts(take("a.csv", content)) == (2, 0, 1, 0)
        assert counts(take("a.csv", content)) == (0, 0, 3, 0)
        assert len(stored()) == 2

    def test_an_entry_named_twice_is_refused_the_second_time(
        self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, take: Take, stored: Stored
    ) -> None:
        (entry,) = frontdesk.knowledge.add_entries(knowledge_base_id, [RETURNS])
        content = f"id,question,answer\n{entry.id},Why?,So.\n{entry.id},Why?,Or so.\n"
        with pytest.raises(Invalid) as refusal:
            take("a.csv", content)
        assert [(row["row"], row["code"]) for row in refusal.value.details] == [(3, "entry_twice")]
        assert stored() == [RETURNS]
        assert counts(take("a.csv", content, skip_bad_rows=True)) == (0, 1, 0, 1)
        assert stored() == [EntryText(("Why?",), "So.")]

    def test_an_entry_of_another_knowledge_base_is_out_of_reach(
        self, frontdesk: Frontdesk, take: Take, stored: Stored
    ) -> None:
        other = frontdesk.knowledge.create_base("Other")
        (theirs,) = frontdesk.knowledge.add_entries(other.id, [RETURNS])
        for named in (theirs.id, uuid.uuid4()):
            report = take("a.csv", f"id,question,answer\n{named},Why?,So.\n", skip_bad_rows=True)
            assert [refusal.code for refusal in report.refused] == ["entry_unknown"]
        found, _ = frontdesk.knowledge.entries(other.id, "", 0, 10)
        assert [entry.answer for entry in found] == [RETURNS.answer]
        assert stored() == []


class TestWriting:
    def test_a_spreadsheet_runs_nothing_of_an_export(
        self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID
    ) -> None:
        frontdesk.knowledge.add_entries(knowledge_base_id, ODD)
        content = exported(frontdesk, knowledge_base_id, FileFormat.CSV)
        assert content.startswith(b"\xef\xbb\xbf")
        for row in csv.reader(io.StringIO(content.decode("utf-8-sig"))):
            assert not [cell for cell in row if cell[:1] in "=+-@" and cell]
        book = openpyxl.load_workbook(
            io.BytesIO(exported(frontdesk, knowledge_base_id, FileFormat.XLSX)), data_only=False
        )
        assert {cell.data_type for row in book.active.iter_rows() for cell in row} <= {"s", "n", "inlineStr"}

    @pytest.mark.parametrize("file_format", FileFormat)
    def test_without_entries_there_is_an_empty_file(
        self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, file_format: FileFormat
    ) -> None:
        content = exported(frontdesk, knowledge_base_id, file_format)
        assert bool(content) == (file_format is not FileFormat.JSONL)

    def test_there_must_be_a_knowledge_base(self, frontdesk: Frontdesk, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("Why?,So.\n")
        with pytest.raises(NotFound):
            frontdesk.entry_files.give(uuid.uuid4(), FileFormat.CSV)
        with pytest.raises(NotFound):
            frontdesk.entry_files.take(uuid.uuid4(), tmp_path / "file", "a.csv")


def test_one_import_at_a_time(frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, take: Take) -> None:
    with frontdesk.sessions.begin() as session:
        Import(session, knowledge_base_id, Report())
        with pytest.raises(Conflict) as refusal:
            take("a.csv", "question,answer\nWhy?,So.\n")
        assert refusal.value.code == "import_running"
    assert counts(take("a.csv", "question,answer\nWhy?,So.\n")) == (1, 0, 0, 0)


def test_imported_entries_are_found(frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, take: Take) -> None:
    take("a.csv", "问题,答案\n海南能发货吗,可以发往海南。\n怎么开发票,在订单页申请。\n")
    frontdesk.indexing.index_entries(knowledge_base_id)
    considered = frontdesk.assistant.consider(knowledge_base_id, "海南能发货吗").as_json()
    assert considered["passages"][0]["text"] == "可以发往海南。"


def command(stores: dict[str, str], *arguments: object) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [FRONTDESK, "entries", *map(str, arguments)],
        env=without_own_settings() | stores,
        capture_output=True,
        check=False,
    )


@pytest.mark.usefixtures("knowledge_base_id")
def test_at_the_command_line(stores: dict[str, str], stored: Stored, tmp_path: Path) -> None:
    table = tmp_path / "faq.csv"
    table.write_text("question,answer\nWhy?,So.\nWhen?,\n")
    refused = command(stores, "import", table, "--base", "Shop")
    assert (refused.returncode, stored()) == (1, [])
    assert refused.stderr.endswith(b"frontdesk: Row 3 has no answer. Nothing was imported.\n")
    done = command(stores, "import", table, "--base", "Shop", "--skip-bad-rows")
    assert done.stdout == b"1 added, 0 changed, 0 unchanged, 1 refused.\n"
    table.write_bytes(command(stores, "export", "--base", "Shop", "--format", "csv").stdout)
    assert command(stores, "import", table, "--base", "Shop").stdout.startswith(b"0 added, 0 changed, 1 unchanged")
    assert b"There is no knowledge base" in command(stores, "export", "--base", "Elsewhere").stderr


def _without_ids(content: bytes, file_format: FileFormat) -> bytes:
    """The file as somebody makes it who copies entries to another knowledge base."""
    if file_format is FileFormat.JSONL:
        records = [json.loads(line) for line in content.decode().splitlines()]
        return "".join(json.dumps(record | {"id": None}) + "\n" for record in records).encode()
    if file_format is FileFormat.CSV:
        written = io.StringIO()
        rows = [
            ["" if index else row[0], *row[1:]]
            for index, row in enumerate(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
        ]
        csv.writer(written).writerows(rows)
        return written.getvalue().encode()
    book = openpyxl.load_workbook(io.BytesIO(content))
    for (cell,) in book.active.iter_rows(min_row=2, max_col=1):
        cell.value = None
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()
