"""The one page, opened in a browser as its reader opens it: from a file, without a network."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from gradmark.harness.results import ResultsWriter, read_results
from gradmark.reports import onepage
from gradmark.reports.source import RUNS, load
from tests.reports.test_reports import header, verdict
from tests.reports.test_timing import HEADER as TIMED
from tests.reports.test_timing import pair

CONTENDERS, FORMULAS = 40, 60
DTYPES = ("float64", "float32", "float16", "bfloat16")
TAKE = "document.title = 'taken over'"
SCRIPT = f'</script><script>{TAKE}</script><img src=x onerror="{TAKE}">'
HOSTILE = ("</b>" + SCRIPT, "turned \u202e around\u2066", "long " * 2000, "__proto__")
SAYS = "In case first-step, step 1: expected -0.0999, got -0.0[7441]. <b>https://example.org/a</b> "


def contenders() -> list[str]:
    return [*HOSTILE, *(f"student-{n:02}" for n in range(CONTENDERS - len(HOSTILE)))]


def write_run(path: Path, *, later: bool) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with ResultsWriter(path, header()) as writer:
        for who, name in enumerate(contenders()):
            for at in range(FORMULAS):
                formula = ("Adam", "RMSprop")[at] if at < 2 else f"formula_{at:02}"
                for dtype in DTYPES:
                    deviates = later and (who, formula, dtype) == (5, "Adam", "float32")
                    word = "deviates" if deviates or (who + at) % 7 == 0 else "conforms"
                    told = (SAYS + SCRIPT) if word == "deviates" else ""
                    variant = "epsilon-hat" if word == "deviates" and at == 0 else None
                    about = {"implementation": name, "formula": formula, "dtype": dtype}
                    its = {"verdict": word, "variant": variant, "detail": told}
                    writer.write(verdict(**about, **its))
        writer.write(
            {
                "kind": "claim",
                "id": "one-claim",
                "section": SCRIPT,
                "statement": f"Adam is {SCRIPT}",
                "how": "it was tried",
                "verdict": "fails",
                "says": "it is not",
                "numbers": {SCRIPT: [1.0, 2.0]},
                "surprise": 3,
            }
        )


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out: Path = tmp_path_factory.mktemp("a class of forty")
    write_run(out / "before.jsonl", later=False)
    write_run(out / "results" / "conformance.jsonl", later=True)
    shutil.copy(out / "results" / "conformance.jsonl", out / "results" / "article.jsonl")
    with ResultsWriter(out / "results" / "timing.jsonl", TIMED) as writer:
        for size in (1000, 100_000):
            for at, name in enumerate(HOSTILE):
                word = ("faster", "same", "slower", "inconclusive")[at]
                writer.write(pair(name, 0.5 + at * size / 50_000, word, parameters=size))
    (out / "report.html").write_text(drawn(out), encoding="utf-8")
    return out / "report.html"


def drawn(out: Path) -> str:
    before = out / "before.jsonl"
    earlier = [(before.name, read_results(before))]
    return onepage.page({name: load(name, out) for name in RUNS}, earlier=earlier)


@pytest.fixture(scope="module")
def browser() -> Iterator[webdriver.Chrome]:
    """One start for all; without a browser the page is not tested, which is told."""
    programs = [shutil.which(name) for name in ("chromium", "google-chrome", "chromedriver")]
    if programs[2] is None or not (programs[0] or programs[1]):
        told = "report.html was opened in NO browser: install chromium and chromium-driver"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(told)
    options = webdriver.ChromeOptions()
    options.binary_location = programs[0] or str(programs[1])
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1400,1000"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = webdriver.ChromeService(executable_path=programs[2])
    driver = webdriver.Chrome(options=options, service=service)
    yield driver
    driver.quit()


@pytest.fixture
def opened(browser: webdriver.Chrome, page: Path) -> Iterator[webdriver.Chrome]:
    """The page, freshly opened; whatever a test does with it leaves no error behind."""
    browser.get("about:blank")
    browser.get(page.as_uri())
    yield browser
    assert browser.title.startswith("gradmark: ")
    log = browser.get_log("browser")  # type: ignore[no-untyped-call]  # selenium types it not
    assert [entry["message"] for entry in log] == []
    assert browser.execute_script("return performance.getEntriesByType('resource').length") == 0


def ask(browser: webdriver.Chrome, script: str) -> Any:
    return browser.execute_script(f"return {script}")


def say(browser: webdriver.Chrome, query: str) -> str:
    """Filter, and return what the page says of it."""
    field = browser.find_element(By.ID, "query")
    field.clear()
    field.send_keys(query)
    return browser.find_element(By.ID, "count").text


def test_forty_by_sixty_by_four_opens_within_two_seconds(
    browser: webdriver.Chrome, page: Path
) -> None:
    took = []
    for _ in range(3):  # a machine that is busy once fails no test
        browser.get("about:blank")
        start = time.perf_counter()
        browser.get(page.as_uri())
        assert len(browser.find_elements(By.CSS_SELECTOR, "#grid tbody tr")) == CONTENDERS
        took.append(time.perf_counter() - start)
    assert min(took) < 2
    signs = "[...document.querySelectorAll('#grid td')].map((td) => td.textContent).join('').length"
    assert ask(browser, signs) == 40 * 60 * 4


def test_it_filters_within_a_tenth_of_a_second(opened: webdriver.Chrome) -> None:
    # In the page's own processor time: what other programs take does not count.
    opened.execute_cdp_cmd("Performance.enable", {"timeDomain": "threadTicks"})
    script = """
        document.getElementById("query").value = arguments[0];
        document.getElementById("query").dispatchEvent(new Event("input"));
        document.getElementById("grid").getBoundingClientRect();  // laid out, too
    """
    for words in ("status:deviates", "dtype:float32", "", "student-1", "a"):
        took = []
        for _ in range(3):
            before = spent(opened)
            opened.execute_script(script, words)
            took.append(spent(opened) - before)
        # A tenth on a machine of today; one that is shared may be half as fast.
        assert 0 < min(took) < 0.2, words
    opened.execute_cdp_cmd("Performance.disable", {})


def spent(browser: webdriver.Chrome) -> float:
    """Return the seconds that script, style and layout have taken so far."""
    told = browser.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
    parts = ("ScriptDuration", "LayoutDuration", "RecalcStyleDuration")
    return float(sum(each["value"] for each in told if each["name"] in parts))


def test_filters_narrow_by_what_they_name(opened: webdriver.Chrome) -> None:
    wrong = sum((who + at) % 7 == 0 for who in range(40) for at in range(60))
    assert say(opened, "status:deviates").startswith(f"{4 * wrong + 1} of 9600 verdicts")
    assert say(opened, "status:deviates dtype:float32 form:epsilon-hat").startswith("7 of 9600")
    assert say(opened, "-status:conforms,absent dtype:float32").startswith(f"{wrong + 1} of")
    assert say(opened, 'contender:"turned" formula:adam').startswith("4 of 9600")
    assert say(opened, "nobody:knows").startswith("0 of 9600")


def test_a_link_leads_to_the_evidence_with_the_digits_that_differ(
    opened: webdriver.Chrome, page: Path
) -> None:
    opened.get(f"{page.as_uri()}#q=status%3Adeviates&at=student-01%7CAdam")
    evidence = opened.find_element(By.ID, "evidence")
    assert evidence.is_displayed()
    assert [mark.text for mark in evidence.find_elements(By.TAG_NAME, "mark")] == ["7441"]
    assert opened.find_element(By.ID, "query").get_attribute("value") == "status:deviates"
    assert "In case first-step, step 1" in evidence.text
    link = evidence.find_element(By.PARTIAL_LINK_TEXT, "example.org")
    assert str(link.get_attribute("rel")).startswith("noreferrer")
    evidence.send_keys(Keys.ESCAPE)
    assert not evidence.is_displayed()
    assert opened.current_url.endswith("#q=status%3Adeviates")


def test_two_runs_differ_where_one_verdict_has_changed(
    opened: webdriver.Chrome, page: Path
) -> None:
    opened.find_element(By.CSS_SELECTOR, "#other option[value='0']").click()
    told = opened.find_element(By.ID, "difference").text
    assert told.startswith("1 verdict differs: 0 better, 1 worse, 0 otherwise.")
    assert "student-01 Adam float32 ✓ conforms ✗ deviates epsilon-hat worse" in told
    assert say(opened, "changed:yes").startswith("1 of 9600 verdicts · 1 contender · 1 formula")
    rows = opened.find_elements(By.CSS_SELECTOR, "#history tr")
    assert len(rows) == CONTENDERS
    assert all(row.find_elements(By.TAG_NAME, "svg") for row in rows)
    opened.find_element(By.ID, "files").send_keys(str(page.parent / "before.jsonl"))
    wait = WebDriverWait(opened, 20)
    wait.until(lambda it: len(it.find_elements(By.CSS_SELECTOR, "#other option")) == 3)


def test_the_keyboard_is_enough(opened: webdriver.Chrome) -> None:
    body = opened.find_element(By.TAG_NAME, "body")
    body.send_keys("/")
    assert ask(opened, "document.activeElement.id") == "query"
    opened.execute_script("document.querySelector('#grid td[tabindex=\"0\"]').focus()")
    for key in (Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.ARROW_RIGHT, "p"):
        opened.switch_to.active_element.send_keys(key)
    first = opened.find_element(By.CSS_SELECTOR, "#grid tbody tr")
    assert first.get_attribute("class") == "pinned"
    assert first.text.startswith("● long")
    opened.switch_to.active_element.send_keys(Keys.ENTER)
    assert opened.find_element(By.ID, "evidence").is_displayed()


def test_it_is_labelled_and_readable_by_all(opened: webdriver.Chrome) -> None:
    assert ask(opened, "document.documentElement.lang") == "en"
    unlabelled = """[...document.querySelectorAll("input, select, button")].filter(
        (it) => !it.labels?.length && !it.textContent.trim() && !it.ariaLabel).length"""
    assert ask(opened, unlabelled) == 0
    assert ask(opened, "[...document.querySelectorAll('#grid td')].every((td) => td.ariaLabel)")
    for _ in ("light", "dark"):
        for kind in ("conforms", "dialect", "inaccurate", "wrong", "ink", "soft", "link"):
            assert ask(opened, CONTRAST % kind) >= 4.5, kind
        opened.find_element(By.ID, "theme").click()


# https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
CONTRAST = """(() => {
    const style = getComputedStyle(document.documentElement);
    const light = (name) => {
        const it = document.createElement("i");
        it.style.color = style.getPropertyValue(name);
        document.body.append(it);
        const parts = getComputedStyle(it).color.match(/\\d+/g).slice(0, 3).map((c) => c / 255);
        it.remove();
        const linear = (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        const [r, g, b] = parts.map(linear);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const [a, b] = ["--paper", "--%s"].map(light).sort();
    return (b + 0.05) / (a + 0.05);
})()"""


def test_the_ledger_is_folded_and_searched(opened: webdriver.Chrome, page: Path) -> None:
    opened.get(f"{page.as_uri()}#one-claim")
    assert ask(opened, "document.getElementById('one-claim').open") is True
    field = opened.find_element(By.CSS_SELECTOR, "[data-searches=article]")
    field.send_keys("no such thing")
    assert not opened.find_element(By.ID, "one-claim").is_displayed()


@pytest.mark.thorough
def test_times_are_drawn_with_a_tooltip_at_each_mark(opened: webdriver.Chrome) -> None:
    charts = opened.find_elements(By.CSS_SELECTOR, "#timing svg")
    assert [chart.get_attribute("aria-label") for chart in charts] == [
        "Adam: time over that of reference",
        "Adam, float64: time of a call by size",
    ]
    tips = "[...document.querySelectorAll('#timing svg g > title')].map((it) => it.textContent)"
    told = ask(opened, tips)
    assert len(told) == 2 * len(HOSTILE) + 2 * (len(HOSTILE) + 1)
    assert any(tip.endswith("100,000: 2.500 [2.250, 2.750], same") for tip in told)


@pytest.mark.thorough
def test_without_its_data_it_is_small_and_two_drawings_are_alike(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition('id="data">')
    assert len(before) + len(rest.partition("</script>")[2]) < 400_000
    assert 'http-equiv="Content-Security-Policy" content="default-src \'none\'' in text
    assert drawn(page.parent) == text
