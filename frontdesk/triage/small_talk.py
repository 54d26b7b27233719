"""What people write that is about nothing yet: greetings, thanks, waiting, the wish for a person, a number."""

_WRITTEN = """
hello / hi there / hey / good morning / good afternoon / good evening / is anybody there?
are you there / can you help me / i have a question / i need help / help me please
can i ask you something / question / thanks / thank you very much / ok / okay great / yes
yes please / no / no thanks / sure / got it / talk to a person / i want to speak to a human
customer service please / agent please / wait a moment / bye / have a nice day / that is all
never mind / what? / i do not understand / my number is 20394857 / are you a robot? / how are you
see above / as i said / here is a picture / any news? / well? / hm / 你好 / 您好 / 在吗 / 有人吗
请问 / 请问一下 / 想咨询一下 / 我有个问题 / 帮帮我 / 麻烦帮我看一下 / 谢谢 / 非常感谢 / 好的 / 好
是的 / 对 / 不是 / 不用了 / 可以 / 知道了 / 明白了 / 嗯嗯 / 没事了 / 转人工 / 人工客服 / 我要找人工
等一下 / 稍等 / 再见 / 就这些 / 什么意思 / 不明白 / 听不懂 / 你是机器人吗 / 早上好 / 晚上好
单号是 20394857 / 看图片 / 我刚才说了 / 有消息了吗 / 怎么没人回 / 哦
"""

PHRASES = tuple(phrase.strip() for line in _WRITTEN.split("\n") for phrase in line.split("/") if phrase.strip())
