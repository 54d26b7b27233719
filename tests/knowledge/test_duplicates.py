"""What a knowledge base says twice: found as a brute-force comparison finds it, and told so that it helps."""

import random
import time
import uuid
from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from frontdesk.bootstrap import Frontdesk
from frontdesk.knowledge import lexical
from frontdesk.knowledge.duplicates.grouping import shared_texts
from frontdesk.knowledge.duplicates.likeness import BANDS, Rarity, candidates, likeness
from frontdesk.knowledge.duplicates.lookalikes import Alike, Lookalikes, Reread
from frontdesk.knowledge.duplicates.search import ALIKE_TEXTS, LEAST_TERMS, DuplicateSearch, Kind
from frontdesk.knowledge.duplicates.service import Duplicate
from frontdesk.knowledge.entries_text import EntryText
from frontdesk.knowledge.lexical import Dimensions

CHINESE = """
退货 换货 发货 海南 运费 保修 发票 订单 会员 积分 优惠 快递 签收 包裹 商品 质量 问题 客服 电话 时间 地址 修改 取消
支付 微信 银行 账户 退款 到账 工作日 破损 照片 上传 审核 通过 仓库 库存 预售 定金 尾款 赠品 尺码 颜色 材质 清洗 安装
上门 预约 的 了 在 请 可以 需要 我们 您 后 内 和 或
"""
ENGLISH = """
return refund exchange parcel courier invoice warranty order member points discount delivery address change cancel
payment bank account customer support phone hours damaged photo upload review approve warehouse stock deposit
balance gift size colour fabric washing installation visit appointment battery charger screen cable remote
the a of to in you we can please after with or
"""
WORDS = {"zh": CHINESE.split(), "en": ENGLISH.split()}
FUNCTION_WORDS = 12
"""So many at the end of each list; four words in ten are of these."""

Twice = Callable[[], Sequence[Duplicate]]


def invented(language: str, chance: random.Random) -> list[str]:
    """The words of a passage."""
    words = [
        chance.choice(WORDS[language][-FUNCTION_WORDS:] if chance.random() < 0.4 else WORDS[language])
        for _ in range(chance.randint(40, 120))
    ]
    return words + [str(chance.randint(100, 100_000)) for _ in range(4)]


