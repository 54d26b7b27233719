"""Personal data is found in the forms in which people write it, and little else is taken for it."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from frontdesk.privacy import find, without_personal
from frontdesk.privacy.rules import Kind, is_card, is_id_number
from tests.personal_texts import CARDS, HARMLESS, IDS, labelled

SAMPLE = Path(__file__).resolve().parent.parent / "frontdesk" / "sample_shop"


def test_what_is_personal_is_taken_out_whole() -> None:
    texts = list(labelled())
    assert len(texts) > 200
    missed = [
        text
        for text, kind, value in texts
        if value in without_personal(text) or f"[{kind}]" not in without_personal(text)
    ]
    assert len(missed) <= 0.02 * len(texts), missed


def test_every_kind_is_found_where_it_is() -> None:
    found: Counter[Kind] = Counter()
    for text, kind, value in labelled():
        found[kind] += any(one.kind is kind and text[one.start : one.end] == value for one in find(text))
    total = Counter(kind for _, kind, _ in labelled())
    assert {kind: round(found[kind] / total[kind], 2) for kind in total if found[kind] < 0.9 * total[kind]} == {}


@pytest.mark.parametrize("text", HARMLESS)
def test_ordinary_figures_are_left_alone(text: str) -> None:
    assert without_personal(text) == text


def test_the_questions_of_the_sample_shop_are_left_alone() -> None:
    entries = [json.loads(line) for file in SAMPLE.glob("entries.*.jsonl") for line in file.open(encoding="utf-8")]
    questions = [question for entry in entries for question in entry["questions"]]
    assert len(questions) > 50
    assert [question for question in questions if find(question)] == []


@pytest.mark.parametrize("number", IDS)
def test_another_last_sign_makes_no_id_number(number: str) -> None:
    assert is_id_number(number)
    assert not any(is_id_number(number[:-1] + sign) for sign in "0123456789X" if sign != number[-1])


@pytest.mark.parametrize("number", CARDS)
def test_another_last_digit_makes_no_card(number: str) -> None:
    assert is_card(number)
    assert not any(is_card(number[:-1] + digit) for digit in "0123456789" if digit != number[-1])


def test_known_names_and_a_shops_own_order_numbers_go_too() -> None:
    names = ["Wang Fang", "李明", "Li Ming"]
    text = "This is Wang Fang. Fang, not Fangs. 李明为您服务。Ming will write; order KD-2026-0042."
    cleaned = without_personal(text, names, re.compile(r"KD-\d{4}-\d+"))
    assert cleaned == "This is [name]. [name], not Fangs. [name]为您服务。[name] will write; order [order]."


def test_what_the_shop_publishes_itself_stays() -> None:
    answer = "Write to help@shop.example or to anna@shop.example."
    cleaned = without_personal(answer, public="Our address is help@shop.example.")
    assert cleaned == "Write to help@shop.example or to [email]."
