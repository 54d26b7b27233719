"""Random sequences of changes, with workers killed in the middle: what is found is what a filtered list would have.

`VERSION_SEQUENCES=200 make test ARGS=tests/knowledge/test_version_sequences.py` runs as many as one has time for.
"""

import multiprocessing
import os
import random
import signal
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import pytest
from sqlalchemy import text

from frontdesk import bootstrap
from frontdesk.bootstrap import Frontdesk
from frontdesk.errors import Conflict
from frontdesk.knowledge.entries_text import EntryText
from frontdesk.knowledge.versions import Authorship
from frontdesk.settings import Settings

SEQUENCES = int(os.environ.get("VERSION_SEQUENCES", "24"))
STEPS = 9
KILLED = 0.15
"""The share of jobs whose process is killed while it works, or just before or behind it."""
LONGEST_WORK_S = 0.25
WORD = "退货"
NOBODY = Authorship()

Content = dict[uuid.UUID, str]
"""The answer of each entry."""


def work(settings: Settings, knowledge_base_id: uuid.UUID) -> None:
    """A worker that does what entries owe, in a process of its own."""
    bootstrap.build(settings).indexing.index_entries(knowledge_base_id)


@dataclass
class Model:
    """What a knowledge base should say: a list of versions, each of them whole."""

    published: Content = field(default_factory=dict)
    draft: Content = field(default_factory=dict)
    versions: dict[int, Content] = field(default_factory=dict)


class Shop:
    """A knowledge base and its model, changed alike."""

    def __init__(self, frontdesk: Frontdesk, chance: random.Random, name: str) -> None:
        self.frontdesk = frontdesk
        self.chance = chance
        self.id = frontdesk.knowledge.create_base(name).id
        self.model = Model()
        frontdesk.editions.gather(self.id, True, NOBODY)

    def step(self) -> None:
        """One change, of any kind that is possible now."""
        verbs = [self.add, self.add, self.publish, self.reindex]
        if self.model.draft:
            verbs += [self.edit, self.edit, self.delete, self.remove]
        if len(self.model.versions) > 1:
            verbs += [self.roll_back, self.discard]
        self.chance.choice(verbs)()

    def add(self) -> None:
        """New entries."""
        answers = [self.answer() for _ in range(self.chance.randint(1, 3))]
        made = self.frontdesk.knowledge.add_entries(
            self.id, [EntryText((f"{WORD}问题{answer}",), answer) for answer in answers]
        )
        self.index()
        self.model.draft |= {entry.id: answer for entry, answer in zip(made, answers, strict=True)}

    def edit(self) -> None:
        """Another answer."""
        entry, answer = self.one(), self.answer()
        self.frontdesk.knowledge.change_entry(entry, None, answer)
        self.index()
        self.model.draft[entry] = answer

    def delete(self) -> None:
        """Gone at once."""
        entry = self.one()
        was_published = entry in self.model.published
        self.frontdesk.knowledge.delete_entry(entry)
        del self.model.draft[entry]
        if was_published:
            self.model.published = {one: answer for one, answer in self.model.published.items() if one != entry}
            self.note()

    def remove(self) -> None:
        """Gone with the next version."""
        entry = self.one()
        self.frontdesk.knowledge.delete_entry(entry, at_once=False)
        del self.model.draft[entry]

    def publish(self) -> None:
        """The draft answers."""
        with suppress(Conflict):
            self.frontdesk.editions.publish(self.id, NOBODY)
            self.model.published = dict(self.model.draft)
            self.note()

    def roll_back(self) -> None:
        """An earlier version answers."""
        number = self.chance.choice(list(self.model.versions)[:-1])
        self.frontdesk.editions.roll_back(self.id, number, NOBODY)
        self.model.published = dict(self.model.versions[number])
        self.model.draft = dict(self.model.published)
        self.note()

    def discard(self) -> None:
        """Nothing waits any more."""
        with suppress(Conflict):
            self.frontdesk.editions.discard(self.id)
            self.model.draft = dict(self.model.published)

    def reindex(self) -> None:
        """Milvus is made anew."""
        if self.frontdesk.knowledge.base(self.id).collection:
            self.frontdesk.rebuilding.rebuild(self.id, lambda _: None)

    def index(self) -> None:
        """Do what entries owe; now and then whoever does it is killed, and it is done by the next."""
        if self.chance.random() < KILLED:
            workers = multiprocessing.get_context("forkserver")
            workers.set_forkserver_preload(["frontdesk.bootstrap"])
            worker = workers.Process(target=work, args=(self.frontdesk.settings, self.id))
            worker.start()
            worker.join(self.chance.random() * LONGEST_WORK_S)
            worker.kill()
            worker.join()
            assert worker.exitcode in (0, -signal.SIGKILL)
            with self.frontdesk.engine.begin() as connection:
                connection.execute(text("UPDATE entries SET job_until = NULL"))
        self.frontdesk.indexing.index_entries(self.id)
        assert not self.frontdesk.indexing.unready(self.id)

    def note(self) -> None:
        """A version came to be; contacts must be answered from just what the model has."""
        base = self.frontdesk.knowledge.base(self.id)
        self.model.versions[base.published] = dict(self.model.published)
        assert self.found(base.published) == sorted(self.model.published.values())

    def found(self, version: int) -> list[str]:
        """What is found in a version."""
        retrieved = self.frontdesk.retrieval.retrieve(self.id, WORD, 64, version)
        return sorted(passage.text for passage in retrieved.passages)

    def one(self) -> uuid.UUID:
        """Any entry of the draft."""
        return self.chance.choice(sorted(self.model.draft))

    def answer(self) -> str:
        """One that was never given before."""
        return f"{WORD}答案{self.chance.getrandbits(40)}"


@pytest.mark.timeout(900)
@pytest.mark.parametrize("memory_passages", [1000, 0], ids=["in memory", "by Milvus"])
def test_what_is_found_is_what_was_published(build: Callable[..., Frontdesk], memory_passages: int) -> None:
    frontdesk = build(memory_passages=memory_passages)
    share = {1000: range(0, SEQUENCES, 2), 0: range(1, SEQUENCES, 2)}
    for seed in share[memory_passages]:
        shop = Shop(frontdesk, random.Random(seed), f"shop {seed}")
        for _ in range(STEPS):
            shop.step()
        base = frontdesk.knowledge.base(shop.id)
        assert shop.found(base.draft) == sorted(shop.model.draft.values()), seed
        listed = frontdesk.knowledge.entries(shop.id, "", 0, 200)[0]
        assert sorted(entry.answer for entry in listed) == sorted(shop.model.draft.values()), seed
        frontdesk.indexing.remove_base(shop.id)
