"""ThinkFollow: dialogues in which ``/think`` and ``/no_think`` come and go; does the model switch as it is told?

Rows: 150 dialogues of four to eight turns, half in English and half in Chinese, drawn from a seed: ordinary questions
in our own words, some of which go on with the one before. Half of the turns carry a flag, at the end or at the
beginning; the latest flag holds, and before any the model is to think. The report's own set is in-house and not public.
Asked: with thinking enabled in the template for all turns, so that the switch is the model's own. The thinking of
earlier turns is left out of the next, answers stay. Judged: whether each reply has a thinking block with text in it, as
token ids or the text as it was written show (see ``grade``). The score is the mean over the dialogues of the share of
right turns; ``followed_think`` and ``followed_no_think`` are the turns of each expected mode, ``followed_switch`` those
that expect another mode than the turn before, ``followed_kept`` all others, ``whole_dialogues`` those without a wrong
turn, and ``echoed_flags`` replies that say a flag themselves. Report: Table 22 prints an in-house benchmark of this
name.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from qwen3_eval.api import Doc, Generated, Message, Paper, Prompt, Reply, Score, Task, metrics, task

from .dialogues import NO_THINK, THINK, drawn_rows, expected
from .grade import METRICS, score_of, weights_of

TAGS = {"en": "en", "zh": "zh-Hans"}
# Digest of the docs of version 1.
DOCS = "2b78a3f3ccbf4784b744ebd07f56432ce1f62f3a51c6d68ef0647f90149b951c"


@task(
    name="thinkfollow",
    category="alignment",
    paper=Paper(tables=(22,), metric="score", rebuilt=True),
    version="1",
    source=Generated(seed=22, count=150, sha256=DOCS),
    reference="qwen3_eval's own, after section 4.7 of the Qwen3 technical report (arXiv 2505.09388)",
    metric=metrics.Mean("turns_followed"),
    languages=tuple(TAGS.values()),
    suites=("alignment",),
    modes=("thinking",),
    soft_switch=(THINK, NO_THINK),
    deviations=(
        "rebuilt: the report's set is not public, and scores cannot be compared number by number with Table 22",
        "a dialogue that ends because a reply was cut keeps what its turns before that are worth; the rest are wrong",
        "an opening tag in the answer of a turn that is not to be thought about is wrong, quoted or not",
    ),
)
class ThinkFollow(Task):
    """A model that is told to think, or not to, in the middle of a dialogue."""

    def rows(self, rng: random.Random) -> Iterator[Mapping[str, Any]]:
        return drawn_rows(rng)

    def doc(self, row: Mapping[str, Any]) -> Doc:
        users, begin = [turn["user"] for turn in row["turns"]], row["begin"]
        thinks = expected([turn["flag"] for turn in row["turns"]], begin)
        return Doc(
            id=f"{row['language']}/{row['number']}",
            question="\n".join(users),
            target=thinks,
            language=TAGS[row["language"]],
            weights=weights_of(thinks, begin),
            meta={"system": row["system"], "users": users, "begin": begin},
        )

    def prompt(self, doc: Doc) -> Prompt:
        return Prompt.user(doc.meta["users"][0], system=doc.meta["system"])

    def follow(self, doc: Doc, replies: Sequence[Reply]) -> Prompt | None:
        users = doc.meta["users"]
        if len(replies) >= len(users) or replies[-1].cut:
            return None
        messages = list(self.prompt(doc).messages)
        for reply, user in zip(replies, users[1:], strict=False):
            messages += [Message("assistant", reply.answer), Message("user", user)]
        return Prompt(tuple(messages))

    def metric_names(self, doc: Doc) -> Sequence[str]:
        return METRICS

    def score(self, doc: Doc, answer: str) -> Score:
        return self.score_replies(doc, (answer,))

    def score_replies(self, doc: Doc, answers: Sequence[str]) -> Score:
        return self.score_turns(doc, [Reply("", answer) for answer in answers])

    def score_turns(self, doc: Doc, replies: Sequence[Reply]) -> Score:
        return score_of(doc, replies)
