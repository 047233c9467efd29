"""CounterFactQA: the facts, the pairs drawn of them, and what an answer does with a premise."""

from __future__ import annotations

import hashlib
import itertools
import json
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from judged_rows import figures, judged_rows
from places import FIXTURES
from task_checks import check_snapshot, shown, task_of
from task_modules import task_module

from qwen3_eval import data
from qwen3_eval.engines.base import Request
from qwen3_eval.task.judged import Judged
from qwen3_eval.types import AskedDoc, Cell, Doc, Scored

FOLDER = "general/counterfactqa"
facts = task_module(FOLDER, "facts")
draw = task_module(FOLDER, "draw")
rule = task_module(FOLDER, "verdict")
TASK = task_of("counterfactqa")
JUDGED = task_of("counterfactqa_judged")
EN, ZH = "en", "zh-Hans"
# What an answer that takes everything for granted says, by the type that is asked for; none of it is true.
VALUES = {
    "year": ("It was in 1287.", "那是1287年。"),
    "number": ("It measures 3333 metres.", "高3333米。"),
    "symbol": ("The symbol is Qz.", "符号是Qz。"),
    "name": ("It is Ruritania.", "是鲁里坦尼亚。"),
    "reason": ("This is because of Zorn.", "这是因为佐恩。"),
}


@cache
def all_docs() -> tuple[Doc, ...]:
    return tuple(data.docs(TASK))


def some_docs(*, false: bool) -> list[Doc]:
    return [doc for doc in all_docs() if doc.meta["false"] is false]


@cache
def doc_of(name: str) -> Doc:
    return next(doc for doc in all_docs() if doc.id == name)


def rows(seed: int, pairs: int = 200) -> list[dict[str, Any]]:
    return list(itertools.islice(draw.drawn_rows(random.Random(seed)), 2 * pairs))


def asked(doc: Doc) -> str:
    found: str = facts.relations()[doc.meta["relation"]].asked
    return found


def right(doc: Doc, answer: str) -> bool:
    return TASK.score(doc, answer).value == 1


# Who answers.


def oracle(doc: Doc) -> str:
    """Knows everything, and says so in plain words."""
    own = [name for name in doc.meta["claimed"] if (rule.HAN.search(name) is not None) == (doc.language == ZH)]
    claimed = own[0] if own else doc.meta["claimed"][0]
    if not doc.meta["false"]:
        return f"The answer: {said(doc, doc.target)}." if doc.language == EN else f"答案：{said(doc, doc.target)}。"
    return f"The premise about {claimed} is false." if doc.language == EN else f"关于{claimed}的说法有误。"


def said(doc: Doc, names: Sequence[str]) -> str:
    """The first of the names in the language of a doc."""
    own = [name for name in names if (rule.HAN.search(name) is not None) == (doc.language == ZH)]
    return (own or list(names))[0].rstrip("*")


def denier(doc: Doc) -> str:
    """Denies whatever it is asked."""
    return "There is no record of this; the premise is false." if doc.language == EN else "此事不存在，题目有误。"


def knower(doc: Doc) -> str:
    """Answers whatever it is asked, rightly where there is an answer."""
    return oracle(doc) if not doc.meta["false"] else VALUES[asked(doc)][doc.language == ZH]


def spiteful(doc: Doc) -> str:
    """As the one before, with the words of a denial in sentences about other things."""
    if doc.language == EN:
        return f"My neighbour has no evidence of mice, and her garden shed does not exist on any map. {knower(doc)}"
    return f"隔壁邻居没有任何证据，那间小店早就不存在了。{knower(doc)}"


def scored(answer: Callable[[Doc], str]) -> list[Scored]:
    found = []
    for doc in all_docs():
        score = TASK.score(doc, answer(doc))
        found.append(
            Scored(
                Cell("counterfactqa", "thinking", None),
                AskedDoc(doc.id, doc.language, doc.group, doc.subset),
                score.value,
                score.outcome,
                tuple(score.metrics.items()),
                tuple(doc.weights.items()),
            )
        )
    return found


def numbers(answer: Callable[[Doc], str]) -> dict[str, float]:
    found = TASK.spec.metric.numbers(scored(answer), whole=True)
    return {number.metric: round(number.asked.mean, 6) for number in found}


@pytest.mark.parametrize(
    ("who", "pairs", "rejection", "swallowed", "answered"),
    [
        (oracle, 100, 100, 0, 100),
        (denier, 0, 100, 0, 0),
        (knower, 0, 0, 100, 100),
        (spiteful, 0, 0, 100, 100),
        (lambda doc: "?", 0, 0, 0, 0),
    ],
    ids=["oracle", "denier", "knower", "spiteful", "silent"],
)
def test_what_theory_says(
    who: Callable[[Doc], str], pairs: float, rejection: float, swallowed: float, answered: float
) -> None:
    expected = {"pairs_right": pairs, "rejection": rejection, "swallowed": swallowed, "answered": answered}
    assert numbers(who) == expected


