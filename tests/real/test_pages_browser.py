"""The page over all runs and the page of two runs, opened in Chromium."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from many_runs import HOSTILE, index_of_many
from scored_run import Scored, write_scored

from qwen3_eval.cli import main

pytestmark = pytest.mark.browser
BASE = Scored({"sums": [1.0] * 40 + [0.0] * 20, "words": [0.5] * 60})


def test_the_page_over_all_runs(browser: Any, tmp_path: Path) -> None:
    page = index_of_many(tmp_path)
    for width, scheme in ((1280, "light"), (390, "dark")):
        complaints: list[str] = []
        requests: list[str] = []
        opened = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        opened.on("console", lambda message, seen=complaints: seen.append(message.text))
        opened.on("pageerror", lambda error, seen=complaints: seen.append(str(error)))
        opened.on("request", lambda request, seen=requests: seen.append(request.url))
        opened.goto(page.as_uri())
        assert opened.evaluate("document.documentElement.scrollWidth") <= width
        filter_and_sort(opened)
        assert opened.get_by_text(HOSTILE, exact=True).is_visible()
        assert opened.evaluate("window.hacked") is None
        assert complaints == [] and [url for url in requests if not url.startswith("data:")] == [page.as_uri()]
        opened.evaluate("document.body.insertAdjacentHTML('beforeend', `<img src=x onerror='window.hacked = 1'>`)")
        opened.wait_for_timeout(100)
        assert opened.evaluate("window.hacked") is None and any("Content Security" in text for text in complaints)
        opened.close()


def filter_and_sort(opened: Any) -> None:
    shown = opened.locator("li.entry:visible h3")
    opened.keyboard.press("/")
    opened.keyboard.type("nightly healthy")
    assert shown.all_inner_texts() == ["nightly-14", "nightly-12", "nightly-10"]
    assert opened.inner_text("#count") == "3 of 11 runs"
    opened.get_by_label("Order").select_option("oldest")
    assert shown.all_inner_texts() == ["nightly-10", "nightly-12", "nightly-14"]
    opened.fill("#find", "")
    opened.get_by_label("Order").select_option("problems")
    assert opened.locator("li.entry").first.locator(".state.bad").count() > 0


def test_the_page_of_two_runs(browser: Any, tmp_path: Path) -> None:
    answer = "</pre><script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'> {}"
    before = write_scored(tmp_path / "before", replace(BASE, answer=answer))
    after = write_scored(tmp_path / "after", replace(BASE, seed=5, answer=answer))
    assert main(["compare", str(before), str(after), "--out", str(tmp_path / "c.html")]) == 0
    page = browser.new_page(viewport={"width": 390, "height": 800})
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto((tmp_path / "c.html").as_uri())
    assert problems == []
    assert page.evaluate("window.hacked") is None
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    lost, won = page.locator(".flip[data-way=lost]"), page.locator(".flip[data-way=won]")
    assert lost.first.is_visible() and won.first.is_visible()
    page.get_by_label("Won").uncheck()
    assert lost.first.is_visible() and not won.first.is_visible()
    lost.first.locator("summary").click()
    assert "window.hacked" in lost.first.locator(".side pre").first.inner_text()
    page.close()
