"""Arena-Hard: hard requests of users, each answer compared with a fixed model's by a judge, in both places.

Rows: questions and the baseline's answers from the authors' repository. Asked: the question as it is. Judged: two games
an answer, with the baseline first and with the baseline second; the judge's label says who is better, and by how much.
The score is the share of battles that were won, a tie being half; "significantly better" makes three battles of a game.
The baseline has a part in every battle, so this share is the win rate that the authors' Bradley-Terry fit gives, which
``qwen3-eval ratings`` makes, with its interval and with style control. Report: Tables 11 to 20 and 22, v0.1.

Version 0.1 has 500 questions, gpt-4-0314 as the baseline, and the code of October 2024. Version 2.0 has the code of
June 2025, 500 hard prompts against o3-mini-2025-01-31, and 250 of creative writing against gemini-2.0-flash-001; where
a mirror lacks the answers of the latter, those 250 are left out.
"""

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from qwen3_eval.api import Doc, Paper, Prompt, Score, Source, judged, metrics, task

from .labels import FIRST, HEAVY, LOOSE, SECOND, GameResult, ParseRule
from .published import judge_prompts

GAMES = ("game 1", "game 2")
UNREAD = "-"
# What silence comes to, and a question of which no game was read: lost with full weight, and lost.
SILENT, LOST = GameResult(0.0, HEAVY), GameResult(0.0, 1)
V0_1 = "d99b1392d05d2bf100a50a27600132fa9c2c0daf"
V2_0 = "196f6b826783b3da7310e361a805fa36f0be83f3"
PROMPTS = Source(
    "github:lmarena/arena-hard-auto",
    split="train",
    mirror="arena_hard/judge_prompts.jsonl",
    revision=V2_0,
    composed=judge_prompts(V0_1, V2_0),
)
DEVIATIONS = (
    "an answer that is empty or was cut off in its thinking loses both games with weight 3; the reference judges it",
    "a question of which no game was read loses both in win_rate; the reference leaves it out, as official_mean does",
    "the interval is over questions; the reference draws battles again, two or six of which belong to one answer",
    "fields are put into the judge's prompt once, so that braces and placeholders of an answer stay what they are",
)


def file(version: str, name: str, revision: str, spare: bool = False) -> Source:
    """A file of the repository; a mirror has it under its name, with dots for the folder."""
    return Source(
        "github:lmarena/arena-hard-auto",
        split="train",
        mirror=f"arena_hard/{version}.{name.replace('/', '.')}.jsonl",
        path=f"data/arena-hard-{version}/{name}.jsonl",
        revision=revision,
        spare=spare,
    )