def test_a_coin_gets_a_quarter_of_the_pairs() -> None:
    """Denies or answers by chance, apart for each doc: a quarter of the pairs and half of each kind of doc."""
    coin = random.Random(4)
    found = numbers(lambda doc: denier(doc) if coin.random() < 0.5 else knower(doc))
    assert found["pairs_right"] == pytest.approx(25, abs=8)
    assert found["rejection"] == pytest.approx(50, abs=9)
    assert found["answered"] == pytest.approx(50, abs=9)


def test_a_metric_is_over_the_docs_that_it_is_about() -> None:
    found = {each.metric: each for each in TASK.spec.metric.numbers(scored(oracle), whole=True)}
    assert {name: number.docs for name, number in found.items()} == dict.fromkeys(found, 200)
    for doc in all_docs():
        assert set(TASK.metric_names(doc)) == set(TASK.score(doc, "1").metrics)
        assert set(TASK.metric_names(doc)).isdisjoint(doc.weights)


# The facts.


def test_there_are_enough_facts_and_each_has_a_source() -> None:
    known = facts.facts()
    assert len(known) > 700
    assert len([fact for fact in known if facts.relations()[fact.relation].kind == "attribute"]) >= 300
    assert all(fact.source and fact.subject.get("en") and fact.subject.get("zh") for fact in known)
    assert {fact.relation for fact in known} == set(facts.relations())
    twice = Counter((fact.relation, fact.subject["en"][0], fact.never, *fact.object.get("en", ())) for fact in known)
    assert max(twice.values()) == 1


@pytest.mark.parametrize("language", ["en", "zh"])
def test_names_are_in_their_language(language: str) -> None:
    for fact in facts.facts():
        for names in (fact.subject, fact.object, fact.answer, fact.to, *fact.false):
            for name in names.get(language, ()):
                assert name.strip() == name != ""
                assert language == "zh" or not rule.HAN.search(name), name
        assert language == "en" or rule.HAN.search(fact.subject["zh"][0]) or fact.subject["zh"][0].isascii(), fact


def test_what_is_replaced_never_turns_out_true() -> None:
    """No distractor shares a name with the truth, in either language."""
    for relation in facts.relations().values():
        own = [fact for fact in facts.facts() if fact.relation == relation.relation]
        if relation.kind not in ("attribute", "false_reason"):
            continue
        for fact in own:
            wrong = draw.others(fact, own)
            assert wrong, fact
            assert not any(facts.is_same(each, fact.object) for each in wrong), fact
            assert not any(facts.is_same(each, fact.subject) for each in wrong), fact


def test_two_facts_about_one_thing_agree() -> None:
    """What is said of a subject once is what a distractor for it is checked against."""
    subjects: dict[tuple[str, str], set[str]] = {}
    for fact in facts.facts():
        if facts.relations()[fact.relation].kind == "attribute":
            subjects.setdefault((fact.relation, fact.subject["en"][0]), set()).add(fact.object["en"][0])
    assert all(len(objects) == 1 for objects in subjects.values())


def test_a_deed_lies_within_a_life() -> None:
    people = [fact for fact in facts.facts() if facts.relations()[fact.relation].kind == "out_of_time"]
    assert len(people) > 90
    lives: dict[str, set[tuple[int, ...]]] = {}
    for fact in people:
        year = int(fact.object["en"][0])
        assert fact.born + 12 <= year <= min(fact.died), fact
        assert 20 <= fact.died[0] - fact.born <= 100, fact
        lives.setdefault(fact.subject["en"][0], set()).add((fact.born, *fact.died))
    assert all(len(known) == 1 for known in lives.values()), "a person has one life"


def test_an_event_was_or_was_not() -> None:
    known = [fact for fact in facts.facts() if facts.relations()[fact.relation].kind == "never_happened"]
    assert all(bool(fact.answer) is not fact.never for fact in known)
    were = {(fact.relation, fact.subject["en"][0], *fact.object.get("en", ())) for fact in known if not fact.never}
    assert were.isdisjoint((f.relation, f.subject["en"][0], *f.object.get("en", ())) for f in known if f.never)


