"""What the assistant does with a question: a pure decision, made outside any model."""

import re
from dataclasses import dataclass
from enum import StrEnum

from frontdesk.conversations.models import HandoffReason


class Rule(StrEnum):
    """Which rule decided."""

    ASKED_FOR_PERSON = "asked_for_person"
    NOTHING_FOUND = "nothing_found"
    BELOW_THRESHOLD = "below_threshold"
    CONFIDENT = "confident"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Answer when `handoff` is None, else hand over for that reason."""

    rule: Rule
    handoff: HandoffReason | None


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


def decide(found: int, confidence: float, threshold: float) -> Verdict:
    """Answer from the threshold on; with less, a person answers."""
    if found == 0:
        return Verdict(Rule.NOTHING_FOUND, HandoffReason.NOT_FOUND)
    if confidence < threshold:
        return Verdict(Rule.BELOW_THRESHOLD, HandoffReason.LOW_CONFIDENCE)
    return Verdict(Rule.CONFIDENT, None)
