"""Progress of a measurement: lines beside what it prints as its result."""

import sys


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
