"""What counts as text that a person may hand us."""

import re

from frontdesk.errors import Invalid

# Control characters say nothing to a reader, and PostgreSQL can not store the first of them.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def without_controls(text: str) -> str:
    """The text, trimmed and without control characters."""
    return _CONTROL.sub("", text).strip()


def require_text(text: str, longest: int, what: str) -> str:
    """The text, trimmed and without control characters.

    Raises Invalid when nothing is left, when it has more than `longest` characters, or when it is not Unicode.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise Invalid(f"{what} is not valid Unicode text.", code="text_invalid") from error
    text = without_controls(text)
    if not text:
        raise Invalid(f"{what} is empty.", code="text_empty")
    if len(text) > longest:
        raise Invalid(f"{what} is longer than {longest} characters.", code="text_too_long")
    return text
