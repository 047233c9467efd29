"""The report in headless Chromium: it works, stays quick, and nothing that a model wrote does anything."""

from __future__ import annotations

import json
import re
import time
import unicodedata
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fake_run import Fake, write_lines, write_run
from judged_run import judge, judged_again
from judged_toy import judged_run
from long_prompts import LONG_TEXT, NEEDLE, long_run
from opened import runs_in

from qwen3_eval.engines.base import Request
from qwen3_eval.languages import qwen3_languages
from qwen3_eval.report import write_report

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = pytest.mark.browser
INJECTIONS = (
    "<script>window.hacked = 1</script>",
    "</script><script>window.hacked = 1</script>",
    "<img src=x onerror='window.hacked = 1'>",
    "<img src='http://127.0.0.1:9/beacon.png'>",
    "<svg onload='window.hacked = 1'></svg>",
    "<iframe srcdoc=\"<script>parent.hacked = 1</script>\"></iframe>",
    "<a href=\"javascript:window.hacked = 1\">click</a>",
    "<style>body { display: none }</style>",
    "<meta http-equiv=refresh content='0; url=http://127.0.0.1:9/'>",
    "<base href='http://127.0.0.1:9/'><link rel=stylesheet href=x.css>",
    "]]>--><!--<![CDATA[ \\u003cscript\\u003ewindow.hacked=1\\u003c/script\\u003e",
    "{{ 7 * 7 }} ${window.hacked = 1} `\u2028\u2029 \ufeff \U0001f600",
    "&lt;script&gt; &#60;script&#62; \x00 \x1b[31m \u202e reversed",
    "{\"__proto__\": {\"hacked\": 1}}",
    "\" onmouseover=\"window.hacked = 1\" x=\"' autofocus onfocus='window.hacked = 1",
    "</style><style>* { background: url(http://127.0.0.1:9/css) }</style>",
    "@import url(http://127.0.0.1:9/x.css); :root { --paper: url(http://127.0.0.1:9/v) }",
    "</title></textarea></noscript></template><object data='http://127.0.0.1:9/o'></object>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--><img src=1 onerror=window.hacked=1>'>",
    "<form action='http://127.0.0.1:9/'><button formaction='javascript:window.hacked=1' autofocus>go",
    "{% set x = 7 * 7 %}{{ x }}{# gone #} {{ self.__init__.__globals__ }} <%= 7 * 7 %> #{7*7}",
    "\u2066\u202e\u2067 gnp.exe \u200b\u200f \ufff9 \x7f \x00\x01\x08",
    "x" * 30_000,
)  # fmt: skip
LONG_TASKS = """
    window.longest = 0;
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) window.longest = Math.max(window.longest, entry.duration);
    }).observe({ type: "longtask", buffered: true });
"""


class Opened:
    """A page with what it complained about and what it asked the network for."""

    def __init__(
        self, browser: Any, path: Path, fragment: str = "", ready: str = "#detail pre", **options: Any
    ) -> None:
        self.complaints: list[str] = []
        self.requests: list[Any] = []
        self.page = browser.new_page(**{"viewport": {"width": 1280, "height": 900}, **options})
        self.page.on("console", lambda message: self.complaints.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self.complaints.append(f"dialog: {dialog.message}"))
        self.page.on("request", self.remember)
        self.page.add_init_script(LONG_TASKS)
        start = time.perf_counter()
        self.page.goto(path.as_uri() + fragment)
        self.page.wait_for_selector(ready)
        self.seconds = time.perf_counter() - start
        self.url = path.as_uri()

    def remember(self, request: Any) -> None:
        self.requests.append(request)

    def assert_quiet(self) -> None:
        assert self.complaints == []
        asked = {request.url.partition("#")[0] for request in self.requests if not request.url.startswith("data:")}
        assert asked == {self.url}
        assert self.page.evaluate("window.hacked") is None
        assert self.page.evaluate("({}).hacked") is None

    def count(self) -> int:
        text: str = self.page.inner_text("#count")
        return int(text.split()[0].replace(",", ""))

    def wait_for_count(self, count: int) -> None:
        self.expect_count(rf"^{count:,}( of [0-9,]+)? samples$")

    def expect_count(self, pattern: str) -> None:
        playwright.expect(self.page.locator("#count")).to_have_text(re.compile(pattern))

    def title(self) -> str:
        return str(self.page.inner_text(".item[aria-selected=true] .what"))


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    return write_report(runs_in(write_run(folder / "demo-run", Fake(docs=30, unfinished=0.06))), folder / "small.html")


