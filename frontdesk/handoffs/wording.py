"""What the contact reads when a conversation changes hands, in both languages."""

from frontdesk.conversations.models import HandoffReason
from frontdesk.language import Language

ACKNOWLEDGEMENT = {
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
    HandoffReason.FAILED: {
        Language.ZH: "抱歉，我这边暂时出了点问题，已为您转接人工客服，请稍候。",
        Language.EN: "Sorry, something went wrong on my side. I have asked a colleague to take over.",
    },
}
