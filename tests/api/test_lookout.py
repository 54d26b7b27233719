"""What was said while a hint was lost."""

from contextlib import AsyncExitStack

from frontdesk.bootstrap import Frontdesk
from frontdesk.conversations.models import Form, Message, Sender
from frontdesk.conversations.service import append, lock
from frontdesk.events import Listeners
from frontdesk.settings import Settings
from services.api.lookout import Lookout
from tests.loops import run

FOLLOWED = 20


def test_who_listens_to_a_conversation_that_has_grown_is_woken(frontdesk: Frontdesk, settings: Settings) -> None:
    ids = [frontdesk.conversations.open("web", None, None).id for _ in range(FOLLOWED)]

    def say_unheard() -> None:
        with frontdesk.sessions.begin() as session:
            message = Message(sender=Sender.CONTACT, form=Form.WRITTEN, text="Hello")
            append(session, lock(session, ids[3]), message)

    async def woken_by_each_look() -> list[list[int]]:
        listeners = Listeners(settings.redis_url)
        lookout = Lookout(listeners, frontdesk.conversations.last_sequences)
        looks = []
        async with AsyncExitStack() as stack:
            queues = [await stack.enter_async_context(listeners.listen(one)) for one in ids]
            for number in range(4):
                if number == 2:
                    say_unheard()
                await lookout.look()
                looks.append([place for place, queue in enumerate(queues) if not queue.empty()])
                for queue in queues:
                    while not queue.empty():
                        queue.get_nowait()
        await listeners.stop()
        return looks

    # The first look knows nothing of what was before.
    assert run(woken_by_each_look()) == [list(range(FOLLOWED)), [], [3], []]
