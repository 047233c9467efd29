"""Addresses of servers as people give them: a bare host, a root, or an endpoint, with credentials or without."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from qwen3_eval import secrets
from qwen3_eval.types import UsageError

ENDPOINTS = ("/chat/completions", "/completions", "/responses", "/embeddings", "/models")
VERSION = re.compile(r"v\d+(?:[a-z]+\d*)?")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server is asked.

    roots: what ``/models`` and ``/chat/completions`` may stand behind, in the order in which they are tried.
    query: what follows each of them, with its question mark. user, password: sent as basic authentication.
    shown: as it may be printed.
    """

    roots: tuple[str, ...]
    query: str = ""
    user: str = ""
    password: str = ""
    shown: str = ""

    @property
    def usual(self) -> str:
        """The root to take where none of them lists its models."""
        return next((root for root in self.roots if root.endswith("/v1")), self.roots[0])


def read_address(base_url: str) -> Address:
    """An address taken for what it is. Raises UsageError for what is no HTTP address.

    The name of an endpoint is cut off. A path with a version (``/v1``, ``/api/v3``, ``/compatible-mode/v1``) is a
    root; a bare host mostly has ``/v1``; behind any other path both are possible.
    """
    shown = secrets.shown_address(base_url)
    if not base_url.startswith(("http://", "https://")):
        raise UsageError(f"--base-url must begin with http:// or https://, got {shown!r}")
    try:
        parts = urlsplit(base_url.strip())
        valid = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        valid = False
    if not valid:
        raise UsageError(f"--base-url is no address: {shown!r} (a user or password needs percent-encoding)")
    secrets.learn_address(base_url)
    path, endpoint = _without_endpoint(parts.path.rstrip("/"))
    place = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    roots = tuple(place + root for root in _roots(path, endpoint=endpoint))
    return Address(roots, f"?{parts.query}" if parts.query else "", *secrets.userinfo(base_url), shown)


def _without_endpoint(path: str) -> tuple[str, bool]:
    for endpoint in ENDPOINTS:
        if path.endswith(endpoint):
            return path.removesuffix(endpoint).rstrip("/"), True
    return path, False


def _roots(path: str, *, endpoint: bool) -> tuple[str, ...]:
    if endpoint or any(VERSION.fullmatch(part) for part in path.split("/")):
        return (path,)
    return (path, f"{path}/v1") if path else ("/v1", "")
