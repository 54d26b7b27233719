"""The typed client that is made from the schema holds a whole conversation."""

import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import httpx
import pytest

from tests.api.test_contract import COMMITTED
from tests.waiting import wait_for

CONFIG = Path(__file__).parents[2] / "services/api/client.yaml"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """As `make client` makes it."""
    folder = tmp_path_factory.mktemp("client") / "frontdesk_client"
    wanted = ["--path", str(COMMITTED), "--config", str(CONFIG), "--meta", "none", "--output-path", str(folder)]
    command = [sys.executable, "-m", "openapi_python_client", "generate", *wanted]
    made = subprocess.run(command, capture_output=True, text=True, check=True)
    # What it does not understand it leaves out, and says so.
    assert "warning" not in f"{made.stdout}{made.stderr}".lower()
    sys.path.insert(0, str(folder.parent))
    try:
        yield import_module("frontdesk_client")
    finally:
        sys.path.remove(str(folder.parent))


@pytest.mark.usefixtures("entries")
def test_a_contact_asks_is_answered_rates_and_asks_for_a_person(package: ModuleType, api: httpx.Client) -> None:
    models = import_module("frontdesk_client.models")
    contact = import_module("frontdesk_client.api.contact")
    calls = {
        name: import_module(f"{contact.__name__}.{name}").sync
        for name in ("open_conversation", "post_message", "read_conversation", "rate_message", "ask_for_person")
    }
    stranger = package.Client(str(api.base_url))
    opened = calls["open_conversation"](client=stranger, body=models.OpenConversation())
    assert isinstance(opened, models.Opened)
    client = package.AuthenticatedClient(str(api.base_url), token=opened.token)
    own = {"conversation_id": opened.conversation.id, "client": client}
    posted = calls["post_message"](**own, body=models.PostMessage("怎么退货"))
    assert posted.message.text == "怎么退货"

    def answered() -> object:
        thread = calls["read_conversation"](**own)
        return thread if len(thread.messages) == 2 else None

    reply = wait_for(answered, 30, "the reply").messages[1]
    assert (reply.sender, reply.citations[0].title) == ("assistant", "你们的退货政策是怎么样的？")
    rated = calls["rate_message"](**own, message_id=reply.id, body=models.RateReply("up"))
    assert rated.message.rating == "up"
    handed = calls["ask_for_person"](**own)
    assert handed.conversation.status == "open"
    refused = calls["post_message"](**own, body=models.PostMessage(""))
    assert isinstance(refused, models.ProblemAlone)
    assert refused.error.kind == "invalid"
