"""What can be set reaches the containers, and stands in the example of their settings."""

import re
from pathlib import Path

from frontdesk.settings import Settings

DEPLOY = Path(__file__).resolve().parent.parent / "deploy"
COMPOSE = (DEPLOY / "docker-compose.yml").read_text("utf-8")
EXAMPLE = (DEPLOY / ".env.example").read_text("utf-8")


def test_every_setting_reaches_the_containers() -> None:
    given = set(re.findall(r"^ +(FRONTDESK_\w+):", COMPOSE, re.MULTILINE))
    assert {f"FRONTDESK_{name.upper()}" for name in Settings.model_fields} - given == set()


def test_the_example_has_all_that_the_containers_read() -> None:
    read = set(re.findall(r"\$\{(\w+)", COMPOSE))
    assert read - set(re.findall(r"^(\w+)=", EXAMPLE, re.MULTILINE)) == set()
