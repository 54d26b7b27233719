"""`python -m bench.search`: the whole retrieval of Frontdesk beside LangChain + Chroma's search by vector alone.

The same passages and vectors lie in both: half of the passages in documents, half in entries of two questions and
an answer, half of either in Chinese. Vectors are made up: clusters with noise, 384 numbers. Everything came in as
in the product, through uploads and entries, with an embedder that answers at once in the place of the client of a
real one.

Timed for Frontdesk: `retrieve` with 10 passages wanted, which is both legs, their fusion, entries in place of
their variants, and the rows from PostgreSQL. For Chroma: `similarity_search_by_vector`, k = 10, in a folder on
disk. Not timed: the embedding of the question, for neither. Both are asked the same questions, in turns of 50.

Bars: at 10,000 passages p50 no more than Chroma's, at 100,000 no more than five times Chroma's.
"""

import argparse
import random
import statistics
import tempfile
import time
import uuid
import zlib
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

import numpy as np
from langchain_chroma import Chroma
from numpy.typing import NDArray
from sqlalchemy import select, update
from sqlalchemy import text as sql

from bench.entries import texts
from bench.passages import passages, pool, section
from bench.stores import own_memory, plugged, started
from frontdesk import bootstrap
from frontdesk.bootstrap import Frontdesk
from frontdesk.evaluation.metrics import percentile
from frontdesk.knowledge.chunking import sentences
from frontdesk.knowledge.index_models import Geometry
from frontdesk.knowledge.models import Chunk, Entry
from frontdesk.language import Language, detect
from frontdesk.models_client import EMBED_SECONDS, Embedded, Purpose, Space

DIMENSIONS = 384
CENTRES = 500
SPREAD = 0.7
NEAR = 0.3
"""How far a question lies from its passage, as a share of the passage's length; SPREAD says it of a passage and its
cluster's centre."""
IN_A_FILE = 200
ENTRIES_AT_ONCE = 1000
IN_A_TURN = 50
WANTED = 10
LONGEST_QUESTION = {Language.ZH: 20, Language.EN: 60}
"""In characters."""
TRUST = 0.5
CHANGED = 5
Vector = NDArray[np.float32]


class InstantEmbedder:
    """Stands where the client of an embedding server would; the same text always has the same vector."""

    def __init__(self) -> None:
        self._space = Space("made up", DIMENSIONS)
        self._centres = np.random.default_rng(1).normal(size=(CENTRES, DIMENSIONS))
        self.asked: dict[str, Vector] = {}

    def space(self) -> Space:
        """Always the same."""
        return self._space

    def embed(self, texts: Sequence[str], purpose: Purpose, seconds: float = EMBED_SECONDS) -> Embedded:
        """A vector of a cluster for each text, unless it is a question that is known."""
        vectors = [self.asked[text] if text in self.asked else self.vector(text) for text in texts]
        return Embedded(self._space, [vector.tolist() for vector in vectors])

    def vector(self, text: str) -> Vector:
        """Of a passage."""
        number = zlib.crc32(text.encode())
        return self._near(self._centres[number % CENTRES], SPREAD, number)

    def ask(self, question: str, passage: str) -> None:
        """From now on the question lies near the passage."""
        self.asked[question] = self._near(self.vector(passage), NEAR, zlib.crc32(question.encode()))

    def _near(self, point: NDArray[np.floating], share: float, seed: int) -> Vector:
        noise = np.random.default_rng(seed).normal(size=DIMENSIONS)
        moved = point / np.linalg.norm(point) + share * noise / np.linalg.norm(noise)
        return (moved / np.linalg.norm(moved)).astype(np.float32)


@dataclass
class Contender:
    """`search` gives the texts that it found."""

    name: str
    search: Callable[[str], list[str]]
    waits_ms: list[float] = field(default_factory=list)
    found: int = 0
    first_ms: float = 0.0
    grown_mib: float = 0.0

    def load(self, question: str) -> None:
        """The first search, and how much memory it took."""
        before, began = own_memory(), time.perf_counter()
        self.search(question)
        self.first_ms = (time.perf_counter() - began) * 1000
        self.grown_mib = own_memory() - before

    def ask(self, question: str, wanted: str) -> None:
        """One search that counts."""
        began = time.perf_counter()
        texts = self.search(question)
        self.waits_ms.append((time.perf_counter() - began) * 1000)
        self.found += wanted in texts


