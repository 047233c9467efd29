"""The page of a reproduced table: the report's numbers, ours beside them, what differs and why."""

from __future__ import annotations

from typing import Any

from qwen3_eval.report.html import write_page
from qwen3_eval.reproduce.cells import VERDICTS, Part, Sheet
from qwen3_eval.reproduce.write import Notes, by_group, counted, explained, fields, heads, part_title, reported_texts


def table_page(sheet: Sheet) -> str:
    """A page of its own, without network."""
    notes = Notes()
    parts = [_shown(part, notes) for part in sheet.parts]
    return write_page(
        "reproduce.html.j2",
        "reproduce.js",
        "reproduce.css",
        title=sheet.layout.title,
        model=sheet.model,
        summary=counted(sheet),
        counts={verdict: sum(cell.verdict == verdict for cell in sheet.cells) for verdict in VERDICTS},
        parts=parts,
        errors=explained(sheet),
        reasons=notes.texts,
    )


def _shown(part: Part, notes: Notes) -> dict[str, Any]:
    """A part as the template takes it."""
    groups = [
        {
            "title": group,
            "rows": [
                {
                    "label": cell.line.label,
                    "verdict": cell.verdict,
                    "fields": fields(cell, part, notes),
                    "others": reported_texts(cell.line, part.others),
                }
                for cell in cells
            ],
        }
        for group, cells in by_group(part)
    ]
    others = [column.title for column in part.others]
    return {"title": part_title(part), "heads": heads(part), "others": others, "groups": groups}
