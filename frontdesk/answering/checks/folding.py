"""Texts as they are compared: one form for what looks the same."""

import re
import unicodedata

# Letters of other scripts that are drawn as Latin ones, after lower case.
_LOOK_ALIKES = str.maketrans(
    "аеорсухіјѕԁһӏԛԝмткнвзгпαοερτυνικχωßıɡ",
    "aeopcyxijsdhlqwmtkhb3rnaoeptuvikxwsig",
)
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\U000e0000-\U000e0fff]"
)
_NOT_WRITTEN = re.compile(r"[\W_]+")


def folded(text: str) -> str:
    """In lower case and compatible forms: what is visible, without accents, with plain digits and Latin letters."""
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).lower()
    if not text.isascii():
        text = "".join(map(_plain, unicodedata.normalize("NFKD", text))).translate(_LOOK_ALIKES)
    return text


def squeezed(text: str) -> str:
    """Folded, and nothing but letters and digits."""
    return _NOT_WRITTEN.sub("", folded(text))


def invisible(text: str) -> bool:
    """Whether something stands in it that nobody sees, beside what joins and colours emoji."""
    return bool(_INVISIBLE.search(text.replace("\u200d", "").replace("\ufe0f", "")))


def _plain(character: str) -> str:
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    return "" if unicodedata.combining(character) else character