def ingest(ours: Frontdesk, base_id: uuid.UUID, count: int, documents: Path | None, folder: Path) -> None:
    """Documents and entries, through the product."""
    draw = random.Random(11)
    half = count // 2
    for language in (Language.ZH, Language.EN):
        written = [section(one) for one in passages(pool(language, documents), half // 2, draw)]
        for start in range(0, len(written), IN_A_FILE):
            path = folder / "upload"
            path.write_text("\n\n".join(written[start : start + IN_A_FILE]), "utf-8")
            ours.indexing.index_document(ours.knowledge.upload(base_id, f"{language}-{start}.md", path).id)
    entries = texts((count - half) // 3, documents)
    for start in range(0, len(entries), ENTRIES_AT_ONCE):
        ours.knowledge.add_entries(base_id, entries[start : start + ENTRIES_AT_ONCE])
        ours.indexing.index_entries(base_id)
    if unready := ours.indexing.unready(base_id):
        raise SystemExit(f"Not all was indexed: {unready}")
    ours.geometries.measure(base_id)
    with ours.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(sql("ANALYZE"))  # as PostgreSQL does by itself within a minute
    with ours.sessions.begin() as session:
        # What is made up deserves no trust, but then the dense leg would count nothing.
        session.execute(update(Geometry).values(trust_chinese=TRUST, trust_other=TRUST))


def ask(ours: Frontdesk, base_id: uuid.UUID, embedder: InstantEmbedder, count: int) -> dict[str, str]:
    """Distinct questions, each the beginning of a passage and near it; what of it should be found."""
    whole = (Chunk.knowledge_base_id == base_id, Chunk.source_terms.is_not(None))
    with ours.sessions() as session:
        chunks = session.scalars(select(Chunk).where(*whole).order_by(Chunk.digest)).all()
    questions: dict[str, str] = {}
    for chunk in random.Random(2).sample(chunks, len(chunks)):
        question = sentences(chunk.text)[0]
        question = question[: LONGEST_QUESTION[detect(question, Language.ZH)]]
        if question not in questions:
            questions[question] = chunk.text
            embedder.ask(question, chunk.searchable)
        if len(questions) == count:
            break
    return questions


def fill_chroma(ours: Frontdesk, base_id: uuid.UUID, embedder: InstantEmbedder, folder: Path) -> Chroma:
    """The same passages with the same vectors."""
    store = Chroma("passages", persist_directory=str(folder / "chroma"))
    with ours.sessions() as session:
        of_base = select(Chunk).where(Chunk.knowledge_base_id == base_id)
        for chunks in session.scalars(of_base.execution_options(yield_per=4000)).partitions():
            store._collection.add(
                ids=[str(chunk.id) for chunk in chunks],
                documents=[chunk.text for chunk in chunks],
                embeddings=np.array([embedder.vector(chunk.searchable) for chunk in chunks]),
            )
    return store


def change_entries(
    ours: Frontdesk, base_id: uuid.UUID, ask: Callable[[str], object], questions: Sequence[str]
) -> float:
    """The median wait of the search after a changed entry, in ms."""
    waits = []
    with ours.sessions() as session:
        entries = session.scalars(select(Entry).where(Entry.knowledge_base_id == base_id).limit(CHANGED)).all()
    for entry, question in zip(entries, questions, strict=False):
        ours.knowledge.change_entry(entry.id, None, f"{entry.answer} Changed.")
        ours.indexing.index_entries(entry.knowledge_base_id)
        began = time.perf_counter()
        ask(question)
        waits.append((time.perf_counter() - began) * 1000)
    return statistics.median(waits)


def measure(count: int, wished: argparse.Namespace) -> None:
    """One size: fill both, ask both, print."""
    embedder = InstantEmbedder()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        own = {"milvus_uri": wished.milvus} if wished.milvus else {}
        parts = "postgres,redis" if wished.milvus else "postgres,redis,milvus"
        stores = stack.enter_context(started(folder / "ours", parts, **own))
        stack.enter_context(mock.patch.object(bootstrap, "make_embedder", return_value=embedder))
        ours = stack.enter_context(plugged(stores.settings))
        base_id = ours.knowledge.create_base("Many").id
        began = time.perf_counter()
        ingest(ours, base_id, count, wished.documents, folder)
        seconds = time.perf_counter() - began
        questions = ask(ours, base_id, embedder, wished.questions)
        began = time.perf_counter()
        chroma = fill_chroma(ours, base_id, embedder, folder)
        chroma_seconds = time.perf_counter() - began
        held = ours.knowledge.base(base_id).passages
        print(
            f"\n{held} passages, in Frontdesk after {seconds:.0f} s (words, vectors, versions, two stores),",
            end=" ",
        )
        print(f"in Chroma after {chroma_seconds:.0f} s; {len(questions)} questions.\n", flush=True)
        contenders = []
        steps: dict[str, list[int]] = {}
        for engine in wished.engines:
            limits = {"memory": held, "milvus": 0}
            of_engine = stores.settings.model_copy(update={"memory_passages": limits[engine]})
            searching = stack.enter_context(plugged(of_engine))

            def search(question: str, searching: Frontdesk = searching, engine: str = engine) -> list[str]:
                found = searching.retrieval.retrieve(base_id, question, WANTED)
                if list(found.legs) != ["lexical", "dense"]:
                    raise SystemExit(f"Only {found.legs} were searched: {found.notes}")
                for step, milliseconds in found.timings_ms.items():
                    steps.setdefault(f"{engine} {step}", []).append(milliseconds)
                return [passage.text for passage in found.passages]

            contenders.append(Contender(f"Frontdesk, {engine}", search))

        def search_chroma(question: str) -> list[str]:
            vector = embedder.asked[question].tolist()
            return [found.page_content for found in chroma.similarity_search_by_vector(vector, WANTED)]

        contenders.append(Contender("LangChain + Chroma", search_chroma))
        asked = list(questions)
        for contender in contenders:
            contender.load(asked[0])
            for question in asked[-IN_A_TURN:]:
                contender.search(question)
        steps.clear()
        for start in range(0, len(asked), IN_A_TURN):
            for contender in contenders:
                for question in asked[start : start + IN_A_TURN]:
                    contender.ask(question, questions[question])
        changed = {one.name: change_entries(ours, base_id, one.search, asked) for one in contenders[:-1]}
        table(contenders, changed, len(asked))
        for step, milliseconds in steps.items():
            print(f"  {step}: {statistics.mean(milliseconds):.1f} ms on average, of whole milliseconds")


def table(contenders: Sequence[Contender], changed: dict[str, float], asked: int) -> None:
    """The last contender is what the others are compared with."""
    heads = (
        f"{'p50 ms':>8}{'p95 ms':>8}{'ratio':>7}{'found':>8}{'first, ms':>11}{'MiB by it':>11}{'changed, ms':>13}"
    )
    print(f"{'':20}{heads}")
    theirs = percentile(contenders[-1].waits_ms, 0.5)
    for one in contenders:
        p50, p95 = percentile(one.waits_ms, 0.5), percentile(one.waits_ms, 0.95)
        after = f"{changed[one.name]:13.1f}" if one.name in changed else ""
        figures = f"{p50:8.2f}{p95:8.2f}{p50 / theirs:7.2f}{one.found / asked:8.1%}"
        print(f"{one.name:20}{figures}{one.first_ms:11.0f}{one.grown_mib:11.0f}{after}")
    print(f"\nThis process has {own_memory():.0f} MiB.", flush=True)


def main() -> None:
    """Measure one size after the other."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--engines", nargs="+", choices=("memory", "milvus"), default=["memory"])
    parser.add_argument("--milvus", metavar="URL", help="a Milvus to use in place of Milvus Lite")
    parser.add_argument("--documents", type=Path, help="a folder whose texts give the sentences; else the shop's")
    wished = parser.parse_args()
    for count in wished.passages:
        measure(count, wished)


if __name__ == "__main__":
    main()
