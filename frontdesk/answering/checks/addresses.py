"""Ways out of a chat that stand in a text: links, e-mail addresses, telephone numbers."""

import re
from dataclasses import dataclass, field

from frontdesk.answering.checks.folding import folded

SHORTEST_TELEPHONE = 7


@dataclass(frozen=True, slots=True)
class Address:
    """One of them, in one form; `host` is empty for a telephone number. `words` are those that it was read from."""

    value: str
    host: str
    words: str = field(default="", compare=False)


_ENDINGS = (
    "com|cn|net|org|edu|gov|info|biz|name|mobi|xyz|top|shop|site|online|store|club|vip|win|icu|live|link|click|work|"
    "tech|cloud|page|app|dev|pro|cc|io|ai|co|me|tv|ly|to|gg|sh|hk|tw|mo|jp|kr|sg|my|th|vn|in|ru|su|ua|uk|us|ca|au|nz|"
    "eu|de|fr|nl|be|ch|at|it|es|pt|pl|se|no|fi|dk|cz|hu|ro|br|mx|za|tk|ml|ga|cf|gq|pw|ws|local|localhost|test|example|"
    "invalid|onion|zip|mov"
)
_HOST = rf"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?:{_ENDINGS}|xn--[a-z0-9-]+)(?![a-z0-9-])"
_REST = r"(?:[:/?#][^\s<>\"'`\])}，。；、！？）】」』\u3400-\u9fff]*)?"
_DOT = re.compile(
    rf"\s*[\[({{]\s*(?:\.|dot|点|點)\s*[\])}}]\s*|\s+dot\s+(?=(?:{_ENDINGS})\b)|(?<=[a-z0-9])[点點。](?=(?:{_ENDINGS})\b)"
)
_AT = re.compile(r"\s*[\[({]\s*(?:@|at)\s*[\])}]\s*")
_EMAIL = re.compile(rf"(?:mailto:)?[a-z0-9._%+-]+@(?P<host>{_HOST})")
_LINK = re.compile(
    r"(?:(?<![a-z])[a-z][a-z0-9+.-]*:)?//(?P<any>[^\s/?#<>\"'`\])]+)[^\s<>\"'`\])}，。；、！？）】」』]*"
    r"|(?:javascript|data|vbscript|file|tel|sms):\S+"
    rf"|(?<![a-z0-9@.-])(?P<host>{_HOST}){_REST}"
    r"|[\u3400-\u9fff]+\.(?:com|cn|net|org|top|xyz)\b\S*"
    r"|(?<![\d.])(?P<numbers>(?:\d{1,3}\.){3}\d{1,3})(?![\d.])(?:[:/]\S*)?"
)
_TELEPHONE = re.compile(r"(?<![a-z0-9.])\+?\(?\d(?:[\s().-]{0,2}\d){6,14}(?![a-z0-9])(?!\s*[%元天年月日])")
_DATE = re.compile(r"\d{4}[-.]\d{1,2}[-.]\d{1,2}")
_DIGIT = re.compile(r"\d")


def addresses(text: str) -> list[Address]:
    """All of them, in no order."""
    return _taken_out(text)[0]


def without_addresses(text: str) -> str:
    """The rest of the text, folded."""
    return _taken_out(text)[1]


def _taken_out(text: str) -> tuple[list[Address], str]:
    text = _AT.sub("@", _DOT.sub(".", folded(text)))
    found: list[Address] = []

    def email(match: re.Match[str]) -> str:
        found.append(Address(match[0].removeprefix("mailto:"), match["host"], match[0]))
        return " "

    def link(match: re.Match[str]) -> str:
        host = match["any"] or match["host"] or match["numbers"] or ""
        value = re.sub(r"^[a-z][a-z0-9+.-]*://|^//", "", match[0]).rstrip("/.,;:!?")
        found.append(Address(value, host.rpartition("@")[2].partition(":")[0], match[0]))
        return " "

    def telephone(match: re.Match[str]) -> str:
        digits = "".join(_DIGIT.findall(match[0]))
        if len(digits) < SHORTEST_TELEPHONE or _DATE.fullmatch(match[0].strip()):
            return match[0]
        found.append(Address(digits, "", match[0].strip()))
        return " "

    text = _LINK.sub(link, _EMAIL.sub(email, text))
    return found, _TELEPHONE.sub(telephone, text)
