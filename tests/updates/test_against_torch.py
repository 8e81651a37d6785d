"""The update rules against torch.optim, where it is installed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import ravine as rv

torch = pytest.importorskip("torch", reason="compares with torch.optim", exc_type=ImportError)

RULES: list[tuple[str, dict[str, Any]]] = [
    ("SGD", {}),
    ("SGD", {"momentum": 0.9}),
    ("SGD", {"momentum": 0.9, "dampening": 0.3, "weight_decay": 0.1}),
    ("SGD", {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    ("Adam", {}),
    ("Adam", {"betas": (0.5, 0.75), "eps": 1e-3}),
    ("Adam", {"weight_decay": 0.1}),
]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("name", "options"), RULES)
def test_trajectories_agree(name: str, options: dict[str, Any], dtype: str) -> None:
    rng = np.random.default_rng(5)
    theta = rng.normal(size=50).astype(dtype)
    parameter = torch.nn.Parameter(torch.tensor(theta))
    ours, theirs = (
        getattr(rv.optim, name)(lr=0.01, **options),
        getattr(torch.optim, name)([parameter], lr=0.01, **options),
    )
    for _ in range(30):
        g = (rng.normal(size=50) * np.exp(rng.uniform(-8, 3, 50))).astype(dtype)
        ours.step(theta, g)
        parameter.grad = torch.tensor(g)
        theirs.step()
        tolerance = 40 * np.finfo(dtype).eps
        np.testing.assert_allclose(theta, parameter.detach().numpy(), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", ["SGD", "Adam"])
def test_defaults_are_those_of_torch(name: str) -> None:
    theirs = getattr(torch.optim, name)([torch.nn.Parameter(torch.zeros(1))]).defaults
    ours = getattr(rv.optim, name)()
    for option in ("lr", "momentum", "dampening", "weight_decay", "nesterov", "betas", "eps"):
        if option in theirs and hasattr(ours, option):
            assert getattr(ours, option) == theirs[option]
