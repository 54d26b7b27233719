"""Pieces come over to the event loop in order, soon, and not one by one when they come fast."""

import asyncio
import threading
import time

from services.llm.crossing import PAUSE_S, Crossing
from services.llm.generation import Finish, Job, Piece, Sampling, Started, Text
from tests.loops import run

FINISH = Finish("stop", 1, 1)


def test_everything_arrives_in_order_and_in_few_turns() -> None:
    async def receive() -> tuple[list[Piece], int]:
        crossing = Crossing()
        crossing.open()
        got: list[Piece] = []
        turns: set[float] = set()
        ended = asyncio.Event()

        def listen(piece: Piece) -> None:
            got.append(piece)
            turns.add(asyncio.get_running_loop().time())
            if piece is FINISH:
                ended.set()

        job = Job([1], Sampling(9), listen)
        finished = threading.Event()

        def write() -> None:
            crossing.send([(job, Started())])
            for number in range(300):
                crossing.send([(job, Text(str(number)))])
                finished.wait(0.0005)
            crossing.send([(job, FINISH)])

        threading.Thread(target=write).start()
        await asyncio.wait_for(ended.wait(), 20)
        return got, len({round(turn / PAUSE_S) for turn in turns})

    began = time.monotonic()
    got, turns = run(receive())
    assert got == [Started(), *(Text(str(number)) for number in range(300)), FINISH]
    assert turns <= (time.monotonic() - began) / PAUSE_S + 3


def test_a_lone_piece_does_not_wait_for_company() -> None:
    async def receive() -> None:
        crossing = Crossing()
        crossing.open()
        for piece in (Text("a"), Text("b"), FINISH):
            got: asyncio.Future[Piece] = asyncio.get_running_loop().create_future()
            job = Job([1], Sampling(9), got.set_result)
            await asyncio.get_running_loop().run_in_executor(None, crossing.send, [(job, piece)])
            assert await asyncio.wait_for(got, 20) is piece

    run(receive())
