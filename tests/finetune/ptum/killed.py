"""Pre-trains in small until it is killed, telling how it goes."""

import sys
import time
from dataclasses import replace
from pathlib import Path

from finetune.ptum.pretrain import pretrained
from llmrec.behaviour.sequences import Sequences
from tests.finetune.ptum.test_pretrain import TRAINING, rings, settings


def slowly(line: str) -> None:
    """So that it is killed in this epoch and not some later one."""
    print(line, flush=True)
    time.sleep(1.0)


if __name__ == "__main__":
    training = replace(TRAINING, epochs=6, folder=Path(sys.argv[1]))
    pretrained(Sequences.of(rings(60)), settings(training=training), say=slowly)