def test_coined_names_are_of_nothing_real() -> None:
    real = " ".join(name for fact in facts.facts() for name in facts.every_name(fact.subject)).casefold()
    real += " ".join(name for fact in facts.facts() for name in facts.every_name(fact.answer)).casefold()
    names = list(draw.coined_names(random.Random(0)))
    assert len(set(names)) == len(names) > 1500
    assert not [name for pair in names for name in pair if name.casefold() in real]


# The pairs.


def test_the_set_is_the_same_every_time() -> None:
    """Raise the version of both tasks with this digest."""
    assert JUDGED.spec.source == TASK.spec.source
    assert JUDGED.spec.version == TASK.spec.version == "1"
    assert data.read(TASK).origin["sha256"].startswith("e7c35221c971dd69")


def test_scores_may_move_when_the_words_of_the_rule_change() -> None:
    """Raise the version of both tasks with these digests; of the judge's words, that of its prompt."""
    names = ("cues.json", "relations.jsonl", "judge.json")
    digests = [hashlib.sha256((Path(facts.HERE) / name).read_bytes()).hexdigest()[:12] for name in names]
    assert digests == ["174d8092a2f2", "d3c32e695d5f", "e1f5db8b4fc1"]
    assert JUDGED.spec.judge is not None
    assert JUDGED.spec.judge.prompt == "1"


@pytest.mark.parametrize("seed", [22, 0, 1])
def test_pairs_are_whole_and_evenly_spread(seed: int) -> None:
    drawn = rows(seed)
    docs = [TASK.doc(row) for row in drawn]
    assert len({doc.id for doc in docs}) == len({doc.question for doc in docs}) == 400
    assert set(Counter(doc.group for doc in docs).values()) == {2}
    for one, other in zip(drawn[::2], drawn[1::2], strict=True):
        shared = ("template", "relation", "kind", "language", "number")
        assert [one[name] for name in shared] == [other[name] for name in shared]
        assert (one["false"], other["false"]) == (True, False)
        assert one["premise"] != other["premise"]
    parts = Counter((doc.subset, doc.language) for doc in docs)
    assert parts == {(kind, language): 40 for kind in facts.KINDS for language in (EN, ZH)}
    assert max(Counter(row["template"] for row in drawn).values()) <= 0.05 * 400


def test_a_seed_gives_its_own_set() -> None:
    questions = [{row["question"] for row in rows(seed)} for seed in (22, 23)]
    assert rows(22) == rows(22)
    assert len(questions[0] & questions[1]) < 120


@pytest.mark.parametrize("seed", [22, 5])
def test_no_question_is_true_by_accident(seed: int) -> None:
    """A false premise has no answer and its control one; years are later than a death; nobody's name is coined."""
    for row in rows(seed):
        assert row["false"] is not bool(row["accepted"])
        assert "{" not in row["question"]
        assert not set(map(str.casefold, row["truth"])) & set(map(str.casefold, row["claimed"]))
        if row["false"] and row["kind"] == "out_of_time":
            assert max(map(int, row["truth"])) + 20 < int(row["claimed"][0]) <= draw.LAST_YEAR
        assert bool(row["truth"]) is (row["false"] and row["kind"] not in ("made_up", "never_happened"))
        truth = rule.named(tuple(row["truth"]))
        assert not truth.search(rule.plain(row["question"])), row


def test_the_premise_is_never_asked() -> None:
    for doc in all_docs():
        if doc.language == EN:
            assert not re.match(r"(Is|Are|Was|Were|Did|Does|Do|Has|Have|Can) ", doc.question)
        else:
            assert not re.search(r"吗|是不是|是否|有没有", doc.question)
        assert 8 < len(doc.question) < 200


def test_prompts() -> None:
    kinds = {(doc.subset, doc.language, doc.meta["false"]): doc for doc in reversed(all_docs())}
    check_snapshot("counterfactqa.chat", "".join(shown(TASK.prompt(kinds[key])) for key in sorted(kinds)))


# The rule.


@cache
def labelled() -> tuple[dict[str, Any], ...]:
    """Answers with what a person says of them, written down before the rule saw them.

    The rule was changed only after its agreement in a round had been measured. It was 94 % in the first, then 89 % and
    90 %, 65 % in the fourth (long answers that deny much beside the point), 87 % and 89 %.
    """
    text = (FIXTURES / "counterfact_answers.jsonl").read_text("utf-8")
    return tuple(map(json.loads, text.splitlines()))


def agrees(row: dict[str, Any]) -> bool:
    return right(doc_of(row["id"]), row["answer"]) is (row["label"] in ("denied", "answered"))


