"""From a question to an answer or a handoff: the same steps for a contact who waits and for staff who tries."""

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from frontdesk.answering import choices, followups
from frontdesk.answering.answer import Answer, generated, quote
from frontdesk.answering.checks.support import Grounds, Unsupported
from frontdesk.answering.confidence import Judge, Judged
from frontdesk.answering.policy import Outcome, Rule, Signs, Verdict, decide, decide_at_once
from frontdesk.answering.prompts import answering_prompt, system_prompt
from frontdesk.answering.record import Record
from frontdesk.answering.sensitive import mention
from frontdesk.answering.wishes import asks_for_person, finds_no_help, is_among
from frontdesk.answering.writing import Writing
from frontdesk.conversations.models import Form, Sender
from frontdesk.conversations.sensitive_topics import Sensitive
from frontdesk.errors import Unavailable
from frontdesk.knowledge.found import Retrieved
from frontdesk.language import Language
from frontdesk.models_client import ChatModel

REWRITE_SECONDS = 6.0
MARK_BYTES = 8


@dataclass(frozen=True, slots=True)
class Said:
    """What one side said earlier; `choices` are those of a question back.

    What is `settled` was said before people gave the conversation back: it explains, and is no sign of anything.
    """

    sender: Sender
    text: str
    form: Form | None = None
    choices: Sequence[str] = ()
    settled: bool = False

    @property
    def is_answer(self) -> bool:
        """Whether the assistant answered with it."""
        return self.sender is Sender.ASSISTANT and self.form not in (Form.NOTICE, Form.CHOICE)


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be answered, and what was said before it, oldest first.

    `has_files` says that it came with files which people have not seen yet, or with nothing but files.
    """

    text: str
    earlier: Sequence[Said]
    language: Language
    has_files: bool = False

    @property
    def offered(self) -> Sequence[str]:
        """What the contact was asked to choose from right before, if they were."""
        return self._unsettled[-1].choices if self._unsettled else ()

    @property
    def follows_answer(self) -> bool:
        """Whether it was said upon an answer of the assistant."""
        return bool(self._unsettled) and self._unsettled[-1].is_answer

    @property
    def answered(self) -> Sequence[str]:
        """What the contact asked since people had a say, and got an answer to."""
        answered: list[str] = []
        asked: list[str] = []
        for said in self._unsettled:
            if said.sender is Sender.CONTACT:
                asked.append(said.text)
                continue
            if said.sender is Sender.AGENT:
                answered.clear()
            elif said.is_answer:
                answered += [*asked, "\n".join(asked)]
            asked.clear()
        return answered

    @property
    def _unsettled(self) -> Sequence[Said]:
        return [said for said in self.earlier if not said.settled]


class Occasion(Protocol):
    """For whom a question is answered, from what, and how long they wait."""

    @property
    def given_up(self) -> str | None:
        """Why nothing slow is done any more; None as long as it may be."""

    @property
    def seconds_left(self) -> float:
        """How long the answer may still take."""

    @property
    def sensitive(self) -> Sensitive:
        """What is left to people."""

    def retrieve(self, query: str) -> Retrieved:
        """What is known about it."""

    def go_on(self) -> None:
        """Comes before each slow step; may raise to end it all."""

    def show(self, piece: str) -> None:
        """Takes the next piece of a reply while it is written; may raise to end it all."""


class Responder:
    """Answers, with a model or without, or leaves it to a person."""

    def __init__(self, judge: Judge, chat_model: ChatModel | None) -> None:
        self._judge = judge
        self._chat_model = chat_model

    def respond(self, question: Question, occasion: Occasion, record: Record) -> Answer | None:
        """An answer, or None for a handoff; the record says which rule decided.

        Raises what the occasion raises.
        """
        meant = choices.chosen(question.text, question.offered)
        text = meant or question.text
        if occasion.given_up:
            record.notes.append(occasion.given_up)
        if verdict := _at_once(question, text, occasion, record):
            record.decide(verdict)
            return None
        chat_model = self._chat_model
        record.query, record.chosen = text, meant is not None
        if meant is None:
            record.query = followups.join(text, [words for _, words in choices.meant(question.earlier)])
        if chat_model and record.query != text:
            rewritten = _rewrite(chat_model, question, record)
            if rewritten is None:
                chat_model = None
            else:
                record.query = rewritten
        occasion.go_on()
        may_ask = not question.offered
        retrieved = occasion.retrieve(record.query)
        judged = self._judge.judge(retrieved, record.query)
        consider(record, retrieved, judged, question.language if may_ask else None)
        if record.outcome is Outcome.HANDOFF:
            return None
        if record.outcome is Outcome.CHOICE:
            words = choices.ask(record.choices, question.language)
            return Answer(words, Form.CHOICE, [], None, record.choices)
        occasion.go_on()
        answer = _generate(chat_model, question, occasion, record) if chat_model else None
        return answer or quote(record.query, record.passages)


def _at_once(question: Question, text: str, occasion: Occasion, record: Record) -> Verdict | None:
    """The handoff that is due whatever is known; `text` is the question that the contact means."""
    record.mention = mention(f"{question.text}\n{text}", occasion.sensitive)
    signs = Signs(
        sensitive=record.mention is not None,
        asks_for_person=asks_for_person(question.text),
        sent_file=question.has_files,
        given_up=occasion.given_up is not None,
        none_meant=bool(question.offered) and choices.is_neither(question.text),
        no_help=question.follows_answer and finds_no_help(question.text),
        asked_again=is_among(text, question.answered),
    )
    return decide_at_once(signs)


def consider(record: Record, retrieved: Retrieved, judged: Judged, asks_back_in: Language | None = None) -> Record:
    """Decide by what was found, and note all of it; without a language, the contact is not asked what they mean."""
    record.tags = sorted(retrieved.tags)
    record.bases, record.version = retrieved.bases, retrieved.version
    record.passages, record.legs = retrieved.passages, retrieved.legs
    record.notes += retrieved.notes
    record.timings_ms |= retrieved.timings_ms
    record.judged = judged
    record.asks_back_in = asks_back_in
    questions = choices.questions(retrieved.passages, asks_back_in) if asks_back_in else ()
    found = len(retrieved.passages)
    record.decide(decide(found, judged.confidence, judged.threshold, len(questions), judged.likely))
    record.choices = questions if record.outcome is Outcome.CHOICE else ()
    return record


def broke(question: Question, error: Exception) -> Record:
    """The record of a handoff because something broke on the way."""
    name = error.code if isinstance(error, Unavailable) else type(error).__name__
    record = Record(question.text, notes=[name])
    record.decide(Verdict(Rule.FAILED))
    return record


def _rewrite(chat_model: ChatModel, question: Question, record: Record) -> str | None:
    began = time.perf_counter()
    said = [(one.sender, one.text) for one in question.earlier]
    try:
        pieces = chat_model.stream(followups.rewriting_prompt(question.text, said), REWRITE_SECONDS)
        rewritten = "".join(pieces).strip()[: 4 * len(question.text) + 200]
    except Unavailable:
        record.notes.append("rewrite_failed")
        return None
    finally:
        record.timings_ms["rewrite"] = round((time.perf_counter() - began) * 1000)
    asked = [question.text, *(one.text for one in question.earlier if one.sender == Sender.CONTACT)]
    if not rewritten or not followups.keeps_to(rewritten, asked):
        record.notes.append("rewrite_refused")
        return record.query
    return rewritten


def _generate(chat_model: ChatModel, question: Question, occasion: Occasion, record: Record) -> Answer | None:
    """A reply of the model that stood the checks; None when it fails, and the quotation steps in."""
    began = time.perf_counter()
    mark = secrets.token_hex(MARK_BYTES)
    prompt = answering_prompt(record.query, record.passages, question.language, mark)
    told = (mark, system_prompt(question.language))
    asked = f"{question.text}\n{record.query}"
    writing = Writing(Grounds(asked, question.language, record.passages, told))
    record.model = chat_model.name
    try:
        for piece in chat_model.stream(prompt, occasion.seconds_left):
            shown = writing.take(piece)
            if shown and "first_words" not in record.timings_ms:
                record.timings_ms["first_words"] = round((time.perf_counter() - began) * 1000)
            if piece and "first_token" not in record.timings_ms:
                record.timings_ms["first_token"] = round((time.perf_counter() - began) * 1000)
            occasion.show(shown)
        occasion.show(writing.finish())
    except Unavailable:
        record.notes.append("model_unavailable")
        record.model = None
        return None
    except Unsupported as refused:
        record.refused = refused
        return None
    finally:
        record.timings_ms["generate"] = round((time.perf_counter() - began) * 1000)
    return generated(writing.text, writing.used, record.passages, chat_model.name)
