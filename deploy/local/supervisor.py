"""Starts what a plan lists, keeps it running, and stops all of it, leaving nothing behind."""

import asyncio
import signal
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from deploy.local.child import Child, end_orphans, last_lines, last_said
from deploy.local.guard import Guard
from deploy.local.home import Home
from deploy.local.parts import Guest, Part, Start, Step
from deploy.local.plan import Plan
from deploy.local.screen import Screen
from deploy.local.settings import Refusal

FIRST_DELAY_S = 0.5
LONGEST_DELAY_S = 5.0
SETTLED_S = 60.0
"""A part that lived this long starts again with the shortest delay."""
MOST_DEATHS = 5
"""More deaths than these within SETTLED_S stop everything."""
FIRST_GUEST_DELAY_S = 5.0
LONGEST_GUEST_DELAY_S = 600.0
GUEST_LOOK_S = 0.5
GRACE_S = 10.0
"""Time to end by itself before a part is killed."""
SHOWN_LINES = 20


class GivenUp(Exception):
    """The platform cannot go on; carries the last lines of the one that failed."""

    def __init__(self, reason: str, lines: list[str]) -> None:
        super().__init__(reason)
        self.lines = lines


@dataclass(slots=True)
class Patience:
    """How often a part died lately, and how long to wait before the next start."""

    deaths: deque[float] = field(default_factory=deque)
    delay_s: float = FIRST_DELAY_S

    def died(self, now: float, age_s: float) -> float | None:
        """Count a death at `now` (seconds) of a part that lived `age_s`; None when there were too many."""
        while self.deaths and self.deaths[0] <= now - SETTLED_S:
            self.deaths.popleft()
        self.deaths.append(now)
        if len(self.deaths) > MOST_DEATHS:
            return None
        delay = FIRST_DELAY_S if age_s >= SETTLED_S else self.delay_s
        self.delay_s = min(delay * 2, LONGEST_DELAY_S)
        return delay