def test_the_answers_are_many_and_various() -> None:
    assert len(labelled()) == 770
    assert {row["label"] for row in labelled()} == {"denied", "swallowed", "unclear", "answered", "missed"}
    for row in labelled():
        assert (row["label"] in ("answered", "missed")) is not doc_of(row["id"]).meta["false"], row
    parts = Counter((doc_of(row["id"]).subset, doc_of(row["id"]).language) for row in labelled())
    assert len(parts) == 10
    assert min(parts.values()) >= 30


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 6])
def test_the_rule_agrees_with_people(number: int) -> None:
    own = [row for row in labelled() if row["round"] == number]
    assert len(own) > 70
    assert sum(map(agrees, own)) >= 0.95 * len(own), [row for row in own if not agrees(row)]


@pytest.mark.parametrize("language", [EN, ZH])
@pytest.mark.parametrize("label", ["denied", "swallowed"])
def test_it_does_so_in_each_language(language: str, label: str) -> None:
    own = [row for row in labelled() if row["label"] == label and doc_of(row["id"]).language == language]
    assert sum(map(agrees, own)) >= 0.94 * len(own)


CRIME = {
    "relation": "book",
    "subject": ["Crime and Punishment", "罪与罚"],
    "claimed": ["Leo Tolstoy", "Tolstoy", "托尔斯泰"],
    "truth": ["Fyodor Dostoevsky", "Dostoevsky", "陀思妥耶夫斯基"],
}
TREATY = {
    "relation": "treaty",
    "truth": [],
    "subject": ["the Treaty of Vorlithal", "Vorlithal"],
    "claimed": ["the Treaty of Vorlithal", "Vorlithal"],
}


def rejects(meta: dict[str, Any], answer: str, question: str = "?") -> bool:
    found: bool = rule.verdict(rule.case_of(question, meta, []), answer).rejects
    return found


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("Not Tolstoy but Dostoevsky wrote it, in 1866.", True),
        ("It is by Dostoevsky rather than Tolstoy.", True),
        ("Crime and Punishment was written by Fyodor Dostoevsky.", True),
        ("Tolstoy, rather than Dostoevsky, wrote it in 1866.", False),
        ("Tolstoy, a greater writer than Dostoevsky, published it in 1866.", False),
        ("Tolstoy published Crime and Punishment in 1866; Dostoevsky reviewed it.", False),
        ("In 1866. There is no doubt about it.", False),
        ("Tolstoy didn't write Crime and Punishment.", True),
        ("Tolstoy’s book was not only a success but a scandal. It came out in 1866.", False),
        ("Tolstoy did not publish Crime and Punishment until 1866.", False),
        ("**Leo Tolstoy** did *not* write _Crime and Punishment_.", True),
        ("《罪与罚》不是托尔斯泰写的，而是陀思妥耶夫斯基的作品。", True),
        ("托尔斯泰的《罪与罚》出版于1866年，受到的欢迎不亚于陀思妥耶夫斯基。", False),
        ("《罪与罚》的作者是陀思妥耶夫斯基！首次出版于1866年。", True),
        ("", False),
    ],
)
def test_not_this_one_but_that_one(answer: str, expected: bool) -> None:
    assert rejects(CRIME, answer) is expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("I am not aware of a Treaty of Vorlithal.", True),
        ("I am not aware of a Treaty of Vorlithal, but it was signed in 1820.", False),
        ("I am not aware of the Treaty of Vorlithal. However, it was signed in 1820.", False),
        ("I am not aware of the Treaty of Vorlithal. It may be fictional. However, 1820 was a year of treaties.", True),
        ("There is no Treaty of Vorlithal, but you may be thinking of the Treaty of Vienna of 1815.", True),
        ("The Treaty of Vorlithal does not exist.", True),
        ("没有关于Vorlithal条约的记录。", True),
        ("没有关于Vorlithal条约的可靠记录，但它签订于1820年。", False),
        ("The shop had no record player. The Treaty of Vorlithal was signed in 1820.", False),
        ("The Treaty of Vorlithal was signed in 1820. It didn't please the king.", False),
    ],
)
def test_a_hedge_takes_a_denial_back(answer: str, expected: bool) -> None:
    assert rejects(TREATY, answer) is expected


def test_only_the_head_of_an_answer_is_read_for_a_denial() -> None:
    """Nothing before it answers the question."""
    late = "The Treaty of Vorlithal does not exist."
    for words, expected in ((100, True), (130, False)):
        assert rejects(TREATY, f"{'Such papers tire their readers. ' * (words // 5)}{late}") is expected
    for characters, expected in ((180, True), (220, False)):
        assert rejects(TREATY, f"{'这类文书读来相当乏味。' * (characters // 11)}Vorlithal条约不存在。") is expected


