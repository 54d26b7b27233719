"""Cells that a spreadsheet program would run: disarmed on the way out, as they were on the way in."""

import re

# A tab or a line break in front does not stop every program from seeing the sign behind it.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")


def disarm(text: str) -> str:
    """The text with an apostrophe before it where it could be run as a formula, or where `rearm` would take one."""
    return f"'{text}" if _FORMULA.match(text) else text


def rearm(text: str) -> str:
    """The text that was disarmed."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text
