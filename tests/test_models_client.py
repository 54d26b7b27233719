"""The embedder's side of the wire: whose vectors these are, what a server does not know, and one that is gone."""

import socket
import time
from collections.abc import Iterator

import numpy as np
import pytest

from frontdesk.errors import Unavailable
from frontdesk.models_client import EMBED_BATCH, Embedder, Purpose, Space
from tests.conftest import free_ports
from tests.model_server import DIMENSIONS, Script, embed

Server = tuple[str, Script]


def test_an_alias_is_named_by_what_the_server_serves(model: Server) -> None:
    url, script = model
    embedder = Embedder(url, "default", "")
    assert embedder.space() == Space(f"default/{DIMENSIONS}@{url}", DIMENSIONS)
    script.embedding_model = "BAAI/bge-m3"
    assert embedder.embed(["海南"], Purpose.QUERY).space.name == f"BAAI/bge-m3/{DIMENSIONS}@{url}"
    script.dimensions = 32
    assert embedder.embed(["海南"], Purpose.QUERY).space == Space(f"BAAI/bge-m3/32@{url}", 32)
    assert embedder.space().dimensions == 32


def test_a_model_asked_for_by_name_keeps_that_name(model: Server) -> None:
    url, script = model
    script.embedding_model = "one-of-its-many-names"
    assert Embedder(url, "bge-m3", "").space().name == f"bge-m3/{DIMENSIONS}@{url}"


def test_vectors_of_two_models_are_no_answer(model: Server) -> None:
    url, script = model
    embedder = Embedder(url, "default", "")
    texts = [f"text {number}" for number in range(EMBED_BATCH + 1)]
    script.embedded = ChangesModel(script)
    with pytest.raises(Unavailable):
        embedder.embed(texts, Purpose.DOCUMENT)
    assert len(embedder.embed(texts, Purpose.DOCUMENT).vectors) == len(texts)


class ChangesModel(list):
    """Hears every request; with the second, another model is there."""

    def __init__(self, script: Script) -> None:
        super().__init__()
        self.script = script

    def append(self, body: dict) -> None:
        super().append(body)
        if len(self) == 2:
            self.script.embedding_model = "another"


@pytest.mark.parametrize("purpose", Purpose)
def test_a_server_hears_what_the_text_is_for(model: Server, purpose: Purpose) -> None:
    url, script = model
    Embedder(url, "default", "").embed(["海南"], purpose)
    assert [body["input_type"] for body in script.embedded] == [purpose]


@pytest.mark.parametrize("field", ["input_type", "encoding_format"])
def test_a_server_that_does_not_know_a_field_is_told_once(model: Server, field: str) -> None:
    url, script = model
    script.unknown_field = field
    embedder = Embedder(url, "default", "")
    for _ in range(3):
        assert len(embedder.embed(["海南"], Purpose.QUERY).vectors) == 1
    assert [field in body for body in script.embedded] == [True, False, False, False]


def test_a_server_that_writes_numbers_all_the_same_is_understood(model: Server) -> None:
    url, script = model
    embedder = Embedder(url, "default", "")
    (in_base64,) = embedder.embed(["海南"], Purpose.QUERY).vectors
    script.writes_numbers = True
    (in_numbers,) = embedder.embed(["海南"], Purpose.QUERY).vectors
    assert in_base64.tolist() == in_numbers.tolist()
    assert in_base64.tolist() == pytest.approx(embed("海南"))


def test_a_text_longer_than_the_server_takes_is_cut_and_spoils_no_other(model: Server) -> None:
    url, script = model
    embedder = Embedder(url, "default", "")
    whole = embedder.embed(["short", "also short"], Purpose.DOCUMENT).vectors
    script.longest_text = 300
    embedded = embedder.embed(["short", "x" * 1000, "also short"], Purpose.DOCUMENT)
    assert np.array_equal([embedded.vectors[0], embedded.vectors[2]], whole)
    assert len(embedded.vectors) == 3


@pytest.fixture
def silent() -> Iterator[str]:
    """A server that takes connections and never says anything."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/v1"


def test_a_server_that_hangs_is_left_alone_for_a_while(silent: str) -> None:
    embedder = Embedder(silent, "default", "")
    began = time.monotonic()
    with pytest.raises(Unavailable):
        embedder.embed(["海南"], Purpose.QUERY, 0.5)
    waited = time.monotonic() - began
    with pytest.raises(Unavailable):
        embedder.embed(["海南"], Purpose.QUERY, 0.5)
    assert time.monotonic() - began < 1.5 * waited


def test_after_a_failure_the_space_is_asked_for_again(model: Server) -> None:
    url, script = model
    embedder = Embedder(url, "default", "")
    embedder.space()
    script.broken = True
    for ask in (lambda: embedder.embed(["海南"], Purpose.QUERY), embedder.space):
        with pytest.raises(Unavailable):
            ask()


def test_a_server_that_refuses_costs_nothing_and_is_asked_again(model: Server) -> None:
    url, script = model
    script.broken = True
    embedder = Embedder(url, "default", "")
    with pytest.raises(Unavailable):
        embedder.embed(["海南"], Purpose.QUERY)
    script.broken = False

    def asked_again() -> bool:
        try:
            return bool(embedder.embed(["海南"], Purpose.QUERY).vectors)
        except Unavailable:
            return False

    began = time.monotonic()
    while not asked_again():
        assert time.monotonic() - began < 2


def test_nobody_there(model: Server) -> None:
    embedder = Embedder(f"http://127.0.0.1:{free_ports(1)[0]}/v1", "default", "")
    with pytest.raises(Unavailable) as caught:
        embedder.space()
    assert caught.value.code == "embedder_unavailable"
