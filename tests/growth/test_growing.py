"""Twenty entries of sixty are missing; what contacts ask and an agent answers brings them back."""

import uuid

from frontdesk.agents import Agent
from frontdesk.bootstrap import Frontdesk
from frontdesk.evaluation.expectations import Expectation, Wanted
from frontdesk.evaluation.sets import CleanQuestion, add
from tests.evaluation.shop import entry_texts, fill
from tests.growth.growing import Hidden, ask, grow, serve


def test_what_agents_answer_is_known_afterwards_and_nothing_gets_worse(
    frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, agent: Agent, admin: Agent
) -> None:
    texts = entry_texts()[:60]
    hidden = [
        Hidden(one.answer, one.questions[:2], [f"请问{text}啊？" for text in one.questions[:2]])
        for one in texts[::3]
    ]
    kept = [one for place, one in enumerate(texts) if place % 3]
    made = fill(frontdesk, knowledge_base_id, kept)
    known = [(f"想了解{one.questions[0]}", one.answer) for one in kept]
    chosen = frontdesk.question_sets.create(knowledge_base_id, "Known")
    with frontdesk.sessions.begin() as session:
        asked = [
            CleanQuestion(text, Expectation(Wanted.ENTRY, entry.id))
            for (text, _), entry in zip(known[::4], made[::4], strict=True)
        ]
        add(session, chosen.id, asked)
    unseen = [(text, one.answer) for one in hidden for text in one.unseen]
    before = serve(frontdesk, knowledge_base_id, known)
    assert serve(frontdesk, knowledge_base_id, unseen).right == 0
    grown = grow(frontdesk, knowledge_base_id, admin, ask(frontdesk, agent, hidden))
    assert grown.accepted >= 0.85 * len(hidden), grown
    after, found = serve(frontdesk, knowledge_base_id, known), serve(frontdesk, knowledge_base_id, unseen)
    assert after.right >= before.right
    assert found.right >= 0.85 * len(unseen), found
