"""Hybrids: which models they are made of, and how loudly each speaks."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from classic.data.interactions import Interactions
from classic.retrieve.autorec import AutoRecConfig, fit_autorec
from classic.retrieve.ease import EaseConfig, fit_ease
from classic.retrieve.fused import FuseConfig, fit_fused
from classic.retrieve.hstu import HstuConfig, fit_hstu
from classic.retrieve.hybrid import StackConfig, Switching, Weighted, fit_stacked
from classic.retrieve.ials import IalsConfig, fit_ials
from classic.retrieve.item_knn import ItemKnnConfig, fit_item_knn
from classic.retrieve.popularity import fit_popularity
from classic.retrieve.rating_blend import RatingBlendConfig, fit_rating_blend
from classic.retrieve.rating_knn import RatingKnnConfig, fit_rating_knn
from classic.retrieve.recommender import Recommender
from classic.retrieve.sasrec import SasRecConfig, fit_sasrec
from classic.retrieve.sequence import SequenceRecommender, Watch
from classic.retrieve.timesvdpp import TimeSvdConfig, fit_timesvd
from classic.source import Source
from classic.train.loop import Say, TrainConfig, silent
from classic.train.losses import GBce

_STARS = TrainConfig(epochs=100, clip=None, patience=3)


@dataclass(frozen=True)
class WeightedConfig:
    """How loudly each part speaks. Popularity is all there is for who has said nothing."""

    behaviour: float = 1.0
    content: float = 0.2
    popularity: float = 0.3
    ease: EaseConfig = field(default_factory=EaseConfig)


@dataclass(frozen=True)
class SwitchingConfig:
    """From how many known items on behaviour is believed; until then, content and popularity are,
    the latter so loudly."""

    enough: int = 3
    popularity: float = 2.0
    ease: EaseConfig = field(default_factory=EaseConfig)


def weighted(source: Source, config: WeightedConfig, _: Watch | None, __: Say) -> Recommender:
    parts = (fit_ease(source.likes, config.ease), source.content, fit_popularity(source.likes))
    weights = (config.behaviour, config.content, config.popularity)
    return Weighted(source.likes.item_ids, parts, weights)


def switching(source: Source, config: SwitchingConfig, _: Watch | None, __: Say) -> Recommender:
    met = np.bincount(source.likes.items, minlength=source.likes.n_items) > 0
    ids, popularity = source.likes.item_ids, fit_popularity(source.likes)
    cold = Weighted(ids, (source.content, popularity), (1.0, config.popularity))
    return Switching(ids, (fit_ease(source.likes, config.ease), cold), met, config.enough)


@dataclass(frozen=True)
class SequencesConfig:
    """How each of the nets is trained, which are as they are by themselves."""

    training: TrainConfig = field(default_factory=TrainConfig)


def sequences(
    source: Source, config: SequencesConfig, watch: Watch | None, say: Say
) -> Recommender:
    """Three nets, equally loud; the same number of epochs made each of them where nobody
    watches."""
    parts = _nets(source.likes, config.training, (config.training.epochs,) * 3, watch, say)
    epochs = round(float(np.mean([part.epochs for part in parts])))
    return Weighted(source.likes.item_ids, parts, (1.0,) * len(parts), "sequences", epochs)


@dataclass(frozen=True)
class FusedConfig:
    """How the nets are trained, for so many `epochs` each, the closed forms beside them, and how
    it is found out how loud each is to be."""

    training: TrainConfig = field(default_factory=TrainConfig)
    epochs: tuple[int, int, int] = (120, 170, 75)
    """After which each was best on ml-1m, by the last but one of everybody."""
    ease: EaseConfig = field(default_factory=EaseConfig)
    ials: IalsConfig = field(default_factory=IalsConfig)
    item_knn: ItemKnnConfig = field(default_factory=ItemKnnConfig)
    fuse: FuseConfig = field(default_factory=FuseConfig)


def fused(source: Source, config: FusedConfig, _: Watch | None, say: Say) -> Recommender:
    """The three nets, and EASE, iALS and item-kNN."""
    closed = (
        partial(fit_ease, config=config.ease),
        partial(fit_ials, config=config.ials),
        partial(fit_item_knn, config=config.item_knn),
    )
    trained = partial(_nets, training=config.training, epochs=config.epochs, say=say)
    return fit_fused(source.likes, closed, trained, config.fuse, say)


def _nets(
    likes: Interactions,
    training: TrainConfig,
    epochs: tuple[int, int, int],
    watch: Watch | None = None,
    say: Say = silent,
) -> tuple[SequenceRecommender, ...]:
    """SASRec by softmax, SASRec by gBCE and HSTU, each for so many epochs at the most."""

    def own(place: int, part: str) -> TrainConfig:
        folder = training.folder
        return replace(training, epochs=epochs[place], folder=folder and folder / part)

    softmax = SasRecConfig(training=own(0, "softmax"))
    gbce = SasRecConfig(loss=GBce(), training=own(1, "gbce"))
    hstu = HstuConfig(training=own(2, "hstu"))
    return (
        fit_sasrec(likes, softmax, watch, say),
        fit_sasrec(likes, gbce, watch, say),
        fit_hstu(likes, hstu, watch, say),
    )


@dataclass(frozen=True)
class StackedConfig:
    """What is stacked, content too where the items are known, and how."""

    ease: EaseConfig = field(default_factory=EaseConfig)
    ials: IalsConfig = field(default_factory=IalsConfig)
    item_knn: ItemKnnConfig = field(default_factory=ItemKnnConfig)
    stack: StackConfig = field(default_factory=StackConfig)


def stacked(source: Source, config: StackedConfig, _: Watch | None, __: Say) -> Recommender:
    parts: tuple[Callable[[Interactions], Recommender], ...] = (
        partial(fit_ease, config=config.ease),
        partial(fit_ials, config=config.ials),
        partial(fit_item_knn, config=config.item_knn),
    )
    if source.knows_items:
        parts = (*parts, lambda _: source.content)
    return fit_stacked(source.likes, parts, config.stack)


@dataclass(frozen=True)
class BlendedConfig:
    """What is blended beside neighbours of items and of people, and how; the epochs are those after
    which the parts stop on ml-100k by validation of their own."""

    timesvd: TimeSvdConfig = field(
        default_factory=lambda: TimeSvdConfig(
            64, l2=0.05, l2_drift=2.0, training=replace(_STARS, epochs=10)
        )
    )
    autorec: AutoRecConfig = field(
        default_factory=lambda: AutoRecConfig(
            "item", 200, 0.02, dropout=0.7, training=replace(_STARS, epochs=54)
        )
    )
    blend: RatingBlendConfig = field(default_factory=RatingBlendConfig)


def rating_blend(source: Source, config: BlendedConfig, _: Watch | None, __: Say) -> Recommender:
    parts = (
        partial(fit_rating_knn, config=RatingKnnConfig("item")),
        partial(fit_rating_knn, config=RatingKnnConfig("user")),
        partial(fit_timesvd, config=config.timesvd),
        partial(fit_autorec, config=config.autorec),
    )
    return fit_rating_blend(source.interactions, parts, config.blend)
