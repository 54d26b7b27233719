"""What HTTP costs over the engine in process: CPU seconds per request and per streamed token, on a tiny model.

The client runs in a process of its own, so that only the server's seconds count. Each round asks an engine and then
the server for the same replies; the figures are medians over the rounds.
"""

import argparse
import asyncio
import json
import logging
import queue
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import torch

from services.llm.chat import Prepared
from services.llm.engine import Engine
from services.llm.generation import Failure, Finish, Piece
from services.llm.loading import make_runner
from services.llm.protocol import ChatRequest
from tests.llm import families
from tests.llm.serving import CHAT, HELLO, Serving, serve

CONTEXT_TOKENS = 2000
MESSAGES = [
    {"role": "system", "content": "You are the assistant of a shop. Answer from the passages, briefly. " * 8},
    {"role": "user", "content": "我的订单什么时候能收到退款？ When will I get my refund?"},
]
BARS = {
    "whole": ("a request that is answered whole", 3.0),
    "stream": ("a request that streams", 3.0),
    "token": ("a streamed token", 0.1),
}


def in_process(engine: Engine, prepared: Prepared, requests: int, at_once: int) -> None:
    """Ask an engine, and look at nothing but the ends."""
    ended: queue.SimpleQueue[Piece] = queue.SimpleQueue()

    def listen(piece: Piece) -> None:
        if isinstance(piece, Finish | Failure):
            ended.put(piece)

    for number in range(requests + at_once):
        if number >= at_once:
            assert isinstance(ended.get(timeout=60), Finish)
        if number < requests:
            engine.submit(prepared.job("", listen))


def over_http(serving: Serving, body: dict[str, object], requests: int, at_once: int) -> None:
    """Ask the server, by a client in another process."""
    port = serving.url.rpartition(":")[2]
    options = ["--client", port, "--requests", str(requests), "--at-once", str(at_once)]
    command = [sys.executable, "-m", "bench.llm_http", *options]
    subprocess.run(command, input=json.dumps(body).encode(), check=True)


async def ask(port: int, body: bytes, requests: int, at_once: int) -> None:
    """The client: as little as can be."""
    head = f"POST {CHAT} HTTP/1.1\r\nHost: llm\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    left = iter(range(requests))

    async def one_after_another() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in left:
            writer.write(head + body)
            headers = await reader.readuntil(b"\r\n\r\n")
            assert headers.startswith(b"HTTP/1.1 200"), headers
            if b"chunked" in headers:
                await reader.readuntil(b"\r\n0\r\n\r\n")
            else:
                length = headers.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
                await reader.readexactly(int(length))
        writer.close()

    await asyncio.gather(*(one_after_another() for _ in range(at_once)))


def seconds(work: Callable[..., None], *arguments: object) -> float:
    """The CPU time that this process takes for it."""
    began = time.process_time()
    work(*arguments)
    return time.process_time() - began


def measure(at_once: int, requests: int, tokens: int, rounds: int) -> dict[str, list[float]]:
    """By round, what HTTP adds in milliseconds."""
    measured: dict[str, list[float]] = {name: [] for name in BARS}
    runner = make_runner(families.model("qwen", ends=False), CONTEXT_TOKENS, at_once)
    engine = Engine(runner, frozenset(), families.tokenizer("qwen"), waiting=64, waiting_tokens=10**6)
    engine.start()
    with serve("qwen", ends=False, slots=at_once, context_tokens=CONTEXT_TOKENS) as serving:
        for number in range(rounds + 1):
            added = {}
            for name, changes in {
                "whole": {"max_tokens": 1},
                "stream": {"max_tokens": 1, "stream": True},
                "long": {"max_tokens": tokens, "stream": True},
            }.items():
                body: dict[str, object] = HELLO | {"messages": MESSAGES} | changes
                prepared = serving.chat.prepare(ChatRequest.model_validate(body), "tiny", None)
                without = seconds(in_process, engine, prepared, requests, at_once)
                added[name] = (seconds(over_http, serving, body, requests, at_once) - without) / requests * 1000
            added["token"] = (added["long"] - added["stream"]) / (tokens - 1)
            for name in measured if number else ():  # the first round warms everything up
                measured[name].append(added[name])
    engine.stop()
    return measured


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=80)
    parser.add_argument("--at-once", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--tokens", type=int, default=65)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--client", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.client:
        asyncio.run(ask(options.client, sys.stdin.buffer.read(), options.requests, options.at_once[0]))
        return
    torch.set_num_threads(1)
    log = logging.getLogger("services.llm.requests")  # its lines are made, and go nowhere
    log.addHandler(logging.NullHandler())
    log.setLevel(logging.INFO)
    log.propagate = False
    for at_once in options.at_once:
        measured = measure(at_once, options.requests, options.tokens, options.rounds)
        print(f"{at_once} at once, HTTP adds in ms of CPU (median of {options.rounds} rounds, lowest .. highest):")
        for name, (meaning, bar) in BARS.items():
            found = measured[name]
            between = f"{min(found):6.3f} .. {max(found):.3f}"
            print(f"  {meaning:33} {statistics.median(found):6.3f}   {between}   (at most {bar})")


if __name__ == "__main__":
    main()
