"""Tables of text for a terminal."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence


def columns(rows: Sequence[Sequence[str]], left: Collection[int] | None = None) -> Iterator[str]:
    """Rows as lines with aligned columns; those named in ``left`` begin at the left, all of them without it."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        padded = enumerate(zip(row, widths, strict=True))
        cells = (text.ljust(width) if left is None or i in left else text.rjust(width) for i, (text, width) in padded)
        yield "  ".join(cells).rstrip()
