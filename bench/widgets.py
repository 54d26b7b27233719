"""`python -m bench.widgets [URL]`: how fast what is said reaches open windows, and what open windows cost.

Two hundred contacts who talk to people have their widget open, ten desks follow one of these conversations each.
A message of a contact is timed from its request until it is at the desk, a reply from its request until it is in
the widget: on the stream that each follows, or with `--ui URL` on the screen, where some desks and widgets more are
pages of a browser; that takes most of what such a page costs. Then a thousand widgets are open in which nothing
happens: of the api's process the time on the processor is read, of PostgreSQL the connections. The api runs on this
machine, with FRONTDESK_OPENS_PER_MINUTE and FRONTDESK_MESSAGES_PER_MINUTE high enough; the administrator's password
comes from FRONTDESK_ADMIN_PASSWORD, the database from FRONTDESK_DATABASE_URL.
"""

import argparse
import asyncio
import os
import statistics
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

import httpx
import psutil
import psycopg2
from playwright.async_api import Browser

from bench import pages

HELD_MOST_SECONDS = 10.0
PAUSE_SECONDS = 0.1
Answer = Coroutine[None, None, httpx.Response]


@dataclass(frozen=True)
class Talk:
    """A conversation with the token of its contact."""

    id: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        """Those of a request of the contact's."""
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def path(self) -> str:
        """Below the api's address."""
        return f"/v1/conversations/{self.id}"


class Place(Protocol):
    """Where what is said arrives."""

    async def until(self, text: str) -> None:
        """Wait until a text is there."""


class Window:
    """The stream that a window follows."""

    def __init__(self, client: httpx.AsyncClient, path: str, headers: dict[str, str]) -> None:
        self._stream = client.stream("GET", f"{path}/events", headers=headers)
        self._path = path
        self._arrived: dict[str, asyncio.Event] = {}

    async def __aenter__(self) -> "Window":
        response = (await self._stream.__aenter__()).raise_for_status()
        self._reading = asyncio.create_task(self._read(response))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)
        await self._stream.__aexit__(None, None, None)

    async def _read(self, response: httpx.Response) -> None:
        async for line in response.aiter_lines():
            for text, arrived in self._arrived.items():
                if text in line:
                    arrived.set()

    async def until(self, text: str) -> None:
        """Wait until a text has come, which is not there yet."""
        arrived = self._arrived[text] = asyncio.Event()
        await arrived.wait()
        del self._arrived[text]


async def seconds_until(place: Place, text: str, send: Callable[[str], Answer]) -> float:
    """From sending a text until it is there."""
    waiting = asyncio.create_task(place.until(text))
    await asyncio.sleep(0)
    began = time.perf_counter()
    sending = asyncio.create_task(send(text))
    async with asyncio.timeout(HELD_MOST_SECONDS):
        await waiting
    seconds = time.perf_counter() - began
    (await sending).raise_for_status()
    return seconds


async def opened(client: httpx.AsyncClient) -> Talk:
    """A conversation of a new contact."""
    answer = (await client.post("/v1/conversations", json={"language": "en"})).raise_for_status().json()
    return Talk(answer["conversation"]["id"], answer["token"])


async def with_people(client: httpx.AsyncClient, staff: dict[str, str]) -> Talk:
    """A conversation that an agent has."""
    talk = await opened(client)
    (await client.post(f"{talk.path}/handoff", headers=talk.headers)).raise_for_status()
    (await client.post(f"/v1/desk/conversations/{talk.id}/claim", headers=staff)).raise_for_status()
    return talk


@dataclass(frozen=True)
class Screens:
    """The pages of the platform, and whose desk is opened there."""

    api: str
    ui: str
    email: str
    password: str
    most: int

    async def opened(self, started: Browser, talks: Sequence[Talk]) -> tuple[list[Place], list[Place]]:
        """So many desks for the first conversations, and as many widgets for the last."""
        context = await pages.signed_in(started, self.ui, self.email, self.password)
        desks: list[Place] = [await pages.desk(context, self.ui, talk.id) for talk in talks[: self.most]]
        widgets = talks[-self.most :]
        return desks, [await pages.widget(started, self.api, talk.id, talk.token) for talk in widgets]


