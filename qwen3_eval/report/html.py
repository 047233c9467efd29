"""A template of ``assets`` filled in: one file without network, which allows nothing but its own style and script."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path

ASSETS = Path(__file__).parent / "assets"


def write_page(template: str, script_name: str, view: Mapping[str, object], further_style: str = "") -> str:
    """The page as text. All that ``view`` holds is escaped unless the template says otherwise.

    further_style: an asset with the styles that this page has beside those of all.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    script = read_asset(script_name)
    style = read_asset("page.css") + (read_asset(further_style) if further_style else "")
    environment = Environment(loader=FileSystemLoader(ASSETS), autoescape=True, undefined=StrictUndefined)
    environment.trim_blocks = environment.lstrip_blocks = True
    return environment.get_template(template).render(
        policy=content_policy(style, script), style=style, script=script, **view
    )


def read_asset(name: str) -> str:
    """A file of the page, as text."""
    return (ASSETS / name).read_text("utf-8")


def content_policy(style: str, script: str) -> str:
    """Forbids everything but this style, this script and images inside the page."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {csp_hash(script)}",
            f"style-src {csp_hash(style)}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def csp_hash(text: str) -> str:
    """The hash source of an inline element's text (Content Security Policy Level 3, section 2.3.1)."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
