"""What an entry may hold, however it comes: written, pasted or in a file."""

from collections.abc import Sequence

from frontdesk.errors import Invalid
from frontdesk.knowledge.models import Entry, SourceStatus
from frontdesk.language import detect
from frontdesk.texts import require_text

LONGEST_QUESTION = 500
"""In characters."""
LONGEST_ANSWER = 8000
"""In characters."""
MOST_QUESTIONS = 500
"""Ways to ask for one answer."""


def clean_entry(questions: Sequence[str], answer: str) -> tuple[list[str], str]:
    """The questions, each on one line and none twice, and the answer.

    Raises Invalid with entry_questions for none or too many of them, and as `require_text` does.
    """
    if not 0 < len(questions) <= MOST_QUESTIONS:
        raise Invalid(f"An entry needs 1 to {MOST_QUESTIONS} questions.", code="entry_questions")
    cleaned = [require_text(_one_line(question), LONGEST_QUESTION, "A question") for question in questions]
    # Spreadsheets keep one kind of line break; an entry that was exported must come back as it was.
    answer = answer.replace("\r\n", "\n").replace("\r", "\n")
    return list(dict.fromkeys(cleaned)), require_text(answer, LONGEST_ANSWER, "The answer")


def rewrite(entry: Entry, questions: list[str], answer: str) -> None:
    """Give an entry other questions and another answer, both clean already; the worker will index it again."""
    entry.questions, entry.answer = questions, answer
    entry.language = detect(" ".join(questions), entry.language)
    entry.revision += 1
    entry.owe(SourceStatus.QUEUED)


def _one_line(text: str) -> str:
    return " ".join(text.splitlines())
