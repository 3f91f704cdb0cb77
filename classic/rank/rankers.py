"""Every ranker by name: what it is, how it is built, and its settings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
import torch

from classic.rank.deepfm import DeepFm, DeepFmConfig
from classic.rank.dien import Dien, DienConfig
from classic.rank.din import Din, DinConfig
from classic.rank.examples import Examples, Learnable
from classic.rank.features import Layout, Schema
from classic.rank.fm import Fm, FmConfig
from classic.rank.lambdamart import LambdaMart, LambdaMartConfig
from classic.rank.logistic import Logistic, LogisticConfig
from classic.rank.means import MeansConfig, fit_means
from classic.rank.mmoe import Mmoe, MmoeConfig
from classic.rank.ranker import FitConfig, Ranker, Watch, fit_ranker
from classic.rank.wide_deep import WideDeep, WideDeepConfig
from classic.rank.youtube_ranking import YoutubeRanking, YoutubeRankingConfig
from classic.train.loop import Say, silent


class Scorer(Protocol):
    """What is left of a ranker once it is fitted."""

    def logits(self, examples: Examples) -> np.ndarray:
        """float64 [n, labels]."""


@dataclass(frozen=True, eq=False)
class Net:
    """One `weighted` learns from how much an example counts; to the others all count alike."""

    about: str
    built: Callable[[Layout, Any, Learnable], Ranker]
    config: Any
    fitting: FitConfig = field(default_factory=FitConfig)
    weighted: bool = False

    def fit(
        self,
        schema: Schema,
        examples: Examples,
        config: Any = None,
        fitting: FitConfig | None = None,
        watch: Watch | None = None,
        say: Say = silent,
    ) -> Ranker:
        if not self.weighted:
            examples = replace(examples, weights=np.ones_like(examples.weights))
        chosen = config or self.config
        net, _ = fit_ranker(
            examples,
            lambda: self.built(schema.layout, chosen, examples),
            fitting or self.fitting,
            watch,
            say,
        )
        return net


def _plain(net: Callable[[Layout, Any], Ranker]) -> Callable[[Layout, Any, Learnable], Ranker]:
    return lambda layout, config, _: net(layout, config)


def _din(layout: Layout, config: DinConfig, examples: Learnable) -> Ranker:
    return Din(layout, config, torch.from_numpy(examples.counts(layout.rows)))


@dataclass(frozen=True, eq=False)
class Counted:
    """Fitted without a net, from counts."""

    about: str
    fitted: Callable[[Schema, Examples, Any], Scorer]
    config: Any

    @property
    def fitting(self) -> None:
        return None

    def fit(
        self,
        schema: Schema,
        examples: Examples,
        config: Any = None,
        fitting: FitConfig | None = None,
        watch: Watch | None = None,
        say: Say = silent,
    ) -> Scorer:
        return self.fitted(schema, examples, config or self.config)


def _lambdamart(schema: Schema, examples: Examples, config: LambdaMartConfig) -> Scorer:
    return LambdaMart.of(examples, schema.layout, config)


_ADAM = FitConfig()
_FTRL = replace(
    _ADAM, training=replace(_ADAM.training, optimizer="ftrl-adagrad", learning_rate=0.03)
)

NETS: Mapping[str, Net] = {
    "logistic": Net("logistic regression, the floor", _plain(Logistic), LogisticConfig()),
    "fm": Net("factorization machine (Rendle 2010)", _plain(Fm), FmConfig()),
    "wide-deep": Net(
        "crossed features by FTRL beside a deep net by Adagrad (Cheng et al. 2016)",
        _plain(WideDeep),
        WideDeepConfig(),
        _FTRL,
    ),
    "deepfm": Net(
        "FM and a deep net on the same vectors (Guo et al. 2017)", _plain(DeepFm), DeepFmConfig()
    ),
    "din": Net("interests activated by the candidate (Zhou et al. 2018)", _din, DinConfig()),
    "dien": Net(
        "interests that evolve towards the candidate (Zhou et al. 2019)", _plain(Dien), DienConfig()
    ),
    "youtube-ranking": Net(
        "weighted logistic regression on a tower (Covington et al. 2016)",
        _plain(YoutubeRanking),
        YoutubeRankingConfig(),
        weighted=True,
    ),
    "mmoe": Net("experts and a gate for each task (Ma et al. 2018)", _plain(Mmoe), MmoeConfig()),
}

RANKERS: Mapping[str, Net | Counted] = {
    "user-mean": Counted("how often a person likes", fit_means, MeansConfig(("user",))),
    "item-mean": Counted("how often an item is liked", fit_means, MeansConfig(("item",))),
    "user-item-mean": Counted("both, added as log odds", fit_means, MeansConfig()),
    "lambdamart": Counted(
        "trees over counts and shares, to order lists (Burges 2010)",
        _lambdamart,
        LambdaMartConfig(),
    ),
    "trees": Counted("the same by log loss", _lambdamart, LambdaMartConfig("binary")),
    **NETS,
}
