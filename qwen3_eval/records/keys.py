"""Keys of the journals' lines: the hash of everything that produced one."""

from __future__ import annotations

import hashlib

from qwen3_eval.config import digest
from qwen3_eval.types import Prompt, Unit

KEY_BYTES = 16


def key_prefix(root: str, task: str, version: str, protocol: str, mode: str) -> bytes:
    """What the keys of a group have in common. ``root``: digest of the run's identity."""
    return digest([root, task, version, protocol, mode]).encode()


def key_of(prefix: bytes, unit: Unit) -> bytes:
    """The key of a unit in a group."""
    return key(prefix, unit.id, unit.sample, unit.budget)


def key(prefix: bytes, doc_id: str, sample: int, budget: int | None) -> bytes:
    """The key of a doc's sample under a budget, in a group."""
    return hashlib.blake2b(prefix + repr((doc_id, sample, budget)).encode(), digest_size=KEY_BYTES).digest()


def judgment_key(judge: str, answer_key: str, call: str, attempt: int) -> bytes:
    """The key of a call of a judge. judge: digest of everything that its replies depend on."""
    parts = (judge, answer_key, call, attempt)
    return hashlib.blake2b(repr(parts).encode(), digest_size=KEY_BYTES).digest()


def messages_sha256(prompt: Prompt) -> str:
    """SHA-256 of a chat prompt as ``[[role, content], ...]`` in canonical JSON, whoever renders it."""
    return digest([[message.role, message.content] for message in prompt.messages])


def judged_name(unit: Unit, call: str) -> str:
    """Which call of a judge it is, as its request says it beside the task."""
    return "/".join(map(str, (unit.id, unit.sample, unit.mode, unit.budget, call)))
