"""A whole conversation in a real browser, and what the page asks of the outside: nothing."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt install chromium"),
]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The real program in a process of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    home = tmp_path_factory.mktemp("home")
    program = "from llmrec.cli.main import main; main()"
    arguments = ["chat", "--no-open", "--mode", "rules", "--port", str(port)]
    log = (home / "log").open("w")
    server = subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        env={**os.environ, "LLMREC_HOME": str(home)},
        stdout=log,
        stderr=log,
    )
    url = f"http://127.0.0.1:{port}/"
    for _ in range(240):
        try:
            urllib.request.urlopen(f"{url}healthz", timeout=1)
            break
        except OSError:
            assert server.poll() is None, (home / "log").read_text()
            time.sleep(0.25)
    yield url
    server.terminate()
    server.wait(20)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


def say(page: Any, text: str, n_turns: int) -> None:
    page.fill("#say textarea", text)
    page.keyboard.press("Enter")
    page.wait_for_function(f"document.querySelectorAll('.trace').length >= {n_turns}")


def titles(page: Any) -> list[str]:
    return page.locator("#past .card h3").all_inner_texts()


def test_a_whole_conversation(browser: Any, address: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.set_default_timeout(30_000)
    page.goto(address)
    page.wait_for_selector(".wall .pick")
    assert page.locator(".wall .pick").count() == 9
    assert page.locator(".welcome .chip").count() == 4

    say(page, "I loved Vertigo and Psycho, what next?", 1)
    first = titles(page)
    assert len(first) == 6

    page.click("text=Newer >> nth=0")
    page.wait_for_function("document.querySelectorAll('.trace').length >= 2")
    newer = titles(page)
    assert newer != first

    page.click("[data-act=why] >> nth=0")
    page.wait_for_selector(".why-panel .evidence li")

    liked = page.locator("#past .card").nth(1).get_attribute("data-item")
    page.locator("#past .card").nth(1).locator("[data-kind-of=liked]").click()
    page.wait_for_function(f"!document.querySelector('#past .card[data-item=\"{liked}\"]')")

    page.click("#undo")
    page.wait_for_function(f"document.querySelector('#past .card[data-item=\"{liked}\"]')")
    assert titles(page) == newer

    page.reload()
    page.wait_for_selector("#past .card")
    assert titles(page) == newer

    other = browser.new_context().new_page()
    other.goto(address)
    other.wait_for_selector(".wall .pick", timeout=30_000)
    assert other.locator(".said").count() == 0

    page.locator("#right .toggle-button").click()
    page.wait_for_selector("#known .known li >> visible=true")
    page.click("text=My data")
    page.click("#erase")
    page.click("#really")
    page.wait_for_selector(".wall .pick")
    assert page.locator(".said").count() == 0

    outside = [u for u in asked if not u.startswith((address, "data:", "blob:", "about:"))]
    assert outside == []
    context.close()


def test_phone_width_has_no_sideways_scroll_and_dark_is_dark(browser: Any, address: str) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, color_scheme="dark", has_touch=True
    )
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.goto(f"{address}?__theme=dark")
    page.wait_for_selector(".wall .pick")
    say(page, "something like Alien", 1)
    wide, high = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert wide <= high + 1
    shade = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert sum(int(c) for c in shade[shade.index("(") + 1 : -1].split(",")[:3]) < 180
    context.close()


def test_keyboard_alone_is_enough(browser: Any, address: str) -> None:
    page = browser.new_context().new_page()
    page.set_default_timeout(30_000)
    page.goto(address)
    page.wait_for_selector(".wall .pick")
    page.locator(".wall .pick").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#past .card")
    page.locator("[data-act=why]").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".why-panel")


def test_screenshots_can_be_kept(browser: Any, address: str, tmp_path: Path) -> None:
    page = browser.new_context(viewport={"width": 1280, "height": 860}).new_page()
    page.goto(address)
    page.wait_for_selector(".wall .pick", timeout=30_000)
    shot = Path(os.environ.get("LLMREC_SHOT", tmp_path / "chat.png"))
    page.screenshot(path=shot)
    assert shot.stat().st_size > 10_000