@pytest.fixture
def opened(browser: Any, report: Path) -> Iterator[Opened]:
    one = Opened(browser, report)
    yield one
    one.assert_quiet()
    one.page.close()


def test_the_table_of_results_can_be_sorted(opened: Opened) -> None:
    assert opened.page.locator("table.results tbody tr.main").count() == 28
    opened.page.get_by_role("button", name="Score", exact=True).click()
    scores = opened.page.locator("table.results tr.main td.strong").all_inner_texts()
    assert [float(score) for score in scores] == sorted(float(score) for score in scores)
    opened.page.keyboard.press("Enter")
    assert opened.page.get_attribute("table.results th[aria-sort]", "aria-sort") == "descending"


def test_languages_are_shown_on_request(opened: Opened) -> None:
    row = opened.page.locator("table.results tr.language").first
    assert not row.is_visible()
    opened.page.get_by_label("Single languages").check()
    assert row.is_visible()


def test_filters_narrow_the_list(opened: Opened) -> None:
    assert opened.count() == 840
    opened.page.get_by_label("task", exact=True).select_option("demo_tools")
    assert opened.count() == 210
    opened.page.get_by_label("budget", exact=True).select_option("budget 64")
    assert opened.count() == 30
    counts = opened.page.locator("#verdicts small").all_inner_texts()
    assert sum(int(count) for count in counts) == 30
    opened.page.get_by_label("budget", exact=True).select_option("All budgets")
    for name in ("wrong", "unfinished"):
        opened.page.locator(f"[data-verdict='{name}']").click()
    marks = set(opened.page.locator(".item:visible .mark").all_inner_texts())
    assert 0 < opened.count() < 210 and marks <= {"✗", "…"}


def test_nothing_found_is_said(opened: Opened) -> None:
    opened.page.fill("#find", "no such words anywhere")
    opened.wait_for_count(0)
    assert "No sample fits" in opened.page.inner_text("#detail")
    opened.page.fill("#find", "")
    opened.wait_for_count(840)
    assert "Gold" in opened.page.inner_text("#detail")


def test_the_browser_works_from_the_keyboard(opened: Opened) -> None:
    page = opened.page
    page.focus("#list")
    first = opened.title()
    page.keyboard.press("End")
    assert opened.title().startswith("demo_multilingual · test/29")
    assert page.evaluate("document.activeElement.getAttribute('aria-activedescendant')") == "item-839"
    page.keyboard.press("Home")
    assert opened.title() == first
    for key in ("PageDown", "ArrowDown", "j", "k", "ArrowUp", "PageUp"):
        page.keyboard.press(key)
    assert opened.title() == first
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "detail"
    page.keyboard.press("/")
    page.keyboard.type("test/17")
    opened.expect_count(r"^28 of 840 samples$")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") == "list"
    assert "test/17" in opened.title()


def test_details_show_prompt_thinking_answer_gold_and_verdict(opened: Opened) -> None:
    opened.page.get_by_label("budget", exact=True).select_option("budget 256")
    text = opened.page.inner_text("#detail")
    for part in ("Prompt", "Compute from left to right", "Gold", "Extracted", "Answer", "Thinking", "step 0", "boxed"):
        assert part in text
    assert opened.page.inner_text("#detail .verdict").split()[-1] in ("Correct", "Wrong")


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_the_page_never_scrolls_sideways(browser: Any, report: Path, width: int) -> None:
    opened = Opened(browser, report, viewport={"width": width, "height": 800})
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
    opened.page.close()


def test_light_and_dark_differ_and_print_is_light(browser: Any, report: Path, tmp_path: Path) -> None:
    seen = {}
    for scheme in ("light", "dark"):
        opened = Opened(browser, report, color_scheme=scheme)
        opened.page.screenshot(path=tmp_path / f"{scheme}.png")
        seen[scheme] = opened.page.evaluate("getComputedStyle(document.body).backgroundColor")
        opened.page.emulate_media(media="print")
        opened.page.set_viewport_size({"width": 718, "height": 1046})
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= 718
        seen[f"{scheme} print"] = opened.page.evaluate("getComputedStyle(document.body).backgroundColor")
        opened.assert_quiet()
        opened.page.close()
        assert (tmp_path / f"{scheme}.png").stat().st_size > 20_000
    white = "rgb(255, 255, 255)"
    assert seen["light"] == seen["light print"] == seen["dark print"] == white != seen["dark"]


