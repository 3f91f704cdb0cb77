"""Every recommender by name: what it is, what it learns from, and its settings."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

from classic.data.interactions import Interactions
from classic.errors import BadInput
from classic.hybrids import (
    BlendedConfig,
    FusedConfig,
    SequencesConfig,
    StackedConfig,
    SwitchingConfig,
    WeightedConfig,
    fused,
    rating_blend,
    sequences,
    stacked,
    switching,
    weighted,
)
from classic.rank.fit_staged import fit_staged, settings_of
from classic.rank.rankers import NETS
from classic.retrieve.acf import AcfConfig, fit_acf
from classic.retrieve.autorec import AutoRecConfig, fit_autorec
from classic.retrieve.biased_mf import BiasedMfConfig, fit_biased_mf
from classic.retrieve.caser import CaserConfig, fit_caser
from classic.retrieve.cdl import CdlConfig, fit_cdl
from classic.retrieve.ease import EaseConfig, fit_ease
from classic.retrieve.gru import GruConfig, fit_gru
from classic.retrieve.hstu import HstuConfig, fit_hstu
from classic.retrieve.ials import IalsConfig, fit_ials
from classic.retrieve.item2vec import Item2VecConfig, fit_item2vec
from classic.retrieve.item_knn import ItemKnnConfig, fit_item_knn
from classic.retrieve.lightgcn import LightGcnConfig, fit_lightgcn
from classic.retrieve.mmgcn import MmgcnConfig, fit_mmgcn
from classic.retrieve.ncf import NcfConfig, fit_ncf
from classic.retrieve.ncf_stars import NcfStarsConfig, fit_ncf_stars
from classic.retrieve.pixie import PixieConfig, fit_pixie
from classic.retrieve.popularity import fit_popularity
from classic.retrieve.rating_knn import RatingKnnConfig, fit_rating_knn
from classic.retrieve.recommender import Recommender
from classic.retrieve.sasrec import SasRecConfig, fit_sasrec
from classic.retrieve.timesvdpp import TimeSvdConfig, fit_timesvd
from classic.retrieve.two_tower import TwoTowerConfig, fit_two_tower
from classic.retrieve.user_knn import UserKnnConfig, fit_user_knn
from classic.retrieve.youtube_dnn import YoutubeDnnConfig, fit_youtube_dnn
from classic.source import Fit, Model
from classic.train.loop import TrainConfig
from classic.train.losses import GBce, SampledSoftmax


def _closed(fit: Callable[[Interactions, Any], Recommender]) -> Fit:
    return lambda source, config, _, __: fit(source.likes, config)


def _learned(fit: Callable[..., Recommender]) -> Fit:
    return lambda source, config, watch, say: fit(source.likes, config, watch, say)


def _stars(fit: Callable[..., Recommender]) -> Fit:
    return lambda source, config, watch, say: fit(source.interactions, config, watch, say)


_PATIENT = TrainConfig(
    epochs=400, learning_rate=2e-3, averaging=0.995, look_every=5, patience=6, minutes=60
)
_PAIRS = TrainConfig(epochs=40, learning_rate=2e-3, averaging=0.998, patience=3)
_STARS = TrainConfig(epochs=100, clip=None, patience=3)
_STARS_SGD = replace(_STARS, optimizer="sgd", learning_rate=0.005)


def _ncf(kind: Literal["mf", "gmf", "mlp", "neumf"], about: str) -> Model:
    return Model(about, _learned(fit_ncf), NcfConfig(kind, l2=0.006, training=_PAIRS))


def _item_knn(weighting: Literal["cosine", "tfidf", "bm25"], about: str) -> Model:
    return Model(about, _closed(fit_item_knn), ItemKnnConfig(weighting=weighting), at_once=True)


def _sasrec(about: str, **settings: Any) -> Model:
    return Model(about, _learned(fit_sasrec), SasRecConfig(training=_PATIENT, **settings))


def _staged(name: str) -> Model:
    """A ranker over the candidates of retrievers."""
    net = NETS[name]
    return Model(
        f"candidates of EASE, iALS and item-kNN, in the order of: {net.about}",
        lambda source, config, _, say: fit_staged(
            name, source.likes, source.catalog, net.built, config, say
        ),
        settings_of(net),
    )


MODELS: dict[str, Model] = {
    "popularity": Model(
        "how many like an item",
        lambda source, _, __, ___: fit_popularity(source.likes),
        at_once=True,
    ),
    "content": Model(
        "shared fields (TF-IDF) and prose (sentence embeddings)",
        lambda source, _, __, ___: source.content,
        at_once=True,
    ),
    "user-knn": Model(
        "people with the same likes", _closed(fit_user_knn), UserKnnConfig(), at_once=True
    ),
    "item-knn-cosine": _item_knn("cosine", "items liked by the same people"),
    "item-knn-tfidf": _item_knn("tfidf", "the same, choosy people counting more"),
    "item-knn-bm25": _item_knn("bm25", "the same, saturating with popularity"),
    "ease": Model(
        "linear autoencoder in closed form (Steck 2019)",
        _closed(fit_ease),
        EaseConfig(),
        at_once=True,
    ),
    "ials": Model(
        "implicit alternating least squares (Rendle et al. 2022)", _closed(fit_ials), IalsConfig()
    ),
    "pixie": Model(
        "biased random walks with early stopping (Eksombatchai et al. 2018)",
        _closed(fit_pixie),
        PixieConfig(),
        at_once=True,
    ),
    "mf": _ncf("mf", "products of two vectors, log loss (Rendle et al. 2020)"),
    "gmf": _ncf("gmf", "generalised matrix factorization (He et al. 2017)"),
    "mlp": _ncf("mlp", "a tower over two vectors (He et al. 2017)"),
    "neumf": _ncf("neumf", "GMF and MLP together (He et al. 2017)"),
    "cdl": Model(
        "collaborative deep learning: a content autoencoder and factors (Wang et al. 2015)",
        lambda source, config, _, say: fit_cdl(source.likes, source.features, config, say),
        CdlConfig(),
    ),
    "item2vec": Model(
        "skip-grams of histories (Barkan & Koenigstein 2016)",
        _learned(fit_item2vec),
        Item2VecConfig(),
    ),
    "two-tower": Model(
        "two towers, in-batch softmax with logQ (Yi et al. 2019)",
        lambda source, config, watch, say: fit_two_tower(
            source.likes, config, watch, say, source.features
        ),
        TwoTowerConfig(training=_PATIENT),
    ),
    "youtube-dnn": Model(
        "candidate generation from watches and words (Covington et al. 2016)",
        lambda source, config, watch, say: fit_youtube_dnn(
            source.likes, config, watch, say, source.words
        ),
        YoutubeDnnConfig(training=_PATIENT),
    ),
    "lightgcn": Model(
        "light graph convolution (He et al. 2020)", _learned(fit_lightgcn), LightGcnConfig()
    ),
    "mmgcn": Model(
        "a graph for each modality (Wei et al. 2019)",
        lambda source, config, watch, say: fit_mmgcn(
            source.likes, source.modalities, config, watch, say
        ),
        MmgcnConfig(),
    ),
    "acf": Model(
        "attentive collaborative filtering (Chen et al. 2017)",
        lambda source, config, watch, say: fit_acf(
            source.likes, config, watch, say, source.modalities
        ),
        AcfConfig(),
    ),
    "gru": Model(
        "recurrent sequences (Hidasi et al. 2016)", _learned(fit_gru), GruConfig(training=_PATIENT)
    ),
    "caser": Model(
        "convolutions over sequences (Tang & Wang 2018)",
        _learned(fit_caser),
        CaserConfig(training=_PATIENT),
    ),
    "sasrec": _sasrec("self-attention over sequences (Kang & McAuley 2018), full softmax"),
    "sasrec-bce": _sasrec(
        "the same with its own loss, one negative",
        loss=GBce(negatives=1, calibration=0.0, shared=1),
    ),
    "sasrec-gbce": _sasrec("the same with gBCE (Petrov & Macdonald 2023)", loss=GBce()),
    "sasrec-sampled": _sasrec("the same with sampled softmax", loss=SampledSoftmax()),
    "hstu": Model(
        "gated sequences without softmax (Zhai et al. 2024)",
        _learned(fit_hstu),
        HstuConfig(training=_PATIENT),
    ),
    "sequences": Model(
        "SASRec by softmax, SASRec by gBCE and HSTU, added",
        sequences,
        SequencesConfig(_PATIENT),
    ),
    "fused": Model(
        "those three, EASE, iALS and item-kNN, as loud as finds what comes next",
        fused,
        FusedConfig(replace(_PATIENT, minutes=30)),
    ),
    "weighted": Model(
        "EASE, content and popularity, added", weighted, WeightedConfig(), at_once=True
    ),
    "switching": Model(
        "EASE; for newcomers and new items, content and popularity",
        switching,
        SwitchingConfig(),
        at_once=True,
    ),
    "stacked": Model("LightGBM over EASE, iALS, item-kNN and content", stacked, StackedConfig()),
    "biased-mf-sgd": Model(
        "stars by biases and factors, SGD (Koren et al. 2009)",
        _stars(fit_biased_mf),
        BiasedMfConfig(training=_STARS_SGD),
        by_stars=True,
    ),
    "biased-mf-adam": Model(
        "the same by Adam", _stars(fit_biased_mf), BiasedMfConfig(training=_STARS), by_stars=True
    ),
    "ncf-stars": Model(
        "stars by NeuMF (He et al. 2017)",
        _stars(fit_ncf_stars),
        NcfStarsConfig(training=_STARS),
        by_stars=True,
    ),
    "timesvdpp": Model(
        "stars with what drifts in time (Koren 2009)",
        _stars(fit_timesvd),
        TimeSvdConfig(training=_STARS),
        by_stars=True,
    ),
    "item-autorec": Model(
        "stars by an autoencoder of items (Sedhain et al. 2015)",
        _stars(fit_autorec),
        AutoRecConfig("item", training=_STARS),
        by_stars=True,
    ),
    "user-autorec": Model(
        "stars by an autoencoder of people (Sedhain et al. 2015)",
        _stars(fit_autorec),
        AutoRecConfig("user", training=_STARS),
        by_stars=True,
    ),
    "item-knn-stars": Model(
        "stars by neighbours of items (Koren 2010)",
        lambda source, config, _, __: fit_rating_knn(source.interactions, config),
        RatingKnnConfig("item"),
        by_stars=True,
    ),
    "user-knn-stars": Model(
        "stars by neighbours of people",
        lambda source, config, _, __: fit_rating_knn(source.interactions, config),
        RatingKnnConfig("user"),
        by_stars=True,
    ),
    "rating-blend": Model(
        "stars by neighbours, timeSVD++ and AutoRec, weighed",
        rating_blend,
        BlendedConfig(),
        by_stars=True,
    ),
    # A task more has nothing to learn from here.
    **{name: _staged(name) for name in NETS if name != "mmoe"},
}


def model_named(name: str) -> Model:
    """Raises `BadInput` for a name that is not in `MODELS`."""
    if name not in MODELS:
        raise BadInput(f"no model {name!r}; there are: {', '.join(MODELS)}")
    return MODELS[name]
