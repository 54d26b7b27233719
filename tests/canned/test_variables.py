"""What stands in the place of a variable, and which there are."""

import pytest

from frontdesk.canned.variables import BLANK, Variable, fill_in, require_known
from frontdesk.errors import Invalid

VALUES = {
    Variable.CONTACT: "Ann {agent}",
    Variable.AGENT: "Li Ming",
    Variable.TEAM: None,
    Variable.CONVERSATION: "#A1B2C3",
}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("Hi {contact}, {agent} here.", "Hi Ann {agent}, Li Ming here."),
        ("您好｛contact｝，我是{ Agent }。", "您好Ann {agent}，我是Li Ming。"),
        ("{team}: {conversation}", f"{BLANK}: #A1B2C3"),
        ("Nothing in {} or { two words } or 100 % {{", "Nothing in {} or { two words } or 100 % {{"),
    ],
)
def test_each_variable_has_its_value_or_a_blank(text: str, filled: str) -> None:
    require_known(text)
    assert fill_in(text, VALUES) == filled


@pytest.mark.parametrize("text", ["Dear {customer}", "单号{订单}", "{contact}{order}", "{ｃｏｎｔａｃｔ}"])
def test_an_unknown_variable_is_refused_with_those_that_there_are(text: str) -> None:
    with pytest.raises(Invalid, match=r"\{contact\}, \{agent\}, \{team\}, \{conversation\}") as refused:
        require_known(text)
    assert refused.value.code == "canned_variable_unknown"
