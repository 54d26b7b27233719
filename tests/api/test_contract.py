"""The api's schema is a promise to those who call it: it changes on purpose only."""

import json
from pathlib import Path

from services.api.openapi import schema

COMMITTED = Path(__file__).parent.parent / "openapi.json"


def test_the_committed_schema_is_that_of_the_code() -> None:
    committed = json.loads(COMMITTED.read_text("utf-8"))
    assert schema() == committed, "The api has changed: run `make openapi`, read the difference and commit it."
