"""ZebraLogic: a thousand logic grid puzzles; an answer counts when every cell of the grid is right.

Rows: 40 puzzles of each of 25 sizes, 2 to 6 houses with 2 to 6 attributes. Asked: the template of ZeroEval, read
from its repository: a worked example, the puzzle, and the JSON form of the answer, made from the header of the
solution. Judged: the last complete JSON object, cell by cell, without case; ``cell_accuracy`` is right cells over
all cells. Subsets: ``easy`` (280) and ``hard`` (720), by the sizes that ZeroEval lists. Report: Tables 11 to 20.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from qwen3_eval.api import Doc, Paper, Prompt, Score, Source, Task, reading, task

ZEROEVAL = "8c1485edf12c6efb5f69135a562927c5ad484059"
EASY = ("2*2", "2*3", "2*4", "2*5", "2*6", "3*2", "3*3")
MASK = "___"
# The template from the puzzle on: its fixed words, for a mirror that has no copy of the file with the example.
FRAME = (
    "\n# Puzzle to Solve \n\n{puzzle}\n\n\n# Instruction\n\nNow please solve the above puzzle. "
    "Present your reasoning and solution in the following json format:\n\n{json_template}\n\n"
)


@task(
    name="zebralogic",
    n_docs=1000,
    category="reasoning",
    version="1",
    source=Source(
        "WildEval/ZebraLogic",
        config="grid_mode",
        split="test",
        mirror="zebralogic/test.jsonl",
        revision="0a473f5a0054835754ed156d5a79c6ce27178bb1",
    ),
    texts={
        "template": Source(
            "github:WildEval/ZeroEval",
            split="template",
            path="src/templates/ZEBRA_GRID.py",
            mirror="zebralogic/template.jsonl",
            revision=ZEROEVAL,
        )
    },
    reference=f"WildEval/ZeroEval@{ZEROEVAL} src/evaluation/zebra_grid_eval.py, eval_utils.py, src/_TEMPLATES.py",
    paper=Paper(tables=(11, 12, 13, 14, 15, 16, 17, 18, 19, 20), metric="accuracy"),
    suites=("reasoning", "report", "cards"),
    deviations=("a cell that is a number or an object is wrong; the reference ends with an error",),
)
class ZebraLogic(Task):
    """Grids with one solution each."""

    def doc(self, row: Mapping[str, Any]) -> Doc:
        header, cells = row["solution"]["header"], row["solution"]["rows"]
        if any(MASK in line for line in cells):
            raise ValueError(
                "column 'solution': the cells are masked (___), as in allenai/ZebraLogicBench; take the rows of "
                "WildEval/ZebraLogic, or ask on the hub for access to allenai/ZebraLogicBench-private"
            )
        return Doc(
            id=row["id"],
            question=row["puzzle"],
            target=reading.grid.rows_to_grid(header, cells, header[0]),
            subset="easy" if row["size"] in EASY else "hard",
            weights={"cell_accuracy": float(len(cells) * (len(header) - 1))},
            meta={"size": row["size"]},
        )

    def prompt(self, doc: Doc) -> Prompt:
        blank = {house: dict.fromkeys(cells, MASK) for house, cells in doc.target.items()}
        form = json.dumps({"reasoning": MASK, "solution": blank}, indent=4)
        # The official file is a Python module that holds nothing but one long string.
        template = self.texts["template"].split('"""')[1] if "template" in self.texts else FRAME
        return Prompt.user(template.replace("{puzzle}", doc.question).replace("{json_template}", form))

    def metric_names(self, doc: Doc) -> Sequence[str]:
        return ("cell_accuracy",)

    def score(self, doc: Doc, answer: str) -> Score:
        predicted = (reading.grid.last_json_object(answer) or {}).get("solution")
        found = reading.grid.match(predicted, doc.target)
        metrics = {"cell_accuracy": found.accuracy}
        if predicted is None:
            return Score(0.0, "no_answer", metrics=metrics, detail="no JSON object with a solution")
        return Score(
            float(found.solved),
            extracted=reading.grid.shown(predicted, doc.target),
            metrics=metrics,
            detail=f"{found.correct} of {found.total} cells",
        )
