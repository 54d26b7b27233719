"""Histories of conversations, made up at random and lived through at once: contacts write and ask for people,
agents do all that they can, the assistant takes its turns, turns die with their lease, time passes."""

import random
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Lock

from sqlalchemy import text

from frontdesk.agents import Agent
from frontdesk.answering import turns
from frontdesk.answering.record import Record
from frontdesk.answering.turns import Turn, TurnLost
from frontdesk.bootstrap import Frontdesk
from frontdesk.conversations.models import Conversation
from frontdesk.database import now
from frontdesk.errors import DomainError
from frontdesk.teams.models import Team

THREADS = 6
SAYINGS = (
    "你们的退货政策是怎么样的？",
    "Do you ship to Hainan?",
    "How do I get an invoice?",
    "你们公司的股票代码是多少？",
    "What is the meaning of zebra polishing?",
    "我要找人工",
    "没用",
)


class Killed(Exception):
    """A worker's process ends before it commits."""


@dataclass
class Life:
    """One conversation, and what its contact and its agents were told is stored."""

    conversation: Conversation
    said: set[str] = field(default_factory=set)
    replied: set[uuid.UUID] = field(default_factory=set)


class World:
    """Conversations that live at the same time, and the staff that they share."""

    def __init__(
        self, frontdesk: Frontdesk, agents: Sequence[Agent], teams: Sequence[Team], seed: int, size: int
    ) -> None:
        self._frontdesk = frontdesk
        self._agents = agents
        self._teams = teams
        self._chance = random.Random(seed)
        self._dead: list[Turn] = []
        self._lock = Lock()
        self.lives = [Life(frontdesk.conversations.open("web", None, None)) for _ in range(size)]

    def live(self, steps: int) -> None:
        """Let all that is planned happen, in an order that nobody knows, until nothing is owed any more."""
        plan = [(life, self._chance.random()) for life in self.lives for _ in range(steps)]
        self._chance.shuffle(plan)
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(lambda one: self._step(*one), plan))
        self._settle()

    def _step(self, life: Life, seed: float) -> None:
        chance = random.Random(seed)
        acts: dict[Callable[[Life, random.Random], None], int] = {
            self._say: 6,
            self._say_twice: 1,
            self._ask: 2,
            self._claim: 5,
            self._reply: 3,
            self._note: 1,
            self._snooze: 2,
            self._transfer: 2,
            self._return: 2,
            self._resolve: 2,
            self._turn: 6,
            self._die: 2,
            self._come_back_from_the_dead: 2,
            self._break_off: 1,
            self._let_time_pass: 2,
            self._go_rounds: 1,
        }
        (act,) = chance.choices(list(acts), list(acts.values()))
        try:
            act(life, chance)
        except (DomainError, TurnLost, Killed):
            return

    def _say(self, life: Life, chance: random.Random) -> None:
        key, words = f"{chance.random()}", chance.choice(SAYINGS)
        conversation = life.conversation
        self._frontdesk.conversations.receive(conversation.id, conversation.contact_id, words, key)
        life.said.add(key)

    def _say_twice(self, life: Life, chance: random.Random) -> None:
        again = random.Random(chance.random())
        state = again.getstate()
        self._say(life, again)
        again.setstate(state)
        self._say(life, again)

    def _ask(self, life: Life, chance: random.Random) -> None:
        self._frontdesk.desk.request(life.conversation.id, life.conversation.contact_id)

    def _claim(self, life: Life, chance: random.Random) -> None:
        self._frontdesk.desk.claim(life.conversation.id, chance.choice(self._agents).id)

    def _reply(self, life: Life, chance: random.Random) -> None:
        posted = self._frontdesk.desk.reply(life.conversation.id, self._owner(life, chance), "I see to it.", None)
        life.replied.add(posted.message.id)

    def _note(self, life: Life, chance: random.Random) -> None:
        self._frontdesk.desk.note(life.conversation.id, self._owner(life, chance), "Asked before.")

    def _snooze(self, life: Life, chance: random.Random) -> None:
        until = now() + timedelta(hours=1) if chance.random() < 0.7 else None
        self._frontdesk.desk.snooze(life.conversation.id, self._owner(life, chance), until)

    def _transfer(self, life: Life, chance: random.Random) -> None:
        owner = self._owner(life, chance)
        if chance.random() < 0.5:
            to = chance.choice(self._agents).id
            self._frontdesk.desk.transfer(life.conversation.id, owner, to_agent=to, note="Yours?")
        else:
            self._frontdesk.desk.transfer(life.conversation.id, owner, to_team=chance.choice(self._teams).id)

    def _return(self, life: Life, chance: random.Random) -> None:
        self._frontdesk.desk.return_to_assistant(life.conversation.id, self._owner(life, chance))

    def _resolve(self, life: Life, chance: random.Random) -> None:
        conversation = self._frontdesk.conversations.get(life.conversation.id)
        self._frontdesk.desk.resolve(conversation.id, self._owner(life, chance), conversation.last_sequence)

    def _turn(self, life: Life, chance: random.Random) -> None:
        self._frontdesk.assistant.take_turn()

    def _die(self, life: Life, chance: random.Random) -> None:
        """A worker takes a turn and is never heard of again, or much later."""
        with self._frontdesk.sessions.begin() as session:
            turn = turns.claim(session)
        if turn:
            with self._lock:
                self._dead.append(turn)

    def _come_back_from_the_dead(self, life: Life, chance: random.Random) -> None:
        """A worker that slept tries to finish its turn."""
        with self._lock:
            if not self._dead:
                return
            turn = self._dead.pop(chance.randrange(len(self._dead)))
        self._finish(turn)

    def _break_off(self, life: Life, chance: random.Random) -> None:
        """A worker is killed between its last statement and its commit."""
        with self._frontdesk.sessions.begin() as session:
            turn = turns.claim(session)
        if turn:
            self._finish(turn, killed=True)

    def _finish(self, turn: Turn, *, killed: bool = False) -> None:
        with self._frontdesk.sessions.begin() as session:
            asked = turns.read_question(session, turn)
            turns.store(session, turn, asked, Record(asked.question.text), None)
            if killed:
                raise Killed

    def _let_time_pass(self, life: Life, chance: random.Random) -> None:
        """Leases end, what was put off is due, an agent closes their screen or opens it."""
        away = now() - timedelta(minutes=chance.choice([0, 0, 60]))
        with self._frontdesk.engine.begin() as connection:
            connection.execute(
                text("UPDATE agents SET seen_at = :seen WHERE id = :id"),
                {"seen": away, "id": chance.choice(self._agents).id},
            )
        with self._frontdesk.engine.begin() as connection:
            connection.execute(
                text(
                    "UPDATE conversations SET turn_until = CASE WHEN turn_id IS NOT NULL THEN now() END, "
                    "snoozed_until = CASE WHEN status = 'snoozed' THEN now() END WHERE id = :id"
                ),
                {"id": life.conversation.id},
            )
            connection.execute(
                text(
                    "UPDATE handoffs SET owned_since = owned_since - interval '1 hour', "
                    "requested_at = requested_at - interval '1 hour' "
                    "WHERE conversation_id = :id AND ended_at IS NULL"
                ),
                {"id": life.conversation.id},
            )

    def _go_rounds(self, life: Life, chance: random.Random) -> None:
        self._frontdesk.rounds.go()

    def _settle(self) -> None:
        """Leases of the dead end, and the living see to what is owed."""
        with self._frontdesk.engine.begin() as connection:
            connection.execute(text("UPDATE conversations SET turn_until = now() WHERE turn_id IS NOT NULL"))
        while self._frontdesk.assistant.take_turn():
            continue
        self._frontdesk.rounds.go()

    def _owner(self, life: Life, chance: random.Random) -> uuid.UUID:
        """Who has the conversation, as far as this one knows; now and then somebody else."""
        owner = self._frontdesk.conversations.get(life.conversation.id).assignee_id
        return owner if owner and chance.random() < 0.9 else chance.choice(self._agents).id
