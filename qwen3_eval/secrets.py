"""Secrets that a run was given, and texts without them.

Known are the values of variables whose names say that they are secret, and what was learned from an address or an
argument. They are taken out of every line that a server says and of all that is written about a run, in each form in
which a server may repeat them (percent-encoded, base64 of user and password).
"""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any
from urllib.parse import quote, quote_plus, unquote, unquote_plus, urlsplit

MASK = "***"
# Shorter ones are ordinary words too often: they are taken out of errors as whole words, and never out of an answer.
LONG, SHORT = 8, 4
NAMES = re.compile(r"(^|[_-])(api_?-?key|key|token|secret|password|passwd|auth|sig|signature|code)$", re.IGNORECASE)
VARIABLES = re.compile(r"(^|_)(TOKEN|API_?KEY|ACCESS_KEY|SECRET_KEY|SECRET|PASSWORD)$")
USERINFO = re.compile(r"(?<=//)[^/\s]*@")
# Where an address is none (a slash in a password), all before its last @ may be secret.
ANY_USERINFO = re.compile(r"(?<=//)\S*@")
SEVERAL = re.compile(r",(?=\s*https?://)")
_learned: set[str] = set()
_users: set[str] = set()


def learn(*secrets: str) -> None:
    """Remembers secrets for as long as this process lives."""
    _learned.update(filter(None, secrets))


def addresses(text: str) -> list[str]:
    """The addresses in a list with commas, each once. An address may hold commas itself."""
    found = [each.strip() for each in SEVERAL.split(text)]
    return list(dict.fromkeys(found)) if all(map(is_address, found)) else [text]


def learn_address(text: str) -> None:
    """Remembers what is secret in an address, or in several: user, password, and the keys of the query."""
    for address in addresses(text):
        user, password = userinfo(address)
        if user:
            parts = urlsplit(address)
            _users.update((user, parts.username or user))
            learn(password or user, f"{user}:{password}", parts.password or "")
        learn(*(value for name, value in _query(address) if is_secret(name)))


def userinfo(address: str) -> tuple[str, str]:
    """User and password of an address, decoded; empty where it has none, or is none."""
    if not is_address(address):
        return "", ""
    parts = urlsplit(address)
    return unquote(parts.username or ""), unquote(parts.password or "")


def is_address(address: str) -> bool:
    """Whether this is an address with a host, and with a port that can be one if it has any."""
    try:
        parts = urlsplit(address)
        return bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False


def is_secret(name: str) -> bool:
    """Whether an argument or a parameter of this name holds a secret: ``api_key``, ``hf-token``, ``password``."""
    return bool(NAMES.search(name))


def shown_address(text: str) -> str:
    """An address, or several, as they may be shown: with ``***`` for credentials and for the keys of a query."""
    return ",".join(map(_shown_address, addresses(text)))


def _shown_address(address: str) -> str:
    info = USERINFO if is_address(address) else ANY_USERINFO
    bare = info.sub(f"{MASK}@", address, count=1) if "@" in address else address
    head, mark, query = bare.partition("?")
    return head + mark + "&".join(_shown_part(part) for part in query.split("&"))


def _shown_part(part: str) -> str:
    name, mark, _ = part.partition("=")
    return f"{name}={MASK}" if mark and is_secret(name) else part


def redacted(text: str) -> str:
    """A text without any secret: for errors, and for what is printed."""
    for secret in sorted(_forms(_all() | _users), key=len, reverse=True):
        text = _without(text, secret)
    return text


def masked(value: Any) -> Any:
    """A JSON value without secrets: those that are known, whatever has a secret's name, and those in addresses."""
    if isinstance(value, str):
        shown = shown_address(value) if value.startswith(("http://", "https://")) else value
        return without(shown, long_forms())
    if isinstance(value, Mapping):
        return {name: MASK if _hides(name, found) else masked(found) for name, found in value.items()}
    return [masked(each) for each in value] if isinstance(value, list | tuple) else value


def _hides(name: Any, value: Any) -> bool:
    return bool(value) and isinstance(name, str) and isinstance(value, str | list | tuple) and is_secret(name)


def long_forms() -> tuple[str, ...]:
    """All forms of the secrets that can be told from ordinary text, the longest first."""
    found = {secret for secret in _all() if len(secret) >= LONG and not secret.isalpha()}
    return tuple(sorted(_forms(found), key=len, reverse=True))


def without(text: str, secrets: tuple[str, ...]) -> str:
    """A text in which none of the secrets stands."""
    for secret in secrets:
        if secret in text:
            text = text.replace(secret, MASK)
    return text


def _all() -> set[str]:
    named = {value.strip() for name, value in os.environ.items() if VARIABLES.search(name)}
    return _learned | {value for value in named if len(value) >= LONG}


def _forms(secrets: set[str]) -> set[str]:
    return {form for secret in secrets for form in _forms_of(secret)}


@cache
def _forms_of(secret: str) -> tuple[str, ...]:
    """A secret as it stands in headers, addresses and JSON."""
    written = json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]
    encoded = base64.b64encode(secret.encode(errors="replace")).decode()
    coded = {quote(secret, safe="", errors="replace"), quote_plus(secret, errors="replace")}
    return (secret, *written, encoded, *coded, *(each.lower() for each in coded if "%" in each))


def _without(text: str, secret: str) -> str:
    if secret not in text or len(secret) < SHORT:
        return text
    if len(secret) >= LONG:
        return text.replace(secret, MASK)
    return re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", MASK, text)


def _query(address: str) -> Iterator[tuple[str, str]]:
    """Names and values of an address's query, as they stand there and decoded."""
    for part in address.partition("?")[2].split("&"):
        name, _, value = part.partition("=")
        yield from ((name, value), (name, unquote_plus(value)))
