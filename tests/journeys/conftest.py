"""The screens in a real browser."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.conftest import free_ports, without_own_settings
from tests.waiting import wait_for

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SLOWEST_STEP_SECONDS = 30
# Without these a headless Chromium looks for its maker's servers.
QUIET = ("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")
QUIET += ("--disable-component-update", "--disable-sync", *(("--no-sandbox",) if os.geteuid() == 0 else ()))

expect.set_options(timeout=SLOWEST_STEP_SECONDS * 1000)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium."""
    if CHROMIUM is None:
        reason = "no chromium on this machine: apt-get install chromium"
        if os.environ.get("FRONTDESK_REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def screens(api: httpx.Client, tmp_path: Path) -> Iterator[str]:
    """The Streamlit screens over the running api; gives their address."""
    (port,) = free_ports(1)
    options = {"port": port, "address": "127.0.0.1", "headless": "true", "fileWatcherType": "none"}
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        "services/ui/app.py",
        "--browser.gatherUsageStats",
        "false",
    ]
    command += [part for name, value in options.items() for part in (f"--server.{name}", str(value))]
    with (tmp_path / "ui.log").open("w") as log:
        ui = subprocess.Popen(
            command,
            env=without_own_settings() | {"FRONTDESK_API_URL": str(api.base_url).rstrip("/")},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    url = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        assert ui.poll() is None, (tmp_path / "ui.log").read_text()
        try:
            return httpx.get(f"{url}/_stcore/health", trust_env=False).is_success
        except httpx.TransportError:
            return False

    try:
        wait_for(answers, 60, "the start of the screens")
        yield url
    finally:
        ui.terminate()
        ui.wait(10)


@pytest.fixture
def visit(browser: Browser, screens: str) -> Iterator[Callable[..., Page]]:
    """Opens a page as somebody new, in their language and on their device."""
    with ExitStack() as stack:

        def go(path: str = "", language: str = "zh-CN", width: int = 1280) -> Page:
            context = browser.new_context(locale=language, viewport={"width": width, "height": 800})
            stack.callback(context.close)
            page = context.new_page()
            page.set_default_timeout(SLOWEST_STEP_SECONDS * 1000)
            page.goto(f"{screens}/{path}")
            return page

        yield go
