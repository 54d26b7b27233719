"""Whether what a model wrote stands in the passages that it cites."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from frontdesk.answering.checks.addresses import Address, addresses, without_addresses
from frontdesk.answering.checks.figures import Figure, figures, unsupported
from frontdesk.answering.checks.folding import folded, invisible, squeezed
from frontdesk.answering.checks.negations import Clause, contradicts, said
from frontdesk.knowledge.found import Passage
from frontdesk.language import Language, detect

LONGEST_REPLY = 2000
SHORTEST_LEAK = 30
"""So many letters and digits in a row of what the model was told, and it tells on."""
LONGEST_WORD = 24
"""A word longer than this that no source has is a coded message or nonsense."""
LONGEST_SHOWN = 80


class Check(StrEnum):
    """What a reply may fail."""

    CITATION = "citation"  # cites nothing, or what was not given
    FIGURE = "figure"
    ADDRESS = "address"
    PROMISE = "promise"
    NEGATION = "negation"
    LANGUAGE = "language"
    LETTERS = "letters"  # invisible, of a script that is nowhere else, or an endless word
    PROMPT = "prompt"
    LENGTH = "length"


class Unsupported(Exception):
    """A reply failed a check; `found` is what stands in it and must not."""

    def __init__(self, check: Check, found: str) -> None:
        super().__init__(f"{check}: {found}")
        self.check = check
        self.found = found[:LONGEST_SHOWN]


# Words that bind the company or send the contact elsewhere: who says one has it from a passage.
_PROMISES = tuple(
    re.compile(pattern)
    for pattern in (
        r"免费|免运费|免邮|包邮|赠送|白送|不收费|\bfree\b(?! to\b)|complimentary|gratis|no charge|no extra cost",
        r"保证|承诺|担保|guarant|\bpromis|\bvow",
        r"终身|永久|无限|lifetime|forever|unlimited|permanent",
        r"赔偿|补偿|赔付|理赔|compensat|reimburs",
        r"退款|退钱|退还|返现|全额|refund|money back|cash ?back",
        r"优惠|折扣|打折|代金券|红包|coupon|voucher|discount|promo",
        r"密码|验证码|口令|卡号|身份证|password|passcode|verification code|security code|card number|\bcvv\b"
        r"|\botp\b|\bpin\b|social security|credential",
        r"转账|汇款|打款|付款到|比特币|虚拟币|\bwire\b|transfer (?:the )?(?:money|funds)|gift card|bitcoin|crypto"
        r"|usdt",
        r"微信|qq|whatsapp|telegram|wechat|line id|weibo|微博|抖音|tiktok|discord",
        r"当天|当日|同日|今天|今日|same[- ]day|\btoday\b",
        r"明天|次日|隔日|明日|tomorrow|next[- ]day|overnight",
        r"起诉|律师|法律责任|lawyer|\blegal|\blawsuit",
    )
)
_NO_PROMISE = re.compile(r"feel free|免费电话|toll[- ]free|free of (?=\w+ (?:error|problem))")
_MARKUP = re.compile(r"!\s*\[|<\s*[a-z/!?]|\]\s*:\s*\S+[./]")
_FRAME = re.compile(r"<\|?/?\s*(?:passage|question|conversation|system|im_|s>|assistant)|\[/?inst\]|<</?sys>>")
_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN_WORD = re.compile(r"[A-Za-z]+")
_LONG_WORD = re.compile(rf"[a-z0-9+/=_-]{{{LONGEST_WORD},}}")
_ORDINARY = ("LATIN", "CJK", "FULLWIDTH LATIN", "IDEOGRAPHIC", "FEMININE", "MASCULINE", "MICRO")


class Source:
    """A passage as replies are held against it; each reading is made once, when it is wanted."""

    def __init__(self, passage: Passage) -> None:
        self.text = f"{passage.title}\n{passage.text}"
        self.folded = folded(self.text)
        self._words = passage.text
        self._url = passage.url or ""

    @cached_property
    def figures(self) -> Sequence[Figure]:
        """Its figures, those of the title, too."""
        return figures(without_addresses(self.text))

    @cached_property
    def addresses(self) -> frozenset[Address]:
        """What is written in it."""
        return frozenset(addresses(self.text))

    @cached_property
    def site(self) -> str:
        """The host that it was read from, if any."""
        return next((one.host for one in addresses(self._url)), "")

    @cached_property
    def said(self) -> Sequence[Clause]:
        """What it affirms and denies; a title only names or asks."""
        return said(self._words)


@dataclass(frozen=True)
class Grounds:
    """All that a reply may stand on: what was asked, in which language, and the passages.

    The first of these is quoted when the reply is not sound. `secrets` are what the model was told beside them.
    """

    question: str
    language: Language
    passages: Sequence[Passage]
    secrets: Sequence[str] = ()

    @cached_property
    def sources(self) -> Sequence[Source]:
        """The passages, in their order."""
        return [Source(passage) for passage in self.passages]

    def require_sound(self, part: str, cited: Sequence[int]) -> None:
        """Raises Unsupported unless a part of a reply, without its marks, is in what it cites (counted from 0)."""
        sources = [self.sources[number] for number in cited]
        self._require_plain(part, sources)
        self._require_addresses(part, sources)
        self._require_figures(part, sources)
        self._require_promises(part, sources)
        if contradicts(part, [source.said for source in sources]):
            raise Unsupported(Check.NEGATION, part.strip())

    def require_fitting(self, reply: str) -> None:
        """Raises Unsupported unless a reply so far has a fair length, the right language, and tells no secret."""
        if len(reply) > LONGEST_REPLY:
            raise Unsupported(Check.LENGTH, str(len(reply)))
        if not _is_in(self.language, reply):
            raise Unsupported(Check.LANGUAGE, reply.strip())
        told = squeezed(reply)
        for way in (told, told[::-1]):
            if leak := next((secret for secret in self._secret_runs if secret in way), ""):
                raise Unsupported(Check.PROMPT, leak)

    @cached_property
    def _secret_runs(self) -> frozenset[str]:
        runs = set()
        for secret in map(squeezed, self.secrets):
            length = min(SHORTEST_LEAK, len(secret))
            runs |= {secret[start : start + length] for start in range(len(secret) - length + 1)}
        return frozenset(runs - {""})

    def _require_plain(self, part: str, sources: Sequence[Source]) -> None:
        if found := _FRAME.search(folded(part)):
            raise Unsupported(Check.PROMPT, found[0])
        if found := _MARKUP.search(folded(part)):
            raise Unsupported(Check.ADDRESS, found[0])
        if invisible(part):
            raise Unsupported(Check.LETTERS, "")
        known = "".join(source.text for source in sources)
        for letter in unicodedata.normalize("NFKC", part):
            if letter.isalpha() and not _is_ordinary(letter) and letter not in known:
                raise Unsupported(Check.LETTERS, letter)

    def _require_addresses(self, part: str, sources: Sequence[Source]) -> None:
        """What the quotation would show, too, or what leads to the site of a cited source; never the question's."""
        for found in addresses(part):
            quoted = any(source is self.sources[0] and found in source.addresses for source in sources)
            own_site = any(found.host and found.host == source.site for source in sources)
            written = any(found in source.addresses for source in sources)
            if not (quoted or (own_site and written)):
                raise Unsupported(Check.ADDRESS, found.words)
        text = " ".join([folded(self.question), *(source.folded for source in sources)])
        for word in _LONG_WORD.findall(without_addresses(part)):
            if word not in text:
                raise Unsupported(Check.LETTERS, word)

    def _require_figures(self, part: str, sources: Sequence[Source]) -> None:
        """In a source; or in the question without any unit, or next to one of the same unit that is in a source."""
        wanted = figures(without_addresses(part))
        given = [figure for source in sources for figure in source.figures]
        asked = figures(without_addresses(self.question))
        missing = [one for one in wanted if unsupported([one], given)]
        kinds = {one.kind for one in wanted if one not in missing}
        repeatable = [one for one in asked if one.kind in ("", "code") or one.kind in kinds]
        if found := next((one for one in missing if one not in repeatable), None):
            raise Unsupported(Check.FIGURE, found.words)

    def _require_promises(self, part: str, sources: Sequence[Source]) -> None:
        claimed = _NO_PROMISE.sub(" ", folded(part))
        for promise in _PROMISES:
            if (found := promise.search(claimed)) and not any(promise.search(source.folded) for source in sources):
                raise Unsupported(Check.PROMISE, found[0])


def _is_in(language: Language, reply: str) -> bool:
    """Whether a reply is in a language; Chinese may have many Latin names in it."""
    if detect(reply, language) is language:
        return True
    return language is Language.ZH and 2 * len(_HAN.findall(reply)) >= len(_LATIN_WORD.findall(reply))


def _is_ordinary(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith(_ORDINARY)
