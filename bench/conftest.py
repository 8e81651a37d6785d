"""What the benchmarks share: one thread, or as many as ``RAVINE_BENCH_THREADS`` in the environment says."""

from __future__ import annotations

import os

import pytest

import ravine as rv


@pytest.fixture(autouse=True, scope="session")
def threads() -> int:
    """The number of threads of ravine's kernels; NumPy's come from OPENBLAS_NUM_THREADS."""
    count = int(os.environ.get("RAVINE_BENCH_THREADS", "1"))
    rv.set_num_threads(count)
    return count