def test_what_the_report_says_fits_on_phones_and_on_paper(browser: Any, tmp_path: Path) -> None:
    fake = Fake(tasks=("math_500", "ifeval"), docs=20, budgets=(), model="Qwen/Qwen3-8B", unfinished=0.1)
    opened = Opened(browser, write_report(runs_in(write_run(tmp_path / "run", fake)), tmp_path / "x.html"))
    page = opened.page
    assert page.get_by_role("heading", name="Does it reproduce the report?").is_visible()
    for media, width in (("screen", 390), ("print", 718)):
        page.emulate_media(media=media)
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, media
    opened.assert_quiet()
    page.close()


PHRASES = {
    "ar": "كم شخصا يعيش في المدينة؟",
    "he": "כמה אנשים גרים בעיר?",
    "th": "เมืองนี้มีคนอยู่กี่คน",
    "km": "តើមានមនុស្សប៉ុន្មាននាក់?",
    "my": "ဒီမြို့မှာ လူဘယ်နှစ်ယောက် ရှိသလဲ။",
    "si": "මේ නගරයේ කී දෙනෙක් සිටිනවාද?",
    "ka": "რამდენი ადამიანი ცხოვრობს აქ?",
    "hy": "Քանի՞ մարդ է ապրում այստեղ։",
    "zh-Hans": "这座城市住着多少人？",
}


@pytest.fixture(scope="module")
def polyglot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("polyglot")
    tags = tuple(language.tag for language in qwen3_languages())
    fake = Fake(tasks=("sib200", "mgsm"), budgets=(), docs=238, languages=tags, weak=("km", "my"), phrases=PHRASES)
    return write_report(runs_in(write_run(folder / "run", fake)), folder / "x.html")


def test_a_number_of_the_heat_map_leads_to_its_samples(browser: Any, polyglot: Path) -> None:
    opened = Opened(browser, polyglot)
    page = opened.page
    page.locator("table.heat tr", has_text="Burmese").locator("td a").nth(1).click()
    opened.wait_for_count(2)
    assert page.evaluate("document.activeElement.id") == "list"
    assert page.get_by_label("language", exact=True).locator("option:checked").inner_text() == "Burmese · မြန်မာ"
    marks = page.locator(".item:visible .mark").all_inner_texts()
    assert marks == sorted(marks, key="✗✓".index)
    page.get_by_label("language", exact=True).select_option("All languages")
    assert page.url.endswith("#samples?task=sib200&mode=thinking&order=worst")
    opened.assert_quiet()
    page.close()


def test_the_heat_map_is_sorted_and_walked_from_the_keyboard(browser: Any, polyglot: Path) -> None:
    opened = Opened(browser, polyglot)
    heat = opened.page.locator("table.heat")
    assert heat.locator("tr.family").count() == 10 and heat.locator("a[tabindex='0']").count() == 1
    heat.get_by_role("button", name="thinking", exact=True).first.click()
    values = heat.locator("tbody tr:visible").evaluate_all(
        "rows => rows.map(row => Number(row.cells[4].dataset.value))"
    )
    assert values == sorted(values) and len(values) == 119
    heat.get_by_role("button", name="Family").click()
    assert heat.locator("tbody tr:visible").count() == 129
    heat.locator("td a").first.focus()
    opened.page.keyboard.press("ArrowRight")
    opened.page.keyboard.press("ArrowDown")
    place = "[document.activeElement.closest('tr').rowIndex, document.activeElement.closest('td').cellIndex]"
    assert opened.page.evaluate(place) == [4, 4]
    opened.page.get_by_label("Only languages below half").check()
    shown = heat.locator("tbody tr:visible")
    assert shown.count() == heat.locator("tr.behind").count() > 0
    assert "below half of English" in (shown.first.text_content() or "")
    opened.assert_quiet()
    opened.page.close()


def test_scripts_are_shown_in_their_direction(browser: Any, polyglot: Path) -> None:
    opened = Opened(browser, polyglot)
    for tag, phrase in PHRASES.items():
        opened.page.evaluate("hash => { location.hash = hash; }", f"samples?task=mgsm&language={tag}")
        answer = opened.page.locator(f"#detail pre[lang='{tag}']", has_text=phrase).last
        playwright.expect(answer).to_be_visible()
        assert answer.evaluate("element => element.matches(':dir(rtl)')") == (tag in ("ar", "he"))
    opened.assert_quiet()
    opened.page.close()