async def measure_arrivals(
    client: httpx.AsyncClient, staff: dict[str, str], widgets: int, desks: int, screens: Screens | None
) -> None:
    """Prints how long messages take, both ways."""
    talks = [await with_people(client, staff) for _ in range(widgets)]
    async with AsyncExitStack() as stack:

        async def streams(few: Sequence[tuple[str, dict[str, str]]]) -> list[Place]:
            return [await stack.enter_async_context(Window(client, *stream)) for stream in few]

        theirs = await streams([(talk.path, talk.headers) for talk in talks])
        ours = await streams([(f"/v1/desk/conversations/{talk.id}", staff) for talk in talks[:desks]])
        if screens:
            started = await stack.enter_async_context(pages.browser())
            ours, theirs = await screens.opened(started, talks)
        to_desks, to_widgets = [], []
        # Each page is told ten times, as long as a conversation is.
        for number in range(10 * screens.most if screens else widgets):
            asking, answered = talks[number % len(ours)], talks[number % len(theirs) - len(theirs)]

            def say(text: str, talk: Talk = asking) -> Answer:
                return client.post(f"{talk.path}/messages", json={"text": text}, headers=talk.headers)

            def reply(text: str, talk: Talk = answered) -> Answer:
                return client.post(f"/v1/desk/conversations/{talk.id}/messages", json={"text": text}, headers=staff)

            both = await asyncio.gather(
                seconds_until(ours[number % len(ours)], f"question {number}.", say),
                seconds_until(theirs[number % len(theirs)], f"reply {number}.", reply),
            )
            to_desks.append(both[0])
            to_widgets.append(both[1])
            await asyncio.sleep(PAUSE_SECONDS)
    _print_times(f"contact to desk, {widgets} widgets and {desks} desks open", to_desks)
    _print_times("agent to widget", to_widgets)


async def measure_idling(client: httpx.AsyncClient, idle: int, seconds: float) -> None:
    """Prints what widgets cost in which nothing happens."""
    api = _listening_process(client.base_url.port or 80)
    quiet = _connections()
    async with AsyncExitStack() as stack:
        for _ in range(idle):
            talk = await opened(client)
            await stack.enter_async_context(Window(client, talk.path, talk.headers))
        await asyncio.sleep(seconds / 4)
        before = api.cpu_times()
        held = []
        for _ in range(10):
            await asyncio.sleep(seconds / 10)
            held.append(_connections())
        after = api.cpu_times()
    spent = (after.user + after.system - before.user - before.system) / seconds
    print(f"{idle} idle widgets: {spent:.1%} of a core; PostgreSQL connections {max(held)}, before {quiet}")


def _print_times(what: str, seconds: list[float]) -> None:
    ranks = statistics.quantiles(seconds, n=100)
    p50, p95, slowest = (1000 * one for one in (ranks[49], ranks[94], max(seconds)))
    print(f"{what}: p50 {p50:.0f} ms, p95 {p95:.0f} ms, slowest {slowest:.0f} ms")


def _listening_process(port: int) -> psutil.Process:
    for one in psutil.net_connections("tcp"):
        if one.status == psutil.CONN_LISTEN and one.laddr.port == port and one.pid:
            return psutil.Process(one.pid)
    raise SystemExit(f"Nothing on this machine listens on port {port}.")


def _connections() -> int:
    """Of all programs to the database, but for this one."""
    url = os.environ["FRONTDESK_DATABASE_URL"].replace("postgresql+psycopg2", "postgresql")
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) - 1 FROM pg_stat_activity WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


async def main() -> None:
    """All of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", nargs="?", default="http://127.0.0.1:8000")
    parser.add_argument("--ui", metavar="URL", help="that of the pages, where arrivals are timed on the screen")
    parser.add_argument("--pages", type=int, default=1, help="desks and widgets that are pages of a browser")
    parser.add_argument("--admin-email", default="admin@example.com")
    parser.add_argument("--widgets", type=int, default=200)
    parser.add_argument("--desks", type=int, default=10)
    parser.add_argument("--idle", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=60.0)
    arguments = parser.parse_args()
    if not urlsplit(arguments.url).hostname:
        parser.error("The address of the api begins with http://.")
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
    who = {"email": arguments.admin_email, "password": os.environ["FRONTDESK_ADMIN_PASSWORD"]}
    async with httpx.AsyncClient(base_url=arguments.url, limits=limits, timeout=60, trust_env=False) as client:
        token = (await client.post("/v1/sessions", json=who)).raise_for_status().json()["token"]
        staff = {"Authorization": f"Bearer {token}"}
        screens = (
            Screens(arguments.url, arguments.ui, who["email"], who["password"], arguments.pages)
            if arguments.ui
            else None
        )
        await measure_arrivals(client, staff, arguments.widgets, arguments.desks, screens)
        await measure_idling(client, arguments.idle, arguments.seconds)


if __name__ == "__main__":
    asyncio.run(main())
