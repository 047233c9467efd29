"""A stand-in for the hub's HTTP endpoints: one dataset, two revisions, one of them gated.

    python fake_hub.py LOG [FOLDER]

Prints its port, then serves until it is ended. Every request is a line of LOG. FOLDER has further revisions, each
a folder of files that is called by its commit.
"""

from __future__ import annotations

import hashlib
import json
import socket
import sys
from pathlib import Path

from aiohttp import web

GATED = "9" * 40
CARD = """---
license: mit
configs:
- config_name: main
  data_files:
  - split: test
    path: main/test.jsonl
---
# Toy
"""


def lines(rows: list[dict[str, object]]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


OLD = [{"id": index, "question": f"What is {index}+1?", "answer": str(index + 1)} for index in range(5)]
NEW = [{"id": index, "question": "?", "answer": word} for index, word in enumerate(("one", "two"))]
FILES: dict[str, dict[str, bytes]] = {
    "a" * 40: {"README.md": CARD.encode(), "main/test.jsonl": lines(OLD)},
    "b" * 40: {"README.md": CARD.encode(), "main/test.jsonl": lines(NEW)},
}
ALIASES = {"main": "b" * 40}


def failed(status: int, code: str) -> web.Response:
    return web.Response(status=status, headers={"X-Error-Code": code, "X-Error-Message": code})


def revision_of(request: web.Request) -> str:
    named = request.match_info["revision"]
    return ALIASES.get(named, named)


def refused(request: web.Request) -> web.Response | None:
    if request.match_info["repo"] != "owner/toy":
        return failed(404, "RepoNotFound")
    if revision_of(request) == GATED:
        return failed(403, "GatedRepo")
    return None if revision_of(request) in FILES else failed(404, "RevisionNotFound")


async def resolve(request: web.Request) -> web.Response:
    revision, path = revision_of(request), request.match_info["path"]
    if answer := refused(request):
        return answer
    if path not in FILES[revision]:
        return failed(404, "EntryNotFound")
    content = FILES[revision][path]
    etag = hashlib.sha256(content).hexdigest()
    headers = {"X-Repo-Commit": revision, "ETag": f'"{etag}"', "Accept-Ranges": "bytes"}
    return web.Response(body=content, headers=headers)


async def info(request: web.Request) -> web.Response:
    if answer := refused(request):
        return answer
    revision = revision_of(request)
    siblings = [{"rfilename": path, "size": len(content)} for path, content in FILES[revision].items()]
    facts = {"id": "owner/toy", "sha": revision, "siblings": siblings, "cardData": {"license": "mit"}, "tags": []}
    return web.json_response(facts | {"private": False, "gated": False, "disabled": False, "downloads": 0, "likes": 0})


def entry(path: str, content: bytes | None) -> dict[str, object]:
    if content is None:
        return {"type": "directory", "path": path, "oid": "0" * 40, "size": 0}
    return {"type": "file", "path": path, "oid": hashlib.sha1(content).hexdigest(), "size": len(content)}


async def tree(request: web.Request) -> web.Response:
    if answer := refused(request):
        return answer
    files, below = FILES[revision_of(request)], request.match_info.get("path", "").strip("/")
    prefix = f"{below}/" if below else ""
    found: dict[str, dict[str, object]] = {}
    for path, content in files.items():
        if path.startswith(prefix):
            head, _, rest = path[len(prefix) :].partition("/")
            deep = request.query.get("recursive", "").lower() in ("1", "true")
            if rest:
                found[prefix + head] = entry(prefix + head, None)
            if not rest or deep:
                found[path] = entry(path, content)
    return web.json_response(list(found.values())) if found else failed(404, "EntryNotFound")


async def paths_info(request: web.Request) -> web.Response:
    if answer := refused(request):
        return answer
    files = FILES[revision_of(request)]
    if "form" in request.content_type:
        asked = [str(path) for path in (await request.post()).getall("paths")]
    else:
        asked = list((await request.json())["paths"])
    found = [entry(path, files[path]) for path in asked if path in files]
    found += [entry(path, None) for path in asked if any(name.startswith(f"{path}/") for name in files)]
    return web.json_response(found)


def note(line: str) -> None:
    with Path(sys.argv[1]).open("a") as log:
        log.write(line)


@web.middleware
async def logged(request: web.Request, handler: object) -> web.StreamResponse:
    note(f"{request.method} {request.path}\n")
    return await handler(request)  # type: ignore[operator, no-any-return]


def app() -> web.Application:
    found = web.Application(middlewares=[logged])
    repo = "{repo:[^/]+/[^/]+}"
    found.router.add_get(f"/datasets/{repo}/resolve/{{revision}}/{{path:.+}}", resolve)
    found.router.add_get(f"/api/datasets/{repo}/revision/{{revision}}", info)
    found.router.add_get(f"/api/datasets/{repo}/tree/{{revision}}", tree)
    found.router.add_get(f"/api/datasets/{repo}/tree/{{revision}}/{{path:.*}}", tree)
    found.router.add_post(f"/api/datasets/{repo}/paths-info/{{revision}}", paths_info)
    return found


def revisions_in(folder: Path) -> dict[str, dict[str, bytes]]:
    return {
        revision.name: {
            path.relative_to(revision).as_posix(): path.read_bytes() for path in revision.rglob("*") if path.is_file()
        }
        for revision in folder.iterdir()
    }


def main() -> None:
    if len(sys.argv) > 2:
        FILES.update(revisions_in(Path(sys.argv[2])))
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    print(sock.getsockname()[1], flush=True)
    web.run_app(app(), sock=sock, print=None)


if __name__ == "__main__":
    main()
