"""The command line keeps its contract: one JSON document on stdout, exit codes, one-line errors."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

PROGRAM = [sys.executable, "-c", "from llmrec.cli.main import main; main()"]


def run(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, **env},
    )


def test_ask_prints_the_promised_document_and_a_session_goes_on() -> None:
    first = run("ask", "I loved Vertigo, what next?", "--session", "s", "--mode", "rules", "--json")
    assert first.returncode == 0, first.stderr
    told = json.loads(first.stdout)
    assert set(told) == {
        *("reply", "mode", "intent", "slots", "items", "trace", "llm", "fallbacks", "ms")
    }
    assert told["mode"] == "rules"
    item = told["items"][0]
    assert set(item) == {"item_id", "title", "year", "score", "rank", "sources", "evidence"}
    assert set(item["evidence"][0]) == {"id", "kind", "text"}
    assert {"step", "ms"} <= set(told["trace"][0])
    assert set(told["llm"]) == {"model", "calls", "prompt_tokens", "completion_tokens"}
    second = run("ask", "newer", "--session", "s", "--json")
    assert json.loads(second.stdout)["intent"] == "refine"


def test_understand_reads_a_file_in_order(tmp_path: Path) -> None:
    file = tmp_path / "turns.jsonl"
    rows = [
        {"id": "a", "context": [], "text": "loved Casablanca"},
        {"id": "b", "context": ["hi", "Try Vertigo (1958) and Psycho (1960)."], "text": "seen 2"},
    ]
    file.write_text("\n".join(map(json.dumps, rows)))
    told = json.loads(run("understand", "--file", str(file), "--json").stdout)
    assert [t["id"] for t in told] == ["a", "b"]
    assert told[0]["mentions"][0]["item_id"] == "casablanca-1942"
    assert told[1]["slots"]["seen"] == ["psycho-1960"]
    assert told[1]["items"]["psycho-1960"] == {"title": "Psycho", "year": 1960}


def test_a_taste_is_told_from_the_shell() -> None:
    told = run("taste", "--liked", "Heat (1995);Seven", "-k", "3", "--json")
    found = json.loads(told.stdout)
    assert set(found) == {"user_profile", "next_items"} and len(found["next_items"]["items"]) == 3
    assert "leans to" in found["user_profile"]["note"]


def test_recommend_keeps_its_limits() -> None:
    told = json.loads(
        run(
            "recommend", "--liked", "Alien;Vertigo", "--where", "year<1980", "-k", "4", "--json"
        ).stdout
    )
    assert len(told["items"]) == 4
    assert all(i["year"] < 1980 for i in told["items"])


@pytest.mark.parametrize(
    "arguments",
    [
        ("ask", ""),
        ("ask", "hi", "--mode", "magic"),
        ("ask", "hi", "--data", "nope"),
        ("recommend", "--liked", "Zyxx Nothing"),
        ("recommend", "--where", "taste>3"),
        ("understand",),
        ("understand", "--file", "/does/not/exist"),
        ("data", "get", "nope"),
        ("nonsense",),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1


def test_our_fault_is_exit_code_1_with_a_trace_that_quotes_nobody(tmp_path: Path) -> None:
    (tmp_path / "llmrec.sqlite").mkdir()
    done = run("ask", "canary words", LLMREC_HOME=str(tmp_path))
    assert done.returncode in (1, 2)
    assert "canary" not in done.stderr
    for trace in tmp_path.glob("traces/*"):
        assert "canary" not in trace.read_text()


def test_doctor_and_lists_are_json() -> None:
    assert all(f["what"] for f in json.loads(run("doctor", "--json").stdout))
    assert json.loads(run("data", "list", "--json").stdout)[0]["name"] == "films"


def test_a_port_in_use_is_said_with_a_free_one() -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = run("chat", "--no-open", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 2
    assert "try --port" in done.stderr


def test_the_terminal_talks_and_leaves() -> None:
    done = subprocess.run(
        [*PROGRAM, "chat", "--terminal", "--mode", "rules"],
        input="I loved Vertigo, what next?\n/undo\n/quit\n",
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert "1. " in done.stdout
    assert "Taken back" in done.stdout


def test_a_built_wheel_answers_outside_the_checkout(tmp_path: Path) -> None:
    """The wheel in an environment that sees the installed packages but not this checkout."""
    root = Path(__file__).parents[2]
    build = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation"]
    # Setuptools packs whatever an older build left in build/, so it gets a copy without one.
    source = tmp_path / "source"
    left_out = shutil.ignore_patterns(".*", "build", "dist", "results", "tests", "*.egg-info")
    shutil.copytree(root, source, ignore=left_out)
    subprocess.run([*build, "-w", str(tmp_path), str(source)], check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
        inside = archive.namelist()
    assert not [n for n in inside if n.startswith(("tests/", "benchmarks/"))]
    program = f"""
