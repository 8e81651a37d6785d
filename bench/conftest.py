"""What the benchmarks share: one thread, or as many as ``RAVINE_BENCH_THREADS`` in the environment says."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from threadpoolctl import threadpool_limits

import ravine as rv


@pytest.fixture(autouse=True, scope="session")
def threads() -> Iterator[int]:
    """The number of threads of ravine's kernels, and of the BLAS that NumPy uses."""
    count = int(os.environ.get("RAVINE_BENCH_THREADS", "1"))
    rv.set_num_threads(count)
    with threadpool_limits(count, user_api="blas"):
        yield count
