"""An inbox that answers from several knowledge bases."""

import uuid
from collections.abc import Callable, Sequence

import pytest

from frontdesk.bootstrap import Frontdesk
from frontdesk.conversations.models import Sender
from frontdesk.errors import Conflict, NotFound
from frontdesk.knowledge.entries_text import EntryText
from frontdesk.knowledge.found import Passage
from frontdesk.knowledge.models import KnowledgeBase
from tests.model_server import Script

TEXTS = [
    EntryText(("怎么退货", "可以退货吗"), "签收后7天内可以无理由退货。"),
    EntryText(("海南能发货吗", "海南运费多少"), "可以发往海南，首重运费12元。"),
    EntryText(("保修多久", "质保期是几年"), "所有小家电保修一年。"),
    EntryText(("What is your return policy?", "can I send it back"), "You can return it within 7 days."),
    EntryText(("Do you ship to Hainan?", "delivery to hainan"), "Yes, it takes 3 to 5 days."),
    EntryText(("How do I get an invoice?", "vat invoice"), "Invoices are sent by e-mail."),
]
QUESTIONS = ["海南退货运费", "保修期内怎么退货", "return to hainan", "invoice for my return", "质保 发票"]

Fill = Callable[..., uuid.UUID]


@pytest.fixture
def fill(frontdesk: Frontdesk) -> Fill:
    """Makes a knowledge base of these entries."""

    def make(name: str, texts: Sequence[EntryText], by: Frontdesk = frontdesk) -> uuid.UUID:
        base = by.bases.add(name)
        by.knowledge.add_entries(base.id, texts)
        by.indexing.index_entries(base.id)
        return base.id

    return make


def told(passages: Sequence[Passage]) -> list[tuple[str, float, float, float]]:
    return [(one.text, round(one.score, 6), round(one.lexical, 6), round(one.coverage, 6)) for one in passages]


@pytest.mark.parametrize("question", QUESTIONS)
def test_by_words_they_are_ranked_as_one_would_be(frontdesk: Frontdesk, fill: Fill, question: str) -> None:
    one = fill("All", TEXTS)
    several = [fill("Chinese", TEXTS[:3]), fill("Returns", TEXTS[3:4]), fill("Others", TEXTS[4:])]
    whole = frontdesk.retrieval.retrieve(one, question, 10)
    parts = frontdesk.retrieval.retrieve_from(several, question, 10)
    assert sorted(told(parts.passages)) == sorted(told(whole.passages))
    scores = [passage.score for passage in parts.passages]
    assert scores == sorted(scores, reverse=True)


def test_the_knowledge_base_of_the_best_passage_decides(frontdesk: Frontdesk, fill: Fill) -> None:
    strict, lax = fill("Strict", TEXTS[:3]), fill("Lax", TEXTS[3:])
    with frontdesk.sessions.begin() as session:
        session.get_one(KnowledgeBase, strict).threshold = 1.0
    retrieved = frontdesk.retrieval.retrieve_from([lax, strict], "怎么退货")
    assert (retrieved.deciding.name, retrieved.threshold) == ("Strict", 1.0)
    assert frontdesk.retrieval.retrieve_from([strict, lax], "vat invoice").deciding.name == "Lax"
    assert frontdesk.retrieval.retrieve_from([lax, strict], "zzzz").deciding.name == "Lax"


def test_the_inbox_answers_from_all_of_its_own_and_no_other(frontdesk: Frontdesk, fill: Fill) -> None:
    mine = [fill("Returns", TEXTS[:1]), fill("Shipping", TEXTS[1:2])]
    fill("Internal", [EntryText(("进货价多少",), "一律五元。")])
    frontdesk.inboxes.answer_from("web", mine)
    conversation = frontdesk.conversations.open("web", None, None)

    def ask(question: str) -> str:
        frontdesk.conversations.receive(conversation.id, conversation.contact_id, question, None)
        frontdesk.assistant.take_turn()
        said = frontdesk.conversations.messages(conversation.id)
        return next(message.text for message in reversed(said) if message.sender == Sender.ASSISTANT)

    assert "7天内" in ask("可以退货吗")
    assert "12元" in ask("海南能发货吗")
    (returns, shipping) = frontdesk.assistant.decisions(conversation.id)
    assert [base["name"] for base in returns.record["bases"]] == ["Returns", "Shipping"]
    assert shipping.record["passages"][0]["knowledge_base_id"] == str(mine[1])
    assert "五元" not in ask("进货价多少")


def test_each_is_searched_in_its_own_version(frontdesk: Frontdesk, fill: Fill) -> None:
    still, changed = fill("Still", TEXTS[:1]), fill("Changed", TEXTS[1:2])
    frontdesk.knowledge.add_entries(changed, TEXTS[2:3])
    frontdesk.indexing.index_entries(changed)
    retrieved = frontdesk.retrieval.retrieve_from([still, changed], "保修多久")
    assert {base.name: base.version for base in retrieved.bases} == {"Still": 1, "Changed": 2}
    assert (retrieved.passages[0].knowledge_base_id, retrieved.passages[0].version) == (changed, 2)


@pytest.mark.parametrize("memory_passages", [0, 1000])
def test_both_engines_search_several(
    build: Callable[..., Frontdesk], fill: Fill, model: tuple[str, Script], memory_passages: int
) -> None:
    hybrid = build(embedding_url=model[0], memory_passages=memory_passages)
    empty = hybrid.bases.add("Empty").id
    several = [fill("Chinese", TEXTS[:3], hybrid), empty, fill("English", TEXTS[3:], hybrid)]
    retrieved = hybrid.retrieval.retrieve_from(several, "Do you ship to Hainan?")
    assert retrieved.passages[0].text == "Yes, it takes 3 to 5 days."
    assert retrieved.legs == ["lexical", "dense"]


def test_knowledge_bases_of_different_spaces_are_searched_by_words(
    build: Callable[..., Frontdesk], fill: Fill, model: tuple[str, Script]
) -> None:
    hybrid = build(embedding_url=model[0])
    retrieved = hybrid.retrieval.retrieve_from(
        [fill("Without", TEXTS[:3]), fill("With", TEXTS[3:], hybrid)], "怎么退货"
    )
    assert (retrieved.legs, retrieved.notes) == (["lexical"], ["embedder_changed"])
    assert retrieved.passages[0].text == "签收后7天内可以无理由退货。"


def test_one_that_an_inbox_answers_from_cannot_be_removed(frontdesk: Frontdesk, fill: Fill) -> None:
    (first,) = frontdesk.inboxes.bases("web")
    second = fill("Second", TEXTS)
    frontdesk.inboxes.answer_from("web", [first, second])
    with pytest.raises(Conflict):
        frontdesk.indexing.remove_base(second)
    frontdesk.inboxes.answer_from("web", [first])
    frontdesk.indexing.remove_base(second)
    with pytest.raises(NotFound):
        frontdesk.inboxes.answer_from("web", [first, second])
    assert frontdesk.inboxes.bases("web") == [first]
