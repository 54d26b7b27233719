"""A shop's website on an origin of its own, as strict as a site can be."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from playwright.sync_api import ConsoleMessage, Page

from tests.waiting import wait_for

STRICT = (
    "default-src 'none'; script-src {api}; connect-src {api}; base-uri 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
PAGE = """<!doctype html>
<html lang="{language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Shop</title></head>
<body><main><h1>Lamps</h1><p><a href="/lamps">All our lamps</a></p></main>
<script src="{api}/widget.js" async{attributes}></script></body></html>
"""


@contextmanager
def running_site(api: str, language: str = "en", attributes: str = "") -> Iterator[str]:
    """A page with the widget of this api; gives its origin. `attributes` are more of the script element."""
    content = PAGE.format(api=api, language=language, attributes=attributes).encode()

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", STRICT.format(api=api))
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join(10)


def complaints(page: Page) -> list[str]:
    """Collects what programs complain of on this page from now on, and what a policy forbids.

    Requests that were refused are no complaint of a program.
    """
    found: list[str] = []
    page.add_init_script(
        "addEventListener('securitypolicyviolation', (e) => console.error('policy', e.violatedDirective))"
    )

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            found.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


def told(page: Page, found: list[str], word: str) -> str:
    """The first complaint with this word in it, once it is there."""

    def look() -> str | None:
        page.evaluate("null")  # what the browser says is heard while it is asked something
        return next((text for text in found if word in text), None)

    return wait_for(look, what=f"a word about {word}")
