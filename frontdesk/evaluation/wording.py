"""How near the words of a reply come to those of a good answer. Pure.

ROUGE-L is the F1 of the longest common subsequence (Lin 2004), BLEU that of one sentence, smoothed (Papineni and
others 2002, Chen and Cherry 2014; as sacrebleu signs it, `case:lc|eff:yes|tok:zh|smooth:exp`). Both know words and
not meaning: a right answer that is put otherwise gets little.
"""

import re
import unicodedata
from dataclasses import dataclass

from rapidfuzz.distance import LCSseq
from sacrebleu.metrics.bleu import BLEU

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
# Chinese goes by characters: cut into words, the same words are told apart by what stands beside them.
_WORD = re.compile(rf"[{_HAN}]|[^\W_{_HAN}]+")
_MARK = re.compile(r"\s*\[\d{1,2}\]")
# Of this tokenizer's rules, those for other letters are the usual ones, so that it serves every language.
_BLEU = BLEU(lowercase=True, tokenize="zh", effective_order=True)


@dataclass(frozen=True, slots=True)
class Likeness:
    """From 0 to 1, which is word for word."""

    rouge_l: float
    bleu: float


def likeness(reply: str, reference: str) -> Likeness:
    """That of a reply, without its marks of citations, to a reference; where one has no words, there is none."""
    reply, reference = (unicodedata.normalize("NFKC", text) for text in (_MARK.sub("", reply), reference))
    said, wanted = (_WORD.findall(text.lower()) for text in (reply, reference))
    if not said or not wanted:
        return Likeness(0.0, 0.0)
    rouge_l = 2 * LCSseq.similarity(said, wanted) / (len(said) + len(wanted))
    bleu = min(1.0, _BLEU.sentence_score(reply, [reference]).score / 100)
    return Likeness(round(rouge_l, 4), round(bleu, 4))
