"""timeSVD++: biases and tastes that drift, and what was rated at all (Koren, KDD 2009), without the
factors of single days, which so few ratings a day cannot carry."""

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from classic.data.interactions import Interactions
from classic.retrieve.rating import NetRatings, ProductNet, columns_of, fit_ratings, rating_batches
from classic.retrieve.sequence import Watch
from classic.train.loop import Say, TrainConfig, silent

_BETA = 0.4
"""The exponent of time's distance that Koren found (eq. 5)."""


@dataclass(frozen=True)
class TimeSvdConfig:
    """`l2` is paid at every rating; `l2_drift` for what changes with time. `bins` cut the time of
    the data for the biases of items."""

    dimensions: int = 32
    bins: int = 30
    l2: float = 0.05
    l2_drift: float = 0.5
    batch_size: int = 256
    training: TrainConfig = field(default_factory=TrainConfig)


class TimeSvd(ProductNet):
    """r(t) = mu + b_u + alpha_u dev_u(t) + b_u,t + (b_i + b_i,bin(t)) + q_i . (p_u + a_u dev_u(t)
    + |N(u)|^-1/2 sum of y_j over what u rated) (eq. 5-6, 10, 12)."""

    mean_day: Tensor
    first_day: Tensor
    span: Tensor
    known_days: Tensor
    rated: Tensor
    bounds: Tensor

    def __init__(self, ratings: Interactions, config: TimeSvdConfig) -> None:
        super().__init__()
        assert ratings.ratings is not None
        n_users, n_items, d = ratings.n_users, ratings.n_items, config.dimensions
        users, items, days, stars = columns_of(ratings)
        self.mean, self.bins = float(stars.mean()), config.bins
        self._know_times(users, days, n_users)
        self._know_what_was_rated(users, items, n_users)
        self.p, self.q = nn.Embedding(n_users, d), nn.Embedding(n_items, d)
        self.y = nn.EmbeddingBag(n_items, d, mode="sum", include_last_offset=True)
        self.p_drift = nn.Embedding(n_users, d)
        self.b_user, self.b_item = nn.Embedding(n_users, 1), nn.Embedding(n_items, 1)
        self.b_drift = nn.Embedding(n_users, 1)
        self.b_day = nn.Embedding(len(self.known_days) + 1, 1)
        self.b_bin = nn.Embedding(n_items * config.bins, 1)
        for table in (self.p, self.q, self.y):
            nn.init.normal_(table.weight, std=0.1 * d**-0.5)
        for table in (self.p_drift, self.b_user, self.b_item, self.b_drift, self.b_day, self.b_bin):
            nn.init.zeros_(table.weight)

    def _know_times(self, users: Tensor, days: Tensor, n_users: int) -> None:
        counts = torch.bincount(users, minlength=n_users).clamp(min=1)
        means = torch.zeros(n_users).index_add_(0, users, days) / counts
        self.register_buffer("mean_day", means)
        self.register_buffer("first_day", days.min())
        self.register_buffer("span", (days.max() - days.min()).clamp(min=1.0))
        self.register_buffer("known_days", torch.unique(self._key(users, days)))

    def _know_what_was_rated(self, users: Tensor, items: Tensor, n_users: int) -> None:
        order = torch.argsort(users, stable=True)
        lengths = torch.bincount(users, minlength=n_users)
        self.register_buffer("rated", items[order])
        self.register_buffer("bounds", torch.cat([torch.zeros(1).long(), lengths.cumsum(0)]))

    @staticmethod
    def _key(users: Tensor, days: Tensor) -> Tensor:
        return users * 1_000_000 + days.long()

    def _implicit(self, users: Tensor) -> Tensor:
        """|N(u)|^-1/2 sum of y_j, float [b, d], summed once for each user of the batch."""
        who, places = torch.unique(users, return_inverse=True)
        lengths = self.bounds[who + 1] - self.bounds[who]
        ends = lengths.cumsum(0)
        inside = torch.arange(int(ends[-1]), device=users.device)
        shift = torch.repeat_interleave(self.bounds[who] - (ends - lengths), lengths)
        offsets = torch.cat([ends.new_zeros(1), ends])
        summed = self.y(self.rated[inside + shift], offsets)
        return (summed * lengths.clamp(min=1).float().rsqrt()[:, None])[places]

    def _parts(self, users: Tensor, items: Tensor, days: Tensor) -> tuple[Tensor, ...]:
        apart = days - self.mean_day[users]
        dev = (apart.sign() * apart.abs() ** _BETA)[:, None]
        key = self._key(users, days)
        place = torch.searchsorted(self.known_days, key).clamp(max=len(self.known_days) - 1)
        # A day on which the user rated nothing in training says nothing: the last row stays zero.
        place = torch.where(self.known_days[place] == key, place, len(self.known_days))
        bin_ = ((days - self.first_day) / self.span * self.bins).long().clamp(0, self.bins - 1)
        return dev, self.b_day(place), self.b_bin(items * self.bins + bin_)

    def forward(self, users: Tensor, items: Tensor, days: Tensor) -> Tensor:  # [b] -> [b]
        dev, b_day, b_bin = self._parts(users, items, days)
        b_user = self.b_user(users) + self.b_drift(users) * dev + b_day
        taste = self.p(users) + self.p_drift(users) * dev + self._implicit(users)
        biases = self.mean + b_user + self.b_item(items) + b_bin
        return biases[:, 0] + (self.q(items) * taste).sum(dim=1)

    def size(self, users: Tensor, items: Tensor, days: Tensor) -> tuple[Tensor, Tensor]:
        """float [b] twice: the squares of what stands still, and of what drifts."""
        _, b_day, b_bin = self._parts(users, items, days)
        still = (self.p(users), self.q(items), self.b_user(users), self.b_item(items))
        moving = (self.p_drift(users), self.b_drift(users), b_day, b_bin)
        first, second = (
            torch.stack([part.square().sum(dim=1) for part in parts]).sum(dim=0)
            for parts in (still, moving)
        )
        return first + self._implicit(users).square().sum(dim=1), second

    def items(self) -> tuple[Tensor, Tensor]:
        return self.mean + self.b_item.weight[:, 0], self.q.weight


def fit_timesvd(
    ratings: Interactions,
    config: TimeSvdConfig | None = None,
    watch: Watch | None = None,
    say: Say = silent,
) -> NetRatings:
    """Minimises the squared error plus the l2 of every part."""
    config = config or TimeSvdConfig()
    batches = rating_batches(ratings, config.batch_size)

    def loss(net: TimeSvd, batch: tuple[Tensor, ...]) -> Tensor:
        users, items, days, stars = batch
        still, moving = net.size(users, items, days)
        errors = (stars - net(users, items, days)).square()
        return (errors + config.l2 * still + config.l2_drift * moving).sum()

    return fit_ratings(
        "timesvdpp",
        ratings,
        lambda: TimeSvd(ratings, config),
        batches,
        loss,
        config.l2,
        config.training,
        watch,
        say,
    )
