"""The page of reports in a real browser."""

from pathlib import Path
from typing import Any

import pytest

from llmrec.lab.reports import remember
from tests.e2e.test_chat import CHROMIUM, FLAGS, serving

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt install chromium"),
]


def test_a_report_is_listed_and_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from playwright.sync_api import expect, sync_playwright

    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("LLMREC_HOME", str(home))
    with serving(home) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page: Any = browser.new_page()
        page.goto(f"{url}reports")
        expect(page.get_by_text("No report yet.")).to_be_visible(timeout=20_000)
        for name in ("first", "second"):
            path = tmp_path / name / "report.html"
            path.parent.mkdir()
            path.write_text(f"<h1>What the {name} found</h1><script>document.title='x'</script>")
            remember(path, f"The {name}")
        page.goto(f"{url}reports")
        shown = page.frame_locator("iframe.report")
        expect(shown.get_by_text("What the second found")).to_be_visible(timeout=20_000)
        page.locator("#report-choice input").click()
        page.get_by_role("option", name="The first").click()
        expect(shown.get_by_text("What the first found")).to_be_visible(timeout=20_000)
        page.get_by_role("link", name="Back to the chat").click()
        expect(page.locator("#say textarea")).to_be_visible(timeout=20_000)
        browser.close()
