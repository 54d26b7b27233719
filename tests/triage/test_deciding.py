"""A topic stays until another one is clear."""

from frontdesk.triage.deciding import leaning, taken_in

CLEARLY_A = {"a": 0.9, "b": 0.05}
CLEARLY_B = {"a": 0.05, "b": 0.9}
NOTHING = {"a": 0.02, "b": 0.01}


def after(*messages: dict[str, float]) -> str | None:
    evidence: dict[str, float] = {}
    for chances in messages:
        evidence = taken_in(evidence, chances)
    found = leaning(evidence, 0.5)
    return found.topic if found else None


def test_one_clear_message_is_enough() -> None:
    assert after(CLEARLY_A) == "a"


def test_small_talk_gives_no_topic_however_much_there_is() -> None:
    assert after(*[NOTHING] * 20) is None


def test_small_talk_takes_no_topic_away() -> None:
    assert after(CLEARLY_A, *[NOTHING] * 10) == "a"


def test_what_they_come_to_talk_about_counts_more_than_what_they_began_with() -> None:
    assert after(CLEARLY_A, CLEARLY_A, CLEARLY_B, CLEARLY_B) == "b"


def test_what_is_forgotten_is_not_kept() -> None:
    evidence = {"a": 0.02}
    for _ in range(3):
        evidence = taken_in(evidence, CLEARLY_B)
    assert "a" in evidence
    assert "a" not in taken_in({"a": 0.012}, {"b": 0.9})
