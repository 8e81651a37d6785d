"""In which order an epoch takes the rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ravine import _core
from ravine.arrays import require_count
from ravine.seeds import Seed, stream_key

__all__ = ["USUAL_BATCH", "Shuffle", "epoch_order", "minibatches", "require_shuffle", "rows_a_batch"]

USUAL_BATCH = 32
"""Rows an update where nobody says otherwise."""

Shuffle: TypeAlias = bool | Literal["once", "independent"]
"""True: a new order each epoch; "once": the first epoch's for all; False: as they lie; "independent": drawn
with replacement."""


def minibatches(
    n: int, batch_size: int | None = 32, seed: Seed = 0, epoch: int = 0, shuffle: Shuffle = True
) -> Iterator[NDArray[np.int64]]:
    """Yield the rows of each batch of an epoch, in the order in which :func:`fit` takes them.

    Parameters
    ----------
    n : rows in all.
    batch_size : rows of a batch, None: all; the last batch has what is left.
    seed, shuffle : as for :func:`fit`. An int or SeedSequence gives the same batches each time; None and a
        Generator draw anew.
    epoch : from 0; each epoch has its own order, a function of (seed, epoch).

    >>> import ravine as rv
    >>> [len(rows) for rows in rv.minibatches(10, 4)]
    [4, 4, 2]
    """
    require_count(n, "n")
    require_count(epoch, "epoch", least=0)
    size = rows_a_batch(batch_size, n)
    order = epoch_order(n, stream_key(seed), epoch, require_shuffle(shuffle))
    rows = np.arange(n, dtype=np.int64) if order is None else order
    return (rows[first : first + size] for first in range(0, n, size))


def rows_a_batch(batch_size: int | None, n: int) -> int:
    """Return the number of rows of a full batch of n rows in all."""
    return n if batch_size is None else min(require_count(batch_size, "batch_size"), n)


def require_shuffle(shuffle: Shuffle) -> Shuffle:
    """Return `shuffle` if it is one of the four that there are."""
    if not isinstance(shuffle, (bool, str)):
        raise TypeError(f"shuffle must be True, False, 'once' or 'independent', got {shuffle!r}")
    if isinstance(shuffle, str) and shuffle not in ("once", "independent"):
        raise ValueError(f"shuffle must be True, False, 'once' or 'independent', got {shuffle!r}")
    return shuffle


def epoch_order(n: int, key: int, epoch: int, shuffle: Shuffle) -> NDArray[np.int64] | None:
    """Return the rows of an epoch in turn, (n,), or None where they are taken as they lie."""
    if shuffle is False:
        return None
    order = np.empty(n, dtype=np.int64)
    if shuffle == "independent":
        _core.draws(key, epoch, order)
    else:
        _core.permutation(key, 0 if shuffle == "once" else epoch, order)
    return order
