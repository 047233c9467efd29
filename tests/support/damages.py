"""What can happen to the bytes of a file."""

from __future__ import annotations

import random


def flipped(data: bytes, rng: random.Random) -> bytes:
    place = rng.randrange(len(data))
    return data[:place] + bytes([data[place] ^ (1 << rng.randrange(8))]) + data[place + 1 :]


def cut(data: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(data))
    return data[:start] + data[start + rng.randrange(1, 400) :]


def zeroed(data: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(data))
    size = min(rng.randrange(1, 2_000), len(data) - start)
    return data[:start] + b"\0" * size + data[start + size :]


def doubled(data: bytes, rng: random.Random) -> bytes:
    kept = data.splitlines(keepends=True)
    kept.insert(rng.randrange(len(kept) + 1), rng.choice(kept))
    return b"".join(kept)


def garbage(data: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(data))
    return data[:start] + rng.randbytes(rng.randrange(1, 80)) + data[start:]


def merged(data: bytes, rng: random.Random) -> bytes:
    ends = [place for place, byte in enumerate(data[:-1]) if byte == 10]
    place = rng.choice(ends)
    return data[:place] + data[place + 1 :]


def shortened(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(len(data))]
