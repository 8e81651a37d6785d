"""Risks of every loss, and the textbook's beside them."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

import ravine as rv
from ravine import reference
from support.losses import LOSSES, PARAMETERS, draw_targets
from support.problems import Array

Pair = tuple[rv.EmpiricalRisk, reference.EmpiricalRisk]


def make_pair(
    name: str,
    rows: int = 50,
    widths: tuple[int, ...] = (5, 7, 4),
    dtype: str = "float64",
    y: Array | None = None,
    textbook_y: Array | None = None,
    ours: dict[str, Any] | None = None,
    **both: Any,
) -> Pair:
    """A risk and the textbook's on the same numbers; y and other arguments of both may be given."""
    rng = np.random.default_rng(len(name))
    net = rv.MLP(widths, dtype=dtype, seed=1)
    for layer in net.layers:
        if layer.bias is not None:
            layer.bias[...] = 0.1
    X = rng.normal(size=(rows, widths[0])).astype(dtype)
    if y is None:
        y = draw_targets(name, rows, widths[-1], rng)
    y = y if y.dtype.kind == "i" else y.astype(dtype)
    risk = rv.EmpiricalRisk(net, X, y, loss=LOSSES[name], **both, **(ours or {}))
    depth = len(widths) - 1
    network = reference.Network(widths, ["tanh"] * (depth - 1) + ["identity"], [True] * depth)
    loss = partial(reference.LOSSES[name], **PARAMETERS.get(name, {}))
    return risk, reference.EmpiricalRisk(
        network, X.astype(np.float64), y if textbook_y is None else textbook_y, loss, **both
    )


def assert_same(ours: rv.EmpiricalRisk, theirs: reference.EmpiricalRisk, roundings: float = 300) -> None:
    """Value and gradient to rounding."""
    value, gradient = ours.value_and_gradient()
    want, want_gradient = theirs.value_and_gradient(ours.net.theta.astype(np.float64))
    tolerance = roundings * float(np.finfo(ours.net.dtype).eps)
    assert abs(value - want) <= tolerance * (1 + abs(want))
    assert np.abs(gradient - want_gradient).max() <= tolerance * (1 + np.abs(want_gradient).max())
