"""What the comparison of two versions strikes out and underlines."""

import pytest

from services.ui.differences import pieces


def marked(before: str, after: str) -> str:
    """Both texts as one: what was removed in square brackets, what was added in curly ones."""
    signs = {"same": "{}", "removed": "[{}]", "added": "{{{}}}"}
    return "".join(signs[piece.kind].format(piece.text) for piece in pieces(before, after))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("within 7 days", "within 30 days", "within [7]{30} days"),
        ("签收后7天内可以退货", "签收后15天内可以退货", "签收后[7]{15}天内可以退货"),
        ("free above 99", "free above 99 yuan", "free above 99{ yuan}"),
        ("same", "same", "same"),
        # One character between two changes is no help to the reader.
        ("open on Mon, Tue and Wed", "open on Thu, Fri and Wed", "open on [Mon, Tue]{Thu, Fri} and Wed"),
        ("We ship by courier.", "门店自提免运费", "[We ship by courier.]{门店自提免运费}"),
    ],
)
def test_a_text_is_shown_with_its_changes(before: str, after: str, expected: str) -> None:
    assert marked(before, after) == expected


def test_both_texts_can_be_read_out_of_their_comparison() -> None:
    before, after = "Pay by card, or cash.\nNo cheques.", "Pay by card or bank transfer.\nNo cheques, sorry."
    compared = pieces(before, after)
    assert "".join(piece.text for piece in compared if piece.kind != "removed") == after
    assert "".join(piece.text for piece in compared if piece.kind == "removed") != ""
