"""What can be found and quoted: chunks that keep to the document's structure and lose nothing of it."""

import random
import re
import time
from collections.abc import Iterator
from itertools import pairwise

import pytest

from frontdesk.knowledge.chunking import ChunkText, chunk, estimated_tokens, sentences
from frontdesk.knowledge.parsing import Block, BlockKind, Location, parse
from tests.knowledge.files import SAMPLES

HEADING, PROSE, ITEM, ROW = BlockKind.HEADING, BlockKind.PROSE, BlockKind.LIST_ITEM, BlockKind.ROW


def block(kind: BlockKind, text: str, heading: str | None = None, page: int | None = None) -> Block:
    return Block(text, Location(page=page, heading=heading), kind)


def texts(blocks: list[Block], **options: int) -> list[str]:
    return [piece.text for piece in chunk(blocks, **options)]


def bare(text: str) -> str:
    return re.sub(r"\s+", "", text)


class TestStructure:
    def test_sections_are_never_mixed(self):
        blocks = [block(PROSE, "Three days.", "Delivery"), block(PROSE, "Seven days.", "Returns")]
        assert [(piece.heading, piece.text) for piece in chunk(blocks)] == [
            ("Delivery", "Three days."),
            ("Returns", "Seven days."),
        ]

    def test_paragraphs_of_one_section_stand_together(self):
        blocks = [block(PROSE, "满 99 元包邮。", "运费", page=2), block(PROSE, "海南 18 元。", "运费", page=3)]
        assert list(chunk(blocks)) == [
            ChunkText("满 99 元包邮。\n海南 18 元。", "运费", Location(page=2, heading="运费")),
        ]

    def test_every_row_is_a_chunk(self):
        blocks = [
            block(PROSE, "Fees:"),
            block(ROW, "Region: Hainan; Fee: 18"),
            block(ROW, "Region: Tibet; Fee: 25"),
            block(PROSE, "Ask us."),
        ]
        assert texts(blocks) == ["Fees:", "Region: Hainan; Fee: 18", "Region: Tibet; Fee: 25", "Ask us."]

    def test_the_same_heading_on_another_sheet_is_another_section(self):
        blocks = [Block(text, Location(sheet=sheet), PROSE) for sheet, text in (("A", "one"), ("B", "two"))]
        assert texts(blocks) == ["one", "two"]

    def test_headings_are_not_repeated_in_the_text(self):
        blocks = [
            block(HEADING, "Help", "Help"),
            block(HEADING, "Fees", "Help > Fees"),
            block(PROSE, "Ten.", "Help > Fees"),
        ]
        assert [(piece.heading, piece.text) for piece in chunk(blocks)] == [("Help > Fees", "Ten.")]

    def test_a_heading_without_text_joins_what_follows(self):
        blocks = [
            block(HEADING, "客服电话 400-000-7166", "客服电话 400-000-7166"),
            block(HEADING, "运费", "运费"),
            block(ROW, "地区: 海南; 运费: 18", "运费"),
            block(HEADING, "周末照常发货", "周末照常发货"),
        ]
        assert [(piece.heading, piece.text) for piece in chunk(blocks)] == [
            ("运费", "客服电话 400-000-7166\n地区: 海南; 运费: 18\n周末照常发货")
        ]

    def test_a_document_of_headings_alone_can_still_be_found(self):
        blocks = [
            block(HEADING, "Open daily", "Open daily", page=1),
            block(HEADING, "9 to 18", "Open daily > 9 to 18"),
        ]
        assert list(chunk(blocks)) == [ChunkText("Open daily\n9 to 18", None, Location(page=1))]

    def test_nothing_makes_no_chunk(self):
        assert texts([]) == []


