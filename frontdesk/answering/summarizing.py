"""What an agent who takes over has to know, in a few lines: picked out of what was said, or written by a model."""

import logging
import re
import threading
import uuid
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from frontdesk.answering import asked
from frontdesk.answering.checks.addresses import addresses
from frontdesk.answering.checks.figures import figures, unsupported
from frontdesk.answering.prompts import summarizing_prompt
from frontdesk.conversations.models import Form, Message, Sender
from frontdesk.conversations.recent import recent
from frontdesk.conversations.service import find
from frontdesk.database import Sessions
from frontdesk.errors import Unavailable
from frontdesk.knowledge.chunking import sentences
from frontdesk.language import Language
from frontdesk.models_client import ChatModel

log = logging.getLogger(__name__)

FEW_MESSAGES = 3
"""So many are read faster than a summary of them."""
AT_ONCE = 2
MOST_WAITING = 8
MOST_KEPT = 500
WRITING_SECONDS = 12.0
LONGEST_PART = 160
LONGEST_SUMMARY = 500

_MARKS = re.compile(r"\s*\[\d{1,2}\]")


@dataclass(frozen=True, slots=True)
class Summary:
    """What the contact `wants`, and what they were `told` last, each in its own words.

    `words` are a model's, which may still be `being_written`; None where there is none or it could not be used.
    """

    wants: str | None
    told: str | None
    words: str | None
    being_written: bool


class Summarizing:
    """Sums up conversations. A model is asked once for what was said, and nobody waits for it."""

    def __init__(self, sessions: Sessions, chat_model: ChatModel | None) -> None:
        self._sessions = sessions
        self._chat_model = chat_model
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="summary")
        self._lock = threading.Lock()
        self._written: OrderedDict[tuple[uuid.UUID, int, Language], Future[str | None]] = OrderedDict()

    def summary(self, conversation_id: uuid.UUID, language: Language | None = None) -> Summary | None:
        """At once what can be picked out, with a model's words as soon as there are some; None for a short one.

        The model writes in the reader's language, else in that of the conversation. Raises NotFound.
        """
        with self._sessions() as session:
            conversation = find(session, conversation_id)
            latest = recent(session, conversation_id)
        said = [one for one in latest if one.form is not Form.NOTICE]
        if len(said) <= FEW_MESSAGES:
            return None
        wish = asked.unanswered(said) or asked.wanted(said)
        writing = self._ask(conversation_id, said, language or conversation.language)
        done = writing is not None and writing.done()
        return Summary(
            wants=_clipped(wish.query) if wish else None,
            told=_told(said),
            words=writing.result() if writing and done else None,
            being_written=writing is not None and not done,
        )

    def close(self) -> None:
        """Ask the model nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _ask(
        self, conversation_id: uuid.UUID, said: Sequence[Message], language: Language
    ) -> Future[str | None] | None:
        """A model's summary of what was said, once for all who ask; None while too many wait for one."""
        if self._chat_model is None:
            return None
        key = (conversation_id, said[-1].sequence, language)
        with self._lock:
            if key not in self._written:
                if sum(not one.done() for one in self._written.values()) >= MOST_WAITING:
                    return None
                turns = [(str(one.sender), one.text) for one in said]
                self._written[key] = self._pool.submit(_write, self._chat_model, turns, language)
                if len(self._written) > MOST_KEPT:
                    self._written.popitem(last=False)
            return self._written[key]


def _write(chat_model: ChatModel, turns: Sequence[tuple[str, str]], language: Language) -> str | None:
    """None when the model fails, or names a figure or an address that nobody has said."""
    try:
        written = "".join(chat_model.stream(summarizing_prompt(turns, language), WRITING_SECONDS)).strip()
    except Unavailable as error:
        log.info("A conversation was not summed up: %s", error)
        return None
    said = "\n".join(text for _, text in turns)
    made_up = set(addresses(written)) - set(addresses(said)) or unsupported(figures(written), figures(said))
    return None if made_up or not 0 < len(written) <= LONGEST_SUMMARY else written


def _told(said: Sequence[Message]) -> str | None:
    replies = [
        one for one in said if one.sender in (Sender.ASSISTANT, Sender.AGENT) and one.form is not Form.CHOICE
    ]
    return _clipped(_MARKS.sub("", replies[-1].text)) if replies else None


def _clipped(text: str) -> str:
    """The first sentences, as many as fit into a line or two; the beginning of a sentence that is longer."""
    kept = ""
    for part in sentences(" ".join(text.split())):
        if len(kept) + len(part) > LONGEST_PART:
            break
        kept += part if not kept or part[:1] > "\u2e7f" else f" {part}"
    return kept or f"{text[:LONGEST_PART].rstrip()}…"
