"""`python -m bench.growth SET ...`: does what agents answer come back as knowledge, and does nothing get worse?

A SET is read as in bench.confidence. So many of its entries that have enough wordings are hidden. Contacts ask for
them as live turns answer, an agent gives the hidden answer to all who come to a person, and each is drafted, proved
and, where the proof passes, accepted, one after the other. Then wordings that nobody has used are asked; beside
them the questions of a set about the entries that were there all the time. `--embedder` as in bench.retrieval.
"""

import argparse
import json
import random
import tempfile
import time
import uuid
from contextlib import ExitStack
from pathlib import Path

from bench.corpora import read
from bench.retrieval import embedder
from frontdesk import bootstrap, cli
from frontdesk.agents import Role
from frontdesk.bootstrap import Frontdesk
from frontdesk.confidence.fitted import Fitted
from frontdesk.confidence.labels import Wordings
from frontdesk.confidence.targets import ERROR, Target
from frontdesk.evaluation.expectations import Expectation, Wanted
from frontdesk.evaluation.sets import CleanQuestion, add
from frontdesk.knowledge.entries_text import EntryText
from frontdesk.settings import Settings
from tests.conftest import PASSWORD, supervised
from tests.growth.growing import Hidden, ask, grow, grow_again, serve

WORDINGS = 8
"""Ways to ask that an entry has at most."""


def settings(stack: ExitStack, folder: Path, embedding_model: str | None) -> Settings:
    """Those of stores that are started for it."""
    environment = json.loads(stack.enter_context(supervised(folder, "postgres,redis,milvus")).read_text())[
        "environment"
    ]
    made = Settings(
        database_url=environment["FRONTDESK_DATABASE_URL"],
        redis_url=environment["FRONTDESK_REDIS_URL"],
        milvus_uri=environment["FRONTDESK_MILVUS_URI"],
        secret_key=environment["FRONTDESK_SECRET_KEY"],
        files_dir=folder / "files",
        embedding_url=stack.enter_context(embedder(embedding_model, folder)) if embedding_model else None,
    )
    bootstrap.prepare(made)
    cli.migrate(made)
    return made


def calibrate(frontdesk: Frontdesk, knowledge_base_id: uuid.UUID) -> None:
    """Calibrate, and print what the threshold rests on."""
    began = time.perf_counter()
    made = frontdesk.calibrating.calibrate(knowledge_base_id)
    assert made is not None
    print(f"{made.held_out} questions held out in {time.perf_counter() - began:.0f} s, ", end="")
    fitted = [Fitted.of_json(of_basis) for of_basis in made.fitted.values()]
    print(f"calibrated for {made.outside:.3f} that nothing answers, {made.share}: ", end="")
    print(", ".join(f"{by} {one.ground} {one.threshold}" for by, one in zip(made.fitted, fitted, strict=True)))


def main() -> None:
    """Hide, ask, draft, prove, accept, ask again."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", metavar="SET")
    parser.add_argument("--entries", type=int, default=600)
    parser.add_argument("--hide", type=int, default=200)
    parser.add_argument("--asked", type=int, default=4, help="contacts who ask for each hidden entry")
    parser.add_argument("--unseen", type=int, default=3, help="wordings of each that nobody has used")
    parser.add_argument("--error", type=float, default=ERROR, help="the share of answers that may be wrong")
    parser.add_argument("--embedder", metavar="MODEL")
    wished = parser.parse_args()
    chance = random.Random(21)
    needed = wished.asked + wished.unseen
    entries = [entry for sources in wished.sets for entry in read(sources).entries if entry.questions[0]]
    chance.shuffle(entries)
    # Those that can be hidden come first; what only fills up the knowledge base comes behind.
    entries = sorted(entries, key=lambda entry: len(entry.questions) <= needed)[: wished.entries]
    hideable = [entry for entry in entries if len(entry.questions) > needed]
    chosen = {entry.entry_id for entry in chance.sample(hideable, min(wished.hide, len(hideable)))}
    kept = [entry for entry in entries if entry.entry_id not in chosen]

    def answer(entry: Wordings) -> str:
        return f"{entry.answer} ({entry.entry_id.hex[:6].upper()})"

    hidden = []
    for entry in entries:
        if entry.entry_id in chosen:
            texts = chance.sample(entry.questions[1:], needed)
            hidden.append(Hidden(answer(entry), texts[: wished.asked], texts[wished.asked :]))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        frontdesk = bootstrap.build(settings(stack, folder, wished.embedder))
        stack.callback(frontdesk.close)
        base = frontdesk.knowledge.create_base("Shop")
        frontdesk.calibrations.aim(base.id, Target(wished.error))
        frontdesk.inboxes.ensure("web", base.id)
        frontdesk.inboxes.answer_from("web", [base.id])
        agent = frontdesk.agents.create("li@shop.example", "Li Ming", Role.AGENT, PASSWORD)
        admin = frontdesk.agents.create("boss@shop.example", "Wang Fang", Role.ADMIN, PASSWORD)
        texts_of_kept = [EntryText(tuple(entry.questions[:WORDINGS]), answer(entry)) for entry in kept]
        made = frontdesk.knowledge.add_entries(base.id, texts_of_kept)
        while frontdesk.indexing.unready(base.id):
            frontdesk.indexing.index_entries(base.id)
        if wished.embedder:
            frontdesk.geometries.measure(base.id)
        known = [
            (entry, stored, text)
            for entry, stored in zip(kept, made, strict=True)
            for text in entry.questions[WORDINGS : WORDINGS + 1]
        ]
        question_set = frontdesk.question_sets.create(base.id, "Known")
        with frontdesk.sessions.begin() as session:
            add(
                session,
                question_set.id,
                [CleanQuestion(text, Expectation(Wanted.ENTRY, stored.id)) for _, stored, text in known],
            )
        calibrate(frontdesk, base.id)
        of_set = [(text, answer(entry)) for entry, _, text in known]
        unseen = [(text, one.answer) for one in hidden for text in one.unseen]
        print(f"{len(kept)} entries, {len(hidden)} hidden; asked for by {wished.asked} contacts each", flush=True)
        print(f"before   unseen: {serve(frontdesk, base.id, unseen)}", flush=True)
        print(f"before   of the set: {serve(frontdesk, base.id, of_set)}", flush=True)
        began = time.perf_counter()
        stories = ask(frontdesk, agent, hidden)
        print(f"asked, resolved and gathered in {time.perf_counter() - began:.0f} s", flush=True)
        began = time.perf_counter()
        grown = grow(frontdesk, base.id, admin, stories)
        seconds = time.perf_counter() - began
        print(f"{grown.drafted} drafted and proved in {seconds:.0f} s: {grown}", flush=True)
        print(f"after    unseen: {serve(frontdesk, base.id, unseen)}", flush=True)
        print(f"after    of the set: {serve(frontdesk, base.id, of_set)}", flush=True)
        calibrate(frontdesk, base.id)
        print(f"calibrated anew   unseen: {serve(frontdesk, base.id, unseen)}", flush=True)
        print(f"calibrated anew   of the set: {serve(frontdesk, base.id, of_set)}", flush=True)
        grow_again(frontdesk, base.id, grown)
        print(f"what failed is proved again: {grown}", flush=True)
        calibrate(frontdesk, base.id)
        print(f"in the end   unseen: {serve(frontdesk, base.id, unseen)}", flush=True)
        print(f"in the end   of the set: {serve(frontdesk, base.id, of_set)}", flush=True)


if __name__ == "__main__":
    main()
