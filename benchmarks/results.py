"""Rebuilds the tables of README and docs/results from the run records. Nobody types a number.

    python -m benchmarks.results [--check]

`--check` changes nothing and exits with 1 when a page is not what the records say.
"""

import argparse
import sys
from collections.abc import Callable

from benchmarks.pages import (
    behaviour,
    chat,
    choices,
    classic,
    finetuning,
    highlights,
    prompts,
    speed,
)
from benchmarks.pages.records import ROOT

PAGES = (ROOT / "README.md", *sorted((ROOT / "docs" / "results").glob("*.md")))
SECTIONS: dict[str, Callable[[], str]] = {
    **highlights.SECTIONS,
    **chat.SECTIONS,
    **classic.SECTIONS,
    **prompts.SECTIONS,
    **behaviour.SECTIONS,
    **finetuning.SECTIONS,
    **choices.SECTIONS,
    **speed.SECTIONS,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    given = parser.parse_args()
    before = {page: page.read_text("utf-8") for page in PAGES}
    after = {page: rebuilt(text) for page, text in before.items()}
    if given.check:
        sys.exit(before != after)
    for page, text in after.items():
        page.write_text(text, "utf-8")


def rebuilt(text: str) -> str:
    """The text with everything between `<!-- NAME -->` and `<!-- end NAME -->` made anew."""
    for name, build in SECTIONS.items():
        opening, closing = f"<!-- {name} -->\n", f"<!-- end {name} -->"
        if opening in text:
            head, _, rest = text.partition(opening)
            _, _, tail = rest.partition(closing)
            text = f"{head}{opening}{build()}{closing}{tail}"
    return text


if __name__ == "__main__":
    main()
