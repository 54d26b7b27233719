"""Knowledge in and out: uploads, entries, and a search that says what the assistant would do."""

import uuid
from collections.abc import Callable

import pytest

from frontdesk.bootstrap import Frontdesk
from tests.api.people import Agent, Contact, Json, refused

MANUAL = "# 发货\n\n海南可以发货，首重运费十二元。\n\n# 保修\n\n小家电保修一年，凭订单号办理。\n"
KNOWN = "请问你们海南能发货吗？"

Index = Callable[[Json], Json]


@pytest.fixture
def index(frontdesk: Frontdesk, boss: Agent) -> Index:
    """Does a document's work as the worker does; gives the document as it is then."""

    def work(document: Json) -> Json:
        frontdesk.indexing.index_document(uuid.UUID(document["id"]))
        return boss.get(f"/documents/{document['id']}")["document"]

    return work


@pytest.fixture
def put(boss: Agent, knowledge_base_id: uuid.UUID) -> Callable[[str, str], Json]:
    """Uploads a text under a name; gives the document."""

    def upload(name: str, content: str) -> Json:
        answer = boss.upload(knowledge_base_id, name, content.encode())
        assert answer.status_code == 202, answer.text
        return answer.json()["document"]

    return upload


Put = Callable[[str, str], Json]


def texts(found: Json) -> list[str]:
    return [passage["text"] for passage in found["passages"]]


class TestDocuments:
    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("shipping.txt", "海南可以发货，首重运费十二元。"),
            ("shipping.html", "<h1>发货</h1><p>海南可以发货，首重运费十二元。</p>"),
            ("shipping.csv", "省份,运费\n海南,首重十二元\n四川,首重八元\n"),
        ],
    )
    def test_an_uploaded_document_can_be_found(
        self, boss: Agent, knowledge_base_id: uuid.UUID, put: Put, index: Index, name: str, content: str
    ) -> None:
        queued = put(name, content)
        assert (queued["status"], queued["passages"]) == ("queued", 0)
        ready = index(queued)
        assert (ready["status"], ready["error"]) == ("ready", None)
        assert ready["passages"] > 0
        (best, *_) = boss.search(knowledge_base_id, "海南首重运费")["passages"]
        assert "十二元" in best["text"]
        assert (best["title"], best["document_id"]) == (name, ready["id"])

    def test_documents_are_listed_and_counted(
        self, boss: Agent, knowledge_base_id: uuid.UUID, put: Put, index: Index
    ) -> None:
        second, first = index(put("b.md", MANUAL)), index(put("a.md", MANUAL))
        listed = boss.get(f"/knowledge-bases/{knowledge_base_id}/documents")["documents"]
        assert listed == [first, second]
        (base,) = boss.get("/knowledge-bases")["knowledge_bases"]
        assert (base["documents"], base["passages"], base["retrieval"]) == (2, 4, "lexical")

    def test_a_deleted_document_is_found_no_more_at_once(
        self, boss: Agent, knowledge_base_id: uuid.UUID, put: Put, index: Index
    ) -> None:
        document = index(put("manual.md", MANUAL))
        assert texts(boss.search(knowledge_base_id, KNOWN))
        path = f"/documents/{document['id']}"
        assert boss.send("DELETE", path).status_code == 204
        assert boss.search(knowledge_base_id, KNOWN)["passages"] == []
        for method, what in (("GET", ""), ("GET", "/file"), ("DELETE", ""), ("POST", "/retry")):
            assert refused(boss.send(method, path + what), 404) == "document_not_found"

    def test_a_deleted_document_is_read_by_nobody_but_the_staff(
        self, boss: Agent, contact: Contact, knowledge_base_id: uuid.UUID, put: Put, index: Index
    ) -> None:
        document = index(put("manual.md", MANUAL))
        (citation,) = contact.ask(KNOWN)["citations"]
        assert (citation["available"], citation["version"]) == (True, 1)
        assert boss.send("DELETE", f"/documents/{document['id']}").status_code == 204
        assert boss.search(knowledge_base_id, KNOWN)["passages"] == []
        reply = contact.messages()[-1]
        assert (reply["text"], reply["withheld"]) == ("", True)
        with contact.following() as stream:
            streamed = [stream.next("message").body["message"] for _ in range(2)]
        for shown in (reply, streamed[-1]):
            (citation,) = shown["citations"]
            assert (citation["available"], citation["text"], citation["title"]) == (False, "", "")
        assert contact.ask("海南能发货吗，首重运费多少？")["form"] == "notice"
        kept = boss.conversation(contact.conversation_id)["messages"][1]
        (citation,) = kept["citations"]
        assert (citation["available"], citation["title"]) == (False, "manual.md")
        assert "十二元" in kept["text"]
        passage = boss.get(f"/passages/{citation['chunk_id']}")["passage"]
        assert (passage["available"], passage["current"]) == (False, False)

    def test_a_citation_opens_as_it_was_after_later_changes(
        self, boss: Agent, contact: Contact, put: Put, index: Index
    ) -> None:
        index(put("manual.md", MANUAL))
        contact.ask(KNOWN)
        index(put("manual.md", MANUAL.replace("十二", "九")))
        (citation,) = contact.messages()[-1]["citations"]
        assert "十二元" in citation["text"]
        passage = boss.get(f"/passages/{citation['chunk_id']}")["passage"]
        assert (passage["text"], passage["available"], passage["current"]) == (citation["text"], True, False)
        assert "小家电保修一年" in passage["after"][0]

    def test_the_same_name_replaces_the_document_once_it_is_ready(
        self, boss: Agent, knowledge_base_id: uuid.UUID, put: Put, index: Index
    ) -> None:
        old = index(put("manual.md", MANUAL))
        new = put("manual.md", MANUAL.replace("十二", "九"))
        assert new["id"] == old["id"]
        assert "十二元" in texts(boss.search(knowledge_base_id, KNOWN))[0]
        index(new)
        found = texts(boss.search(knowledge_base_id, KNOWN))
        assert "九元" in found[0]
        assert not [text for text in found if "十二" in text]

    def test_only_a_failed_document_is_tried_again(self, boss: Agent, put: Put, index: Index) -> None:
        ready = index(put("manual.md", MANUAL))
        assert refused(boss.post(f"/documents/{ready['id']}/retry"), 409) == "not_failed"
        failed = index(put("blank.html", "<html><body> </body></html>"))
        assert (failed["status"], failed["error"]["code"]) == ("failed", "file_no_text")
        again = boss.post(f"/documents/{failed['id']}/retry")
        assert again.status_code == 202
        assert (again.json()["document"]["status"], again.json()["document"]["error"]) == ("queued", None)

    def test_the_original_can_be_fetched_by_its_name(self, li: Agent, put: Put) -> None:
        document = put("保修说明.md", MANUAL)
        answer = li.send("GET", f"/documents/{document['id']}/file")
        assert answer.content == MANUAL.encode()
        assert "%E4%BF%9D%E4%BF%AE" in answer.headers["content-disposition"]


