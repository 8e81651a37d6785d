"""What holds around every test, and how hypothesis searches."""

from __future__ import annotations

import os
import signal

# Workers of `pytest -n` share the cores: NumPy must not take all in each. To be said before its import.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

# The same examples at every run, so that a red build can be seen again. To look for new ones:
#     pytest --hypothesis-profile explore
settings.register_profile(
    "repeatable",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("explore", settings.get_profile("repeatable"), derandomize=False, max_examples=1000)
settings.load_profile("repeatable")

# A shell in the background starts its programs deaf to Ctrl-C, which tests send to themselves.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """What `-n auto` means: a process for each core, few enough for the threads that each has."""
    return min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, 4)


def floating_point_mode() -> tuple[bool, bool, bool]:
    """Whether small results survive, small arguments count, and rounding goes to the nearest even number."""
    smallest_normal = np.array([np.finfo(np.float64).tiny])
    smallest = np.array([5e-324])
    half_ulp = np.array([2.0**-53])
    with np.errstate(all="ignore"):
        keeps_small_results = bool((smallest_normal / 2 > 0).all())
        reads_small_arguments = bool((smallest * 2.0**1000 > 0).all())
        rounds_to_nearest_even = bool(((1 + half_ulp == 1) & (1 + 3 * half_ulp == 1 + 4 * half_ulp)).all())
    return keeps_small_results, reads_small_arguments, rounds_to_nearest_even


@pytest.fixture(autouse=True)
def _same_floating_point_mode() -> Iterator[None]:
    """No kernel may leave flush-to-zero or another rounding mode behind."""
    assert floating_point_mode() == (True, True, True)
    yield
    assert floating_point_mode() == (True, True, True)


@pytest.fixture
def restore_threads() -> Iterator[None]:
    """For tests that change the number of threads."""
    import ravine as rv

    before = rv.get_num_threads()
    yield
    rv.set_num_threads(before)
