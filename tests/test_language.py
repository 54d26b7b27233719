"""Which language a contact writes."""

import pytest

from frontdesk.language import Language, detect


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("你们的退货政策是怎么样的？", Language.ZH),
        ("我的 AirPods Pro 坏了怎么办", Language.ZH),
        ("What is your return policy?", Language.EN),
        ("what does 保修 mean on my receipt", Language.EN),
        ("我的 iPhone 15 Pro 怎么 reset？", Language.ZH),
        ("ESP32-S3 DevKitC USB OTG 支持吗", Language.ZH),
        ("AirPods Pro 2 USB-C 保修", Language.ZH),
        ("macbook air 多少钱", Language.ZH),
        ("Do you deliver to 北京市朝阳区建国门外大街1号?", Language.EN),
        ("Is 海底捞火锅底料 available", Language.EN),
        ("iPhone", Language.EN),
    ],
)
def test_the_language_of_the_words_counts(text: str, language: Language) -> None:
    other = Language.EN if language == Language.ZH else Language.ZH
    assert detect(text, other) == language


@pytest.mark.parametrize("text", ["12345", "🙂", "??", ""])
def test_without_words_it_stays_as_it_was(text: str) -> None:
    assert detect(text, Language.ZH) == Language.ZH
    assert detect(text, Language.EN) == Language.EN
