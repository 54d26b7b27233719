"""How likely it is that a decoded text was meant to be read so: what tells GB18030 from Big5 or Shift_JIS."""

import re
from collections.abc import Callable
from functools import lru_cache

_COMMON = frozenset(
    "的一是不了在有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然"
    "家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日者意无力它与长把"
    "机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身"
    "果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题"
    "活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空"
    "决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望"
    "退货换款运费配送客服订单购买商城地址电话元快递物流发票付支签收质问答案介绍使用说明您请号店店铺姓名省"
    "這個們來為國說時會對過發後裡樣開從實無長機經學動還進問題業間與應關點應見產話員論處義條氣電數報結務場計"
    "，。、：；！？（）《》「」『』【】“”"
    "資書則聽強難權設記據邊張該規萬運費說明購買訂單貨換款送達遞號碼電郵聯絡優惠價錢"
)
_COMMON_HANGUL = frozenset(
    "이다는의에을를가고하지로도해사기시일은한니습어요있어서합그자대수인리과정만아나주제보여전부구상"
)
_LATIN_LETTER = re.compile(r"[A-Za-zÀ-ÖØ-öø-ÿŒœŠšŽžŸ]")
_ASCII_LETTER = re.compile("[A-Za-z]")
_LATIN_SIGNS = frozenset("‚„…‘’“”–—•€£¥§©®°±²³«»¿¡ß×·½¼¾\u00a0™")


def plausibility(text: str, encoding: str) -> float:
    """From 0 to about 1.5: how ordinary the characters outside ASCII are for the encoding they came from."""
    judge = _JUDGES[encoding]
    judged = [judge(text, at) for at, character in enumerate(text) if ord(character) > 127]
    return sum(judged) / len(judged) if judged else 0.0


def _by_row(codec: str, common: tuple[int, int], signs: tuple[int, int]) -> Callable[[str, int], float]:
    """A judge for a double-byte set whose first byte tells frequent characters from rare ones."""

    @lru_cache(maxsize=8192)
    def judge_character(character: str) -> float:
        if character in _COMMON:
            return 1.5
        try:
            lead = character.encode(codec)[0]
        except UnicodeEncodeError:
            return 0.1
        if common[0] <= lead <= common[1]:
            return 1.0
        return 0.9 if signs[0] <= lead <= signs[1] else 0.4

    return lambda text, at: judge_character(text[at])


def _japanese(codec: str, common: tuple[int, int]) -> Callable[[str, int], float]:
    """Kana decide; half-width kana are what any single high byte of another encoding turns into."""
    by_row = _by_row(codec, common, (0x81, 0x81) if codec == "cp932" else (0xA1, 0xA3))

    def judge(text: str, at: int) -> float:
        character = text[at]
        if "\u3041" <= character <= "\u30ff":
            return 1.3
        return 0.1 if "\uff61" <= character <= "\uff9f" else min(by_row(text, at), 0.9)

    return judge


def _korean(text: str, at: int) -> float:
    character = text[at]
    if character in _COMMON_HANGUL:
        return 1.8
    try:
        ordinary = len(character.encode("euc_kr")) == 2
    except UnicodeEncodeError:
        ordinary = False
    if not ordinary:
        return 0.1
    return 0.9 if "\uac00" <= character <= "\ud7a3" else 0.2


def _western(text: str, at: int) -> float:
    """Accented letters stand among plain letters; a row of them is another script misread."""
    character = text[at]
    if character in _LATIN_SIGNS:
        return 0.8
    if not _LATIN_LETTER.match(character):
        return 0.1
    around = text[max(at - 1, 0) : at] + text[at + 1 : at + 2]
    plain = sum(neighbour.isascii() for neighbour in around)
    capital_inside = character.isupper() and text[max(at - 1, 0) : at].islower()
    return 0.2 if capital_inside or plain == 0 else 1.0


def _cyrillic(text: str, at: int) -> float:
    character, before = text[at], text[max(at - 1, 0) : at]
    if not "А" <= character <= "ё":
        return 0.1
    if _ASCII_LETTER.search(before + text[at + 1 : at + 2]):
        return 0.0
    return 0.2 if character.isupper() and before.isalpha() and not before.isupper() else 1.0


_JUDGES: dict[str, Callable[[str, int], float]] = {
    "gb18030": _by_row("gb2312", (0xB0, 0xD7), (0xA1, 0xA3)),
    "cp950": _by_row("big5", (0xA4, 0xC6), (0xA1, 0xA3)),
    "big5hkscs": _by_row("big5", (0xA4, 0xC6), (0xA1, 0xA3)),
    "cp932": _japanese("cp932", (0x88, 0x97)),
    "euc_jp": _japanese("euc_jp", (0xB0, 0xCF)),
    "cp949": _korean,
    "cp1252": _western,
    "cp1251": _cyrillic,
}
