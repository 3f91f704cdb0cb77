"""BM25 over titles: which candidates share words with what a person met."""

from collections.abc import Sequence

import numpy as np
from scipy import sparse

from classic.data.catalog import Catalog
from classic.text import stems
from llmrec.lab.task import RankingTask

_K1, _B = 1.5, 0.75


def title_vectors(catalog: Catalog) -> sparse.csr_matrix:
    """float64 CSR [n_items, n_words]: what each word of a title adds to its score when it is asked
    for."""
    return word_vectors([stems(item.title) for item in catalog])[0]


def word_vectors(texts: Sequence[Sequence[str]]) -> tuple[sparse.csr_matrix, dict[str, int]]:
    """float64 CSR [n_texts, n_words]: what each word of a text adds to its score when it is asked
    for (Robertson & Zaragoza 2009; idf as in Lucene, which is never below 0); and the column of
    each word."""
    words: dict[str, int] = {}
    told = [[words.setdefault(w, len(words)) for w in text] for text in texts]
    lengths = np.array([len(row) for row in told], dtype=np.float64)
    columns = np.array([word for row in told for word in row], dtype=np.int64)
    rows = np.repeat(np.arange(len(told)), lengths.astype(np.int64))
    shape = (len(told), max(len(words), 1))
    counts = sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=shape).tocoo()
    damped = _K1 * (1.0 - _B + _B * lengths / max(lengths.mean(), 1e-12))
    saturated = counts.data * (_K1 + 1.0) / (counts.data + damped[counts.row])
    n_having = np.bincount(counts.col, minlength=shape[1])
    idf = np.log1p((len(told) - n_having + 0.5) / (n_having + 0.5))
    return sparse.csr_matrix((saturated * idf[counts.col], (counts.row, counts.col)), shape), words


def bm25_scores(task: RankingTask, last: int = 50) -> np.ndarray:
    """float64 [n_cases, n_candidates]: the query is every word of the last titles together."""
    vectors = title_vectors(task.catalog)
    asked = (vectors != 0).astype(np.float64)
    found = np.empty((len(task.cases), task.n_candidates))
    for n, case in enumerate(task.cases):
        query = asked[task.catalog.rows(case.history[-last:])].sum(axis=0)
        found[n] = np.asarray(vectors[task.catalog.rows(case.candidates)] @ query.T).ravel()
    return found
