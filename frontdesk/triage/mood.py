"""How a contact feels, as far as their words tell: signs that are added up, newer messages counting more. Pure.

It reads words and marks, not meaning: irony passes for calm. It is for the order of a queue, never for an answer.
"""

import re
import unicodedata
from collections.abc import Sequence

from frontdesk.conversations.models import Mood

UNHAPPY = 1.0
ANGRY = 2.0
"""From how many points on."""
MOST = 3.0
"""Points of one message at most."""
FADES = 0.5
"""What a message counts for each newer one of the contact."""
MESSAGES = 4
"""The newest of the contact's that are looked at."""

_NO_ZH = r"(?<![不没别未非])(?<!不[太会是要用算])"
_NO_EN = r"(?<!\bnot )(?<!\bnot a )(?<!\bnot so )(?<!\bnot that )(?<!n't )(?<!n't be )(?<!\bno )(?<!\bnever )"


def _zh(words: str) -> re.Pattern[str]:
    return re.compile(f"{_NO_ZH}(?:{words})")


def _en(words: str) -> re.Pattern[str]:
    return re.compile(rf"\b{_NO_EN}(?:{words})\b")


_SIGNS: Sequence[tuple[float, re.Pattern[str]]] = (
    # Insults and rage.
    (
        2.0,
        _zh(
            "气死|气炸|火大|愤怒|滚蛋|滚开|垃圾(?!桶|箱|袋|分类|邮件|短信|处理|文件)|骗子|坑爹|坑人|无耻|"
            "恶心人|混蛋|王八|傻[逼比bB叉X]|脑残|狗屁"
        ),
    ),
    (
        2.0,
        _zh(
            "尼玛|他妈|tmd|妈的|操你|去死|什么玩意|什么破|忍无可忍|欺人太甚|黑心|欺骗消费者|"
            "骗(?:我|钱|客户|消费者)|敷衍了事|绝对差评|流氓|霸王条款"
        ),
    ),
    (
        2.0,
        _en(
            "scam(?:mer)?s?|rip[- ]?off|ridiculous|outrageous|disgusting|disgraceful|pathetic|furious|"
            "fuming|livid|bullshit|crap"
        ),
    ),
    (
        2.0,
        _en(
            "f[u*]ck(?:ing|ed)?|wtf|damn it|goddamn|shit|idiots?|morons?|"
            "stupid (?:bot|company|app|service|people|system)|liars?|crooks"
        ),
    ),
    (
        2.0,
        _en(
            "sick (?:and tired )?of (?:this|you|your|waiting)|fed up|had enough|"
            "waste of (?:my )?(?:time|money)|how dare|last straw|so (?:angry|mad)|"
            "worst (?:service|company|shop|experience|customer)"
        ),
    ),
    (
        2.0,
        _en(
            "i(?:'m| am) (?:very |really |extremely |so )?(?:angry|mad|pissed)(?: off)?|"
            "makes? me (?:so )?angry|absolutely (?:terrible|awful|useless|unacceptable)"
        ),
    ),
    # Threats to go public, to authorities or to court.
    (
        1.5,
        _zh("12315|消协|消费者协会|工商局|曝光|媒体见|法院见|起诉你|告你们|报警"),
    ),
    (
        1.5,
        _en(
            "my lawyer|sue you|take legal action|report you|trading standards|"
            "consumer (?:protection|rights)|tell everyone|chargeback you"
        ),
    ),
    # Discontent.
    (
        1.0,
        _zh(
            "投诉|差评|太差|很差|极差|真差|差劲|太烂|很烂|太慢|太坑|被坑|太过分|过分了|离谱|失望|"
            r"不满(?!足|意度|\d|[一二三四五六七八九十百千]|[减额元])|不爽|生气|恼火|郁闷|糟糕|糟透|难吃|"
            "恶劣|忽悠|推脱|推诿|敷衍|踢皮球"
        ),
    ),
    (
        1.0,
        re.compile(
            "不满意|不开心|不高兴|受不了|没人管|没人理|不理人|不耐烦|不负责任|不想说了|没素质|没诚信|"
            "不讲信用|说话不算|不会再(?:来|买|用|光顾)|再也不(?:来|买|用|会)|太让人|让人无语|太?无语|"
            "很?烦人|烦死|搞什么|怎么回事啊"
        ),
    ),
    (
        1.0,
        _en(
            "complain(?:t|ts|ing)?|disappoint(?:ed|ing|ment)|unacceptable|terrible|awful|horrible|"
            "appalling|dreadful|useless|rubbish|annoy(?:ed|ing)|frustrat(?:ed|ing)"
        ),
    ),
    (
        1.0,
        re.compile(
            r"\b(?:not happy|unhappy|not satisfied|dissatisfied|not good enough|"
            "never (?:again|buying|using)|no ?(?:one|body) (?:answers|replies|helps|cares|responds)|"
            r"poor service|bad service|still no (?:answer|reply|response))\b"
        ),
    ),
    # The same again, and waiting for long.
    (
        0.8,
        re.compile(
            r"第[二三四五六七八九十两\d]+次(?:问|说|找|联系|反映|催|来|了|出|坏)|"
            "说了(?:多少|几|好几|很多|无数)(?:次|遍)|问了(?:多少|几|好几|很多|无数)(?:次|遍)|"
            "反复(?:说|问|联系|打电话|沟通)|多次(?:打|联系|反映|催|沟通|投诉)|一直(?:没|不|在推|打不通)|"
            "一拖再拖|拖了"
        ),
    ),
    (
        0.8,
        re.compile(
            r"(?:等|排)了?(?:整整|快|都|足足|大)*(?:[一二两三四五六七八九十半几好\d.]+)(?:多|个)*(?:小时|"
            "钟头|天|周|星期|礼拜|月)|(?:到现在|至今|迟迟)[^。！!?？]{0,8}[没不]|还要(?:等|多久)|还没(?:到|"
            "收到|发|退|解决|处理|人)"
        ),
    ),
    (
        0.8,
        re.compile(
            r"\b(?:(?:third|fourth|fifth|3rd|4th|\d+th|second) time i|how many (?:more )?times|"
            "time and again|over and over|yet again|again and again|"
            r"i(?:'ve| have) (?:asked|told|called|written|contacted|emailed)[^.?!]{0,30}"
            r"(?:times|again|already|before))\b"
        ),
    ),
    (
        0.8,
        re.compile(
            r"\b(?:been )?waiting (?:for )?(?:over |more than |almost |nearly |about )?(?:\d+|a|an|two|"
            r"three|four|five|six|ten|several|many) (?:hours?|days?|weeks?|months?)\b"
            r"|\bfor (?:weeks|months|hours)\b"
        ),
    ),
    (
        0.8,
        re.compile(
            r"\bstill (?:hasn't|haven't|have not|has not|"
            r"not (?:arrived|received|been|working|fixed|resolved))\b"
        ),
    ),
)