class Supervisor:
    """One run of the platform."""

    def __init__(
        self,
        plan: Plan,
        home: Home,
        guard: Guard,
        screen: Screen,
        start_timeout_s: float,
        on_running: Callable[[Mapping[str, int], bool], None],
    ) -> None:
        """`on_running` hears all parts' pids once all answer (then with True) and after each restart."""
        self._plan = plan
        self._home = home
        self._guard = guard
        self._screen = screen
        self._start_timeout_s = start_timeout_s
        self._on_running = on_running
        self._children: dict[str, Child] = {}
        self._reached = {start.name: asyncio.Event() for start in (*plan.steps, *plan.parts)}
        self._is_running = False
        self._stop_asked = asyncio.Event()
        self._stop_urgent = asyncio.Event()

    async def run(self) -> int:
        """Start, keep, and after a signal or a failure stop everything; returns the exit code."""
        self._listen_to_signals()
        work = [
            *(asyncio.create_task(self._perform(step)) for step in self._plan.steps),
            *(asyncio.create_task(self._keep(part)) for part in self._plan.parts),
            *(asyncio.create_task(self._host(guest)) for guest in self._plan.guests),
            asyncio.create_task(self._announce()),
        ]
        stop = asyncio.create_task(self._stop_asked.wait())
        try:
            await self._first_failure(stop, work)
        except Refusal as refusal:
            self._screen.trouble(str(refusal))
        except GivenUp as end:
            self._screen.trouble(str(end), end.lines)
        finally:
            for task in (stop, *work):
                task.cancel()
            await self._stop_everything()
        return 0 if self._stop_asked.is_set() else 1

    async def _first_failure(self, stop: asyncio.Task[bool], work: list[asyncio.Task[None]]) -> None:
        """Return when a signal asks to stop, raise when something cannot go on."""
        pending: set[asyncio.Task[bool] | asyncio.Task[None]] = {stop, *work}
        while not stop.done():
            finished, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            for task in finished:
                task.result()

    def _listen_to_signals(self) -> None:
        loop = asyncio.get_running_loop()
        # Even where a shell ignores SIGINT for what runs in the background: the parts would inherit that,
        # and some of them are stopped by it.
        loop.add_signal_handler(signal.SIGINT, self._on_signal)
        loop.add_signal_handler(signal.SIGTERM, self._on_signal)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # else it runs under nohup
            loop.add_signal_handler(signal.SIGHUP, self._on_signal)

    def _on_signal(self) -> None:
        if self._stop_asked.is_set():
            self._stop_urgent.set()
        self._stop_asked.set()

    async def _perform(self, step: Step) -> None:
        await self._all_reached(step.after)
        child = self._spawn(step)
        code = await child.ended()
        if code == 0:
            step.finish()
            self._screen.done(step.title, child.age_s)
        elif step.is_optional:
            self._screen.trouble(f"{step.title} {_ending(code)}; the next start tries again ({child.log})")
        else:
            raise self._given_up(child, f"{step.title} {_ending(code)}")
        self._reached[step.name].set()

    async def _keep(self, part: Part) -> None:
        await self._all_reached(part.after)
        patience = Patience()
        while True:
            child = self._spawn(part)
            if await self._until_ready(part, child):
                self._on_ready(part, child)
            code = await child.ended()
            await end_orphans(self._known)
            delay = patience.died(time.monotonic(), child.age_s)
            if delay is None:
                raise self._given_up(child, f"{part.title} {_ending(code)} again and again")
            self._screen.again(f"{part.title} {_ending(code)}, starts again in {delay:g} s ({child.log})")
            await asyncio.sleep(delay)

    async def _host(self, guest: Guest) -> None:
        """Start a guest again whenever it ends, after growing pauses; say why it ended when that is news."""
        await self._all_reached(guest.after)
        delay, told = FIRST_GUEST_DELAY_S, ""
        while True:
            child = self._spawn(guest)
            if await self._until_guest_ready(guest, child):
                self._on_ready(guest, child)
                delay, told = FIRST_GUEST_DELAY_S, ""
            code = await child.ended()
            self._screen.now(guest.title, "")
            await end_orphans(self._known)
            # Who was killed had no time to say why: its last words are what it was doing.
            reason = (last_said(child.log, guest.says) if code and code > 0 else "") or _ending(code)
            if reason != told:
                told = reason
                self._screen.trouble(f"{guest.title}: {reason} (tried again in {delay:g} s; {child.log})")
            await asyncio.sleep(delay)
            delay = min(delay * 2, LONGEST_GUEST_DELAY_S)

    async def _until_guest_ready(self, guest: Guest, child: Child) -> bool:
        """Whether it answered before it died, however long it takes; the screen tells what it says meanwhile."""
        told = ""
        while not child.has_ended:
            complaint = last_said(child.log, guest.complains)
            if complaint and complaint != told:
                told = complaint
                self._screen.trouble(f"{guest.title}: {complaint} (tried again now and then; {child.log})")
            self._screen.now(guest.title, last_said(child.log, guest.says) or "getting ready")
            if await asyncio.to_thread(guest.is_ready):
                self._screen.now(guest.title, "")
                return True
            await child.ended(timeout_s=GUEST_LOOK_S)
        return False

    async def _until_ready(self, part: Part, child: Child) -> bool:
        """Whether the part answered before it died; raises GivenUp when its first start takes too long."""
        while not child.has_ended:
            if await asyncio.to_thread(part.is_ready):
                return True
            if not self._reached[part.name].is_set() and child.age_s > self._start_timeout_s:
                patience = f"{self._start_timeout_s:g} s (FRONTDESK_START_TIMEOUT_S)"
                raise self._given_up(child, f"{part.title} does not answer after {patience}")
            await child.ended(timeout_s=min(0.05 + child.age_s / 20, 0.5))
        return False

    def _on_ready(self, part: Part, child: Child) -> None:
        if child.has_ended:
            return
        self._screen.done(part.title, child.age_s)
        if part.name in self._reached:
            self._reached[part.name].set()
        if self._is_running:
            self._on_running(self._pids(), False)

    async def _announce(self) -> None:
        await self._all_reached(self._reached)
        self._is_running = True
        self._on_running(self._pids(), True)

    async def _all_reached(self, names: Iterable[str]) -> None:
        for name in names:
            await self._reached[name].wait()

    def _spawn(self, start: Start) -> Child:
        try:
            child = Child(start, self._home.log(start.name), self._guard)
        except OSError as error:
            raise Refusal(f"{start.title} cannot be started: {error}") from error
        self._children[start.name] = child
        return child

    def _given_up(self, child: Child, reason: str) -> GivenUp:
        return GivenUp(f"{reason}; the last lines of {child.log}:", last_lines(child.log, SHOWN_LINES))

    def _pids(self) -> dict[str, int]:
        parts = (*self._plan.parts, *self._plan.guests)
        return {part.name: self._children[part.name].pid for part in parts if part.name in self._children}

    def _known(self) -> set[int]:
        return {self._guard.pid} | {child.pid for child in self._children.values() if not child.has_ended}

    async def _stop_everything(self) -> None:
        self._screen.now("", "")
        if self._is_running:
            self._screen.line("Stopping ...")
        urgent = asyncio.create_task(self._stop_urgent.wait())
        stores = {part.name for part in self._plan.parts if part.is_store}
        living = [child for child in self._children.values() if not child.has_ended]
        await self._stop([child for child in living if child.start.name not in stores], urgent)
        await self._stop([child for child in living if child.start.name in stores], urgent)
        urgent.cancel()
        await end_orphans(self._known)

    async def _stop(self, children: list[Child], urgent: asyncio.Task[bool]) -> None:
        """Ask all to end, and kill those that have not in GRACE_S seconds or when the user cannot wait."""
        for child in children:
            child.send(child.start.stop_signal if isinstance(child.start, Part) else signal.SIGKILL)
        ends = asyncio.create_task(_all_ended(children))
        await asyncio.wait({ends, urgent}, timeout=GRACE_S, return_when=asyncio.FIRST_COMPLETED)
        for child in children:
            child.kill()
        await ends


async def _all_ended(children: Iterable[Child]) -> bool:
    for child in children:
        await child.ended()
    return True


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        return f"was killed by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"
