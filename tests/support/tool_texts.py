"""Tool calls as models write them, for tests that read them back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def xml_call(name: str, arguments: Mapping[str, Any]) -> str:
    """A call as XML, as the templates of Qwen3.6 write it, strings bare and all else as JSON."""
    parts = [f"<parameter={key}>\n{_shown(value)}\n</parameter>\n" for key, value in arguments.items()]
    return f"<tool_call>\n<function={name}>\n{''.join(parts)}</function>\n</tool_call>"


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
