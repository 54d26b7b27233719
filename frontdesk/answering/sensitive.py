"""Which sensitive topic a contact's words belong to, if any. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from frontdesk.answering.checks.folding import folded
from frontdesk.answering.sensitive_words import WORDS
from frontdesk.conversations.sensitive_topics import BUILT_IN, Sensitive, SensitiveTopic

KNOWN_LISTS = 64


@dataclass(frozen=True, slots=True)
class Mention:
    """A topic, and the entry of its list that was found."""

    topic: SensitiveTopic
    words: str


def mention(text: str, sensitive: Sensitive) -> Mention | None:
    """The most urgent topic that a text has words of; None for an ordinary text."""
    heard = _Heard(text)
    for topic in BUILT_IN:
        if topic not in sensitive.off and (words := heard.first_of(tuple(WORDS[topic]))):
            return Mention(topic, words)
    words = heard.first_of(sensitive.words)
    return Mention(SensitiveTopic.OWN, words) if words else None


_HAN = re.compile(r"[\u3400-\u9fff]")
# Within a sentence, what stands between the letters of a word is a trick.
_BETWEEN = re.compile(r"[^\w。!?;\n]+|_")
_SENTENCE_ENDS = re.compile(r"[。!?;\n]+")
_INSIDE_WORD = re.compile(r"(?<=[a-z0-9])[^\w\s]+(?=[a-z0-9])|['’]")
_OUTSIDE_WORDS = re.compile(r"[\W_]+")
_SPELT = re.compile(r"(?<![a-z0-9])[a-z](?: [a-z]){2,}(?![a-z0-9])")
# What the lists have of characters that have a simple form.
_SIMPLE = str.maketrans(
    "殺殘鯊結輕尋見沒義個傷遺書樓張訴師狀請產電視臺報檢舉記體開導熱發網賠償騙錢詐盜壞貨條損銷"
    "資訊據隱賣詢護監協會費門國質業觸燒燙異蟲進醫過毀劃著煙彈帶點責違為維權離們這給遲憑刪關",
    "杀残鲨结轻寻见没义个伤遗书楼张诉师状请产电视台报检举记体开导热发网赔偿骗钱诈盗坏货条损销"
    "资讯据隐卖询护监协会费门国质业触烧烫异虫进医过毁划着烟弹带点责违为维权离们这给迟凭删关",
)
# Another word has the same characters in it.
_NOT_MEANT = re.compile("来自杀|亲自杀|自杀(?=毒|菌|虫)|油炸了|跳楼价|跳楼甩卖|跳楼大甩卖|我想死你")


class _Heard:
    """A text in the forms in which it is listened to: Chinese without gaps, Latin words between blanks."""

    def __init__(self, text: str) -> None:
        plain = folded(text).translate(_SIMPLE)
        self._chinese = _NOT_MEANT.sub("\n", _BETWEEN.sub("", plain))
        sentences = (_latin(sentence) for sentence in _SENTENCE_ENDS.split(_HAN.sub(" ", plain)))
        self._latin = "\n".join(form for forms in sentences for form in forms)

    def first_of(self, words: Sequence[str]) -> str | None:
        """The first of these that is in it."""
        for one, pattern in _patterns(tuple(words)):
            if pattern.search(self._chinese if _HAN.search(one) or one.isdecimal() else self._latin):
                return one
        return None


@lru_cache(KNOWN_LISTS)
def _patterns(words: tuple[str, ...]) -> Sequence[tuple[str, re.Pattern[str]]]:
    return [(one, _pattern(folded(one).translate(_SIMPLE))) for one in words]


def _pattern(words: str) -> re.Pattern[str]:
    if _HAN.search(words):
        return re.compile(re.escape(_OUTSIDE_WORDS.sub("", words)))
    if words.isdecimal():
        return re.compile(rf"(?<!\d){words}(?!\d)")
    return re.compile(rf" {' '.join(map(_any_ending, words.split()))} ")


def _any_ending(word: str) -> str:
    bare = re.escape(_INSIDE_WORD.sub("", word.rstrip("*")))
    return bare + "[a-z0-9]*" if word.endswith("*") else bare


def _latin(sentence: str) -> tuple[str, str]:
    """Its words with what is joined by signs apart, and together; letters that are spelt out are a word."""
    apart = f" {_OUTSIDE_WORDS.sub(' ', _INSIDE_WORD.sub(_apart, sentence))} "
    together = f" {_OUTSIDE_WORDS.sub(' ', _INSIDE_WORD.sub('', sentence))} "
    return _SPELT.sub(_joined, apart), _SPELT.sub(_joined, together)


def _apart(found: re.Match[str]) -> str:
    return "" if found[0] in "'’" else " "


def _joined(found: re.Match[str]) -> str:
    return found[0].replace(" ", "")