class Arena(judged.Judged):
    """What both versions have in common."""

    release: ClassVar[str]
    rule: ClassVar[ParseRule]

    def __init__(self) -> None:
        # The answers of each baseline by question, with the rows that they were read from.
        self._baselines: dict[str, tuple[Sequence[Mapping[str, Any]], dict[str, str]]] = {}

    @abstractmethod
    def name_of(self, row: Mapping[str, Any]) -> str:
        """What a question or an answer is called."""

    @abstractmethod
    def said(self, row: Mapping[str, Any]) -> tuple[str, str]:
        """The name of a question, and an answer to it."""

    @abstractmethod
    def fields(self, question: str, first: str, second: str) -> Mapping[str, str]:
        """What the judge's template is filled with."""

    def judge_prompt(self, category: str) -> Mapping[str, Any]:
        """How the judge is asked about questions of a category. Raises KeyError where nothing says it."""
        for row in self.tables["prompts"]:
            if (row["version"], row["category"]) == (self.release, category):
                return row
        raise KeyError(f"no prompt of the judge for {category}")

    def baseline(self, row: Mapping[str, Any]) -> str | None:
        """What the baseline answered to the question in a row; None where that is not at hand."""
        name = self.judge_prompt(row["category"])["baseline"]
        rows = self.tables.get(name, ())
        kept = self._baselines.get(name)
        if kept is None or kept[0] is not rows:
            kept = self._baselines[name] = (rows, dict(map(self.said, rows)))
        return kept[1].get(self.name_of(row))

    def lacks(self, row: Mapping[str, Any]) -> str:
        if self.baseline(row) is None:
            return f"answer of the baseline {self.judge_prompt(row['category'])['baseline']}"
        return ""

    def prompt(self, doc: Doc) -> Prompt:
        return Prompt.user(doc.question)

    def calls(self, doc: Doc, answer: str) -> Sequence[judged.JudgeCall]:
        row, (one, other) = self.judge_prompt(doc.meta["category"]), GAMES
        template, system = row["user_template"], row["system_prompt"]
        ahead = self.fields(doc.question, doc.target, answer)
        behind = self.fields(doc.question, answer, doc.target)
        return (
            judged.JudgeCall(one, judged.to_judge(template, ahead, system)),
            judged.JudgeCall(other, judged.to_judge(template, behind, system)),
        )

    def read(self, doc: Doc, call: str, replies: Sequence[str], *, lenient: bool = False) -> str | None:
        text = "\n".join(replies)
        return self.rule.label(text) or (LOOSE.label(text) if lenient else None)

    def metric_names(self, doc: Doc) -> Sequence[str]:
        return ("game1", "game2")

    def verdict(self, doc: Doc, answer: str, verdicts: Mapping[str, Any]) -> Score:
        labels = [verdicts[name] for name in GAMES]
        named = LOOSE.names
        first, second = (named[label] if label else None for label in labels)
        games = (first.swapped if first else None, second)
        played = [game for game in games if game]
        counted = played or [LOST, LOST]
        won, weight = _sums(counted)
        official = _sums(self.official(played))
        return Score(
            won / weight,
            "ok" if played else "error",
            extracted=", ".join(label or UNREAD for label in labels),
            metrics={f"game{n}": game.outcome if game else 0.0 for n, game in enumerate(games, 1)},
            detail="; ".join(f"{name} {_words(game)}" for name, game in zip(GAMES, games, strict=True) if game),
            counts={"win_rate": (won, weight), "official_mean": official, **self.battles(doc, self.official(played))},
        )

    def official(self, played: Sequence[GameResult]) -> Sequence[GameResult]:
        """The games that the authors' code counts, of those that were read."""
        return played

    def battles(self, doc: Doc, games: Iterable[GameResult]) -> Mapping[str, Sequence[float]]:
        """Battles won, tied and lost against the model that answers are rated by."""
        found = dict.fromkeys((1.0, 0.5, 0.0), 0.0)
        for game in games:
            found[game.outcome] += game.weight
        return {judged.BATTLES: tuple(found.values())}

    def placed(self, call: str, verdict: Any) -> judged.Placed:
        return judged.Placed(LOOSE.names[verdict].outcome, own=call == GAMES[1])

    def published(self, row: Mapping[str, Any]) -> tuple[str, Mapping[str, str | None]] | None:
        """A row of ``model_judgment``: both games by their labels. A game without a reply is null there.

        Those of the first version were published again later, under ``uid``.
        """
        if "games" not in row:
            return None
        labels = (game and game["score"] for game in row["games"])
        read = (label if label in self.rule.names else None for label in labels)
        return str(row.get("uid") or row["question_id"]), dict(zip(GAMES, read, strict=True))

    def opponent(self, doc: Doc) -> str:
        return str(doc.target)

    def unanswered(self, doc: Doc) -> Score:
        counts = {"win_rate": _sums([SILENT, SILENT]), "official_mean": (0.0, 0.0), **self.battles(doc, ())}
        return Score(0.0, "error", metrics={"game1": 0.0, "game2": 0.0}, counts=counts)

    def marked(self, answer: str) -> bool:
        return any(each in self.rule.names for each in self.rule.found(answer))


def _sums(games: Iterable[GameResult]) -> tuple[float, float]:
    """Battles won, a tie being half, and battles."""
    games = list(games)
    return float(sum(game.weight * game.outcome for game in games)), float(sum(game.weight for game in games))


def _words(game: GameResult) -> str:
    return {1.0: "won", 0.5: "tied", 0.0: "lost"}[game.outcome] + (" by far" if game.weight > 1 else "")


