"""What a folder may hold, and what somebody is told whose folder holds something else."""

from pathlib import Path

import pytest

from frontdesk.errors import Invalid
from frontdesk.evaluation.questions import Asked, Item, read
from tests.evaluation.sets import CORPUS, QUERIES, write

ITEM = {"id": "1", "title": "t", "text": "x"}
QUERY = {"text": "q", "gold": ["1"]}


def test_a_set_is_read_as_it_is(tmp_path: Path) -> None:
    found = read(write(tmp_path))
    assert found.name == tmp_path.name
    assert found.items[0] == Item("returns", CORPUS[0]["title"], CORPUS[0]["text"])
    assert found.asked[0] == Asked(str(QUERIES[0]["text"]), frozenset({"returns"}))
    assert (len(found.items), len(found.asked), found.asked[-1].gold) == (3, 5, frozenset())


def test_blank_lines_numbers_and_separators_within_a_text_are_no_trouble(tmp_path: Path) -> None:
    found = read(
        write(tmp_path, [{"id": 1, "text": "a\u2028b"}, "", {"id": 2, "text": "c"}], [{**QUERY, "gold": [1]}])
    )
    assert [item.id for item in found.items] == ["1", "2"]
    assert found.items[0].text == "a\u2028b"
    assert found.asked[0].gold == {"1"}


@pytest.mark.parametrize(
    ("corpus", "queries", "told"),
    [
        ([], [QUERY], "corpus.jsonl is empty"),
        ([ITEM], [], "queries.jsonl is empty"),
        ([ITEM, "{"], [QUERY], "corpus.jsonl, line 2: this is no JSON."),
        ([ITEM, "[1]"], [QUERY], "corpus.jsonl, line 2: this is no JSON object."),
        ([{"id": "1", "title": "t"}], [QUERY], "corpus.jsonl, line 1: text is missing."),
        ([{"id": "1", "text": "  "}], [QUERY], "corpus.jsonl, line 1: text is missing."),
        ([{"text": "x"}], [QUERY], "corpus.jsonl, line 1: id is missing."),
        ([ITEM, ITEM], [QUERY], "two lines have the same id"),
        ([ITEM], [{"gold": ["1"]}], "queries.jsonl, line 1: text is missing."),
        ([ITEM], [QUERY, {"text": "q"}], "queries.jsonl, line 2: gold has to be a list of ids"),
        ([ITEM], [{"text": "q", "gold": ["2"]}], "queries.jsonl, line 1: gold has to be a list of ids"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    tmp_path: Path, corpus: list[object], queries: list[object], told: str
) -> None:
    with pytest.raises(Invalid, match=told):
        read(write(tmp_path, corpus, queries))


def test_a_folder_that_is_not_there_or_not_of_text(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"nowhere/corpus\.jsonl cannot be read"):
        read(tmp_path / "nowhere")
    (tmp_path / "corpus.jsonl").write_bytes(b"\xff\xfe{")
    with pytest.raises(Invalid, match=r"corpus\.jsonl is not UTF-8"):
        read(tmp_path)
