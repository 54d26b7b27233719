"""Which of the two languages a text is in."""

import re
from enum import StrEnum

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_LATIN_WORD = re.compile(r"[A-Za-z][A-Za-z'’-]*")

# What sentences of a language hardly do without, and names of products hardly have.
_SMALL_HAN = re.compile(
    "[的了吗呢吧么啊是不没有在我你您他她它们这那哪谁几多和跟与就都也还很太请能会要想把被给让可怎为什]"
)
_SMALL_LATIN_WORDS = """
    i you he she it we they me my your our their his this that these those is are was were am be been do does did
    can could will would should may must have has had the a an of to in on at for from with by about and or but if
    not no what which who when where why how there here any some please
"""
_SMALL_LATIN = frozenset(_SMALL_LATIN_WORDS.split())


class Language(StrEnum):
    """The languages that the product speaks."""

    ZH = "zh"
    EN = "en"


def detect(text: str, default: Language) -> Language:
    """The language of a text; `default` where it has no words at all (an order number, an emoji).

    In a text of both, small words tell: names of products stand in any sentence, 「的」 and "the" in their own.
    Where these do not tell, a Chinese character weighs as much as half a Latin word that is no name:
    「AirPods 保修」 is Chinese and "refund for 保修卡" is English.
    """
    han, words = len(_HAN.findall(text)), _LATIN_WORD.findall(text)
    if not han and not words:
        return default
    chinese, english = bool(_SMALL_HAN.search(text)), any(word.lower() in _SMALL_LATIN for word in words)
    if han and words and chinese != english:
        return Language.ZH if chinese else Language.EN
    plain = sum(word.islower() and len(word) > 1 for word in words) if han else len(words)
    return Language.ZH if han / 2 >= plain else Language.EN
