"""Trajectories of the rules that torch.optim has: equal to its own to 1e-12 over hundreds of steps.

The figures in torch_trajectories.npz are torch's (make_torch_trajectories.py); where it is installed, it is
asked too.
"""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest
from make_torch_trajectories import FILE, run
from numpy.typing import NDArray
from trajectories import REMEMBERED, TORCH_RUNS, start, title, travel

import ravine as rv

# Of options that torch has besides: how to run, not what to compute.
OF_THE_MACHINE = {"params", "foreach", "fused", "capturable", "differentiable"}


def ravines(name: str, options: dict[str, Any]) -> NDArray[np.float64]:
    optimizer, theta = getattr(rv.optim, name)(**options), start()

    def step(gradient: NDArray[np.float64]) -> NDArray[np.float64]:
        optimizer.step(theta, gradient)
        return theta

    return travel(step)


@pytest.fixture(scope="module")
def stored() -> NDArray[np.float64]:
    with np.load(FILE, allow_pickle=False) as file:
        trajectories: NDArray[np.float64] = file["trajectories"]
    return trajectories


def test_the_stored_figures_are_those_of_the_runs(stored: NDArray[np.float64]) -> None:
    assert stored.shape == (len(TORCH_RUNS), len(REMEMBERED), start().size)


@pytest.mark.parametrize("number", range(len(TORCH_RUNS)), ids=[f"{n}-{title(o)}" for n, o in TORCH_RUNS])
def test_trajectories_are_the_stored_ones(number: int, stored: NDArray[np.float64]) -> None:
    name, options = TORCH_RUNS[number]
    np.testing.assert_allclose(ravines(name, options), stored[number], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("name", "options"), TORCH_RUNS, ids=title)
def test_trajectories_are_those_of_torch(name: str, options: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch", reason="the stored figures stand for it", exc_type=ImportError)
    want = run(torch, name, options)
    np.testing.assert_allclose(ravines(name, options), want, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", sorted({name for name, _ in TORCH_RUNS}))
def test_arguments_and_defaults_are_those_of_torch(name: str) -> None:
    torch = pytest.importorskip("torch", reason="compares with torch.optim", exc_type=ImportError)
    theirs = inspect.signature(getattr(torch.optim, name)).parameters
    ours = inspect.signature(getattr(rv.optim, name)).parameters
    for option in theirs.keys() - OF_THE_MACHINE:
        assert ours[option].default == theirs[option].default, option
