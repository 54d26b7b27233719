"""Question sets: made by hand, out of entries, out of conversations and from files; asked, and compared."""

import json
import uuid
from pathlib import Path

import openpyxl
import pytest

from frontdesk.answering.rehearsals import Tried
from frontdesk.bootstrap import Frontdesk
from frontdesk.conversations.models import Sender
from frontdesk.errors import Conflict, Invalid, NotFound
from frontdesk.evaluation import sets
from frontdesk.evaluation.expectations import Expectation, Wanted
from frontdesk.evaluation.models import Result, RunStatus
from frontdesk.knowledge.entries_text import EntryText
from frontdesk.knowledge.entry_files.writing import FileFormat
from frontdesk.knowledge.versions import NOBODY
from tests.evaluation.shop import finish

pytestmark = pytest.mark.usefixtures("entries")

PERSON = Expectation(Wanted.HANDOFF)
TABLE = """问题,条目,原文,转人工,参考答案
怎么退货,可以退货吗,,,七天内
海南能送到吗,,首重运费12元,,
股票代码是多少,,,是,
"""


@pytest.fixture
def set_id(frontdesk: Frontdesk, knowledge_base_id: uuid.UUID) -> uuid.UUID:
    """An empty set."""
    return frontdesk.question_sets.create(knowledge_base_id, "Peak season").id


def entry_id(frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, question: str) -> uuid.UUID:
    (entry,), _ = frontdesk.knowledge.entries(knowledge_base_id, question, 0, 10)
    return entry.id


def texts(frontdesk: Frontdesk, set_id: uuid.UUID) -> dict[str, Wanted | None]:
    found, _ = frontdesk.question_sets.questions(set_id, "", 0, 100)
    return {question.text: question.wanted for question in found}


def take(frontdesk: Frontdesk, set_id: uuid.UUID, folder: Path, text: str, name: str = "questions.csv") -> object:
    (folder / name).write_text(text, "utf-8")
    return frontdesk.set_files.take(set_id, folder / name, name)