_LOUD = re.compile(r"[!！]{2,}|[?？]{3,}|[!！][?？][!！?？]*|[?？][!！]+")
_CAPITALS = re.compile(r"\b[A-Z]{2,}\b")
_LETTERS = re.compile(r"[A-Za-z]")


def points(text: str) -> float:
    """How much one message sounds of trouble, between 0 and MOST."""
    folded = " ".join(unicodedata.normalize("NFKC", text).lower().replace("’", "'").split())
    # Each sign counts once, and a second of its kind half: a long letter is not angrier for being long.
    found = sorted((weight for weight, sign in _SIGNS if sign.search(folded)), reverse=True)
    total = sum(weight / 2**place for place, weight in enumerate(found))
    if _LOUD.search(text):
        total += 0.5
    if _shouts(text):
        total += 0.7
    return min(MOST, total)


def mood(texts: Sequence[str]) -> Mood:
    """How the contact feels, by their messages, the newest last."""
    newest_first = reversed(texts[-MESSAGES:])
    total = sum(points(text) * FADES**age for age, text in enumerate(newest_first))
    if total >= ANGRY:
        return Mood.ANGRY
    return Mood.UNHAPPY if total >= UNHAPPY else Mood.CALM


def _shouts(text: str) -> bool:
    words = _CAPITALS.findall(text)
    return len(words) >= 3 and 10 * sum(map(len, words)) > 6 * len(_LETTERS.findall(text))
