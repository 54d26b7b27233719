"""Questions of a knowledge base's own, to be found and not to be found."""

import uuid
from collections import Counter

from frontdesk.confidence.labels import Wordings, held_out


def entry(*questions: str, answer: str = "") -> Wordings:
    return Wordings(uuid.uuid4(), questions, answer or f"Answer to {questions[0]}")


def test_each_variant_is_asked_without_itself_and_without_its_entry() -> None:
    returns = entry("May I send it back?", "How do returns work?")
    asked = list(held_out([returns]))
    assert Counter(one.text for one in asked) == {"May I send it back?": 2, "How do returns work?": 2}
    for one in asked:
        assert one.without == {returns.entry_id}
        if one.instead:
            assert one.instead.entry_id == returns.entry_id
            assert one.text not in one.instead.questions
            assert one.instead.answer == returns.answer
    assert sum(one.instead is None for one in asked) == 2


def test_an_entry_with_one_wording_can_only_not_be_found() -> None:
    assert [one.instead for one in held_out([entry("Where is my parcel?")])] == [None]


def test_entries_with_the_same_answer_are_left_out_together() -> None:
    one, other = entry("Opening hours?", answer="9 to 5."), entry("When are you open?", answer="9 to 5.")
    assert {asked.without for asked in held_out([one, other])} == {frozenset([one.entry_id, other.entry_id])}


def test_a_large_knowledge_base_costs_no_more_than_the_most_and_entries_take_turns() -> None:
    entries = [entry(*(f"{number}, {variant}" for variant in range(30))) for number in range(40)]
    asked = list(held_out(entries, most=100))
    assert len(asked) == 200
    turns = Counter(one.text.split(",")[0] for one in asked if one.instead)
    assert len(turns) == 40
    assert max(turns.values()) - min(turns.values()) <= 1


def test_the_same_sample_every_time() -> None:
    entries = [entry(f"{number}?", f"{number}!") for number in range(50)]
    assert list(held_out(entries, most=10)) == list(held_out(entries, most=10))


def test_nothing_to_ask() -> None:
    assert list(held_out([])) == []
