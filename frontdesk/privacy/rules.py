"""By which form each kind of personal data is found.

Rules know forms, not people: a number has to pass its own check (ID cards by ISO 7064, bank cards by Luhn's), to be
written as telephone numbers are, or to stand behind a word that says what it is. Hotlines (400, 800) are nobody's.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from urllib.parse import urlsplit

SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜"
    "崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤康"
)
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


class Kind(StrEnum):
    """What it says of somebody."""

    LINK = "link"  # that lets in whoever has it: with an account, a token or other parameters
    EMAIL = "email"
    ID_NUMBER = "id"
    CARD = "card"
    PHONE = "phone"
    ACCOUNT = "account"  # of a messenger
    CODE = "code"  # that opens something: a password, a one-time code
    ADDRESS = "address"
    ORDER = "order"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Rule:
    """A form; its first group, if it has one, is what is personal, and only where that `holds`."""

    kind: Kind
    pattern: re.Pattern[str]
    holds: Callable[[str], bool] | None = None


def is_telling_link(link: str) -> bool:
    """Whether a link has an account, parameters, or a part that looks drawn by lot."""
    try:
        parts = urlsplit(link if "://" in link else f"https://{link}")
    except ValueError:
        return True
    drawn = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[\w-]{16,}|[0-9a-f]{16,}|\d{8,}")
    return bool(parts.query or parts.fragment or "@" in parts.netloc) or any(
        drawn.fullmatch(piece) for piece in parts.path.split("/")
    )


def is_id_number(text: str) -> bool:
    """Whether the last sign of a Chinese ID number is right for the others, and it has a birthday."""
    digits = _without_blanks(text).upper()
    try:
        date(int(digits[6:10]), int(digits[10:12]), int(digits[12:14]))
    except ValueError:
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_ID_WEIGHTS, digits[:17], strict=True))
    return digits[17] == "10X98765432"[total % 11]


def is_card(text: str) -> bool:
    """Whether 13 to 19 digits pass Luhn's check (ISO/IEC 7812), and are not one digit over and over."""
    digits = [int(digit) for digit in _without_blanks(text)]
    if not 13 <= len(digits) <= 19 or len(set(digits)) == 1:
        return False
    doubled = [2 * digit - 9 * (digit > 4) for digit in digits[-2::-2]]
    return (sum(digits[::-2]) + sum(doubled)) % 10 == 0


def is_international(text: str) -> bool:
    """Whether a number with a plus has as many digits as E.164 allows."""
    return 8 <= sum(sign.isdigit() for sign in text) <= 15


def _without_blanks(text: str) -> str:
    return re.sub(r"[\s-]", "", text)


_FREE = r"(?<![\d.])"  # no digit before
_ENDS = r"(?!\d)"
_SAID = r"(?:\s*(?:[:=]|是|为|is|was)\s*|\s+)"
_HAN = r"[\u4e00-\u9fff]"
_BEFORE = r"(?:[寄发送搬改]到|送去|改成|改为|住在|位于|地址[是为]?:?|[到在是])?"
_STREET = r"(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Close|Terrace|Crescent)"

