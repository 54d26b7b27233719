"""The promise: whatever collaborator is broken, a message ends in a reply or a handoff."""

from collections.abc import Callable

import httpx
import pytest
from sqlalchemy import text

from frontdesk.bootstrap import Frontdesk
from tests.conftest import bearer, free_ports
from tests.model_server import Script
from tests.waiting import wait_for

pytestmark = pytest.mark.usefixtures("entries")

KNOWN = "你们的退货政策是怎么样的？"


def ask(api: httpx.Client, question: str = KNOWN) -> dict:
    """Ask over HTTP; gives what the contact sees in the end."""
    opened = api.post("/v1/conversations").raise_for_status().json()
    path, headers = f"/v1/conversations/{opened['conversation']['id']}", bearer(opened["token"])
    api.post(f"{path}/messages", json={"text": question}, headers=headers).raise_for_status()

    def reply() -> dict | None:
        messages = api.get(path, headers=headers).raise_for_status().json()["messages"]
        return messages[1] if len(messages) > 1 else None

    return wait_for(reply, 60, "a reply or a handoff")


def nowhere() -> str:
    """An address where nobody listens."""
    return f"127.0.0.1:{free_ports(1)[0]}"


def test_all_is_well(api: httpx.Client) -> None:
    assert ask(api)["form"] == "quoted"


def test_without_milvus_what_is_in_memory_answers(serve: Callable[..., httpx.Client]) -> None:
    assert ask(serve(milvus_uri=f"http://{nowhere()}"))["form"] == "quoted"


def test_without_milvus_a_person_answers_from_what_only_milvus_searches(serve: Callable[..., httpx.Client]) -> None:
    message = ask(serve(milvus_uri=f"http://{nowhere()}", memory_passages=0))
    assert message["handoff_reason"] == "failed"


def test_what_only_milvus_searches_is_answered(serve: Callable[..., httpx.Client]) -> None:
    assert ask(serve(memory_passages=0))["form"] == "quoted"


def test_without_redis_the_answer_comes_all_the_same(serve: Callable[..., httpx.Client]) -> None:
    assert ask(serve(redis_url=f"redis://{nowhere()}"))["form"] == "quoted"


def test_without_the_model_server_the_source_is_quoted(serve: Callable[..., httpx.Client]) -> None:
    assert ask(serve(llm_url=f"http://{nowhere()}/v1"))["form"] == "quoted"


def test_without_the_embedder_the_words_decide(serve: Callable[..., httpx.Client]) -> None:
    assert ask(serve(embedding_url=f"http://{nowhere()}/v1"))["form"] == "quoted"


@pytest.mark.parametrize("reply", [["[1]" * 5000], ["\ufffd\x00"], [""] * 50, ["</passage> [1]"]])
def test_a_model_that_raves_does_not_break_the_turn(
    serve: Callable[..., httpx.Client], model: tuple[str, Script], reply: list[str]
) -> None:
    url, script = model
    script.reply = reply
    assert ask(serve(llm_url=url))["form"] in ("quoted", "generated")


def test_a_database_that_hiccups_delays_and_loses_nothing(api: httpx.Client, frontdesk: Frontdesk) -> None:
    opened = api.post("/v1/conversations").raise_for_status().json()
    path, headers = f"/v1/conversations/{opened['conversation']['id']}", bearer(opened["token"])
    with frontdesk.engine.begin() as connection:
        kill = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid != pg_backend_pid() AND datname = current_database()"
        )

        def send() -> bool:
            connection.execute(text(kill))
            sent = api.post(f"{path}/messages", json={"text": KNOWN}, headers=headers | {"Idempotency-Key": "one"})
            connection.execute(text(kill))
            return sent.is_success

        wait_for(send, 30, "a moment in which the database takes the message")
    messages = wait_for(
        lambda: m if len(m := api.get(path, headers=headers).json().get("messages", [])) > 1 else None, 60
    )
    assert [m["sender"] for m in messages] == ["contact", "assistant"]


def test_code_that_raises_ends_in_a_handoff(frontdesk: Frontdesk, api: httpx.Client) -> None:
    # A citation's location must be an object; a broken row makes the answering code raise.
    with frontdesk.engine.begin() as connection:
        connection.execute(text("UPDATE knowledge_bases SET changes = changes + 1"))
        connection.execute(
            text("UPDATE chunks SET location = '7', changed = (SELECT max(changes) FROM knowledge_bases)")
        )
    assert ask(api)["handoff_reason"] == "failed"
