"""What /health says while parts are away."""

from collections.abc import Callable

import httpx
import pytest

from frontdesk.bootstrap import Frontdesk
from tests.conftest import free_ports
from tests.waiting import wait_for


def nowhere() -> str:
    """An address where nobody listens."""
    return f"127.0.0.1:{free_ports(1)[0]}"


def parts(api: httpx.Client) -> dict:
    return api.get("/health").json()["parts"]


def test_all_is_well_once_retrieval_has_been_tried(api: httpx.Client) -> None:
    wait_for(lambda: parts(api)["retrieval"]["mode"], what="the self-test of retrieval")
    answer = api.get("/health")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok",
        "parts": {
            "database": "ok",
            "redis": "ok",
            "milvus": "ok",
            "retrieval": {"mode": "lexical", "legs": {"lexical": "ok"}},
            "index": "ok",
            "answers": "quoted",
        },
    }


def test_with_both_models_it_says_hybrid_and_generated(
    serve: Callable[..., httpx.Client], model: tuple[str, object]
) -> None:
    api = serve(embedding_url=model[0], llm_url=model[0])
    wait_for(lambda: parts(api)["retrieval"]["mode"] == "hybrid", what="the self-test of both legs")
    assert parts(api)["retrieval"]["legs"] == {"lexical": "ok", "dense": "ok"}
    assert parts(api)["answers"] == "generated"


@pytest.mark.parametrize(
    ("part", "setting", "scheme"), [("milvus", "milvus_uri", "http"), ("redis", "redis_url", "redis")]
)
def test_a_part_that_is_away_is_named(
    serve: Callable[..., httpx.Client], part: str, setting: str, scheme: str
) -> None:
    answer = serve(**{setting: f"{scheme}://{nowhere()}"}).get("/health")
    assert answer.status_code == 200
    assert answer.json()["status"] == "degraded"
    assert answer.json()["parts"][part] == "down"
    assert answer.json()["parts"]["database"] == "ok"


def test_retrieval_never_claims_what_was_not_seen_to_work(
    serve: Callable[..., httpx.Client], model: tuple[str, object]
) -> None:
    without_milvus = serve(embedding_url=model[0], milvus_uri=f"http://{nowhere()}")
    assert parts(without_milvus)["retrieval"]["mode"] is None
    without_embedder = serve(embedding_url=f"http://{nowhere()}/v1")
    wait_for(lambda: parts(without_embedder)["retrieval"]["mode"] == "lexical", what="the self-test of words")
    assert parts(without_embedder)["retrieval"]["legs"]["dense"] == "embedder does not answer"


def test_without_the_database_it_is_down_and_still_alive(serve: Callable[..., httpx.Client]) -> None:
    api = serve(database_url=f"postgresql+psycopg2://nobody@{nowhere()}/none")
    answer = api.get("/health")
    assert answer.status_code == 503
    assert answer.json()["status"] == "down"
    assert answer.json()["parts"]["database"] == "down"
    assert api.get("/health/live").status_code == 200


def test_health_tells_no_addresses_or_secrets(api: httpx.Client, frontdesk: Frontdesk) -> None:
    told = api.get("/health").text
    assert "127.0.0.1" not in told
    assert frontdesk.settings.secret_key.get_secret_value() not in told
