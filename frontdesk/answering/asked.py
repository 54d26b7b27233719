"""What a conversation is about at this point, for whoever takes it over: the words that wait for an answer, made to
stand alone. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from frontdesk.answering import followups
from frontdesk.answering.choices import is_neither, meant
from frontdesk.answering.wishes import asks_for_person, finds_no_help
from frontdesk.conversations.models import Form, Message, Sender
from frontdesk.triage.small_talk import PHRASES

_SMALL_TALK = frozenset(phrase.casefold() for phrase in PHRASES)


@dataclass(frozen=True, slots=True)
class Wish:
    """What the contact wants to know: in their `words`, and as a `query` that stands alone."""

    words: str
    query: str


def unanswered(messages: Sequence[Message]) -> Wish | None:
    """What nobody has answered yet, from the messages in their order; None where there is nothing.

    A notice and a question back answer nothing. Of one who only asks for a person, or says that an answer was of no
    help, it is what they wanted to know before, unless an agent has looked after that.
    """
    replies = [at for at, one in enumerate(messages) if _is_reply(one)]
    newest = messages[replies[-1] + 1 :] if replies else messages
    waiting = [one for one in newest if one.sender is Sender.CONTACT]
    if not waiting:
        return None
    telling = [(one.sequence, words) for one, words in meant(messages) if says_something(words)]
    since = waiting[0].sequence
    if now := [words for sequence, words in telling if sequence >= since]:
        words = "\n".join(now)
        return Wish(words, followups.join(words, [words for sequence, words in telling if sequence < since]))
    agents = [at for at, one in enumerate(messages) if one.sender is Sender.AGENT]
    return wanted(messages[agents[-1] + 1 :] if agents else messages)


def wanted(messages: Sequence[Message]) -> Wish | None:
    """The last thing that the contact wanted to know, answered or not; None where they have only talked."""
    telling = [words for _, words in meant(messages) if says_something(words)]
    return Wish(telling[-1], followups.join(telling[-1], telling[:-1])) if telling else None


def says_something(text: str) -> bool:
    """Whether words are about something: no greeting or thanks, no wish for a person, no complaint, none of the
    choices."""
    bare = text.strip(" \t\n。，！？、~…,.!?").casefold()
    is_told = bool(bare) and bare not in _SMALL_TALK and not is_neither(text)
    return is_told and not asks_for_person(text) and not finds_no_help(text)


def _is_reply(message: Message) -> bool:
    return message.sender in (Sender.ASSISTANT, Sender.AGENT) and message.form not in (Form.NOTICE, Form.CHOICE)