class TestFiles:
    def test_a_table_says_what_is_expected(
        self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, set_id: uuid.UUID, tmp_path: Path
    ) -> None:
        report = take(frontdesk, set_id, tmp_path, TABLE)
        assert (report.added, report.changed, report.refusals) == (3, 0, 0)
        found, total = frontdesk.question_sets.questions(set_id, "", 0, 10)
        assert total == 3
        assert [one.wanted for one in found] == [Wanted.ENTRY, Wanted.TEXT, Wanted.HANDOFF]
        assert found[0].source_id == entry_id(frontdesk, knowledge_base_id, "可以退货吗")
        assert found[0].reference == "七天内"

    def test_a_wrong_row_is_named_and_nothing_is_imported(
        self, frontdesk: Frontdesk, set_id: uuid.UUID, tmp_path: Path
    ) -> None:
        table = "question,entry,document,handoff\n"
        table += "a,nothing like it,,\n,可以退货吗,,\nb,,,\nc,可以退货吗,,yes\nd,,none.pdf,\ne,,,maybe\nf,,,yes\n"
        with pytest.raises(Invalid) as caught:
            take(frontdesk, set_id, tmp_path, table)
        assert caught.value.code == "questions_refused"
        told = {detail["row"]: detail["code"] for detail in caught.value.details}
        assert told == {
            2: "question_entry_unknown",
            3: "question_missing",
            4: "question_expects_nothing",
            5: "question_expects_several",
            6: "question_document_unknown",
            7: "question_handoff_unclear",
        }
        assert texts(frontdesk, set_id) == {}
        report = frontdesk.set_files.take(set_id, tmp_path / "questions.csv", "questions.csv", skip_bad_rows=True)
        assert (report.added, report.refusals) == (1, 6)

    @pytest.mark.parametrize("file_format", list(FileFormat))
    def test_what_is_exported_comes_back(
        self,
        frontdesk: Frontdesk,
        knowledge_base_id: uuid.UUID,
        set_id: uuid.UUID,
        tmp_path: Path,
        file_format: FileFormat,
    ) -> None:
        take(frontdesk, set_id, tmp_path, TABLE + "=1+1,,,是,\n")
        name = f"back.{file_format}"
        (tmp_path / name).write_bytes(b"".join(frontdesk.set_files.give(set_id, file_format)))
        other = frontdesk.question_sets.create(knowledge_base_id, "Again").id
        assert frontdesk.set_files.take(other, tmp_path / name, name).added == 4
        assert texts(frontdesk, other) == texts(frontdesk, set_id)
        again = frontdesk.set_files.take(set_id, tmp_path / name, name)
        assert (again.added, again.changed) == (0, 4)

    def test_a_workbook_and_json_lines_are_read(
        self, frontdesk: Frontdesk, set_id: uuid.UUID, tmp_path: Path
    ) -> None:
        workbook = openpyxl.Workbook()
        workbook.active.append(["Our questions"])
        workbook.active.append(["Question", "Hand over"])
        workbook.active.append(["Who are you?", "x"])
        workbook.save(tmp_path / "questions.xlsx")
        frontdesk.set_files.take(set_id, tmp_path / "questions.xlsx", "questions.xlsx")
        line = json.dumps({"question": "Where?", "handoff": True})
        take(frontdesk, set_id, tmp_path, f"{line}\n", "questions.jsonl")
        assert texts(frontdesk, set_id) == {"Who are you?": Wanted.HANDOFF, "Where?": Wanted.HANDOFF}

    @pytest.mark.parametrize(
        ("name", "text", "code"),
        [
            ("a.csv", "x,y\n1,2\n", "questions_columns"),
            ("a.csv", "question,handoff\n", "questions_columns"),
            ("a.pdf", "question", "table_file_type"),
            ("a.json", "[{]", "file_broken"),
        ],
    )
    def test_a_file_without_questions_is_told(
        self, frontdesk: Frontdesk, set_id: uuid.UUID, tmp_path: Path, name: str, text: str, code: str
    ) -> None:
        with pytest.raises(Invalid) as caught:
            take(frontdesk, set_id, tmp_path, text, name)
        assert caught.value.code == code