import sys
sys.path = [p for p in sys.path if ".venv" in p or not p.startswith({str(root)!r})]
sys.path.insert(0, {str(site)!r})
sys.meta_path[:] = [m for m in sys.meta_path if "editable" not in str(m).lower()]
import llmrec
assert llmrec.__file__.startswith({str(site)!r}), llmrec.__file__
from llmrec.cli.main import main
main()
"""
    done = subprocess.run(
        [sys.executable, "-c", program, "ask", "I loved Vertigo, what next?", "--mode", "rules"],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert "1. " in done.stdout


def test_a_model_is_trained_by_name_and_recommends(tmp_path: Path) -> None:
    items, events, settings = (tmp_path / n for n in ("items.csv", "events.csv", "gru.yaml"))
    items.write_text("id,title\n" + "".join(f"t{n},Thing Nr {n}\n" for n in range(20)))
    pairs = [(u, n) for u in range(12) for n in range(20) if n % 2 == u % 2]
    lines = [f"u{u},t{n},{1000 + n * 7 % 11}" for u, n in pairs]
    events.write_text("user,item,timestamp\n" + "\n".join(lines) + "\n")
    got = run("data", "import", "--items", str(items), "--interactions", str(events), "--name", "x")
    assert got.returncode == 0, got.stderr
    asked = ("recommend", "--liked", "Thing Nr 3", "--data", "x", "--pipeline", "gru", "-k", "3")
    early = run(*asked)
    assert early.returncode == 2
    assert "llmrec train gru --data x" in early.stderr
    settings.write_text("dimensions: 8\ntraining: {epochs: 2, look_every: 1, half_precision: no}\n")
    trained = run("train", "gru", "--data", "x", "--config", str(settings))
    assert trained.returncode == 0, trained.stderr
    assert "epoch 2" in trained.stderr
    assert "popularity" in trained.stdout
    record = json.loads(next(Path(os.environ["LLMREC_HOME"]).rglob("gru/record.json")).read_text())
    assert record["config"]["data"] == "x"
    assert set(record["metrics"]) == {"hr@10/full", "ndcg@10/full"}
    told = run(*asked, "--json")
    assert told.returncode == 0, told.stderr
    assert len(json.loads(told.stdout)["items"]) == 3
    assert "gru              trained" in run("models", "--data", "x").stdout
    settings.write_text("dimension: 8\n")
    wrong = run("train", "gru", "--data", "x", "--config", str(settings))
    assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1)
    assert "no setting dimension; there are: cell, dimensions" in wrong.stderr


def test_a_split_in_files_is_audited(tmp_path: Path) -> None:
    train, test = tmp_path / "train.csv", tmp_path / "test.csv"
    train.write_text("user,item,timestamp\nann,heat,5\nbob,alien,6\n")
    test.write_text("user,item,timestamp\nann,casino,7\n")
    clean = run("data", "audit", str(train), str(test), "--apart", "time")
    assert (clean.returncode, clean.stdout) == (0, "nothing that must not crosses this split\n")
    crossed = run("data", "audit", str(train), str(test), "--apart", "users,time")
    assert crossed.returncode == 2
    assert "fails: 1 of 1 users are on both sides, as ann" in crossed.stdout
    assert crossed.stderr.count("\n") == 1
    assert (
        "knows no 'people'"
        in run("data", "audit", str(train), str(test), "--apart", "people").stderr
    )
