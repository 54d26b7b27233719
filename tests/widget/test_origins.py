"""What people write for a website, and what browsers send for it."""

import pytest

from frontdesk.errors import Invalid
from frontdesk.widget.origins import MOST_ORIGINS, clean_origin, clean_origins


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("https://shop.example", "https://shop.example"),
        (" HTTPS://Shop.Example:443/ ", "https://shop.example"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://127.0.0.1:80", "http://127.0.0.1"),
        ("https://例子.中国", "https://xn--fsqu00a.xn--fiqs8s"),
        ("http://[::1]:3000", "http://[::1]:3000"),
    ],
)
def test_an_origin_is_written_as_browsers_send_it(written: str, sent: str) -> None:
    assert clean_origin(written) == sent


@pytest.mark.parametrize(
    "written",
    [
        *("", "*", "null", "shop.example", "https://", "https://*.shop.example", "https://shop.example/help"),
        *("https://shop.example?x", "https://a@shop.example", "ftp://shop.example", "https://shop.example:99999"),
        *("javascript:alert(1)", "https://shop example", "https://shop.example#x", "https://[::g]", "https://-.de"),
        *("https://shop.example\\@evil.example", "https://" + "ä" * 80 + ".example", "file:///etc/passwd"),
    ],
)
def test_what_is_no_single_origin_is_refused(written: str) -> None:
    with pytest.raises(Invalid) as refusal:
        clean_origin(written)
    assert refusal.value.code == "origin_invalid"


def test_lines_that_say_the_same_count_once_and_there_is_an_end() -> None:
    assert clean_origins(["https://b.example", " ", "https://a.example/", "https://B.example"]) == [
        "https://b.example",
        "https://a.example",
    ]
    with pytest.raises(Invalid) as refusal:
        clean_origins([f"https://shop{number}.example" for number in range(MOST_ORIGINS + 1)])
    assert refusal.value.code == "too_many_origins"