RULES = (
    Rule(
        Kind.LINK,
        re.compile(
            r"(?:https?://|www\.)[^\s\u3000-\u303f\u4e00-\u9fff\uff00-\uffef<>\"]+[^\s.,;:!?)\u3000-\uffef]", re.I
        ),
        is_telling_link,
    ),
    Rule(Kind.EMAIL, re.compile(r"[A-Za-z0-9][\w.+-]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+", re.ASCII)),
    Rule(
        Kind.EMAIL,
        re.compile(
            r"\b[\w.+-]+\s?[(\[]?\s?at\s?[)\]]\s?[\w-]+\s?(?:[(\[]\s?dot\s?[)\]]|\.)\s?[a-z]{2,}\b", re.I | re.A
        ),
    ),
    Rule(
        Kind.ID_NUMBER,
        re.compile(rf"{_FREE}[1-9]\d{{5}}[ -]?\d{{8}}[ -]?\d{{3}}[\dXx](?![\dA-Za-z])"),
        is_id_number,
    ),
    Rule(Kind.ID_NUMBER, re.compile(r"(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])")),
    Rule(
        Kind.ID_NUMBER,
        re.compile(
            rf"(?:护照号?码?|passport(?: number| no\.?)?){_SAID}?([A-Z]{{1,2}}\d{{6,8}}|\d{{9}})(?!\d)", re.I
        ),
    ),
    Rule(Kind.CARD, re.compile(rf"{_FREE}(?:[3-6]|2[2-7])(?:[ -]?\d){{11,18}}{_ENDS}"), is_card),
    Rule(
        Kind.PHONE,
        re.compile(rf"(?<![\d.A-Za-z])(?:\(?\+?(?:00)?86\)?[ -]?)?1[3-9]\d[ -]?\d{{4}}[ -]?\d{{4}}{_ENDS}"),
    ),
    Rule(Kind.PHONE, re.compile(rf"(?<![\d.A-Za-z])1[3-9]\d[ -]\d{{3}}[ -]\d{{5}}{_ENDS}")),
    Rule(Kind.PHONE, re.compile(r"[幺一][三四五六七八九](?:[零〇一幺二两三四五六七八九]){9}")),
    Rule(Kind.PHONE, re.compile(r"(?<![\w+])\+\d[\d() .-]{6,18}\d(?!\d)", re.A), is_international),
    Rule(
        Kind.PHONE,
        re.compile(
            r"(?<![\d.A-Za-z-])(?:\(0[1-9]\d{1,2}\)[ -]?|0[1-9]\d{1,2}[ —–-]?)[2-9]\d{2,3}[ -]?\d{4}"
            r"(?:(?:转|-|ext\.? ?)\d{1,6})?(?![\d-])",
            re.I,
        ),
    ),
    Rule(
        Kind.PHONE,
        re.compile(r"(?<![\d.-])(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-. ]\d{4}(?![\d-])"),
        lambda text: text[0] not in "48" or text[1:3] != "00",
    ),
    Rule(Kind.PHONE, re.compile(r"(?<![\d.A-Za-z-])0\d{2,4} \d{3,4} ?\d{3,4}(?![\d-])")),
    Rule(
        Kind.PHONE,
        re.compile(
            r"(?:电话|手机|座机|联系方式|\btel(?:ephone)?|\bphone|\bmobile|\bcell|\bcall me (?:at|on))"
            rf"(?:号码?|号| number| no\.?)?{_SAID}?((?!400|800)\d[\d -]{{5,12}}\d)(?![\d年月日元])",
            re.I,
        ),
    ),
    Rule(
        Kind.ACCOUNT,
        re.compile(
            rf"(?:微信|wechat|weixin|\bvx|\bwx|威信|telegram|whatsapp)(?:号|账号|id)?{_SAID}?@?([A-Za-z][\w-]{{5,19}})",
            re.I | re.A,
        ),
    ),
    Rule(Kind.ACCOUNT, re.compile(rf"(?:\bQQ|扣扣)(?:号码?|群)?{_SAID}?([1-9]\d{{4,10}})(?!\d)", re.I)),
    Rule(
        Kind.CODE,
        re.compile(
            r"(?:密码|口令|验证码|校验码|\bpassword|\bpasscode|\bPIN(?: code)?|\bverification code|\bone-time code)"
            r"(?:\s*[:=]\s*|\s*(?:就是|是|为)\s*|\s+(?:is|was)\s+|\s+(?=\d))([A-Za-z0-9!@#$%^&*_-]*\d[A-Za-z0-9!@#$%^&*_-]*)",
            re.I,
        ),
    ),
    Rule(
        Kind.ADDRESS,
        re.compile(
            rf"{_BEFORE}((?:{_HAN}{{2,3}}(?:省|自治区))?(?:{_HAN}{{2,3}}市)?(?:{_HAN}{{1,3}}[区县])?(?:{_HAN}{{2,4}}[镇乡])?"
            rf"{_HAN}{{1,6}}(?:大街|大道|胡同|[路街道巷弄])\s*\d+\s*[号弄](?:院|楼)?"
            rf"(?:[\u4e00-\u9fff]{{0,6}}[A-Za-z\d-]{{1,6}}(?:号楼|单元|[栋幢座室楼层户号]))*(?:\d{{3,4}}(?:室|房)?)?)"
        ),
    ),
    Rule(
        Kind.ADDRESS,
        re.compile(
            rf"(?:{_HAN}{{2,10}}(?:小区|花园|公寓|家园|村))\s*\d+\s*(?:号楼|[栋幢座])(?:[A-Za-z\d-]{{1,6}}(?:单元|[室楼层户号]))*"
        ),
    ),
    Rule(
        Kind.ADDRESS,
        re.compile(
            rf"\b\d{{1,5}}[A-Za-z]?\s+(?:[A-Z][\w'’.-]*\s+){{1,3}}{_STREET}\b\.?"
            r"(?:,?\s*(?:Apt|Apartment|Suite|Unit|Flat|#)\.?\s*#?\w+)?"
        ),
    ),
    Rule(
        Kind.NAME,
        re.compile(
            rf"(?:我叫|我的名字(?:叫|是)|姓名\s*[:是]?|收[件货]人\s*[:是]?|联系人\s*[:是]?)\s*([{SURNAMES}]{_HAN}{{1,2}})"
        ),
    ),
    Rule(
        Kind.NAME,
        re.compile(
            r"(?:[Mm]y (?:full )?name(?: is|['’]s)|[Nn]ame\s*:|[Ss]igned,|[Rr]egards,|[Ss]incerely,|I am called)"
            r"\s+((?:(?:Mr|Mrs|Ms|Dr)\.? )?[A-Z][a-z'’-]+(?: [A-Z][a-zA-Z'’-]+){0,2})(?![a-z])"
        ),
    ),
)
"""In the order of their claims: what a link or an e-mail address contains is no number of its own."""
