"""What a text denies, and what it says, so that nobody hears the contrary of what a source says."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import snowballstemmer

from frontdesk.answering.checks.folding import folded

ABOUT_THE_SAME = 0.5
"""From this share on, a clause is held against the one that it is nearest to."""
KNOWN_WORDS = 1 << 14

# In these nothing is denied.
_IDIOMS = re.compile(
    "无理由|无条件|无忧|无论|无线|无锡|无人机|无关紧要|不限|不超过|不少于|不低于|不高于|不多于|不到|不足|不仅|不但|不只|不光|不同|不过"
    "|不论|不管|不妨|不客气|不好意思|不锈钢|不久|不断|不错|不用担心|不必担心|不用谢|不用客气|没问题|没关系|没错|是不是|要不要|能不能"
    "|可不可以|会不会|有没有|行不行|好不好|非常|非凡|除非|别的|别人|分别|特别|区别|级别|类别|个别|性别|识别|告别|差别|别墅|未来|莫非"
    r"|\b(?:no problem|no worries|not only|no later than|no more than|no less than|not more than|don'?t hesitate"
    r"|do not hesitate|don'?t worry|do not worry|why not|if not|whether or not|no\.(?=\s*\d))"
)
_DENIED_ZH = re.compile(r"不|没有|没|无法|无需|无|未|勿|别(?=[\u3400-\u9fff])|非(?=[\u3400-\u9fff])|禁止|拒绝")
_LIGHT_ZH = re.compile(
    "能够|能|可以|可|会|予以|予|再|被|需要|需|必|要|用|得|支持|接受|提供|享受|允许|适用|办理|参与|进行|属于|在|是|有|为|对|给|把|向"
)
_HAN_RUN = re.compile(r"[\u3400-\u9fff]+")
_DENIED_EN = re.compile(
    r"\b(?:not|never|cannot|without|neither|nor|none|nothing|unable|no)\b|\b[a-z]+n['’]t\b|\bcannot\b|\bnon-(?=[a-z])"
)
_BETWEEN_SENTENCES = re.compile(r"[.;!?。\n]+")
_BETWEEN_CLAUSES = re.compile(r"[.,:;!?。、\n]+|\bbut\b|但是?")
_WORD = re.compile(r"[a-z]+(?:['’]t)?")
_LIGHT_EN = frozenset(
    # They say little by themselves; a denial is about what follows.
    """
    a an the any all some be been being is are was were am able to accept accepts accepted allow allows allowed
    offer offers offered provide provides provided support supports supported eligible for get have has had do does
    did your our you we it they i us them this that these those of in on at by with as can will would should may
    must could currently yet possible available longer need needed required require apply applied made make so
    """.split()  # noqa: SIM905
)
_DENIALS_EN = frozenset(
    ("not", "never", "cannot", "without", "neither", "nor", "none", "nothing", "unable", "no", "non")
)


@dataclass(frozen=True, slots=True)
class Clause:
    """What a piece of text affirms and denies, in stems and pairs of characters; and whether it denies anything."""

    affirmed: frozenset[str]
    denied: frozenset[str]
    denies: bool

    def shared(self, other: "Clause") -> float:
        """The share of what this is about that the other is about, too."""
        units = self.affirmed | self.denied
        return len(units & (other.affirmed | other.denied)) / len(units) if units else 0.0

    def opposes(self, other: "Clause") -> bool:
        """Whether it denies what the other only affirms, or affirms what the other only denies."""
        denies = self.denied & (other.affirmed - other.denied)
        return bool(denies or self.affirmed & (other.denied - other.affirmed))


def said(text: str) -> Sequence[Clause]:
    """What a text says: first all of it as one, then its sentences, then their clauses."""
    plain = _IDIOMS.sub("", folded(text))
    pieces = dict.fromkeys([*_BETWEEN_SENTENCES.split(plain), *_BETWEEN_CLAUSES.split(plain)])
    return [_read(plain), *map(_read, pieces)]


def contradicts(claim: str, sources: Sequence[Sequence[Clause]]) -> bool:
    """Whether a text says the contrary of its sources, or denies something while they deny nothing."""
    wholes = [source[0] for source in sources]
    mine = said(claim)
    if mine[0].denies and not any(whole.denies for whole in wholes):
        return True
    everything = _joined(wholes)
    if mine[0].opposes(everything):
        return True
    known = [clause for source in sources for clause in source[1:]]
    return any(_opposes_nearest(clause, known) for clause in mine[1:])


def _opposes_nearest(claim: Clause, known: Sequence[Clause]) -> bool:
    """Whether the pieces that are about the same, and about little else, say the contrary."""
    nearness = [(claim.shared(clause), -len(clause.affirmed | clause.denied)) for clause in known]
    nearest = max(nearness, default=(0.0, 0))
    if nearest[0] < ABOUT_THE_SAME:
        return False
    return all(claim.opposes(clause) for clause, near in zip(known, nearness, strict=True) if near == nearest)


def _joined(clauses: Sequence[Clause]) -> Clause:
    affirmed = frozenset[str]().union(*(clause.affirmed for clause in clauses))
    denied = frozenset[str]().union(*(clause.denied for clause in clauses))
    return Clause(affirmed, denied, any(clause.denies for clause in clauses))


def _read(text: str) -> Clause:
    affirmed: set[str] = set()
    denied: set[str] = set()
    for run in _HAN_RUN.findall(text):
        _read_chinese(run, affirmed, denied)
    for clause in _BETWEEN_CLAUSES.split(text):
        _read_english(clause, affirmed, denied)
    return Clause(frozenset(affirmed), frozenset(denied), bool(_DENIED_ZH.search(text) or _DENIED_EN.search(text)))


def _read_chinese(run: str, affirmed: set[str], denied: set[str]) -> None:
    """Denied is the pair of characters behind a denial, light verbs aside, or else what is before it; all others
    are affirmed."""
    start = 0
    for match in _DENIED_ZH.finditer(run):
        if match.start() < start:
            continue
        place = match.end()
        while light := _LIGHT_ZH.match(run, place):
            place = light.end()
        pair = run[place : place + 2]
        before = _pairs(run[start : match.start()])
        (affirmed if len(pair) == 2 else denied).update(before)
        denied.update([pair] if len(pair) == 2 else ())
        start = place + len(pair)
    affirmed.update(_pairs(run[start:]))


def _pairs(run: str) -> list[str]:
    return [first + second for first, second in pairwise(_LIGHT_ZH.sub("", run))]


def _read_english(clause: str, affirmed: set[str], denied: set[str]) -> None:
    """Denied is the first word behind a denial that means something by itself, or else those before it; all other
    words are affirmed."""
    denying = False
    before: set[str] = set()
    for word in _WORD.findall(clause):
        if word in _DENIALS_EN or word.endswith(("n't", "n’t")):
            denying = True
        elif word not in _LIGHT_EN:
            (denied if denying else before).add(_stem(word))
            denying = False
    (denied if denying else affirmed).update(before)


@lru_cache(KNOWN_WORDS)
def _stem(word: str) -> str:
    return str(snowballstemmer.stemmer("english").stemWord(word))