def test_a_link_leads_to_one_sample(browser: Any, polyglot: Path) -> None:
    opened = Opened(browser, polyglot)
    opened.page.focus("#list")
    opened.page.keyboard.press("End")
    title = opened.title()
    playwright.expect(opened.page.locator("#detail h3")).to_have_text("mgsm · test/237")
    link = opened.page.get_by_role("link", name="Link to this sample").get_attribute("href")
    opened.page.close()
    again = Opened(browser, polyglot, fragment=link)
    assert again.title() == title and again.count() == 952
    again.assert_quiet()
    again.page.close()


def strict(request: Request) -> str:
    """A judge that tries to take over the page, whose verdicts on style cannot be read."""
    return " ".join(INJECTIONS) + ("" if "style" in request.unit.id else " [3]")


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run and the same answers as another judge has them."""
    folder = tmp_path_factory.mktemp("judged")
    # The browser has an event loop in this thread.
    with ThreadPoolExecutor(1) as pool:
        said = "\n\n".join(INJECTIONS)
        run = pool.submit(judged_run, folder / "run", lambda request: "Fine. [8]", answer=said).result()
        pool.submit(judged_again, run, strict, run / "judges" / "strict", judge("strict")).result()
    return write_report(runs_in(run, run / "judges" / "strict"), folder / "x.html")


@pytest.mark.parametrize("width", [390, 1280])
def test_two_judges_are_read_side_by_side(browser: Any, judged: Path, width: int) -> None:
    opened = Opened(browser, judged, viewport={"width": width, "height": 900})
    page, games = opened.page, opened.page.locator("#detail .game")
    assert page.locator("#detail .judging > h4").inner_text() == "Judged by toy-judge and strict"
    heads = ["toy-judge: style 8", "strict: style unread", "toy-judge: form 8", "strict: form 3"]
    assert games.locator("h5").all_inner_texts() == heads
    left = [games.nth(number).evaluate("game => game.offsetLeft") for number in range(4)]
    assert (left[0] < left[1] and left[:2] == left[2:]) if width > 1000 else len(set(left)) == 1
    assert "the parse rule reads no verdict in it" in games.nth(1).inner_text()
    assert games.nth(1).locator("summary").all_inner_texts()[1] == "1 earlier reply to this"
    prompt = games.nth(1).locator("details.asked").first
    prompt.locator("summary").click()
    playwright.expect(prompt.locator("pre").last).to_contain_text("Judge {by} style: <script>window.hacked = 1")
    assert str(prompt.locator("mark").text_content()).startswith(INJECTIONS[0])
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    opened.assert_quiet()
    page.close()


def test_samples_are_found_by_how_their_judgment_went(browser: Any, judged: Path) -> None:
    opened = Opened(browser, judged)
    page = opened.page
    page.get_by_label("judgment", exact=True).select_option("unread")
    assert opened.count() == 6 and page.url.endswith("#samples?judgment=unread")
    page.get_by_label("judgment", exact=True).select_option("All judgments")
    page.get_by_label("order", exact=True).select_option("Judges apart first")
    assert opened.count() == 12
    page.fill("#find", "Fine. [8]")
    opened.wait_for_count(6)
    assert page.locator("#detail .verdict").inner_text().endswith("Judged: 8 of 10")
    opened.assert_quiet()
    page.close()


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    every = " ".join(INJECTIONS)
    extra = {"run_id": INJECTIONS[1], "deviations": list(INJECTIONS), "model": INJECTIONS[2], "engine": {"args": every}}
    fake = Fake(tasks=("demo_math",), docs=8, answers=INJECTIONS, unfinished=0.0, extra=extra)
    return write_report(runs_in(write_run(folder / "run", fake)), folder / "x.html")


def test_what_a_model_wrote_does_nothing(browser: Any, hostile: Path) -> None:
    opened = Opened(browser, hostile)
    opened.page.focus("#list")
    seen = []
    # The list has the modes and budgets of a question in another order than the journal.
    for _ in range(len(INJECTIONS) + 7):
        seen.append(opened.page.locator("#detail pre").all_text_contents())
        opened.page.keyboard.press("ArrowDown")
        opened.page.wait_for_timeout(60)
    shown = [part for parts in seen for part in parts]
    for text in INJECTIONS:
        assert any(text.replace("\x00", "\ufffd") in part or text in part for part in shown), text[:60]
    opened.page.fill("#find", "<script>")
    opened.wait_for_count(sum("<script>" in text for text in INJECTIONS))
    opened.assert_quiet()
    opened.page.close()


def test_ids_languages_and_addresses_do_nothing(browser: Any, tmp_path: Path) -> None:
    tag = "<img src=x onerror=window.hacked=1>"
    fake = Fake(
        tasks=("sib200",), docs=6, budgets=(), languages=("en", tag, "\u202e km", "__proto__"), phrases={tag: tag}
    )
    run = write_run(tmp_path / "run", fake)
    for name in ("generations.jsonl", "scores.jsonl", "prompts.jsonl"):
        text = (run / name).read_text("utf-8")
        text = text.replace("test/0", "<b onclick='window.hacked=1'>\u202e").replace("test/1", "constructor")
        (run / name).write_text(text.replace("sib200", "</script><script>window.hacked=1</script>"), "utf-8")
    manifest = (run / "run.json").read_text("utf-8")
    (run / "run.json").write_text(manifest.replace("sib200", "</script><script>window.hacked=1</script>"), "utf-8")
    path = write_report(runs_in(run), tmp_path / "x.html")
    for fragment in ("", "#samples?task=<script>window.hacked=1</script>&find=<img src=x onerror=window.hacked=1>",
                     "#samples?id=constructor&sample=0&mode=__proto__", "#javascript:window.hacked=1"):  # fmt: skip
        opened = Opened(browser, path, fragment, ready="#browser")
        opened.page.wait_for_timeout(100)
        opened.assert_quiet()
        opened.page.close()


def test_the_policy_stops_what_would_escape(browser: Any, hostile: Path) -> None:
    opened = Opened(browser, hostile)
    opened.page.evaluate(
        """texts => { for (const text of texts) document.body.insertAdjacentHTML("beforeend", text);
        const script = document.createElement("script"); script.textContent = "window.hacked = 1";
        document.body.append(script); }""",
        [text for text in INJECTIONS if "meta" not in text and "base" not in text],
    )
    opened.page.wait_for_timeout(200)
    assert opened.page.evaluate("window.hacked") is None
    assert any("Content Security Policy" in text for text in opened.complaints)
    outside = [request for request in opened.requests if request.url.startswith("http")]
    assert all(request.failure == "csp" for request in outside)
    opened.page.close()


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("large")
    run = write_run(folder / "run", Fake(docs=358, thinking_lines=90))
    start = time.perf_counter()
    path = write_report(runs_in(run), folder / "large.html")
    print(f"\nwritten in {time.perf_counter() - start:.1f} s, {path.stat().st_size / 1e6:.1f} MB")
    return path


def test_10_000_samples_stay_usable(browser: Any, large: Path) -> None:
    opened = Opened(browser, large)
    page = opened.page
    assert opened.count() == 10_024
    assert page.locator(".item").count() < 60
    times = {"load": opened.seconds, "filter": timed(lambda: filter_wrong(opened))}
    times["scroll"] = timed(lambda: scroll_to_the_end(page))
    page.locator("[data-verdict=wrong]").click()
    times["search"] = timed(lambda: search(opened))
    longest = page.evaluate("window.longest") / 1000
    print({name: round(seconds, 2) for name, seconds in times.items()}, f"longest task {longest:.2f} s")
    assert times["load"] < 5 and times["filter"] < 2 and times["scroll"] < 3 and times["search"] < 10
    assert longest < 1
    opened.assert_quiet()
    page.close()


def timed(action: Any) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def filter_wrong(opened: Opened) -> None:
    opened.page.locator("[data-verdict=wrong]").click()
    assert 0 < opened.count() < 10_024


def scroll_to_the_end(page: Any) -> None:
    page.evaluate("document.getElementById('list').scrollTop = 1e9")
    playwright.expect(page.locator(".item", has_text="test/357").first).to_be_visible()


def search(opened: Opened) -> None:
    opened.page.fill("#find", "test/123")
    opened.expect_count(r"^28 of 10,024 samples$")


# long texts


RIGHT_TO_LEFT = "\u0627\u0644\u062c\u0648\u0627\u0628 42 \u0647\u0648 \u05ea\u05e9\u05d5\u05d1\u05d4 "
LONG = {
    "one line": "a1b2c3" * 833_333 + "z",
    "many lines": "".join(f"line {number} of the answer\n" for number in range(200_000)),
    "right to left": RIGHT_TO_LEFT * 40_000,
    "characters of two halves": "\U0001f600" * 300_000,
    "letters with marks": "e\u0301\u0323" * 300_000,
    "families": "\U0001f468\u200d\U0001f469\u200d\U0001f467" * 100_000,
}
SHOWN = "[...document.querySelectorAll('#detail pre')].map((box) => box.textContent)"


@pytest.fixture(scope="module")
def long_texts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("long")
    fake = Fake(tasks=("demo_math",), budgets=(), docs=3, unfinished=0, answers=tuple(LONG.values()))
    run = write_run(folder / "long", fake)
    lines = [json.loads(line) for line in (run / "generations.jsonl").read_text("utf-8").splitlines()]
    lines[0]["thinking"] = LONG["many lines"]
    lines[0]["characters"] = len(lines[0]["thinking"]) + len(lines[0]["answer"])
    write_lines(run / "generations.jsonl", iter(lines))
    return write_report(runs_in(run), folder / "long.html")


def answer_box(page: Any) -> Any:
    return page.locator("#detail h4", has_text="Answer").last.locator("xpath=following-sibling::pre")


@pytest.mark.parametrize("number", range(len(LONG)), ids=LONG)
def test_a_long_answer_is_folded_and_whole_on_demand(browser: Any, long_texts: Path, number: int) -> None:
    """The page holds every character, the document a head and a tail until somebody asks."""
    mode = "non-thinking" if number % 2 else "thinking"
    opened = Opened(browser, long_texts, f"#samples?task=demo_math&mode={mode}&id=test/{number // 2}&sample=0")
    wanted = list(LONG.values())[number]
    box = answer_box(opened.page)
    button = box.get_by_role("button")
    playwright.expect(button).to_have_text(f"Show all {len(wanted):,} characters")
    assert sum(map(len, opened.page.evaluate(SHOWN))) < 30_000
    assert opened.page.evaluate("document.querySelectorAll('*').length") < 3_000
    head, _, tail = str(box.text_content()).partition(f"Show all {len(wanted):,} characters")
    head = re.sub(r"[0-9,]+ characters are folded here\. $", "", head)
    assert wanted.startswith(head)
    assert wanted.endswith(tail)
    for part in (head, tail):
        assert len(part) > 900
        assert not unicodedata.category(part[0]).startswith("M")
        assert "\u200d" not in (part[0], part[-1])
        assert "\ufffd" not in part
    button.click()
    assert wait_for_whole(box, len(wanted)) == wanted
    opened.assert_quiet()
    opened.page.close()


def wait_for_whole(box: Any, count: int) -> str:
    """The text of a box once all of it is there."""
    for _ in range(600):
        text = str(box.text_content())
        if len(text) == count:
            return text
        box.page.wait_for_timeout(100)
    raise AssertionError(f"{len(text)} of {count} characters")


def test_a_long_trace_is_folded_too(browser: Any, long_texts: Path) -> None:
    opened = Opened(browser, long_texts, "#samples?task=demo_math&mode=thinking&id=test/0&sample=0")
    trace = opened.page.locator("#detail details", has_text="Thinking").locator("pre")
    playwright.expect(trace.get_by_role("button")).to_have_text(re.compile("Show all"))
    trace.get_by_role("button").click()
    assert wait_for_whole(trace, len(LONG["many lines"])) == LONG["many lines"]
    playwright.expect(answer_box(opened.page).get_by_role("button")).to_be_visible()
    opened.assert_quiet()
    opened.page.close()


def test_a_long_prompt_is_folded_around_its_mark_and_opens(browser: Any, tmp_path: Path) -> None:
    path = write_report(runs_in(long_run(tmp_path / "run", 8)), tmp_path / "x.html")
    one = Opened(browser, path)
    prompt = one.page.locator("#detail details", has_text="Prompt").first
    assert prompt.locator("mark").all_inner_texts() == [NEEDLE]
    before = str(prompt.locator("pre").inner_text())
    assert len(before) < 4_000
    gaps = prompt.locator(".gap").all_inner_texts()
    sizes = [int(each.split()[0].replace(",", "")) for each in gaps]
    assert sum(sizes) > len(LONG_TEXT) - len(before) and re.match(
        r"[\d,]+ characters \(about [\d,]+ tokens\) are", gaps[0]
    )
    prompt.get_by_role("button").first.click()
    # A busy machine shows it a little later.
    playwright.expect(prompt.locator("pre")).to_have_text(re.compile(f".{{{len(before) + 5_000},}}", re.DOTALL))
    assert "are left out of this page" in str(prompt.locator("pre").inner_text())
    one.page.fill("#find", "word of the harbour")
    one.wait_for_count(16)
    one.page.fill("#find", "Line 9999 of")
    one.wait_for_count(16)
    one.assert_quiet()
    one.page.close()
