"""A table of the report with our results in it, as a page of its own."""

from __future__ import annotations

from qwen3_eval.report.html import write_page
from qwen3_eval.reproduce.cells import VERDICTS, Part, Sheet
from qwen3_eval.reproduce.write import (
    PART_HEADS,
    Notes,
    by_group,
    counted,
    explained,
    fields,
    heads,
    part_fields,
    part_title,
    parts_title,
    reported,
)


def html(sheet: Sheet) -> str:
    """The whole page; it needs no network."""
    notes = Notes()
    view = {
        "title": sheet.layout.title,
        "model": sheet.model,
        "summary": counted(sheet),
        "counts": {verdict: sum(cell.verdict == verdict for cell in sheet.cells) for verdict in VERDICTS},
        "parts": [_shown(part, notes) for part in sheet.parts],
        "errors": explained(sheet),
        "is_card": sheet.layout.is_card,
        "printed_in": "card" if sheet.layout.is_card else "report",
        "reasons": notes.texts,
    }
    return write_page("reproduce.html.j2", "reproduce.js", view, "reproduce.css")


def _shown(part: Part, notes: Notes) -> dict[str, object]:
    """A part as the template takes it."""
    groups = [
        {
            "title": group,
            "rows": [
                {
                    "label": cell.line.label,
                    "verdict": cell.verdict,
                    "fields": fields(cell, part, notes),
                    "others": reported(cell.line, part.others),
                    "parts": part_fields(cell),
                    "parts_title": parts_title(cell),
                }
                for cell in cells
            ],
        }
        for group, cells in by_group(part)
    ]
    others = [column.title for column in part.others]
    return {
        "title": part_title(part),
        "heads": heads(part),
        "part_heads": PART_HEADS,
        "others": others,
        "groups": groups,
    }
