"""The variables of a canned response: which there are, and what stands in their place. Pure."""

import re
from collections.abc import Mapping
from enum import StrEnum

from frontdesk.errors import Invalid

BLANK = "____"
"""Stands where there is no value, for the agent to write over."""

# Braces of a Chinese keyboard are braces, too; what is in them is a variable if it is one word.
_VARIABLE = re.compile(r"[{｛]\s*(\w+)\s*[}｝]")


class Variable(StrEnum):
    """What can be filled in."""

    CONTACT = "contact"  # the name that they left
    AGENT = "agent"
    TEAM = "team"
    CONVERSATION = "conversation"  # a short reference to it


def require_known(text: str) -> None:
    """Raises Invalid, which names what there is, for a text with another variable."""
    names = [variable.value for variable in Variable]
    for name in _VARIABLE.findall(text):
        if name.lower() not in names:
            there_are = ", ".join(f"{{{one}}}" for one in names)
            raise Invalid(
                f"There is no variable {{{name}}}; there are {there_are}.",
                code="canned_variable_unknown",
                details=[{"variable": name}],
            )


def fill_in(text: str, values: Mapping[Variable, str | None]) -> str:
    """The text with a value for each variable, and a blank where there is none. A value is never read again."""
    return _VARIABLE.sub(lambda found: values.get(Variable(found[1].lower())) or BLANK, text)
