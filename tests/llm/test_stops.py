import pytest

from services.llm.writing import StopScanner


def read(stops: tuple[str, ...], *pieces: str) -> tuple[list[str], bool]:
    scanner = StopScanner(stops)
    passed = [scanner.feed(piece) for piece in pieces] + [scanner.rest()]
    return passed, scanner.found


@pytest.mark.parametrize(
    ("stops", "pieces", "expected"),
    [
        ((), ("one", "two"), "onetwo"),
        (("END",), ("one END two",), "one "),
        (("END",), ("one E", "N", "D two", "three"), "one "),
        (("END",), ("one EN", "TRY"), "one ENTRY"),
        (("END",), ("one EN",), "one EN"),
        (("END", "ne"), ("one END",), "o"),
        (("aab",), ("aaaab",), "aa"),
        (("。",), ("好的", "。再见"), "好的"),
    ],
)
def test_text_goes_on_up_to_the_first_stop_sequence(
    stops: tuple[str, ...], pieces: tuple[str, ...], expected: str
) -> None:
    passed, found = read(stops, *pieces)
    assert "".join(passed) == expected
    assert found == ("".join(pieces) != expected)


def test_only_what_may_begin_a_stop_sequence_is_kept_back() -> None:
    assert read(("END",), "one", " E", "x", "EN")[0] == ["one", " ", "Ex", "", "EN"]
