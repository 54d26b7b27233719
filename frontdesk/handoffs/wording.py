"""What the contact reads when a conversation changes hands, in both languages."""

from frontdesk.conversations.models import HandoffReason
from frontdesk.conversations.sensitive_topics import SensitiveTopic
from frontdesk.language import Language

_ACKNOWLEDGEMENT = {
    HandoffReason.ASKED: {
        Language.ZH: "好的，已为您转接人工客服，请稍候。您可以继续留言，同事会看到全部内容。",
        Language.EN: "Of course. A colleague will take over shortly. Please keep writing; they will see it all.",
    },
    HandoffReason.NOT_FOUND: {
        Language.ZH: "这个问题我没有找到可靠的答案，已为您转接人工客服，请稍候。",
        Language.EN: "I could not find a reliable answer to this, so I have asked a colleague to take over.",
    },
    HandoffReason.LOW_CONFIDENCE: {
        Language.ZH: "这个问题我不太有把握，为了不误导您，已为您转接人工客服，请稍候。",
        Language.EN: "I am not sure enough to answer this correctly, so I have asked a colleague to take over.",
    },
    HandoffReason.SENSITIVE: {
        Language.ZH: "这件事需要由同事亲自处理，已为您转接人工客服，请稍候。您可以继续留言，同事会看到全部内容。",
        Language.EN: "A colleague will look after this in person and takes over shortly. Please keep writing; "
        "they will see it all.",
    },
    HandoffReason.REPEATED: {
        Language.ZH: "抱歉没能帮到您，已为您转接人工客服，请稍候。您不用再重复，同事会看到全部内容。",
        Language.EN: "I am sorry that this did not help. A colleague will take over shortly and will see it all, "
        "so you need not say it again.",
    },
    HandoffReason.FAILED: {
        Language.ZH: "抱歉，我这边暂时出了点问题，已为您转接人工客服，请稍候。",
        Language.EN: "Sorry, something went wrong on my side. I have asked a colleague to take over.",
    },
    HandoffReason.FILE: {
        Language.ZH: "已收到，谢谢。图片和文件我自己看不了，已为您转接人工客服，请稍候。",
        Language.EN: "Thank you, it has arrived. I can not look at pictures and files myself, so I have asked a "
        "colleague to take over.",
    },
}
_WHILE_CLOSED = {
    HandoffReason.ASKED: {
        Language.ZH: "好的，已把您的对话交给人工客服。",
        Language.EN: "Of course. A colleague will look after this.",
    },
    HandoffReason.NOT_FOUND: {
        Language.ZH: "这个问题我没有找到可靠的答案，已交给人工客服。",
        Language.EN: "I could not find a reliable answer to this, so a colleague will look at it.",
    },
    HandoffReason.LOW_CONFIDENCE: {
        Language.ZH: "这个问题我不太有把握，为了不误导您，已交给人工客服。",
        Language.EN: "I am not sure enough to answer this correctly, so a colleague will look at it.",
    },
    HandoffReason.SENSITIVE: {
        Language.ZH: "这件事需要由同事亲自处理，已交给人工客服。",
        Language.EN: "A colleague will look after this in person.",
    },
    HandoffReason.REPEATED: {
        Language.ZH: "抱歉没能帮到您，已交给人工客服，您不用再重复。",
        Language.EN: "I am sorry that this did not help. A colleague sees it all, so you need not repeat it.",
    },
    HandoffReason.FAILED: {
        Language.ZH: "抱歉，我这边暂时出了点问题，已交给人工客服。",
        Language.EN: "Sorry, something went wrong on my side. A colleague will look at this.",
    },
    HandoffReason.FILE: {
        Language.ZH: "已收到，谢谢。图片和文件我自己看不了，已交给人工客服。",
        Language.EN: "Thank you, it has arrived. I can not look at pictures and files myself, so a colleague will.",
    },
}
_LEAVE_WORD = {
    Language.ZH: "请在这里留下您的电话或邮箱，我们会尽快联系您。",
    Language.EN: "Leave your e-mail address or telephone number here, and we will get in touch.",
}
_IN_DESPAIR = {
    Language.ZH: "听到您这么说，我们很担心您。您不是一个人，同事会尽快来陪您聊。如果您现在有危险，请马上拨打当地的"
    "急救或报警电话（中国大陆：120、110），也可以拨打全国统一心理援助热线 12356，或者找一位您信得过的人陪在身边。",
    Language.EN: "I am very sorry that you feel this way, and we take it seriously. You are not alone: a colleague "
    "will be with you as soon as possible. If you are in danger now, please call your local emergency number or a "
    "crisis line, or reach out to somebody you trust.",
}


def acknowledgement(
    reason: HandoffReason, language: Language, topic: SensitiveTopic | None = None, closed: str | None = None
) -> str:
    """What the contact reads when a person is to take over.

    `topic` is the sensitive one, if that is the reason; `closed` says when the team is back, if it is not there.
    """
    if topic is SensitiveTopic.SELF_HARM:
        return _IN_DESPAIR[language]
    if closed is None:
        return _ACKNOWLEDGEMENT[reason][language]
    said = (_WHILE_CLOSED[reason][language], closed, _LEAVE_WORD[language])
    return ("" if language is Language.ZH else " ").join(said)
