"""Made-up messages with what is personal in them, in the forms in which people write it."""

from collections.abc import Iterator

from frontdesk.privacy.rules import Kind


def with_check_digit(digits: str) -> str:
    """Seventeen digits of a Chinese ID number with the sign that ISO 7064 puts behind them."""
    remainder = 0
    for digit in digits:
        remainder = (remainder + int(digit)) * 2 % 11
    return digits + "0123456789X"[(12 - remainder) % 11]


def with_luhn(digits: str) -> str:
    """A card number with its last digit."""
    for last in "0123456789":
        number, total = digits + last, 0
        for place, digit in enumerate(reversed(number)):
            value = int(digit) * (2 if place % 2 else 1)
            total += value // 10 + value % 10
        if total % 10 == 0:
            return number
    raise AssertionError


IDS = [with_check_digit(digits) for digits in ("11010119900307747", "44030519851123001", "31011520000229654")]
IDS += [with_check_digit(digits) for digits in ("51010719960612802", "33010619781005331", "42011119880815452")]
CARDS = [
    with_luhn(digits) for digits in ("411111111111111", "622202123456789012", "550000555555555", "37828224631000")
]

VALUES: dict[Kind, list[str]] = {
    Kind.EMAIL: [
        "anna.smith@example.com",
        "li_ming88@qq.example",
        "wang+shop@mail.example.cn",
        "J.O.Neill@sub.domain.example",
        "13812345678@163.example",
        "zhang三".replace("三", "3") + "@example.org",
        "xiaoming＠example.com",
        "anna at example dot com".replace("at", "(at)").replace("dot", "(dot)"),
    ],
    Kind.PHONE: [
        "13812345678",
        "138 1234 5678",
        "138-1234-5678",
        "+86 13912345678",
        "+8615012345678",
        "0086-18612345678",
        "１３８１２３４５６７８",
        "一三八一二三四五六七八",
        "010-62345678",
        "(021) 5234 5678",
        "0755-8234567",
        "0571 87654321转802",
        "+44 20 7946 0958",
        "+1 (415) 555-0132",
        "415-555-0132",
        "(212) 555-0187",
        "07700 900123",
        "020 7946 0958",
    ],
    Kind.ID_NUMBER: [*IDS, f"{IDS[0][:6]} {IDS[0][6:14]} {IDS[0][14:]}", "123-45-6789"],
    Kind.CARD: [
        *CARDS,
        " ".join(CARDS[0][start : start + 4] for start in range(0, 16, 4)),
        "-".join(CARDS[2][start : start + 4] for start in range(0, 16, 4)),
    ],
    Kind.LINK: [
        "https://shop.example/order?token=8f14e45fceea",
        "https://user:secret@files.example/invoice.pdf",
        "http://shop.example/reset/8f14e45fceea167a5a36dedd4bea2543",
        "https://track.example/p/20260301123456",
        "www.shop.example/login?next=%2Faccount",
    ],
}
FRAMES: dict[Kind, list[str]] = {
    Kind.EMAIL: [
        "你好，请把发票发到{}，谢谢",
        "我的邮箱是 {} 一直没收到确认",
        "Please send the invoice to {}.",
        "I signed up with {} and can not log in",
        "{} is my address, nothing has arrived",
    ],
    Kind.PHONE: [
        "请打我电话{}，下午都在",
        "我的号码是{}",
        "收不到验证码，手机{}，麻烦看一下",
        "Call me on {} after five please",
        "my number is {}, thanks",
    ],
    Kind.ID_NUMBER: ["身份证号：{}", "实名认证用的是{}，为什么不通过？", "My ID is {} if you need it", "ID {}."],
    Kind.CARD: [
        "银行卡{}退款没到",
        "付款的卡号是 {}，扣了两次",
        "I paid with {} and was charged twice",
        "card number: {}",
    ],
    Kind.LINK: ["这个链接打不开 {}", "订单在这里：{}", "The link {} does not work", "see {}, please"],
}
SINGLE: list[tuple[Kind, str]] = [
    (Kind.PHONE, "电话：⟦62345678⟧，打不通就发短信"),
    (Kind.PHONE, "my phone number is ⟦555 0132⟧"),
    (Kind.ID_NUMBER, "护照号 ⟦E12345678⟧，可以用来登记吗"),
    (Kind.ID_NUMBER, "My passport number is ⟦AB1234567⟧"),
    (Kind.ACCOUNT, "加我微信⟦liming_1988⟧聊"),
    (Kind.ACCOUNT, "微信号：⟦wxid-zhao77⟧"),
    (Kind.ACCOUNT, "vx ⟦xiaoyu520⟧ 备注退货"),
    (Kind.ACCOUNT, "My WeChat is ⟦anna_smith⟧"),
    (Kind.ACCOUNT, "QQ号是⟦123456789⟧"),
    (Kind.ACCOUNT, "QQ：⟦88521⟧"),
    (Kind.CODE, "我的密码是⟦abc12345⟧，怎么登不上"),
    (Kind.CODE, "验证码：⟦482913⟧ 一直提示错误"),
    (Kind.CODE, "my password is ⟦hunter2⟧ but it is refused"),
    (Kind.CODE, "verification code ⟦551902⟧ is not accepted"),
    (Kind.ADDRESS, "寄到⟦广东省深圳市南山区科技园路12号3栋502室⟧"),
    (Kind.ADDRESS, "地址：⟦北京市朝阳区建国路88号⟧，麻烦尽快"),
    (Kind.ADDRESS, "我住在 ⟦幸福小区5号楼2单元301室⟧"),
    (Kind.ADDRESS, "改成⟦中山大道99号⟧可以吗"),
    (Kind.ADDRESS, "Please ship it to ⟦221B Baker Street⟧ instead"),
    (Kind.ADDRESS, "I moved to ⟦1600 Maple Grove Avenue, Apt 4B⟧"),
    (Kind.NAME, "我叫⟦王小明⟧，上周下的单"),
    (Kind.NAME, "收件人：⟦李娜⟧"),
    (Kind.NAME, "姓名 ⟦陈建国⟧，请查一下"),
    (Kind.NAME, "My name is ⟦Anna Smith⟧ and I ordered a kettle"),
    (Kind.NAME, "Kind regards, ⟦Peter O'Neill⟧"),
    (Kind.NAME, "Name: ⟦Maria Garcia Lopez⟧"),
    (Kind.NAME, "my name's ⟦Tom⟧, hello"),
]


