"""What the assistant does with a question: a pure decision, made outside any model."""

from dataclasses import dataclass
from enum import StrEnum

from frontdesk.conversations.models import HandoffReason

ASKS_FROM = 0.5
"""So probable it is at least that one of the best few answers where a contact is asked which (bench/RESULTS.md)."""


class Rule(StrEnum):
    """Which rule decided."""

    SENSITIVE = "sensitive"
    ASKED_FOR_PERSON = "asked_for_person"
    FILE_SENT = "file_sent"
    FAILED = "failed"
    NONE_MEANT = "none_meant"
    NO_HELP = "no_help"
    ASKED_AGAIN = "asked_again"
    NOTHING_FOUND = "nothing_found"
    ONE_OF_SEVERAL = "one_of_several"
    BELOW_THRESHOLD = "below_threshold"
    CONFIDENT = "confident"


class Outcome(StrEnum):
    """What follows."""

    ANSWER = "answer"
    CHOICE = "choice"  # the contact is asked which of a few questions they mean
    HANDOFF = "handoff"


_REASONS = {
    Rule.SENSITIVE: HandoffReason.SENSITIVE,
    Rule.ASKED_FOR_PERSON: HandoffReason.ASKED,
    Rule.FILE_SENT: HandoffReason.FILE,
    Rule.FAILED: HandoffReason.FAILED,
    Rule.NONE_MEANT: HandoffReason.LOW_CONFIDENCE,
    Rule.NO_HELP: HandoffReason.REPEATED,
    Rule.ASKED_AGAIN: HandoffReason.REPEATED,
    Rule.NOTHING_FOUND: HandoffReason.NOT_FOUND,
    Rule.BELOW_THRESHOLD: HandoffReason.LOW_CONFIDENCE,
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The rule that decided, and what follows from it."""

    rule: Rule

    @property
    def handoff(self) -> HandoffReason | None:
        """Why a person takes over; None when nobody does."""
        return _REASONS.get(self.rule)

    @property
    def outcome(self) -> Outcome:
        """An answer, a question back, or a handoff."""
        if self.rule is Rule.CONFIDENT:
            return Outcome.ANSWER
        return Outcome.CHOICE if self.rule is Rule.ONE_OF_SEVERAL else Outcome.HANDOFF


@dataclass(frozen=True, slots=True)
class Signs:
    """What is known of a question before anything is searched for it.

    `none_meant` says that the contact means none of the questions that they were asked about.
    """

    sensitive: bool = False
    asks_for_person: bool = False
    sent_file: bool = False
    given_up: bool = False
    none_meant: bool = False
    no_help: bool = False
    asked_again: bool = False


def decide_at_once(signs: Signs) -> Verdict | None:
    """A handoff that needs no search, the most urgent reason first; None when a search has to decide."""
    rules = (
        (signs.sensitive, Rule.SENSITIVE),
        (signs.asks_for_person, Rule.ASKED_FOR_PERSON),
        (signs.sent_file, Rule.FILE_SENT),
        (signs.given_up, Rule.FAILED),
        (signs.none_meant, Rule.NONE_MEANT),
        (signs.no_help, Rule.NO_HELP),
        (signs.asked_again, Rule.ASKED_AGAIN),
    )
    return next((Verdict(rule) for is_so, rule in rules if is_so), None)


def decide(found: int, confidence: float, threshold: float, choices: int = 0, likely: float = 0.0) -> Verdict:
    """Answer from the threshold on. With less, ask back once where one of several `choices` is `likely` the answer,
    else a person answers.

    Neither how long the queue is nor who sits in it has a say.
    """
    if found == 0:
        return Verdict(Rule.NOTHING_FOUND)
    if confidence >= threshold:
        return Verdict(Rule.CONFIDENT)
    asks_back = choices > 1 and likely >= ASKS_FROM
    return Verdict(Rule.ONE_OF_SEVERAL if asks_back else Rule.BELOW_THRESHOLD)
