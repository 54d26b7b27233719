"""How questions and answers are written down: "Q: ... A: ...", 「1. 问：……答：……」, "**Q1:**", "Q1. ...".

The one grammar of pasted entries and of documents.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

_QUESTION_WORDS = "Question|Q|问题|問題|提问|提問|问|問"
_ANSWER_WORDS = "Answer|A|答案|回答|回复|回覆|解答|答复|答覆|答"
# Possessive: a long row of marks has one reading, not exponentially many.
_OPENING = r"(?>[-*•·>]\s*|#+\s*|\d{1,4}\s*[.、．)）]\s*|[(（]\d{1,4}[)）]\s*|[①-⑳]\s*)*+"
_NUMBER = r"\s*[(（]?\d{0,4}[)）]?\s*[.、．)）]?\s*"
_COLON = r"(?:\*\*)?\s*[:：]\s*(?:\*\*)?\s*"
_WORD = rf"(?:(?P<question>{_QUESTION_WORDS})|(?P<answer>{_ANSWER_WORDS}))"
_BRACKETED = re.compile(
    rf"^\s*{_OPENING}[\[【〔]\s*{_WORD}\s*\d{{0,4}}\s*[\]】〕]\s*[:：]?(?P<text>.*)$", re.IGNORECASE
)
_MARKED = re.compile(rf"^\s*{_OPENING}{_WORD}{_NUMBER}{_COLON}(?P<text>.*)$", re.IGNORECASE)
# Without a colon a word alone proves nothing: it is a letter, or it has a number.
_DOTTED = re.compile(
    rf"^\s*{_OPENING}(?=[QA]\b|[QA]\d|\D{{1,8}}\d){_WORD}\s*\d{{0,4}}\s*[.．、](?:\*\*)?\s*(?P<text>\S.*)$",
    re.IGNORECASE,
)
_NUMBERED_MARK = re.compile(rf"^\s*(?:\*\*)?{_WORD}\s*\d{{1,3}}\s*[.．、]", re.IGNORECASE)
# A lone letter A within a question may be part of it ("plan A: ..."), so it counts only where a sentence ends.
_ANSWER_ON_SAME_LINE = re.compile(
    rf"(?:(?<=[?？.。!！])[\s*]*(?:{_ANSWER_WORDS})|\s(?:Answer|答案|回答|答))\d{{0,4}}{_COLON}", re.IGNORECASE
)
_RULE = re.compile(r"^\s*([-=*_~#])(?:\s*\1){2,}\s*$")
QUESTION_MARK = re.compile(r"[?？][\"'”’」』）)*]{0,4}$")
# "How long is the warranty" asks, "How long the warranty lasts" is the title of a section.
_ASKING_BEGINNING = re.compile(
    r"(?:(?:how|what|when|where|why|which|who|whose)\b(?:\s+[\w'’-]+){0,4}?\s+)?"
    r"(?:can|do|does|did|is|are|will|should|may|must|could|would|have|has)\s+"
    r"(?:i|we|you|it|they|the|this|that|these|my|your|our|there|any|an?)\b"
    r"|what['’]s\b|如何|怎么|怎麼|怎样|怎樣|为什么|為什麼|为何|什么|什麼|哪|谁|誰|多少|多久|多长|是否|能否|可否"
    r"|能不能|可不可以|有没有|要不要|会不会|需不需要|是不是",
    re.IGNORECASE,
)
_ASKING_END = re.compile(r"[吗嗎呢么]$")
_NUMBERED = re.compile(r"(?:#{1,6}\s+|[(（]?\d{1,3}[)）]\s*|\d{1,3}[.．](?!\d)\s*|\d{1,3}、\s*|[①-⑳]\s*)+")


class Part(StrEnum):
    """What a line is to its pair; `more` goes on with whatever stands above it."""

    QUESTION = "question"
    ANSWER = "answer"
    MORE = "more"


@dataclass(frozen=True, slots=True)
class Said:
    """The words of a line, or of a part of one, without its mark.

    A `sure` question is one by its mark alone; another must be answered by a marked answer, or ask.
    """

    part: Part
    words: str
    sure: bool = True


class Marks:
    """Reads lines one after the other: what a mark means may depend on the one before it."""

    def __init__(self) -> None:
        self._awaits_dotted = False

    def read(self, line: str) -> list[Said]:
        """What a line says, in order; nothing for a rule between two pairs."""
        if _RULE.match(line):
            return []
        if marked := _MARKED.match(line) or _BRACKETED.match(line):
            self._awaits_dotted = False
            return _question(marked["text"]) if marked["question"] else [Said(Part.ANSWER, _bare(marked["text"]))]
        dotted = _DOTTED.match(line)
        if dotted and dotted["question"]:
            self._awaits_dotted = True
            return _question(dotted["text"], sure=False)
        # "A." may open a list of options just as well, but hardly below "Q.".
        if dotted and self._awaits_dotted:
            self._awaits_dotted = False
            return [Said(Part.ANSWER, _bare(dotted["text"]))]
        return [Said(Part.MORE, line.strip())]


def is_marked(line: str) -> bool:
    """True for a line that opens a question or an answer, whatever stands around it."""
    return (_MARKED.match(line) or _BRACKETED.match(line) or _NUMBERED_MARK.match(line)) is not None


def without_mark(text: str, part: Part) -> str | None:
    """The text behind a mark of this part that it begins with; None where it has no such mark."""
    marked = _PLAIN[part].match(text)
    return text[marked.end() :] if marked else None


def asks(text: str) -> bool:
    """True for a heading that is a question: by its question mark, or by how it begins or ends."""
    words = without_number(text).strip("* ")
    return bool(QUESTION_MARK.search(words) or _ASKING_BEGINNING.match(words) or _ASKING_END.search(words))


def without_number(text: str) -> str:
    """The text without the number, or the signs of a heading, that it begins with."""
    return _NUMBERED.sub("", text, count=1) if _NUMBERED.match(text) else text


_PLAIN = {
    Part.QUESTION: re.compile(rf"(?:{_QUESTION_WORDS})\s*\d{{0,3}}\s*[.、．]?\s*[:：]\s*", re.IGNORECASE),
    Part.ANSWER: re.compile(rf"(?:{_ANSWER_WORDS})\s*\d{{0,3}}\s*[.、．]?\s*[:：]\s*", re.IGNORECASE),
}


def _question(words: str, *, sure: bool = True) -> list[Said]:
    """A question and, where it stands on the same line, its answer."""
    found = _ANSWER_ON_SAME_LINE.search(words)
    if found is None:
        return [Said(Part.QUESTION, _bare(words), sure)]
    return [
        Said(Part.QUESTION, _bare(words[: found.start()]), sure),
        Said(Part.ANSWER, _bare(words[found.end() :])),
    ]


def _bare(words: str) -> str:
    """The words without half of a bold mark at either end."""
    words = words.strip()
    if words.count("**") % 2 == 0:
        return words
    return words.removeprefix("**").lstrip() if words.startswith("**") else words.removesuffix("**").rstrip()
