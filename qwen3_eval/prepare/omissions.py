"""What a run leaves out of the tasks that it asks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from qwen3_eval import data
from qwen3_eval.prepare.asked import Asked
from qwen3_eval.records.omissions import Omission


def omissions(asked: Iterable[Asked]) -> Iterator[Omission]:
    """Which parts of the tasks, which figures and which long prompt texts cannot be had here."""
    for each in asked:
        name, sources = each.name, each.task.spec.sources
        for source in data.at_hand(sources, each.data_dir)[1] if len(sources) > 1 else ():
            yield Omission(name, "source", source.mirror)
        yield from (Omission(name, "part", source.part) for source in data.partial(sources, each.data_dir))
        yield from (Omission(name, "figure", figure) for figure in each.task.unmeasured())
        yield from (Omission(name, "text", text) for text in data.lacking_texts(each.task, each.data_dir))
        if not each.grades_all:
            ungraded = each.dataset.ungraded.items()
            yield from (Omission(name, "doc", lacking, tuple(ids)) for lacking, ids in ungraded)
