"""A correction for popularity: what everybody knows has to be that much more relevant."""

import numpy as np

from classic.candidates import Candidates
from classic.data.catalog import Catalog
from classic.query import Query
from classic.rerank.pool import Reranker, relevance


class PopularityCorrected(Reranker):
    """Stage `rerank`: the order by (1 - d) relevance - d popularity, `popularity` float [n_items]
    in 0..1 by the catalogue's rows and d being `query.diversity`."""

    def __init__(self, catalog: Catalog, popularity: np.ndarray) -> None:
        self.catalog, self.popularity = catalog, popularity

    def picked(self, query: Query, pool: Candidates, k: int) -> np.ndarray:
        known = self.popularity[self.catalog.rows(pool.item_ids)]
        value = (1.0 - query.diversity) * relevance(pool) - query.diversity * known
        return np.lexsort((np.arange(len(pool)), -value))[:k]