class TestLists:
    def test_items_stay_with_the_sentence_that_introduces_them(self):
        filler = "This has nothing to do with it. " * 12
        blocks = [block(PROSE, filler), block(PROSE, "Please send us:")]
        blocks += [block(ITEM, f"- item number {number} of the list") for number in range(6)]
        pieces = texts(blocks, size=100)
        assert len(pieces) == 2
        assert "Please send us:\n- item number 0" in pieces[1]
        assert pieces[1].endswith("- item number 5 of the list")

    def test_a_long_list_repeats_its_introduction(self):
        blocks = [block(PROSE, "不支持退货的商品如下：")]
        blocks += [block(ITEM, f"- 第{number}类商品，拆封以后不能再次销售") for number in range(20)]
        pieces = texts(blocks, size=120)
        assert len(pieces) > 2
        assert all(text.startswith("不支持退货的商品如下：\n- 第") for text in pieces)
        assert all(estimated_tokens(text) <= 120 for text in pieces)

    def test_a_long_row_repeats_its_first_cell(self):
        answer = "请先在订单页面提交申请，客服会在一天内审核。" * 12
        pieces = texts([block(ROW, f"问题: 怎么退货; 答案: {answer}")], size=100)
        assert len(pieces) > 2
        assert all(text.startswith("问题: 怎么退货") for text in pieces)


class TestSize:
    @pytest.mark.parametrize("seed", range(30))
    def test_all_text_is_kept_in_order_and_no_chunk_is_too_long(self, seed):
        chance = random.Random(seed)
        blocks = list(_document(chance))
        size = chance.choice([20, 60, 320])
        pieces = list(chunk(blocks, size=size))
        assert all(piece.text for piece in pieces)
        assert max(estimated_tokens(piece.text) for piece in pieces) < size + 0.01
        # Introductions are said again, so the document is looked for in the chunks piece by piece.
        joined, at = bare(" ".join(piece.text for piece in pieces)), 0
        for text in (source.text for source in blocks if source.kind is not HEADING):
            for part in re.findall(r"[^，,；;：:。！!?？.\s]+", text):
                at = joined.find(part, at) + len(part)
                assert at >= len(part), part

    def test_long_prose_is_cut_at_sentence_ends_into_even_parts(self):
        prose = "本店所有订单均在付款后四十八小时内发货，节假日顺延。" * 14
        pieces = texts([block(PROSE, prose)], size=200)
        assert "".join(pieces) == prose
        assert all(text.endswith("。") for text in pieces)
        assert max(map(len, pieces)) - min(map(len, pieces)) <= 52

    def test_a_cut_between_paragraphs_is_preferred(self):
        paragraphs = ["First. " * 20 + "End of first.", "Second. " * 20 + "End of second."]
        assert texts([block(PROSE, text) for text in paragraphs], size=40) == paragraphs

    def test_a_sentence_longer_than_a_chunk_is_cut_at_clauses(self):
        sentence = "，".join(["我们在全国各地都有仓库"] * 30) + "。"
        pieces = texts([block(PROSE, sentence)], size=50)
        assert "".join(pieces) == sentence
        assert all(text.endswith(("，", "。")) for text in pieces)

    @pytest.mark.parametrize("text", ["长" * 5000, "x" * 5000, "!?" * 5000, "https://example.com/" + "a/" * 3000])
    def test_text_without_any_place_to_cut(self, text):
        pieces = texts([block(PROSE, text)], size=100)
        assert "".join(pieces) == text
        assert all(estimated_tokens(piece) <= 100 for piece in pieces)

    def test_overlap_repeats_whole_sentences(self):
        prose = " ".join(f"Sentence number {number} says something." for number in range(40))
        pieces = texts([block(PROSE, prose)], size=60, overlap=15)
        for before, after in pairwise(pieces):
            assert sentences(before)[-2:] == sentences(after)[:2]
        assert texts([block(PROSE, prose)], size=60)[1] != pieces[1]

    def test_time_grows_with_the_text_and_nothing_more(self):
        def seconds(blocks: int) -> float:
            start = time.process_time()
            assert sum(1 for _ in chunk(block(PROSE, "One more short line") for _ in range(blocks)))
            return time.process_time() - start

        seconds(1000)
        assert seconds(40_000) < 30 * seconds(4000)

    def test_chunks_come_before_the_document_ends(self):
        def endless() -> Iterator[Block]:
            while True:
                yield block(PROSE, "This never ends, and has no headings either.")

        stream = chunk(endless())
        assert all(next(stream).text for _ in range(3))


