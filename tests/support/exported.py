"""Models to export, and what their exported form must give."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

import ravine as rv

ACTIVATIONS = ("identity", "tanh", "logistic", "relu", "leaky_relu", "elu", "softplus", "gelu", "silu", "sin")
DTYPES = ("float32", "float64")
WIDTHS = [3, 7, 5, 2]


def network(activation: str, dtype: str) -> rv.MLP:
    """Two hidden layers and an output layer with the activation, the second layer without bias."""
    net = rv.MLP(
        WIDTHS, activation, output_activation=activation, bias=[True, False, True], dtype=dtype, seed=3
    )
    net.theta += np.random.default_rng(4).normal(scale=0.3, size=net.theta.size)
    return net


def scaled(net: rv.MLP) -> rv.ScaledModel:
    """The network with standardisers of very different columns."""
    inputs = rv.Standardizer([100.0, -3.0, 0.5], [20.0, 1e-3, 3.0])
    return rv.ScaledModel(net, inputs, rv.Standardizer([50.0, -1e-3], [2.0, 1e-5]))


def samples(model: rv.MLP | rv.ScaledModel, rows: int = 200) -> NDArray[Any]:
    """Inputs of the network's dtype, up to several deviations from the mean, zero among them."""
    X = np.random.default_rng(5).normal(scale=4, size=(rows, WIDTHS[0]))
    X[0] = 0
    if isinstance(model, rv.MLP):
        return X.astype(model.dtype)
    assert model.inputs is not None
    return model.inputs.inverse_transform(X).astype(model.net.dtype)


def assert_equal_to_rounding(model: rv.MLP | rv.ScaledModel, X: NDArray[Any], got: NDArray[Any]) -> None:
    """Every output within 32 eps of the larger of 1 and the network's own output, in the unit of targets."""
    want = model.predict(X)
    assert got.shape == want.shape
    net = model if isinstance(model, rv.MLP) else model.net
    allowed: Any = np.maximum(1, np.abs(want))
    if isinstance(model, rv.ScaledModel) and model.targets is not None:
        own = np.abs(model.targets.transform(want))
        allowed = model.targets.scale * np.maximum(1, own) + np.abs(model.targets.mean)
    error = np.abs(np.asarray(got, np.float64) - want) / allowed
    assert error.max() <= 32 * np.finfo(net.dtype).eps, error.max() / np.finfo(net.dtype).eps


def one_unit(activation: str, dtype: str) -> rv.MLP:
    """The activation by itself."""
    net = rv.MLP([1, 1], output_activation=activation, bias=False, dtype=dtype)
    net.theta[:] = 1
    return net


def from_tail_to_tail(dtype: str) -> NDArray[Any]:
    """Inputs of :func:`one_unit`, far from zero and close to it."""
    near = np.geomspace(1e4 * float(np.finfo(dtype).tiny), 1, 50)
    return np.concatenate([np.linspace(-40, 40, 2001), near, -near]).astype(dtype)[:, None]


def assert_digits_kept(net: rv.MLP, X: NDArray[Any], got: NDArray[Any]) -> None:
    """Equal to rounding; and where the activation goes to zero at zero, softplus on the left, relatively."""
    assert_equal_to_rounding(net, X, got)
    name = net.activations[-1]
    small = (X < 0) if name == "softplus" else (np.abs(X) < 1e-4) & (name != "logistic")
    np.testing.assert_allclose(got[small], net.predict(X)[small], rtol=32 * np.finfo(net.dtype).eps)