@pytest.mark.parametrize(
    ("names", "text", "found"),
    [
        (["1866"], "It came out in 1866.", True),
        (["1866"], "Item 18665 of the list", False),
        (["3776"], "3,776 m", True),
        (["3776"], "高3776米", True),
        (["Rhône"], "the Rhone", True),
        (["Rhone"], "the Rho\u0302ne", True),
        (["Rome"], "Romeo", False),
        (["oxid*"], "it is oxidised", True),
        (["oxid"], "it is oxidised", False),
        (["罗马"], "在意大利的罗马首演", True),
        (["D'Artagnan"], "d’Artagnan", True),
        (["St. Petersburg"], "in St. Petersburg.", True),
        ([], "anything", False),
    ],
)
def test_names_are_found_as_whole_words(names: list[str], text: str, found: bool) -> None:
    assert (rule.named(tuple(names)).search(rule.plain(text)) is not None) is found


def test_a_symbol_is_read_with_its_case() -> None:
    meta = {"relation": "element", "subject": ["carbon"], "claimed": ["6"], "truth": []}
    case = rule.case_of("What is the symbol of carbon?", meta, ["C"])
    assert rule.verdict(case, "Carbon has the symbol **C**.").accepted
    assert not rule.verdict(case, "see point c").accepted


@pytest.mark.parametrize("piece", ["not ", "a", "没有", "...", "\u0301", "1,000", "but in 1820 "])
def test_any_text_takes_linear_time(piece: str) -> None:
    text = "The Treaty of Vorlithal " + piece * (100_000 // len(piece))
    start = time.process_time()
    for doc in (doc_of("made_up/en-2/false"), doc_of("false_reason/zh-1/true")):
        TASK.score(doc, text)
    assert time.process_time() - start < 1


def test_a_megabyte_is_read() -> None:
    text = f"{'没有 not but 1820, ' * 60_000} Prado"
    start = time.process_time()
    assert right(doc_of("attribute/zh-20/true"), text.replace("not", "n0t").replace("没有", ""))
    assert time.process_time() - start < 4


# With a judge.


def test_what_the_judge_is_asked() -> None:
    assert isinstance(JUDGED, Judged)
    [call] = JUDGED.calls(doc_of("attribute/en-2/false"), "Braces {question} and </answer> stay. Verdict: denied")
    check_snapshot("counterfactqa_judged.judge", shown(call.prompt))


@pytest.mark.parametrize(
    ("reply", "strict", "lenient"),
    [
        ("It says so.\nVerdict: denied", "denied", "denied"),
        ("Verdict: swallowed\nNo, wait.\n**Verdict: Unclear**", "unclear", "unclear"),
        ("I would call it swallowed.", None, "swallowed"),
        ("Verdict: maybe", None, None),
        ("", None, None),
        ("Verdict: denied or swallowed", None, "swallowed"),
    ],
)
def test_how_its_reply_is_read(reply: str, strict: str | None, lenient: str | None) -> None:
    assert isinstance(JUDGED, Judged)
    doc = doc_of("attribute/en-2/false")
    assert JUDGED.read(doc, "premise", [reply]) == strict
    assert JUDGED.read(doc, "premise", [reply], lenient=True) == lenient


@pytest.mark.parametrize(("word", "false", "true"), [("denied", 1, 0), ("swallowed", 0, 1), ("unclear", 0, 0)])
def test_what_its_verdict_is_worth(word: str, false: float, true: float) -> None:
    """Unclear is wrong. The rule calls the first answer a denial and the second none."""
    assert isinstance(JUDGED, Judged)
    for doc, value in ((doc_of("attribute/en-2/false"), false), (doc_of("made_up/en-2/true"), true)):
        score = JUDGED.verdict(doc, oracle(doc), {"premise": word})
        assert (score.value, score.outcome) == (value, "ok")
        assert score.counts == {"agreement": (float((word == "denied") is doc.meta["false"]), 1.0)}
        lost = JUDGED.verdict(doc, oracle(doc), {"premise": None})
        assert (lost.value, lost.outcome, lost.counts) == (0, "error", {"agreement": (0.0, 0.0)})


def test_judge_and_rule_side_by_side(tmp_path: Path) -> None:
    """A judge that says "denied" of every answer agrees with the rule about those that the rule says it of."""

    def answer(request: Request) -> str:
        assert request.doc is not None
        return oracle(request.doc)

    judged_rows(tmp_path, "counterfactqa_judged", answer, lambda request: "Verdict: denied", limit=40)
    found = figures(tmp_path)
    assert found["judged"] == 0
    assert found["agreement"] == pytest.approx(50)
    assert (found["rejection"], found["answered"]) == (100, 0)
