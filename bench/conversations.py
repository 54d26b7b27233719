"""`python -m bench.conversations [URL]`: many contacts ask a running Frontdesk at the same moment.

Each opens a conversation, follows it, asks one question and waits for the reply or the handoff; afterwards every
conversation is read again to see that nothing was lost or answered twice. The same number of questions asked one
after the other, in the same run, is what the figures compare with.
"""

import argparse
import asyncio
import json
import statistics
import time
from dataclasses import dataclass

import httpx

QUESTIONS = (
    "你们的退货政策是怎么样的？",
    "请问你们海南能发货吗？",
    "What is your return policy?",
    "Do you ship to Hainan?",
    "你们公司的股票代码是多少？",
)
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Outcome:
    """How one contact fared; `seconds` from asking to the end of the reply."""

    seconds: float
    error: str | None = None


async def ask(client: httpx.AsyncClient, question: str) -> Outcome:
    """One contact, from opening the conversation to the reply; what went wrong is part of the outcome."""
    began = time.perf_counter()
    try:
        opened = (await client.post("/v1/conversations")).raise_for_status().json()
        path = f"/v1/conversations/{opened['conversation']['id']}"
        headers = {"Authorization": f"Bearer {opened['token']}"}
        began = time.perf_counter()
        async with asyncio.timeout(PATIENCE_SECONDS):
            sent = await client.post(f"{path}/messages", json={"text": question}, headers=headers)
            sent.raise_for_status()
            async with client.stream("GET", f"{path}/events", headers=headers) as events:
                async for line in events.raise_for_status().aiter_lines():
                    if (
                        line.startswith("data:")
                        and json.loads(line[5:]).get("message", {}).get("sender") == "assistant"
                    ):
                        break
        seconds = time.perf_counter() - began
        messages = (await client.get(path, headers=headers)).raise_for_status().json()["messages"]
    except (httpx.HTTPError, TimeoutError) as error:
        return Outcome(time.perf_counter() - began, f"{type(error).__name__} {error}")
    senders = [message["sender"] for message in messages]
    return Outcome(seconds, None if senders == ["contact", "assistant"] else f"messages by {senders}")


def show(name: str, outcomes: list[Outcome], wall: float) -> None:
    """One line of figures."""
    waits = sorted(outcome.seconds for outcome in outcomes)
    p95 = waits[len(waits) * 95 // 100]
    errors = [outcome.error for outcome in outcomes if outcome.error]
    print(
        f"{name:12} {len(outcomes):4} asked {len(errors):3} wrong   wall {wall:6.2f} s"
        f"   wait p50 {statistics.median(waits):5.2f} p95 {p95:5.2f} max {waits[-1]:5.2f} s"
        f"   {len(outcomes) / wall:6.1f} answers/s"
    )
    for error in sorted(set(errors)):
        print(f"    {error}")


async def main(url: str, contacts: int) -> bool:
    """Ask one after the other, then all at once; whether all went well."""
    limits = httpx.Limits(max_connections=contacts * 2)
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS, limits=limits, trust_env=False) as client:
        await ask(client, QUESTIONS[0])
        questions = [QUESTIONS[number % len(QUESTIONS)] for number in range(contacts)]
        began = time.perf_counter()
        one_by_one = [await ask(client, question) for question in questions]
        show("one by one", one_by_one, time.perf_counter() - began)
        began = time.perf_counter()
        at_once = list(await asyncio.gather(*(ask(client, question) for question in questions)))
        show("all at once", at_once, time.perf_counter() - began)
    return not any(outcome.error for outcome in [*one_by_one, *at_once])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", nargs="?", default="http://127.0.0.1:8000")
    parser.add_argument("--contacts", type=int, default=50)
    arguments = parser.parse_args()
    raise SystemExit(0 if asyncio.run(main(arguments.url, arguments.contacts)) else 1)
