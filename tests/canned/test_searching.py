"""Canned responses are found by some of their words."""

import pytest

from frontdesk.canned.searching import found

RESPONSES = {
    "退款时间": "退款会在3个工作日内原路退回。",
    "Refund": "Your money is on its way.",
    "Late parcel": "We are sorry that your parcel is late. A refund is possible.",
    "Opening hours": "We are here from 9 to 18.",
}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("退款", ["退款时间"]),
        ("工作日", ["退款时间"]),
        ("REFUND", ["Refund", "Late parcel"]),
        ("parcel refund", ["Late parcel"]),
        ("ope", ["Opening hours"]),
        ("ｒｅｆ", ["Refund", "Late parcel"]),
        ("invoice", []),
        ("", ["Late parcel", "Opening hours", "Refund", "退款时间"]),
    ],
)
def test_parts_of_words_are_enough_and_names_come_first(query: str, names: list[str]) -> None:
    assert [name for name, _ in found(query, RESPONSES.items(), lambda one: one)] == names
