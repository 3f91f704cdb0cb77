"""The graph of people and items, as matrices that carry vectors along its edges."""

from typing import Any

import numpy as np
import torch
from scipy import sparse
from torch import Tensor


def neighbourhood(met: sparse.csr_matrix, degrees: np.ndarray) -> sparse.csr_matrix:
    """float32 CSR [n, n_items]: 1 / sqrt(|N_u| |N_i|) times each edge of `met` (LightGCN, eq. 3).
    `degrees` are of the items in training, at least 1, so that a new person changes nothing."""
    own = np.maximum(np.asarray(np.abs(met).sum(axis=1)).ravel(), 1.0)
    scaled = sparse.diags(own**-0.5) @ met @ sparse.diags(np.maximum(degrees, 1.0) ** -0.5)
    return sparse.csr_matrix(scaled, dtype=np.float32)


class _Carry(torch.autograd.Function):
    """A sparse matrix times vectors, whose gradient goes back through its transpose, made once."""

    @staticmethod
    def forward(ctx: Any, vectors: Tensor, matrix: Tensor, transposed: Tensor) -> Tensor:
        ctx.transposed = transposed
        return matrix @ vectors

    @staticmethod
    def backward(ctx: Any, *upstream: Tensor) -> tuple[Tensor, None, None]:
        return ctx.transposed @ upstream[0], None, None


class Edges:
    """A sparse matrix [n, m] that carries vectors [m, d] to [n, d], on whatever device they are."""

    def __init__(self, matrix: sparse.csr_matrix) -> None:
        self.matrix, self.transposed = _torch_csr(matrix), _torch_csr(matrix.T.tocsr())

    def __deepcopy__(self, memo: dict[int, Any]) -> "Edges":
        """Never trained, so a copy of a net shares them; torch cannot copy sparse tensors."""
        return self

    def __matmul__(self, vectors: Tensor) -> Tensor:
        if self.matrix.device != vectors.device:
            self.matrix = self.matrix.to(vectors.device)
            self.transposed = self.transposed.to(vectors.device)
        carried: Tensor = _Carry.apply(vectors, self.matrix, self.transposed)  # type: ignore[no-untyped-call]
        return carried


def _torch_csr(matrix: sparse.csr_matrix) -> Tensor:
    return torch.sparse_csr_tensor(
        torch.from_numpy(matrix.indptr.astype(np.int64)),
        torch.from_numpy(matrix.indices.astype(np.int64)),
        torch.from_numpy(matrix.data.astype(np.float32)),
        matrix.shape,
    )
