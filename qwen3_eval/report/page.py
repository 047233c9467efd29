"""From run directories to the page: what each section shows, and the template that shows it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from qwen3_eval.measure.cost import Cost
from qwen3_eval.report.cost import cost_lines
from qwen3_eval.report.curves import budget_figures
from qwen3_eval.report.html import write_page
from qwen3_eval.report.judged import Judgments
from qwen3_eval.report.judges import judge_head, judged_lines
from qwen3_eval.report.languages import heat_maps
from qwen3_eval.report.lengths import Lengths, histograms
from qwen3_eval.report.results import glances, place, table_rows
from qwen3_eval.report.runs import PageRun, date_of, is_whole
from qwen3_eval.report.samples import sample_blocks
from qwen3_eval.report.verdict import answer, checks, registry_for
from qwen3_eval.report.words import compact, duration, flatten
from qwen3_eval.types import Result

# Parts of the manifest that have a place of their own, or are tables that nobody reads.
TOO_LONG = ("deviations", "ladders", "omissions")
# So many further metrics are shown at once; a second judgement must not be overlooked.
FEW = 12


def render(runs: Sequence[PageRun]) -> str:
    """The whole page. Raises UsageError for damaged journals."""
    return write_page("page.html.j2", "page.js", view(runs))


def view(runs: Sequence[PageRun]) -> dict[str, object]:
    """What the template shows."""
    tasks = list(dict.fromkeys(task for run in runs for task in run.record.manifest.tasks))
    registries = [registry_for(run) for run in runs]
    found = [checks(run, registry) for run, registry in zip(runs, registries, strict=True)]
    pairs = list(zip(runs, found, strict=True))
    rows = sorted((row for run, of_run in pairs for row in table_rows(run, of_run)), key=lambda row: place(row, tasks))
    further = sum(row.kind == "further" for row in rows)
    figures = list(budget_figures(runs))
    lengths, names = Lengths(), [run.name for run in runs]
    records = [run.record for run in runs]
    blocks = sample_blocks(records, names, tasks, lengths, Judgments.of_runs(records, registries))
    main = [row for row in rows if row.kind == "main"]
    return {
        "title": " and ".join(dict.fromkeys(run.model for run in runs)),
        "several": len(runs) > 1,
        "runs": [
            {**headline(run), "answer": answer(run, of_run), "judge": judge_head(run, registry, runs)}
            for (run, of_run), registry in zip(pairs, registries, strict=True)
        ],
        "judged": [
            line for run, registry in zip(runs, registries, strict=True) for line in judged_lines(run, registry)
        ],
        "rows": rows,
        "main_count": len(main),
        "slow": sum(row.slow for row in main),
        "invalid": [row for row in main if not row.valid],
        "languages": sum(row.kind == "language" for row in rows),
        "subsets": sum(row.kind == "subset" for row in rows),
        "further": further,
        "further_shown": further <= FEW,
        "points": any(row.whisker and row.unit != "percent" for row in main),
        "any_reported": any(row.reported for row in rows),
        "glances": [line for task in tasks for run in runs for line in glances(run, task)],
        "figures": figures,
        "heat_maps": heat_maps(runs),
        "budgets": any(row.budget for row in main),
        "overlay": any(figure.overlay for figure in figures),
        "histograms": histograms(lengths, names, tasks),
        "costs": cost_lines(runs),
        "blocks": blocks,
    }


def headline(run: PageRun) -> dict[str, object]:
    """Who, when, what and how much, and the protocol with its deviations."""
    manifest = run.record.manifest
    return {
        "name": run.name,
        "series": run.series,
        "model": run.model,
        "date": date_of(manifest),
        "facts": list(run_facts(run.results, run.cost)),
        "deviations": manifest.deviations,
        "settings": list(flatten({name: value for name, value in manifest.raw.items() if name not in TOO_LONG})),
    }


def run_facts(results: Sequence[Result], cost: Cost) -> Iterator[tuple[str, str]]:
    """Pairs of a label and a figure for the head of the page."""
    docs = {result.task: result.n_docs for result in results if is_whole(result)}
    yield "Tasks", f"{len(docs)}"
    yield "Questions", f"{sum(docs.values()):,}"
    yield "Answers", f"{cost.completions:,}"
    yield "Tokens decoded", compact(cost.decoded_tokens)
    if cost.wall_s:
        yield "Time", duration(cost.wall_s)
        yield "Tokens per second", f"{cost.tokens_per_s:,.0f}"