class TestEntries:
    @pytest.fixture
    def path(self, knowledge_base_id: uuid.UUID) -> str:
        """Where the entries are."""
        return f"/knowledge-bases/{knowledge_base_id}/entries"

    def test_an_entry_is_added_changed_and_deleted(
        self, frontdesk: Frontdesk, boss: Agent, knowledge_base_id: uuid.UUID, path: str
    ) -> None:
        created = boss.post(
            path, {"questions": [" 可以退货吗 ", "怎么退货", "可以退货吗"], "answer": "七天内可以。"}
        )
        assert created.status_code == 202
        entry = created.json()["entry"]
        assert (entry["questions"], entry["language"], entry["status"]) == (
            ["可以退货吗", "怎么退货"],
            "zh",
            "queued",
        )
        frontdesk.indexing.index_entries(knowledge_base_id)
        assert texts(boss.search(knowledge_base_id, "怎么退货")) == ["七天内可以。"]

        changed = boss.send("PATCH", f"/entries/{entry['id']}", json={"answer": "十天内可以。"}).json()["entry"]
        assert (changed["questions"], changed["answer"]) == (entry["questions"], "十天内可以。")
        frontdesk.indexing.index_entries(knowledge_base_id)
        assert texts(boss.search(knowledge_base_id, "怎么退货")) == ["十天内可以。"]

        assert boss.send("DELETE", f"/entries/{entry['id']}").status_code == 204
        assert boss.search(knowledge_base_id, "怎么退货")["passages"] == []
        assert boss.get(path) == {"entries": [], "total": 0}

    def test_pasted_questions_and_answers_become_entries(self, boss: Agent, path: str) -> None:
        pasted = "Q: Do you ship abroad?\nQ: delivery abroad\nA: To 20 countries.\n\n问：可以开发票吗？\n答：可以。"
        imported = boss.post(f"{path}/import", {"text": pasted})
        assert imported.status_code == 202
        assert [(e["questions"], e["answer"], e["language"]) for e in imported.json()["entries"]] == [
            (["Do you ship abroad?", "delivery abroad"], "To 20 countries.", "en"),
            (["可以开发票吗？"], "可以。", "zh"),
        ]

    def test_pasted_text_that_is_none_names_the_line(self, boss: Agent, path: str) -> None:
        answer = boss.post(f"{path}/import", {"text": "Q: Do you ship abroad?\nA: Yes.\nQ: And when?"})
        assert refused(answer, 422) == "entries_unreadable"
        assert answer.json()["error"]["details"] == [{"line": 3}]
        assert boss.get(path)["total"] == 0

    def test_the_search_box_looks_for_exactly_what_is_written(self, boss: Agent, path: str) -> None:
        for question in ("Is 50% off?", "Is a_b a size?", "Is 50 off?", "Is axb a size?", r"Is a\b a path?"):
            boss.post(path, {"questions": [question], "answer": "Yes."}).raise_for_status()
        for query, hits in (
            ("50%", 1),
            ("%", 1),
            ("a_b", 1),
            ("_", 1),
            ("\\", 1),
            ("IS 50", 2),
            ("yes", 5),
            ("no", 0),
        ):
            found = boss.get(path, params={"query": query})
            assert (found["total"], len(found["entries"])) == (hits, hits), query

    def test_many_entries_come_page_by_page(self, boss: Agent, path: str) -> None:
        pasted = "\n".join(f"Q: Question {number}?\nA: Answer." for number in range(7))
        boss.post(f"{path}/import", {"text": pasted}).raise_for_status()
        pages = [boss.get(path, params={"offset": offset, "limit": 3}) for offset in (0, 3, 6, 9)]
        assert [page["total"] for page in pages] == [7] * 4
        assert [len(page["entries"]) for page in pages] == [3, 3, 1, 0]
        assert len({entry["id"] for page in pages for entry in page["entries"]}) == 7

    @pytest.mark.parametrize(
        "body",
        [
            {"questions": [], "answer": "Yes."},
            {"questions": [" "], "answer": "Yes."},
            {"questions": ["Why?"], "answer": ""},
            {"questions": ["x" * 501], "answer": "Yes."},
            {"questions": ["Why?"], "answer": "x" * 8001},
        ],
    )
    def test_an_entry_needs_a_question_and_an_answer_of_a_fair_length(
        self, boss: Agent, path: str, body: Json
    ) -> None:
        refused(boss.post(path, body), 422)


class TestSearch:
    @pytest.mark.usefixtures("entries")
    def test_it_decides_as_a_live_answer_does(
        self, boss: Agent, contact: Contact, knowledge_base_id: uuid.UUID
    ) -> None:
        for question in (KNOWN, "How do I get an invoice?", "你们公司的股票代码是多少？"):
            tried = boss.search(knowledge_base_id, question)
            asked = Contact(contact.api)
            asked.ask(question)
            (decided,) = boss.conversation(asked.conversation_id)["decisions"]
            for what in ("query", "outcome", "rule", "reason", "confidence", "threshold", "legs", "passages"):
                assert tried[what] == decided[what], (question, what)

    @pytest.mark.usefixtures("entries")
    def test_it_leaves_no_conversation_behind(self, boss: Agent, knowledge_base_id: uuid.UUID) -> None:
        boss.search(knowledge_base_id, KNOWN)
        assert boss.listed("all") == []

    def test_nothing_is_found_where_nothing_is(self, li: Agent, knowledge_base_id: uuid.UUID) -> None:
        found = li.search(knowledge_base_id, KNOWN)
        assert (found["outcome"], found["reason"], found["passages"]) == ("handoff", "not_found", [])
        assert found["notes"] == ["knowledge_base_empty"]
