"""A model hub on this machine: the part of the hub's API that a download needs, over real HTTP."""

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub(ThreadingHTTPServer):
    """Serves one repository, the files of a folder, under the name `shop/model`."""

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.folder = folder
        self.asked: list[str] = []
        self.breaks_at: str | None = None
        self.pauses: str | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Answers(BaseHTTPRequestHandler):
    server: Hub
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        self.server.asked.append(path)
        files = sorted(file for file in self.server.folder.rglob("*") if file.is_file())
        if path.startswith("/api/models/shop/model/revision/") or path == "/api/models/shop/model":
            siblings = [{"rfilename": file.relative_to(self.server.folder).as_posix()} for file in files]
            self._json({"id": "shop/model", "modelId": "shop/model", "sha": COMMIT, "siblings": siblings})
        elif path.startswith("/api/models/shop/model/tree/"):
            self._json(
                [
                    {
                        "type": "file",
                        "path": file.relative_to(self.server.folder).as_posix(),
                        "size": file.stat().st_size,
                        "oid": hashlib.sha1(file.read_bytes()).hexdigest(),  # noqa: S324 - as git names blobs
                    }
                    for file in files
                ]
            )
        elif path.startswith(f"/shop/model/resolve/{COMMIT}/"):
            name = path.removeprefix(f"/shop/model/resolve/{COMMIT}/")
            content = (self.server.folder / name).read_bytes()
            if name == self.server.breaks_at and self.command == "GET":
                self.close_connection = True
                self._answer(200, content[: len(content) // 2], len(content))
            else:
                self._answer(200, content, len(content), pause_s=3.0 if name == self.server.pauses else 0)
        else:
            self._json({"error": "Repository not found"}, 404)

    do_HEAD = do_GET  # noqa: N815 - the name that the library calls

    def log_message(self, *_: object) -> None: ...

    def _json(self, body: object, status: int = 200) -> None:
        content = json.dumps(body).encode()
        self._answer(status, content, len(content))

    def _answer(self, status: int, content: bytes, length: int, pause_s: float = 0) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(length))
        self.send_header("ETag", f'"{hashlib.sha1(content).hexdigest()}"')  # noqa: S324
        self.send_header("X-Repo-Commit", COMMIT)
        if status == 404:
            self.send_header("X-Error-Code", "RepoNotFound")
        self.end_headers()
        if self.command == "GET":
            half = length // 2
            self.wfile.write(content[:half])
            if pause_s:
                time.sleep(pause_s)  # a slow line
            self.wfile.write(content[half:])


@contextmanager
def hub_of(folder: Path) -> Iterator[Hub]:
    """The hub, as long as it is needed."""
    hub = Hub(folder)
    thread = threading.Thread(target=hub.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.shutdown()
        hub.server_close()
        thread.join()