def labelled() -> Iterator[tuple[str, Kind, str]]:
    """Messages with the kind and the words of what is personal in each."""
    for kind, values in VALUES.items():
        for value in values:
            yield from ((frame.format(value), kind, value) for frame in FRAMES[kind])
    for kind, text in SINGLE:
        before, _, rest = text.partition("⟦")
        value, _, after = rest.partition("⟧")
        yield before + value + after, kind, value


HARMLESS = (
    "订单号 20260301123456789 什么时候发货？",
    "客服热线 400-820-8820 打不通",
    "Your hotline 800-555-0100 is busy",
    "这款电饭煲是3L的还是5L的？价格1299元",
    "活动是2026年11月11日到2026-11-15吗",
    "保修365天，退货7天，满199减30",
    "Is model 4711-B compatible with 220-240 V?",
    "I paid 1,299.00 on 2026-03-01 at 14:05:33",
    "Error 0x80070057 in version 10.0.19045.3803",
    "See https://shop.example/help/returns for the rules",
    "运单号 SF1234567890123 没有更新",
    "ISBN 978-3-16-148410-0 在售吗",
    "我叫你们客服来处理",
    "My name is spelt wrong on the parcel",
    "密码是什么？怎么改密码？",
    "What is the password for?",
    "How do I change my phone number or e-mail address?",
    "路上堵车，3号能到吗",
    "收件人可以改吗",
    "The Road Runner 300 is sold out, is 2 Street Lights in stock",
    "尺寸 1200 x 600 x 750 mm",
    "IP 192.168.100.200 端口 8080",
)
