"""What a contact's words ask for beside an answer: a person, or something else than what was said already. Pure."""

import re
from collections.abc import Sequence

from frontdesk.answering.checks.folding import folded, squeezed

_ZH = r"(人工(?!智能|费|成本|草|皮|降|呼吸|合成|审核)|真人|客服人员|活人)"
_PERSON_ZH = re.compile(
    rf"(?<![不没别])(转|找|要|叫|换|接|联系|呼叫|有没有|有)(一下|个|位|到|你们的?|在线)*{_ZH}"
    rf"|^{_ZH}(客服|服务|坐席)?[。！!吧呢?？\s]*$|{_ZH}(客服|服务|坐席)[。！!吧呢?？\s]*$"
    rf"|(和|跟|与){_ZH}(说|聊|谈|讲|沟通|联系)|不要?(和|跟)?机器人"
)
_EN = r"(human|person|people|someone|somebody|agent|representative|rep|operator|staff|colleague)"
_PERSON_EN = re.compile(
    rf"\b(talk|speak|chat)\b[^.?!]{{0,12}}\b(to|with)\b[^.?!]{{0,15}}\b{_EN}\b"
    rf"|\b(connect|transfer|switch|put|pass|escalate|hand)\s+(me|us|this)\b[^.?!]{{0,20}}\b{_EN}\b"
    rf"|\b(want|need|get|give)\b( me| us)?\s+(a|an|the)\s+((real|live|human|actual)\s+)*"
    rf"(human|person|agent|representative|operator)\W*(please|now)?\W*$"
    rf"|\b(want|need|get|give)\b( me| us)?\s+(a|an)\s+(real|live|human|actual)\s+{_EN}\b"
    rf"|^\W*((a|an)\s+)?((real|live|human|customer service|support)\s+)*"
    rf"(human|agent|representative|operator|person)(\s+please)?\W*$",
    re.IGNORECASE,
)


def asks_for_person(text: str) -> bool:
    """Whether the contact asks to be served by a person, in Chinese or English."""
    return bool(_PERSON_ZH.search(text) or _PERSON_EN.search(text))


LONGEST_COMPLAINT = 60
_CLAUSE_END = re.compile(r"\s*(?:$|[。，,.!！~～、;；…]|\n)")
_USELESS_ZH = re.compile(
    r"^(?:这个?|你这?|您|那|都|还是|可是|但是|但|根本|完全|一点都?|好像|对我|回答|答案|这回答|的){0,4}"
    r"(?:没用|没有用|不管用|没什么用|没有帮助|没帮助|没帮到我?|帮不上|帮不到我?|不对|不是这个|不是我要的|不是我想问的|不是我问的|没回答我的?问题?"
    r"|没有回答我?的?问题?|答非所问|没解决|没有解决|解决不了|还是不行|还是不会|还是不懂|还是没懂|没看懂|看不懂|听不懂|试过了|行不通|废话)"
    r"(?:啊|呀|呢|吧|了|的|我的?问题|问题|我)*"
)
_USELESS_EN = re.compile(
    r"^(?:no|nope|sorry|but|well|hmm|ok)?[\s,.!]*"
    r"(?:(?:(?:that|this|it)(?: answer)?(?: still)?|(?:that|this|your|the) answer)\s*"
    r"(?:(?:does|did|do)(?:n['’]?t| not) (?:really )?(?:help|work|answer|solve)"
    r"|(?:is(?:n['’]?t| not)|['’]s not) (?:really )?"
    r"(?:helpful|useful|right|correct|what i (?:asked|meant|need|want)|it|the answer)"
    r"|is (?:useless|wrong|no help|unhelpful)"
    r"|was(?:n['’]?t| not) (?:what i (?:asked|meant)|helpful|my question))"
    r"|(?:not|still not|isn['’]?t) (?:helpful|useful|what i (?:asked|meant|need|want)|working|answered|my question)"
    r"|(?:still )?(?:does|did)(?:n['’]?t| not) (?:help|work|answer my question)|useless|wrong answer|unhelpful"
    r"|no help|i (?:still )?do(?:n['’]?t| not) (?:understand|get it)|you did(?:n['’]?t| not) answer"
    r"|i (?:already )?tried that)\b"
    r"[^.!?\n]{0,20}",
    re.IGNORECASE,
)
_FILLERS = re.compile(
    r"请问|麻烦(?:您|你)?|您好|你好|再问一[次遍下]|我再问|我是?问|还是想问|我想问(?:一下)?|那个|一下|[吗呢啊呀吧哦嘛哈]"
    r"|\b(?:please|hello|hi|hey|thanks|thank you|again|i said|i asked|so|well|ok|okay|dear)\b"
)


def finds_no_help(text: str) -> bool:
    """Whether a contact says of an answer that it is of no use to them, and little else."""
    text = text.strip()
    if len(text) > LONGEST_COMPLAINT:
        return False
    found = _USELESS_ZH.match(text) or _USELESS_EN.match(text)
    return found is not None and bool(_CLAUSE_END.match(text, found.end()))


def is_among(question: str, earlier: Sequence[str]) -> bool:
    """Whether a question was asked before in the same words, but for what says nothing."""
    asked = _bare(question)
    return bool(asked) and any(asked == _bare(one) for one in earlier)


def _bare(text: str) -> str:
    return squeezed(_FILLERS.sub(" ", folded(text)))