@pytest.mark.parametrize("path", sorted(SAMPLES.iterdir()), ids=lambda path: path.name)
def test_nothing_of_the_sample_documents_is_lost(path):
    blocks = list(parse(path, path.name))
    pieces = list(chunk(blocks))
    assert bare("".join(piece.text for piece in pieces)) == bare(
        "".join(text.text for text in blocks if text.kind is not HEADING)
    )
    assert all(piece.heading for piece in pieces)


class TestSentences:
    @pytest.mark.parametrize(
        ("text", "parts"),
        [
            ("七天内可退。运费谁出？我们出！", ["七天内可退。", "运费谁出？", "我们出！"]),
            ("他说：“可以退。”然后走了。", ["他说：“可以退。”", "然后走了。"]),
            ("电池不能寄；液体也不能寄", ["电池不能寄；", "液体也不能寄"]),
            ("运费10元.偏远地区20元.", ["运费10元.", "偏远地区20元."]),
            ("好的!马上发货", ["好的!", "马上发货"]),
            ("It costs 3.5 kg. Ask us.", ["It costs 3.5 kg.", "Ask us."]),
            ("Use a charger, e.g. ours. Dr. Li says so.", ["Use a charger, e.g. ours.", "Dr. Li says so."]),
            ("See No. 5 below. No. You can not.", ["See No. 5 below.", "No.", "You can not."]),
            ("Made in the U.S. Army style. Good.", ["Made in the U.S. Army style.", "Good."]),
            ("We open at 9 a.m. Come early.", ["We open at 9 a.m.", "Come early."]),
            ("Open from 9 a.m. to 6 p.m. daily.", ["Open from 9 a.m. to 6 p.m. daily."]),
            (
                "Go to https://a.example/x?y=1.2 now. Then pay.",
                ["Go to https://a.example/x?y=1.2 now.", "Then pay."],
            ),
            ("访问 https://a.example/x?y=1。然后付款。", ["访问 https://a.example/x?y=1。", "然后付款。"]),
            ('"Really?" he asked. (Yes.) Fine', ['"Really?" he asked.', "(Yes.)", "Fine"]),
            ("1. Log in. 2. Pay.", ["1. Log in.", "2. Pay."]),
            ("One line\nanother line", ["One line", "another line"]),
            ("", []),
        ],
    )
    def test_ends(self, text, parts):
        assert sentences(text) == parts

    def test_nothing_is_lost(self):
        text = (SAMPLES / "air-fryer-QA-50.en.html").read_text()
        assert bare("".join(sentences(text))) == bare(text)


def _document(chance: random.Random) -> Iterator[Block]:
    """Blocks of any kind and language in any order, as the readers hand them on."""
    words = [
        "退货",
        "运费 18 元",
        "海南",
        "delivery",
        "e.g. a kettle",
        "3.5 kg",
        "第二天",
        "https://a.example/b?c=1",
    ]
    ends = ["。", "！", ". ", "? ", "；", ": ", "：", "\n"]
    for section in range(chance.randint(1, 5)):
        heading = f"Section {section}"
        yield block(HEADING, heading, heading)
        for _ in range(chance.randint(1, 12)):
            count = chance.choice([1, 3, 10, 60])
            text = "".join(chance.choice(words) + chance.choice(["，", ", ", " ", *ends]) for _ in range(count))
            yield block(chance.choice([PROSE, PROSE, ITEM, ROW]), text.strip() + "end", heading)