@task(
    name="arena_hard",
    n_docs=500,
    category="alignment",
    version="1",
    source=file("v0.1", "question", V0_1),
    tables={
        "prompts": PROMPTS,
        "gpt-4-0314": file("v0.1", "model_answer/gpt-4-0314", V0_1),
    },
    metric=metrics.Corpus("win_rate", how="ratios", also={"official_mean": "ratios"}),
    reference=f"lmarena/arena-hard-auto@{V0_1} gen_judgment.py, show_result.py, utils_math.py",
    paper=Paper(tables=(*range(11, 21), 22), metric="win_rate"),
    suites=("alignment", "report"),
    judge=judged.JudgeSpec(
        model="gpt-4-1106-preview",
        since="the judge of v0.1; numbers that the report prints of other models are those of its leaderboard",
        prompt="v0.1",
        rule="2024",
        calls=2,
        tokens=(1870, 470),
        max_tokens=4096,
        attempts=2,
        games=judged.Games("gpt-4-0314", interval=(2.5, 97.5), pooled=True, style="counts"),
    ),
    deviations=(
        *DEVIATIONS,
        "a reply that is cut off or empty is asked to go on, like any without a label; an error of the server is not",
    ),
)
class ArenaHard(Arena):
    """Version 0.1: two different labels in the replies are no verdict; without any the judge is asked to go on."""

    release, rule = "v0.1", FIRST

    def name_of(self, row: Mapping[str, Any]) -> str:
        return str(row["question_id"])

    def said(self, row: Mapping[str, Any]) -> tuple[str, str]:
        return self.name_of(row), row["choices"][0]["turns"][0]["content"]

    def fields(self, question: str, first: str, second: str) -> Mapping[str, str]:
        return {"question_1": question, "answer_1": first, "answer_2": second}

    def doc(self, row: Mapping[str, Any]) -> Doc:
        meta = {"category": row["category"]}
        return Doc(self.name_of(row), row["turns"][0]["content"], self.baseline(row), meta=meta)

    def again(self, doc: Doc, call: judged.JudgeCall, replies: Sequence[str]) -> Prompt | None:
        row = self.judge_prompt(doc.meta["category"])
        if len(replies) >= row["attempts"] or self.rule.found("\n".join(replies)):
            return None
        return judged.going_on(call.prompt, replies[-1], row["retry_message"])


@task(
    name="arena_hard_v2",
    n_docs=750,
    category="alignment",
    version="1",
    summary="Arena-Hard v2.0: 500 harder requests against o3-mini, 250 of creative writing against Gemini 2.0 Flash.",
    source=file("v2.0", "question", V2_0),
    tables={
        "prompts": PROMPTS,
        "o3-mini-2025-01-31": file("v2.0", "model_answer/o3-mini-2025-01-31", V2_0),
        "gemini-2.0-flash-001": file("v2.0", "model_answer/gemini-2.0-flash-001", V2_0, spare=True),
    },
    metric=metrics.Corpus("win_rate", how="ratios", also={"official_mean": "ratios"}),
    reference=f"lmarena/arena-hard-auto@{V2_0} gen_judgment.py, show_result.py, utils/math_utils.py",
    suites=("cards",),
    judge=judged.JudgeSpec(
        model="gpt-4.1",
        since="config/arena-hard-v2.0.yaml of the reference",
        prompt="v2.0",
        rule="2025",
        calls=2,
        tokens=(2700, 500),
        max_tokens=16_000,
        games=judged.Games("o3-mini-2025-01-31", interval=(5.0, 95.0), pooled=False, style="densities"),
    ),
    deviations=(
        *DEVIATIONS,
        "a label that the reference does not know, such as [[A]], is no verdict; it stops the reference",
        "the reference prints the mean of 100 draws of the battles; official_mean is what they are drawn from",
    ),
)
class ArenaHardV2(Arena):
    """Version 2.0: the last label counts; official_mean leaves out a question if one of its games has none."""

    release, rule = "v2.0", SECOND

    def name_of(self, row: Mapping[str, Any]) -> str:
        return str(row["uid"])

    def said(self, row: Mapping[str, Any]) -> tuple[str, str]:
        return self.name_of(row), row["messages"][-1]["content"]["answer"]

    def fields(self, question: str, first: str, second: str) -> Mapping[str, str]:
        return {"QUESTION": question, "ANSWER_A": first, "ANSWER_B": second}

    def doc(self, row: Mapping[str, Any]) -> Doc:
        meta = {"category": row["category"]}
        return Doc(self.name_of(row), row["prompt"], self.baseline(row), subset=row["category"], meta=meta)

    def official(self, played: Sequence[GameResult]) -> Sequence[GameResult]:
        return played if len(played) == len(GAMES) else ()

    def battles(self, doc: Doc, games: Iterable[GameResult]) -> Mapping[str, Sequence[float]]:
        """None for creative writing, which is compared with another model."""
        assert self.spec.judge and self.spec.judge.games
        baseline = self.judge_prompt(doc.meta["category"])["baseline"]
        return super().battles(doc, games) if baseline == self.spec.judge.games.against else {}
