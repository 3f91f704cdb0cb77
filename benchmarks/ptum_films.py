"""What the behaviour encoder is worth on the embedded films, beside closed forms, for people that
training never saw.

    python -m benchmarks.ptum_films --out results/ptum-films
        [--config finetune/configs/ptum-films.yaml]

The protocol is that of the shipped signal (`classic.train_films`): half of the people with ten
likes or more are held out in five folds, half of what each of them liked is hidden. Every model
learns from likes alone.
"""

import argparse
from functools import partial
from pathlib import Path

from benchmarks.progress import say
from classic.configure import configured
from classic.data.films import load_films
from classic.data.interactions import Interactions
from classic.data.movielens import read_latest
from classic.data.places import find_folder
from classic.retrieve.ease import fit_ease
from classic.retrieve.item_knn import ItemKnnConfig, fit_item_knn
from classic.retrieve.popularity import fit_popularity
from classic.retrieve.text_encoder import vectors_of
from classic.train_films import ease, halves, measured, on_films
from finetune.ptum.command import read_config
from finetune.ptum.pretrain import PretrainConfig, pretrained
from llmrec.behaviour.encoder import SIZES
from llmrec.behaviour.recommender import Ptum
from llmrec.behaviour.sequences import Sequences
from llmrec.evaluate.record import write_record

_L2 = 200.0
"""Of the shipped signal, chosen on the other half."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--config", type=Path, default=Path("finetune/configs/ptum-films.yaml"))
    given = parser.parse_args()
    folder = find_folder("ml-latest-small", "ratings.csv")
    if folder is None:
        parser.error("ml-latest-small is not here: llmrec data get ml-latest-small")
    told = read_config(given.config)
    settings = configured(PretrainConfig(encoder=SIZES[told["size"]]), told["settings"])
    films = load_films()
    text = vectors_of(films)
    likes = on_films(films, *read_latest(folder)).liked()

    def ptum(train: Interactions) -> Ptum:
        plain = Interactions(
            train.users, train.items, train.user_ids, train.item_ids, None, train.timestamps
        )
        sequences = Sequences.of(plain).without_times()
        net, epochs = pretrained(sequences, settings, text)
        say(f"  ptum: {epochs} epochs")
        return Ptum.of(net, train.item_ids)

    fits = {
        "popularity": fit_popularity,
        "item-knn-cosine": partial(fit_item_knn, config=ItemKnnConfig(k=120)),
        "ease": partial(fit_ease, config=ease(_L2)),
        "ptum": ptum,
    }
    _, reporting = halves(likes)
    rows = {}
    for name, fit in fits.items():
        rows[name] = measured(fit, likes, reporting)
        print(name, rows[name], flush=True)
    write_record(
        given.out,
        config={"settings": str(settings), "people": len(reporting)},
        metrics=rows,
        data=[folder / "ratings.csv"],
        seeds=[settings.training.seed],
    )


if __name__ == "__main__":
    main()
