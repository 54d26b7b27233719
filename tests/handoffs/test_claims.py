"""Many agents at once: each conversation is claimed by one, and nobody waits for anybody for ever."""

import random
import uuid
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import text

from frontdesk.agents import Agent
from frontdesk.bootstrap import Frontdesk
from frontdesk.conversations.models import Status
from frontdesk.errors import Conflict
from frontdesk.handoffs.listing import View
from tests.handoffs.staff import hire

AGENTS = 20
WAITING = 200


def test_twenty_agents_claim_two_hundred_conversations(frontdesk: Frontdesk) -> None:
    agents = hire(frontdesk, AGENTS)
    ids = []
    for _ in range(WAITING):
        conversation = frontdesk.conversations.open("web", None, None)
        frontdesk.desk.request(conversation.id, conversation.contact_id)
        ids.append(conversation.id)
    begin = Barrier(AGENTS)

    def claim_all(agent: Agent) -> list[uuid.UUID]:
        order, claimed = random.Random(agent.email).sample(ids, WAITING), []
        begin.wait()
        for conversation_id in order:
            try:
                frontdesk.desk.claim(conversation_id, agent.id)
            except Conflict:
                continue
            claimed.append(conversation_id)
        return claimed

    with ThreadPoolExecutor(AGENTS) as pool:
        claimed = list(pool.map(claim_all, agents))
    assert sorted(one for ones in claimed for one in ones) == sorted(ids)
    for agent, ones in zip(agents, claimed, strict=True):
        mine = frontdesk.desk.list(agent.id, View.MINE, WAITING)
        assert {item.conversation.id for item in mine} == set(ones)
        assert all(item.conversation.status is Status.OPEN for item in mine)
    with frontdesk.engine.connect() as connection:
        told = text("SELECT count(*) FROM messages WHERE activity = 'claimed'")
        assert connection.scalar(told) == WAITING
