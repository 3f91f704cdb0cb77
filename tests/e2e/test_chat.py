"""A whole conversation in a real browser, and what the page asks of the outside: nothing."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from llmrec.identity import Users

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt install chromium"),
]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]


PROGRAM = "from llmrec.cli.main import main; main()"


@contextmanager
def serving(home: Path, **environment: str) -> Iterator[str]:
    """The real program in a process of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    arguments = ["chat", "--no-open", "--mode", "rules", "--port", str(port)]
    log = (home / "log").open("w")
    server = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments],
        env={**os.environ, "LLMREC_HOME": str(home), **environment},
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
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A page for anyone, with a small catalogue beside the films."""
    home = tmp_path_factory.mktemp("home")
    games = home / "games.csv"
    games.write_text("id,title,category\n" + "".join(f"g{n},Game {n},Puzzle\n" for n in range(20)))
    subprocess.run(
        [sys.executable, "-c", PROGRAM, "data", "import", "--items", str(games), "--name", "games"],
        env={**os.environ, "LLMREC_HOME": str(home)},
        check=True,
    )
    with serving(home) as url:
        yield url


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

    say(page, "who directed Vertigo?", 3)
    page.wait_for_function(
        "(() => { const said = [...document.querySelectorAll('#past .said')].pop();"
        " return said.getBoundingClientRect().bottom < window.innerHeight; })()"
    )  # the page follows the talk
    page.click("#undo")
    page.wait_for_function("document.querySelectorAll('.trace').length == 2")

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


def test_ratings_are_imported_after_a_look(browser: Any, address: str, tmp_path: Path) -> None:
    ratings = tmp_path / "mine.csv"
    ratings.write_text("title,year,rating\nVertigo,1958,5\nKing Kong,,3\nNo Such Film,2001,4\n")
    page = browser.new_context().new_page()
    page.set_default_timeout(30_000)
    page.goto(address)
    page.wait_for_selector(".wall .pick")
    page.locator("#right .toggle-button").click()
    page.click("text=Import my ratings")
    page.set_input_files("#right input[type=file]", ratings)
    page.wait_for_selector("#keep >> text=Keep 1 ratings")
    assert "1 certain, 1 unclear, 1 not in this catalogue" in page.inner_text("#review")
    page.click("#review .chip >> text=King Kong (1933)")
    page.click("#keep >> text=Keep 2 ratings")
    page.wait_for_selector("#known >> text=King Kong (1933): 3 of 5 stars")
    assert page.locator("#known li").count() == 2
    page.context.close()


def test_another_catalogue_is_another_chat(browser: Any, address: str) -> None:
    page = browser.new_context().new_page()
    page.set_default_timeout(30_000)
    page.goto(address)
    page.wait_for_selector(".wall .pick")
    say(page, "I loved Vertigo, what next?", 1)
    page.click("#data input")
    page.click("[role=option] >> text=games")
    page.wait_for_selector("#head >> text=20 items")
    page.wait_for_selector(".welcome")
    assert page.locator(".said").count() == 0
    say(page, "I loved Game 3, what next?", 1)
    assert all(title.startswith("Game") for title in titles(page))
    page.locator("#left .toggle-button").click()
    page.click("#chats .chat >> text=Vertigo")
    page.wait_for_selector("#past .said >> text=Vertigo")
    assert "films" in page.inner_text("#head")
    page.context.close()


def test_the_retriever_is_switched_in_the_page(browser: Any, address: str) -> None:
    page = browser.new_context().new_page()
    page.set_default_timeout(30_000)
    page.goto(address)
    page.wait_for_selector(".wall .pick")
    say(page, "I loved Vertigo and Psycho, what next?", 1)
    before = titles(page)
    page.click("#retriever input")
    page.click("[role=option] >> text=popularity")
    page.wait_for_selector("#past >> text=Now recommending by popularity")
    assert titles(page) != before
    assert page.input_value("#retriever input") == "popularity"
    page.click("#retriever input")
    page.click("[role=option] >> text=sasrec (needs interactions)")
    page.wait_for_selector(".toast-body >> text=llmrec data get ml-latest-small")
    page.wait_for_function("document.querySelector('#retriever input').value === 'popularity'")
    page.click("#undo")
    page.wait_for_function("document.querySelector('#retriever input').value === 'hybrid'")
    assert titles(page) == before
    page.context.close()


def test_a_message_can_be_said_differently_and_again(browser: Any, address: str) -> None:
    page = browser.new_context().new_page()
    page.set_default_timeout(30_000)
    page.goto(address)
    page.wait_for_selector(".wall .pick")
    say(page, "I loved Vertigo, what next?", 1)
    page.hover(".said")
    page.click("[data-act=edit]")
    page.wait_for_function("document.querySelector('#say textarea').value.includes('Vertigo')")
    page.fill("#say textarea", "I loved Airplane!, what next?")
    page.keyboard.press("Enter")
    page.wait_for_selector("#past .said >> text=Airplane!")
    assert page.locator("#past .said").count() == 1
    first = titles(page)
    before = page.get_attribute("#past [data-act=edit]", "data-turn")
    page.click("#retry")
    page.wait_for_function(
        "before => document.querySelector('#past [data-act=edit]')?.dataset.turn !== before",
        arg=before,
    )
    page.wait_for_selector("#past .said >> text=Airplane!")
    assert titles(page) == first
    page.context.close()


def test_what_cannot_be_answered_stands_in_the_box_again(browser: Any, address: str) -> None:
    page = browser.new_context().new_page()
    page.set_default_timeout(30_000)
    page.goto(address)
    page.wait_for_selector(".wall .pick")
    page.fill("#say textarea", "a" * 9000)
    page.keyboard.press("Enter")
    page.wait_for_selector(".toast-body")
    page.wait_for_function("document.querySelector('#say textarea').value.length > 8000")
    page.context.close()


def test_behind_a_login_everyone_has_their_own_chats(browser: Any, tmp_path: Path) -> None:
    users = Users(tmp_path / "users.json")
    for name in ("ann", "bob"):
        users.add(name, f"{name}'s long password")

    def log_in(url: str, name: str, password: str) -> Any:
        page = browser.new_context().new_page()
        page.set_default_timeout(30_000)
        page.goto(url)
        page.get_by_label("username").fill(name)
        page.get_by_label("password").fill(password)
        page.get_by_role("button", name="Login").click()
        return page

    with serving(tmp_path, LLMREC_USERS=str(users.path)) as url:
        stranger = log_in(url, "ann", "a guess")
        stranger.wait_for_selector("text=Incorrect")
        assert stranger.locator(".wall").count() == 0
        ann = log_in(url, "ann", "ann's long password")
        ann.wait_for_selector(".wall .pick")
        say(ann, "I loved Vertigo, what next?", 1)
        bob = log_in(url, "bob", "bob's long password")
        bob.wait_for_selector(".wall .pick")
        assert bob.locator(".said").count() == 0
        again = log_in(url, "ann", "ann's long password")
        again.wait_for_selector("#past .said >> text=Vertigo")


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
