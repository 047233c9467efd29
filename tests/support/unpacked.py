"""What a page has packed for its browser."""

from __future__ import annotations

import base64
import gzip
import json
import re
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Unpacked:
    """A report as text."""

    html: str

    def block(self, name: str) -> Any:
        """The JSON of one of its data blocks."""
        [text] = re.findall(rf'<script type="application/json" id="{re.escape(name)}">"([^"]*)"</script>', self.html)
        return json.loads(gzip.decompress(base64.b64decode(text)))

    def items(self, name: str) -> list[Any]:
        """All items of one kind, in order."""
        return [item for number in range(len(self.block("index")[name])) for item in self.block(f"{name}-{number}")]