class TestSets:
    def test_each_entry_gives_a_question(self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID) -> None:
        made = frontdesk.question_sets.sample_variants(knowledge_base_id, "All of it", 4)
        assert made.questions == 4
        run = frontdesk.runs.start(made.question_set.id, Tried.PUBLISHED)
        finish(frontdesk, run.id)
        assert frontdesk.runs.run(run.id).run.figures["hit_at_5"] == 1

    def test_names_are_taken_once_and_bounds_hold(
        self,
        frontdesk: Frontdesk,
        knowledge_base_id: uuid.UUID,
        set_id: uuid.UUID,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        with pytest.raises(Conflict):
            frontdesk.question_sets.create(knowledge_base_id, " Peak  season ")
        monkeypatch.setattr(sets, "MOST_QUESTIONS", 1)
        frontdesk.question_sets.add(set_id, "one", PERSON, None)
        with pytest.raises(Conflict):
            frontdesk.question_sets.add(set_id, "two", PERSON, None)
        assert list(texts(frontdesk, set_id)) == ["one"]

    def test_a_question_is_changed_found_and_taken_out(
        self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, set_id: uuid.UUID
    ) -> None:
        question = frontdesk.question_sets.add(set_id, "怎么退货", PERSON, None)
        wanted = Expectation(Wanted.ENTRY, entry_id(frontdesk, knowledge_base_id, "可以退货吗"))
        frontdesk.question_sets.change(question.id, "怎么退", wanted, "七天")
        ((changed,), total) = frontdesk.question_sets.questions(set_id, "退", 0, 10)
        assert (changed.text, changed.reference, total) == ("怎么退", "七天", 1)
        with pytest.raises(Invalid):
            frontdesk.question_sets.change(question.id, "x", Expectation(Wanted.ENTRY, uuid.uuid4()), None)
        frontdesk.question_sets.remove(question.id)
        with pytest.raises(NotFound):
            frontdesk.question_sets.remove(question.id)

    def test_an_agent_says_what_should_have_come(self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID) -> None:
        conversation = frontdesk.conversations.open("web", None, None)
        for text in ("怎么退货", "股票代码是多少？"):
            frontdesk.conversations.receive(conversation.id, conversation.contact_id, text, None)
            frontdesk.assistant.take_turn()
        said = [one for one in frontdesk.conversations.messages(conversation.id) if one.sender is Sender.CONTACT]
        first, second = (one.record for one in frontdesk.assistant.decisions(conversation.id))
        chunk_id = uuid.UUID(first["passages"][0]["chunk_id"])
        frontdesk.question_sets.from_conversation(conversation.id, said[0].id, chunk_id)
        frontdesk.question_sets.from_conversation(conversation.id, said[1].id, None)
        (desk,) = frontdesk.question_sets.sets(knowledge_base_id)
        assert texts(frontdesk, desk.question_set.id) == {
            first["query"]: Wanted.ENTRY,
            second["query"]: Wanted.HANDOFF,
        }
        with pytest.raises(NotFound):
            frontdesk.question_sets.from_conversation(uuid.uuid4(), said[0].id, chunk_id)


class TestRuns:
    def test_of_questions_back_it_is_told_whether_the_right_one_is_offered(
        self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, set_id: uuid.UUID
    ) -> None:
        fees = [
            EntryText((f"{name}的运费是多少？",), f"{name}首重运费{fee}元。")
            for name, fee in (("海南", 12), ("新疆", 18))
        ]
        frontdesk.knowledge.add_entries(knowledge_base_id, fees)
        frontdesk.indexing.index_entries(knowledge_base_id)
        returns, fee = (entry_id(frontdesk, knowledge_base_id, one) for one in ("可以退货吗", "新疆的运费是多少？"))
        frontdesk.question_sets.add(set_id, "运费是多少", Expectation(Wanted.ENTRY, fee), None)
        frontdesk.question_sets.add(set_id, "运费", Expectation(Wanted.ENTRY, returns), None)
        run = frontdesk.runs.start(set_id, Tried.PUBLISHED)
        finish(frontdesk, run.id)
        figures = frontdesk.runs.run(run.id).run.figures
        assert (figures["asked_back"], figures["offers_right"]) == (2, 0.5)

    def test_figures_are_counted_and_runs_compared(
        self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, set_id: uuid.UUID
    ) -> None:
        returns = Expectation(Wanted.ENTRY, entry_id(frontdesk, knowledge_base_id, "可以退货吗"))
        for text, expectation in (
            ("怎么退货", returns),
            ("保修多久？", returns),  # answered from elsewhere
            ("股票代码是多少", PERSON),
            ("你们老板是谁呀", returns),  # handed over
        ):
            frontdesk.question_sets.add(set_id, text, expectation, None)
        first = frontdesk.runs.start(set_id, Tried.PUBLISHED)
        finish(frontdesk, first.id)
        figures = frontdesk.runs.run(first.id).run.figures
        counts = {name: figures[name] for name in ("right", "wrong", "handed_over", "missed")}
        assert counts == {"right": 1, "wrong": 1, "handed_over": 1, "missed": 1}
        assert (figures["answered"], figures["error"]) == (0.5, 0.5)
        assert 1 / 3 <= figures["hit_at_1"] <= figures["hit_at_5"] <= 1
        assert 0 < figures["p50_ms"] <= figures["p95_ms"]

        frontdesk.editions.gather(knowledge_base_id, True, NOBODY)
        frontdesk.knowledge.delete_entry(entry_id(frontdesk, knowledge_base_id, "可以退货吗"), at_once=False)
        second = frontdesk.runs.start(set_id, Tried.DRAFT)
        finish(frontdesk, second.id)
        compared = frontdesk.runs.compare(second.id, None, 10)
        assert (compared.one.id, compared.other.id) == (second.id, first.id)
        (pair,) = [pair for pair in compared.different if pair.other.result is Result.RIGHT]
        assert pair.other.question == "怎么退货"
        assert compared.total + compared.unchanged == 4

    def test_a_draft_that_changes_meanwhile_is_asked_from_the_beginning(
        self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, set_id: uuid.UUID
    ) -> None:
        frontdesk.editions.gather(knowledge_base_id, True, NOBODY)
        returns = Expectation(Wanted.ENTRY, entry_id(frontdesk, knowledge_base_id, "可以退货吗"))
        frontdesk.question_sets.add(set_id, "怎么退货", returns, None)
        run = frontdesk.runs.start(set_id, Tried.DRAFT)
        frontdesk.knowledge.delete_entry(returns.source_id, at_once=False)
        finish(frontdesk, run.id)
        done = frontdesk.runs.run(run.id).run
        assert (done.status, done.restarts, done.done) == (RunStatus.DONE, 1, 1)
        assert done.changes == frontdesk.knowledge.base(knowledge_base_id).changes

    def test_what_was_asked_stays_when_a_shift_ends_and_a_stopped_run_stays_stopped(
        self, frontdesk: Frontdesk, set_id: uuid.UUID
    ) -> None:
        for number in range(3):
            frontdesk.question_sets.add(set_id, f"怎么退货{number}", PERSON, None)
        run = frontdesk.runs.start(set_id, Tried.PUBLISHED)
        assert run.id in frontdesk.running.owing()
        assert frontdesk.running.work(run.id, 0.0)
        frontdesk.runs.stop(run.id)
        assert not frontdesk.running.work(run.id)
        assert frontdesk.runs.run(run.id).run.status is RunStatus.STOPPED
        with pytest.raises(Conflict):
            frontdesk.runs.stop(run.id)

    def test_a_model_is_asked_for_only_where_there_is_one(self, frontdesk: Frontdesk, set_id: uuid.UUID) -> None:
        with pytest.raises(Invalid):
            frontdesk.runs.start(set_id, Tried.PUBLISHED, with_model=True)
        with pytest.raises(Invalid):
            frontdesk.runs.start(set_id, Tried.PUBLISHED)


class TestFreshness:
    def test_a_replay_is_fresh_until_the_draft_changes(
        self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, set_id: uuid.UUID
    ) -> None:
        with pytest.raises(Invalid):
            frontdesk.runs.replay(knowledge_base_id)
        frontdesk.editions.gather(knowledge_base_id, True, NOBODY)
        first = entry_id(frontdesk, knowledge_base_id, "可以退货吗")
        frontdesk.knowledge.delete_entry(first, at_once=False)
        frontdesk.question_sets.add(set_id, "怎么退货", PERSON, None)
        run = frontdesk.runs.replay(knowledge_base_id, question_set_id=set_id)
        with pytest.raises(Conflict):
            frontdesk.runs.replay(knowledge_base_id, question_set_id=set_id)
        assert frontdesk.runs.replays(knowledge_base_id).fresh is None
        finish(frontdesk, run.id)
        fresh = frontdesk.runs.replays(knowledge_base_id).fresh
        assert fresh is not None
        assert fresh.id == run.id
        second = entry_id(frontdesk, knowledge_base_id, "海南可以送吗")
        frontdesk.knowledge.delete_entry(second, at_once=False)
        assert frontdesk.runs.replays(knowledge_base_id).fresh is None
        frontdesk.editions.publish(knowledge_base_id, NOBODY)
        assert frontdesk.runs.run(run.id).published_as is None

    def test_a_contacts_words_go_with_the_message(self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID) -> None:
        conversation = frontdesk.conversations.open("web", None, None)
        frontdesk.conversations.receive(conversation.id, conversation.contact_id, "怎么退货", None)
        frontdesk.assistant.take_turn()
        run = frontdesk.runs.replay(knowledge_base_id)
        finish(frontdesk, run.id)
        with frontdesk.sessions.begin() as session:
            session.delete(session.merge(conversation))
        assert frontdesk.runs.outcomes(run.id, [], 0, 10) == ([], 0)
