"""By which words and phrases the built-in sensitive topics are known.

They are chosen so that ordinary questions do not have them: `make bench-sensitive` counts. An asterisk stands for
any ending of a Latin word.
"""

from collections.abc import Mapping, Sequence

from frontdesk.conversations.sensitive_topics import SensitiveTopic

_LISTS = {
    SensitiveTopic.SELF_HARM: """
        自杀, 自鲨, 自sha, 自尽, 轻生, 自残, 割腕, 跳楼, 寻短见, 结束生命, 结束自己的生命, 不想活了, 不想活下去,
        活不下去, 活着没意思, 活着没有意义, 我想死, 我要去死, 死了算了, 想一死了之, 伤害自己, 遗书, suicid*,
        kill myself, killing myself, end my life, ending my life, take my own life, self harm*, selfharm*,
        hurt myself, hurting myself, cut myself, harm myself, want to die, wanna die, better off dead,
        dont want to live, no reason to live, cant go on living, want to be dead, kms
    """,
    SensitiveTopic.VIOLENCE: """
        杀了你, 弄死你, 打死你, 砍死, 砍人, 捅死, 炸了你们, 炸你们, 烧了你们, 放火烧, 上门找你们算账, 带刀,
        同归于尽, 找人弄你, 要你的命, kill you, kill your, kill you all, shoot you, stab you, hurt you,
        beat you up, burn down your, burn your store, blow up your, bomb your, bomb threat,
        come to your office with, find where you live, make you pay with your life
    """,
    SensitiveTopic.INJURY: """
        爆炸了, 炸了, 自燃, 起火了, 着火了, 冒烟了, 触电了, 电到我, 漏电了, 被烫伤, 烫伤了, 被烧伤, 烧伤了,
        食物中毒, 吃坏了, 吃出异物, 吃出虫, 吃进医院, 用了之后过敏, 用完过敏, 毁容, 受伤了, 划伤我, 划伤手,
        住院了, caught fire, catches fire, on fire, burst into flames, exploded, electric shock, electrocuted,
        shocked me, burned me, burnt me, injured, got hurt, food poisoning, made me sick, made us sick,
        allergic reaction to your, ended up in hospital, ended up in the hospital, emergency room
    """,
    SensitiveTopic.LEGAL: """
        起诉, 告你们, 告上法庭, 法院见, 法庭见, 上法院, 去法院, 打官司, 律师函, 我的律师, 请律师, 找律师,
        法律途径, 法律手段, 法律武器, 诉讼, 追究法律责任, 追究你们的责任, 违法行为, 申请仲裁, 维权到底, lawyer*,
        attorney*, solicitor*, sue you, sue your, suing you, suing your, sue the company, sue them, going to sue,
        lawsuit*, legal action, legal proceedings, legal team, legal claim, take you to court, see you in court,
        small claims, class action, subpoena*, breach of contract, cease and desist, legal liability
    """,
    SensitiveTopic.AUTHORITIES: """
        12315, 打12345, 12345热线, 消费者协会, 消协, 市场监管, 市监局, 工商局, 工商投诉, 消费者保护, 银保监,
        网信办, 报警, 派出所, 公安局, 经侦, 举报你们, 投诉到, 向有关部门, 找记者, 联系记者, 我是记者, 媒体曝光,
        曝光你们, 找媒体, 找电视台, 让电视台, 上热搜, 发到网上曝光, 黑猫投诉, 国家质检, call the police,
        calling the police, called the police, going to the police, report you to, report this to the police,
        file a police report, police report, better business bureau, bbb, trading standards, ombudsman,
        consumer protection agency, consumer protection office, consumer court, attorney general,
        federal trade commission, ftc, regulator*, journalist*, reporter*, to the newspapers, go to the press,
        going to the press, talk to the press, media coverage, tv station, press inquiry, press enquiry, go viral
    """,
    SensitiveTopic.DISPUTE: """
        拒绝退款, 不给退款, 不退钱, 不给我退, 拒不退款, 一直不退款, 迟迟不退, 不肯退, 凭什么不退, 要求赔偿,
        赔偿损失, 赔偿我, 赔我, 假一赔, 退一赔, 三倍赔偿, 十倍赔偿, 精神损失, 拒付, 撤销付款, 盗刷, 诈骗, 骗子,
        骗钱, 骗我, 被骗, 欺诈, 霸王条款, 坑钱, 黑店, 假货, 乱扣费, 莫名扣款, 恶意扣费, chargeback*,
        charge back the, charge back my, reverse the charge with my bank, dispute the charge, dispute this charge,
        disputing the charge, dispute with my bank, refuse to refund, refused to refund, refusing to refund,
        refused my refund, refuse my refund, wont refund, wont give me my money back, denied my refund,
        deny my refund, demand compensation, want compensation, demand my money back, scam, scammed, scammer*,
        scamming, rip off, ripped off, swindle*, you stole, stole my money, stealing my money, fraud by your,
        you are frauds, counterfeit
    """,
    SensitiveTopic.PERSONAL_DATA: """
        删除我的个人信息, 删除我的信息, 删除我的数据, 删除我的资料, 删掉我的个人信息, 个人信息保护法,
        我的个人信息有哪些, 查询我的个人信息, 导出我的个人信息, 导出我的数据, 泄露我的, 信息泄露, 信息被泄露,
        隐私泄露, 侵犯隐私, 侵犯我的隐私, 出卖我的信息, 卖我的信息, 撤回同意, 被遗忘权, gdpr, ccpa,
        delete my personal data, delete my data, erase my data, delete my personal information,
        delete all my data, delete all my information, erase my personal, remove my personal data,
        right to be forgotten, right of access, data subject, subject access request, data protection officer,
        copy of my personal data, copy of my data, what data do you have about me, what data you have on me,
        personal data you hold, personal data you have, information you hold about me, data breach, data leak,
        leaked my, sold my data, selling my data, sell my data, invaded my privacy, violated my privacy,
        withdraw my consent
    """,
}
WORDS: Mapping[SensitiveTopic, Sequence[str]] = {
    topic: tuple(one.strip() for one in listed.split(",")) for topic, listed in _LISTS.items()
}
