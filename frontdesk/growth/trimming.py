"""What people say around what they mean: greetings, thanks, announcements; left out of drafts. Pure."""

import re
from collections.abc import Iterable, Sequence


def _any_of(*alternatives: str) -> str:
    return f"(?:{'|'.join(alternatives)})"


_ENDS = r"[\s,，.。!！~～:：;；、…]*"
_MORE = r"[^\n。.!！?？,，]{0,40}"
_HELLO_ZH = r"(?:您好|你好|亲爱的|亲|嗨|哈喽|早上好|下午好|晚上好)(?:呀|啊|哦)?"
_HELLO_EN = r"(?:(?:hi|hello|hey)(?: there| team| all)?|good (?:morning|afternoon|evening))\b"
_BEFORE_QUESTION = re.compile(
    "^(?:"
    + _any_of(
        _HELLO_ZH,
        r"[在有](?:人|客服)?(?:吗|么)(?:[?？]|(?=[\s,，。!！]))",
        r"(?:麻烦|我)?(?:想|要)?请?(?:问|教)(?:一?下|一问)(?:您|你们?)?",
        r"请问|麻烦(?:您|你)?问",
        _HELLO_EN,
        r"excuse me\b",
        r"dear (?:sir|madam|team|all)\b",
        r"(?:just )?(?:a )?quick question\b",
        r"i have a question\b",
    )
    + _ENDS
    + ")+",
    re.IGNORECASE,
)
_AFTER_QUESTION = re.compile(
    f"(?:{_ENDS}"
    + _any_of(
        r"谢谢(?:您|你|了|啦)?|多谢|感谢|麻烦(?:您|你)?了|辛苦了|在线等",
        r"(?:many )?thanks(?: (?:a lot|so much|in advance|again))?",
        r"thank you(?: (?:so|very) much| in advance)?",
        "thx|cheers",
    )
    + rf")+{_ENDS}$",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[^。！？!?\n]*?(?:[。！？!?\n]+|\.(?=\s|$)|$)")
_OPENING = re.compile(
    r"^\W*(?:"
    + _any_of(
        rf"{_HELLO_ZH}(?:[,，]?(?:我是|这里是){_MORE})?",
        rf"(?:我是|这里是)[^\n。,，]{{0,20}}客服{_MORE}",
        r"很高兴(?:能)?为(?:您|你)服务",
        r"(?:抱歉|不好意思)?[,，]?(?:让(?:您|你)?)?久等了?",
        rf"请?(?:您|你)?稍等(?:一下|片刻)?(?:[,，]?我(?:帮|查|看|来|去){_MORE})?",
        r"好的|收到|明白了?",
        rf"感谢(?:您|你)?的?(?:咨询|等待|耐心等待|耐心|联系|来信){_MORE}",
        rf"{_HELLO_EN}(?:,? \w+)?(?:, thanks? (?:you )?for {_MORE})?",
        r"dear \w+(?: \w+)?",
        rf"my name is{_MORE}|this is \w+ (?:from|at|with|of|speaking|here)\b{_MORE}",
        rf"thanks? (?:you )?for (?:contacting|waiting|reaching out|your (?:patience|message|question)){_MORE}",
        rf"(?:please wait|one moment|just a (?:moment|second)|let me (?:check|look))\b{_MORE}",
        rf"sure|ok(?:ay)?|no problem|(?:i am|i'm)? ?happy to help{_MORE}",
    )
    + r"\W*+){1,4}$",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"^\W*(?:"
    + _any_of(
        r"(?:请问)?还有(?:什么|其他|别的|其它)[^\n。,，]{0,20}(?:帮|问题|需要)[^\n。,，]{0,12}",
        r"不客气|不用谢|不谢|没事的?|应该的",
        rf"祝(?:您|你){_MORE}|再见|拜拜",
        r"(?:如|若|如果)?(?:您|你)?还?有(?:任何|其他|其它|别的|疑)?(?:疑问|问题)[,，]?[^\n。]{0,12}(?:联系|咨询|随时)"
        rf"{_MORE}",
        r"(?:感谢|谢谢)(?:您|你)?(?:的(?:支持|理解|配合|光临|咨询|耐心))?",
        rf"希望(?:能|可以)?(?:对您|对你|帮){_MORE}",
        rf"(?:is there )?anything else\b{_MORE}|any other questions\b{_MORE}",
        r"(?:you(?:'|’)re|you are) (?:very |most )?welcome",
        rf"have a (?:nice|great|good|lovely){_MORE}",
        rf"(?:(?:kind|best|warm) )?regards(?:,? {_MORE})?",
        r"thanks?(?: you)?(?: (?:again|so much|very much))?|bye|goodbye|cheers|take care",
        rf"(?:if you have|should you have)[^\n.]{{0,30}}questions?\b[^\n.]{{0,60}}|feel free{_MORE}",
        rf"(?:please )?(?:let (?:me|us) know|don(?:'|’)t hesitate){_MORE}",
        r"(?:i )?hope (?:this|that|it) helps",
    )
    + r"\W*+){1,4}$",
    re.IGNORECASE,
)


def question_alone(text: str) -> str:
    """A question without the greeting before it and the thanks behind it, on one line; empty if that is all."""
    line = " ".join(text.split())
    return _AFTER_QUESTION.sub(_own_mark, _BEFORE_QUESTION.sub("", line)).strip()


def answer_alone(texts: Iterable[str]) -> str:
    """What an agent said in several messages, without sentences that only greet, ask for patience or take leave."""
    sentences = [sentence for text in texts for sentence in _sentences(text)]
    while sentences and _is_around(sentences[0]):
        del sentences[0]
    while sentences and _is_around(sentences[-1]):
        del sentences[-1]
    return "".join(sentences).strip()


def _is_around(sentence: str) -> bool:
    return bool(_OPENING.match(sentence) or _CLOSING.match(sentence))


def _own_mark(thanks: re.Match[str]) -> str:
    """The mark that ended the question before the thanks."""
    first = thanks[0].lstrip()[:1]
    return first if first in tuple("。.!！") else ""


def _sentences(text: str) -> Sequence[str]:
    """With what separates them; the last of a message ends its line."""
    found = [sentence for sentence in _SENTENCE.findall(text.strip()) if sentence.strip()]
    return [*found[:-1], found[-1].rstrip() + "\n"] if found else []
