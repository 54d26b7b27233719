"""Which of the two languages a text is in."""

import re
from enum import StrEnum

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_LATIN_WORD = re.compile(r"[A-Za-z][A-Za-z'’-]*")


class Language(StrEnum):
    """The languages that the product speaks."""

    ZH = "zh"
    EN = "en"


def detect(text: str, default: Language) -> Language:
    """The language of a text; `default` where it has no words at all (an order number, an emoji).

    A Chinese character weighs about as much as half a Latin word, so 「我的 AirPods Pro 坏了」 is Chinese and
    "what does 保修 mean on my receipt" is English.
    """
    han = len(_HAN.findall(text)) / 2
    latin = len(_LATIN_WORD.findall(text))
    if han == latin == 0:
        return default
    return Language.ZH if han >= latin else Language.EN
