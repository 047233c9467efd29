"""A stand-in for the files of repositories on GitHub, in the process of the test."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from qwen3_eval.data.github import ENDPOINT_ENV


@contextmanager
def serving(files: Mapping[str, str], patch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Serves texts by ``owner/name/commit/path``, and leads to them; gives what was asked for, as it is asked."""
    asked: list[str] = []

    class Files(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path[1:])
            found = files.get(self.path[1:])
            self.send_response(404 if found is None else 200)
            self.end_headers()
            self.wfile.write((found or "").encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Files)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    patch.setenv(ENDPOINT_ENV, f"http://127.0.0.1:{server.server_port}")
    try:
        yield asked
    finally:
        server.shutdown()
        server.server_close()
