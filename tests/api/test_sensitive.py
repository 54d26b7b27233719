"""What the web inbox leaves to people, as an administrator sets it."""

import pytest

from tests.api.people import Agent, Contact, refused

PATH = "/inbox/sensitive-topics"


def test_topics_are_on_and_can_be_switched_off(boss: Agent) -> None:
    known = boss.get(PATH)
    assert all(topic["on"] for topic in known["topics"])
    assert "起诉" in next(topic["words"] for topic in known["topics"] if topic["name"] == "legal")
    changed = boss.send("PUT", PATH, json={"off": ["legal"], "words": [" product  recall", "加盟"]}).json()
    assert [topic["name"] for topic in changed["topics"] if not topic["on"]] == ["legal"]
    assert changed["words"] == ["product recall", "加盟"]
    assert boss.get(PATH) == changed


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"off": ["weather"], "words": []}, "invalid"),
        ({"off": ["own"], "words": []}, "invalid"),
        ({"off": [], "words": ["?!"]}, "words_without_letters"),
        ({"off": [], "words": ["x" * 81]}, "text_too_long"),
        ({"off": [], "words": ["x"] * 201}, "invalid"),
    ],
)
def test_what_is_no_topic_and_no_word_is_refused(boss: Agent, body: dict, code: str) -> None:
    before = boss.get(PATH)
    assert refused(boss.send("PUT", PATH, json=body), 422) == code
    assert boss.get(PATH) == before


@pytest.mark.usefixtures("entries")
def test_it_holds_from_the_next_message_on_and_the_desk_says_why(boss: Agent, contact: Contact) -> None:
    boss.send("PUT", PATH, json={"off": [], "words": ["franchise*"]}).raise_for_status()
    reply = contact.ask("Do you offer franchises?")
    assert reply["handoff_reason"] == "sensitive"
    (decision,) = boss.get(f"/desk{contact.path}")["decisions"]
    assert decision["topic"] == {"name": "own", "words": "franchise*"}
    assert (decision["outcome"], decision["rule"]) == ("handoff", "sensitive")
