"""The sample shop answers what it knows and hands over what it does not."""

import json
from importlib import resources

import pytest

from frontdesk import sample
from frontdesk.answering.policy import Outcome
from frontdesk.bootstrap import Frontdesk
from frontdesk.knowledge.models import SourceStatus


@pytest.mark.parametrize("language", ["zh", "en"])
def test_it_has_entries_with_several_ways_of_asking(language: str) -> None:
    lines = (resources.files("frontdesk") / f"sample_shop/entries.{language}.jsonl").read_text("utf-8").splitlines()
    entries = [json.loads(line) for line in lines]
    assert len(entries) >= 60
    assert all(len(entry["questions"]) >= 3 for entry in entries)


def test_it_answers_and_hands_over(frontdesk: Frontdesk) -> None:
    assert sample.load(frontdesk)
    assert not sample.load(frontdesk)
    assert frontdesk.inboxes.get("web").greeting["name"].keys() == {"zh", "en"}
    (base,) = frontdesk.inboxes.bases("web")
    documents = frontdesk.knowledge.documents(base)
    assert {name.rsplit(".", 1)[1] for name in (d.name for d in documents)} == {"docx", "pdf", "xlsx", "html"}
    for document in documents:
        frontdesk.indexing.index_document(document.id)
        assert frontdesk.knowledge.document(document.id).status == SourceStatus.READY
    frontdesk.indexing.index_entries(base)

    for question, expected in {
        "你们的退货政策是怎么样的？": "无理由退货",
        "请问你们海南能发货吗？": "海南全省都可以发货",
        "What is your return policy?": "without giving a reason",
        "Do you ship to Hainan?": "Hainan",
        "你好": "欢迎",
    }.items():
        record = frontdesk.assistant.consider(base, question)
        assert record.outcome is Outcome.ANSWER, question
        assert expected in record.passages[0].text
    for question in (
        "你们公司的股票代码是多少？",
        "今天天气怎么样？",
        "who is the president?",
    ):
        assert frontdesk.assistant.consider(base, question).reason, question
    # It shares most words with others, so that one of these might be meant.
    assert frontdesk.assistant.consider(base, "What is your stock ticker?").outcome is Outcome.CHOICE
    # The documents are found too, each by something that only it says.
    for question, name in {
        "空气炸锅 冷冻薯条 温度 时间": "空气炸锅QA-50.html",
        "Hainan province first kg fee": "shipping-fees.en.xlsx",
    }.items():
        passages = frontdesk.assistant.consider(base, question).passages
        assert name in [passage.title for passage in passages], [p.title for p in passages]
