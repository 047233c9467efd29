#!/usr/bin/env bash
# vllm-router 0.1.17: with its only server gone, /health and /readiness still answer 200 while every question gets 503.
# Expected: once the router itself refuses questions since no worker is available, its readiness says so too.
# Seen:     after two failed questions the circuit is open and each further one gets 503 "No available workers"; /health
#           says 200 "All servers healthy" and /readiness one healthy worker of one, also 90 seconds later by default.
# Who meets it: whoever waits for a router by /health before a run, or has it probed there: the run begins on nothing.
#           /v1/models is an honest probe: it is answered by a server, and fails when there is none.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install vllm-router==0.1.17 2>/dev/null
cat >"$folder/try.py" <<'PY'
import json
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from pathlib import Path


class Server(BaseHTTPRequestHandler):
    """Answers as an OpenAI-compatible server does."""

    def do_GET(self):
        self.reply({"object": "list", "data": [{"id": "m", "object": "model"}]})

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        choice = {"index": 0, "message": {"role": "assistant", "content": "4"}, "finish_reason": "stop"}
        self.reply({"id": "1", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice]})

    def reply(self, value):
        body = json.dumps(value).encode()
        self.send_response(200)
        for name, said in (("Content-Type", "application/json"), ("Content-Length", len(body)), ("Connection", "close")):
            self.send_header(name, str(said))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def free():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def ask(path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


question = {"model": "m", "messages": [{"role": "user", "content": "2+2"}], "max_tokens": 4}
server, port = ThreadingHTTPServer(("127.0.0.1", 0), Server), free()
threading.Thread(target=server.serve_forever, daemon=True).start()
options = ["--worker-urls", f"http://127.0.0.1:{server.server_port}", "--host", "127.0.0.1", "--port", str(port)]
command = [str(Path(sys.executable).with_name("vllm-router")), *options, "--prometheus-port", str(free())]
router = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
try:
    deadline = time.monotonic() + 60
    while ask("/v1/chat/completions", question) != 200 and time.monotonic() < deadline:
        time.sleep(0.5)
    server.shutdown()
    server.server_close()
    for _ in range(8):
        answered = ask("/v1/chat/completions", question)
    seen = {"question": answered} | {path: ask(path) for path in ("/v1/models", "/health", "/readiness")}
    print("vllm-router", version("vllm-router"), "with no server left:", seen)
    assert seen == {"question": 503, "/v1/models": 503, "/health": 200, "/readiness": 200}, "the behaviour has changed"
finally:
    router.kill()
PY
"$folder/venv/bin/python" "$folder/try.py"
# Output seen: vllm-router 0.1.17 with no server left: {'question': 503, '/v1/models': 503, '/health': 200, '/readiness': 200}