def edited(words: list[str], language: str, chance: random.Random) -> list[str]:
    """The same with some words replaced, left out, added or elsewhere."""
    words = list(words)
    for _ in range(chance.randint(0, len(words) // 12)):
        at = chance.randrange(len(words))
        match chance.randrange(4):
            case 0:
                words[at] = chance.choice(WORDS[language])
            case 1:
                del words[at]
            case 2:
                words.insert(at, chance.choice(WORDS[language]))
            case _:
                words.insert(chance.randrange(len(words)), words.pop(at))
    return words


def found_among(packed: list[bytes], rarity: Rarity, batch: int = 100) -> list[Alike]:
    """The pairs of texts, each of a source of its own."""
    lookalikes = Lookalikes(rarity, ALIKE_TEXTS, LEAST_TERMS)
    for start in range(0, len(packed), batch):
        lookalikes.add(list(enumerate(packed[start : start + batch], start)))
    return list(lookalikes.pairs(lambda numbers: [Reread(packed[number]) for number in numbers]))


def plain_jaccard(one: Dimensions, other: Dimensions) -> float:
    return len(np.intersect1d(one, other)) / len(np.union1d(one, other))


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("measure", ["weighed", "plain"])
def test_nearly_all_pairs_are_found_that_comparing_each_with_each_finds(language: str, measure: str) -> None:
    chance = random.Random(7)
    texts = []
    for _ in range(120):
        words = invented(language, chance)
        texts += [words, edited(words, language, chance), edited(words, language, chance)]
    joint = "" if language == "zh" else " "
    packed = [lexical.pack(lexical.terms(joint.join(words))) for words in texts]
    dimensions = [lexical.unpack(terms)[0] for terms in packed]
    rarity = Rarity.of(dimensions)

    def alike(one: int, other: int) -> float:
        if measure == "plain":
            return plain_jaccard(dimensions[one], dimensions[other])
        return likeness(dimensions[one], dimensions[other], rarity)

    wanted = {pair for pair in combinations(range(len(texts)), 2) if alike(*pair) >= 0.8}
    together = {
        pair
        for group in shared_texts(found_among(packed, rarity), range(len(texts)))
        for pair in combinations(group.texts, 2)
    }
    assert len(wanted) > 150
    assert len(wanted & together) >= 0.95 * len(wanted)
    assert all(one // 3 == other // 3 for one, other in together), "texts that nobody copied are none"


def test_ten_times_as_many_texts_take_about_ten_times_as_long() -> None:
    chance = np.random.default_rng(5)
    commonness = np.cumsum(1 / np.arange(1, 50_001))
    vocabulary = chance.choice(2**31, 50_000, replace=False).astype(np.uint32)

    def seconds(count: int) -> float:
        drawn = np.searchsorted(commonness / commonness[-1], chance.random((count, 150)))
        texts = [np.unique(row) for row in vocabulary[drawn]]
        packed = [text.tobytes() + bytes(len(text)) for text in texts]
        rarity = Rarity.of(texts)
        began = time.process_time()
        found_among(packed, rarity, 2000)
        return time.process_time() - began

    assert seconds(20_000) < 30 * max(seconds(2000), 0.05)


def test_a_full_bucket_is_not_compared_each_with_each() -> None:
    pairs = candidates(np.zeros((3000, BANDS), np.uint64))
    assert len(pairs) < 6 * 3000
    assert len(shared_texts((Alike(one, other, 1.0) for one, other in pairs.tolist()), range(3000))) == 1


def test_what_several_sources_share_is_told_once_for_all_its_texts() -> None:
    sources = [0, 0, 1, 1, 2]
    (shared,) = shared_texts([Alike(0, 2, 0.9), Alike(1, 3, 0.8)], sources)
    assert (shared.texts, shared.count, shared.likeness) == ([0, 2], 2, 0.9)
    assert shared_texts([Alike(0, 1, 1.0)], sources) == []
    (nearest,) = shared_texts([Alike(0, 1, 1.0), Alike(1, 2, 0.8), Alike(1, 3, 0.9)], sources)
    assert (nearest.texts, nearest.likeness) == ([1, 3], 0.9)
    (chain,) = shared_texts([Alike(0, 2, 0.9), Alike(2, 4, 0.8)], sources)
    assert (chain.texts, chain.likeness) == ([0, 2, 4], 0.9)


# On real stores


@pytest.fixture
def twice(frontdesk: Frontdesk, knowledge_base_id: uuid.UUID) -> Twice:
    """What is twice now."""
    return lambda: frontdesk.duplicates.page(knowledge_base_id, 0, 50).duplicates


@pytest.fixture
def write(frontdesk: Frontdesk, knowledge_base_id: uuid.UUID) -> Callable[..., uuid.UUID]:
    """Adds an entry: an answer, then the ways to ask for it."""

    def add(answer: str, *questions: str) -> uuid.UUID:
        (entry,) = frontdesk.knowledge.add_entries(knowledge_base_id, [EntryText(questions, answer)])
        frontdesk.indexing.index_entries(knowledge_base_id)
        return entry.id

    return add


@pytest.fixture
def upload(frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, tmp_path: Path) -> Callable[[str, str], uuid.UUID]:
    """Uploads a text under a name."""

    def put(name: str, content: str) -> uuid.UUID:
        path = tmp_path / "upload"
        path.write_text(content, "utf-8")
        document = frontdesk.knowledge.upload(knowledge_base_id, name, path)
        frontdesk.indexing.index_document(document.id)
        return document.id

    return put


RETURNS = "签收后七天内可以无理由退货，商品需保持完好，退货运费由买家承担，退款在三个工作日内原路返回。"
SHIPPING = (
    "We ship every working day before four, and parcels to islands take two to three days longer than others."
)


@pytest.mark.parametrize(
    ("question", "again", "answer", "other"),
    [
        ("怎么退货", "怎么退货？", "七天内可以退货。", "十五天内可以退货。"),
        ("Can I return it?", "can I return it", "Yes, within 7 days.", "No, we do not take anything back."),
    ],
)
def test_two_answers_to_one_question_come_first(
    twice: Twice,
    write: Callable[..., uuid.UUID],
    upload: Callable[[str, str], uuid.UUID],
    question: str,
    again: str,
    answer: str,
    other: str,
) -> None:
    upload("a.md", RETURNS)
    upload("b.md", RETURNS)
    one, two = write(answer, question), write(other, "a different one entirely", again)
    first, second = twice()
    assert first.kind is Kind.TWO_ANSWERS
    assert {place.entry.id for place in first.places if place.entry} == {one, two}
    assert {place.title for place in first.places} == {question, again}
    assert (second.kind, second.likeness, second.texts) == (Kind.SAME_TEXT, 1.0, 1)
    assert {place.title for place in second.places} == {"a.md", "b.md"}


def test_the_same_entry_twice_is_one_group_and_its_own_variants_are_none(
    twice: Twice, write: Callable[..., uuid.UUID]
) -> None:
    write(RETURNS, "怎么退货", "怎么退货？", "怎么退货呢")
    assert twice() == []
    write(RETURNS, "怎么退货")
    (group,) = twice()
    assert (group.kind, group.sources) == (Kind.SAME_ENTRY, 2)


def test_questions_that_differ_in_a_figure_are_different(twice: Twice, write: Callable[..., uuid.UUID]) -> None:
    write("一年。", "请问你们店里卖的手机 X12 电池的保修期是多久")
    write("两年。", "请问你们店里卖的手机 X13 电池的保修期是多久")
    assert twice() == []


def test_answers_that_differ_in_a_figure_are_different(twice: Twice, write: Callable[..., uuid.UUID]) -> None:
    parcels = "{}可以发货，走邮政，发货后{}天送到，满299元包邮，不满时首公斤18元，续重每公斤12元。"
    write(parcels.format("西藏", "9"), "西藏可以发货吗")
    write(parcels.format("新疆", "8"), "新疆能发吗")
    assert twice() == []


def test_an_answer_that_stands_in_a_document_too_is_told(
    twice: Twice, write: Callable[..., uuid.UUID], upload: Callable[[str, str], uuid.UUID]
) -> None:
    document = upload("shipping.md", f"# Shipping\n\n{SHIPPING}\n")
    entry = write(SHIPPING.replace("four", "five"), "When do you ship?")
    (group,) = twice()
    assert group.kind is Kind.SAME_TEXT
    assert ALIKE_TEXTS <= group.likeness < 1
    assert {place.chunk.document_id or place.chunk.entry_id for place in group.places} == {document, entry}


def test_two_editions_of_a_document_are_one_group(twice: Twice, upload: Callable[[str, str], uuid.UUID]) -> None:
    chance = random.Random(3)
    parts = [f"# Part {number}\n\n{' '.join(invented('en', chance))}.\n\n" for number in range(12)]
    upload("old.md", "".join(parts))
    upload("new.md", "".join([*parts[:10], "# Part 11\n\nSomething else.\n"]))
    (group,) = twice()
    assert (group.texts, group.sources, len(group.places)) == (10, 2, 2)


def test_rows_of_tables_do_not_flood_the_report(twice: Twice, upload: Callable[[str, str], uuid.UUID]) -> None:
    columns = "商品名称,商品颜色,保修期限说明,发货地点说明,是否支持七天无理由退货\n"
    row = "{},黑色,自签收之日起保修一年,从上海仓库发货,支持七天无理由退货\n"
    upload("old.csv", columns + "".join(row.format(f"手机壳{number}") for number in range(40)))
    upload("new.csv", columns + "".join(row.format(f"手机壳{number}") for number in range(38, 80)))
    (group,) = twice()
    assert (group.texts, group.sources) == (2, 2)


def test_what_is_short_is_no_duplicate(twice: Twice, upload: Callable[[str, str], uuid.UUID]) -> None:
    upload("a.md", "# 一\n\n请联系客服。\n")
    upload("b.md", "# 二\n\n请联系客服。\n")
    assert twice() == []


def test_the_draft_counts_and_what_was_found_is_kept_until_it_changes(
    frontdesk: Frontdesk,
    knowledge_base_id: uuid.UUID,
    twice: Twice,
    write: Callable[..., uuid.UUID],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    runs = []
    run = DuplicateSearch.run
    monkeypatch.setattr(DuplicateSearch, "run", lambda search: runs.append(1) or run(search))
    one = write("七天。", "怎么退货")
    write("十天。", "怎么退货")
    assert len(twice()) == len(twice()) == 1
    assert len(runs) == 1
    frontdesk.knowledge.delete_entry(one, at_once=False)
    assert twice() == []
    assert len(runs) == 2


def test_a_search_that_has_no_time_says_so(frontdesk: Frontdesk, knowledge_base_id: uuid.UUID) -> None:
    base = frontdesk.knowledge.base(knowledge_base_id)
    assert not DuplicateSearch(frontdesk.sessions, base, seconds=-1).run().is_complete
