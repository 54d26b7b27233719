"""Topics of a small shop, a few examples of each in both languages, and words that are none of these."""

LESSONS = {
    "Returns": [
        "How do I return a pair of shoes?",
        "Can I send it back and get my money?",
        "What is your return policy?",
        "I want to return an item",
        "我想退货",
        "可以七天无理由退货吗？",
        "退货怎么操作",
        "不合适能退吗",
    ],
    "Delivery": [
        "Where is my parcel?",
        "When will my order arrive?",
        "How long does shipping take?",
        "The courier has not delivered yet",
        "快递到哪了",
        "什么时候发货",
        "物流怎么一直不更新",
        "几天能送到",
    ],
    "Invoices": [
        "I need a VAT invoice",
        "Can you send me the invoice by e-mail?",
        "The company name on the invoice is wrong",
        "How do I get a receipt for my taxes?",
        "怎么开发票",
        "发票抬头写错了",
        "能开增值税专用发票吗",
        "电子发票发到哪里",
    ],
}
UNSEEN = {
    "Returns": ["can i return these shoes if they do not fit", "我要退货怎么弄"],
    "Delivery": ["has my parcel been shipped? when does it arrive", "我的快递什么时候能到"],
    "Invoices": ["please send an invoice to my e-mail", "帮我开一张发票"],
}
ABOUT_NOTHING = ["hello, is anybody there", "ok thanks", "你好，在吗", "好的谢谢"]
