"""Networks from and to other packages, copied; none of these is imported before it is asked for."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from ravine.network import MLP

__all__ = ["from_sklearn", "from_torch", "to_torch"]

# The class in torch.nn, and the attributes that make it the same function.
_MODULES: dict[str, tuple[str, dict[str, Any]]] = {
    "identity": ("Identity", {}),
    "tanh": ("Tanh", {}),
    "logistic": ("Sigmoid", {}),
    "relu": ("ReLU", {}),
    "leaky_relu": ("LeakyReLU", {"negative_slope": 0.01}),
    "elu": ("ELU", {"alpha": 1.0}),
    "softplus": ("Softplus", {"beta": 1.0}),
    "gelu": ("GELU", {"approximate": "none"}),
    "silu": ("SiLU", {}),
}
_SOFTPLUS_END = 50.0  # where PyTorch leaves log(1 + exp z) for z; its default, 20, is right to 2e-9 only


def from_torch(module: Any) -> MLP:
    """Copy a ``torch.nn.Sequential`` of linear layers and activations into a network.

    A linear layer is followed by at most one activation: Tanh, Sigmoid, ReLU, LeakyReLU (slope 0.01), ELU
    (α = 1), Softplus (β = 1), GELU (by erf), SiLU or Identity; nested ``Sequential`` count as their parts. A
    final Softmax or LogSoftmax is to be left out, as losses here take raw outputs. Outputs agree to rounding;
    but Softplus cuts log(1 + eᶻ) off at its threshold, by default to 2e-9.

    Parameters
    ----------
    module : ``torch.nn.Sequential`` or ``torch.nn.Linear``, float32 or float64, on any device.

    Raises
    ------
    ImportError : PyTorch is not installed.
    TypeError, ValueError : another kind of module, option or dtype, or sizes that do not follow each other.

    >>> import torch, ravine as rv
    >>> module = torch.nn.Sequential(torch.nn.Linear(4, 16), torch.nn.Tanh(), torch.nn.Linear(16, 3))
    >>> net = rv.from_torch(module)
    >>> net.widths, net.activations, str(net.dtype)
    ((4, 16, 3), ('tanh', 'identity'), 'float32')
    """
    from torch import nn

    linear: list[Any] = []
    activations: list[str | None] = []
    for part in _parts(module, nn):
        if type(part) is nn.Linear:
            linear.append(part)
            activations.append(None)
        elif not linear or activations[-1] is not None:
            raise ValueError(f"module must have a Linear before each activation, got {part} without one")
        else:
            activations[-1] = _activation(part, nn)
    if not linear:
        raise ValueError("module must have at least one Linear, got none")
    for before, after in itertools.pairwise(linear):
        if before.out_features != after.in_features:
            raise ValueError(f"module must pass {before.out_features} outputs on, got {after} after {before}")
    kinds = {str(tensor.dtype).removeprefix("torch.") for layer in linear for tensor in layer.parameters()}
    if kinds not in ({"float32"}, {"float64"}):
        raise TypeError(f"module must be float32 or float64, got {', '.join(sorted(kinds))}")
    names = ["identity" if name is None else name for name in activations]
    net = _empty(
        [linear[0].in_features, *(layer.out_features for layer in linear)],
        names,
        [layer.bias is not None for layer in linear],
        kinds.pop(),
    )
    for own, layer in zip(net.layers, linear, strict=True):
        own.weight[...] = layer.weight.detach().cpu().numpy().T
        if own.bias is not None:
            own.bias[...] = layer.bias.detach().cpu().numpy()
    return net


def to_torch(net: MLP) -> Any:
    """Copy a network into a ``torch.nn.Sequential``; :func:`from_torch` gives the same network back.

    Weights are transposed, (n_out, n_in) as ``torch.nn.Linear`` keeps them; an identity is no module.
    Softplus gets the threshold 50, where it is right to rounding.

    Parameters
    ----------
    net : any activation but sin, which ``torch.nn`` does not have.

    Raises
    ------
    ImportError : PyTorch is not installed.
    TypeError, ValueError : another kind of model (of a :class:`ScaledModel`, pass ``model.net``), or sin.

    >>> import ravine as rv
    >>> rv.to_torch(rv.MLP([4, 16, 3], seed=0))
    Sequential(
      (0): Linear(in_features=4, out_features=16, bias=True)
      (1): Tanh()
      (2): Linear(in_features=16, out_features=3, bias=True)
    )
    """
    if not isinstance(net, MLP):
        raise TypeError(f"net must be a ravine.MLP (of a ScaledModel: its net), got {type(net).__name__}")
    for name in net.activations:
        if name not in _MODULES:
            raise ValueError(f"net must have activations that torch.nn has, got {name!r}")
    import torch
    from torch import nn

    parts: list[Any] = []
    for layer in net.layers:
        # Made without drawing: PyTorch's random numbers go on as if nothing had happened.
        linear = nn.utils.skip_init(
            nn.Linear,
            layer.inputs,
            layer.outputs,
            bias=layer.bias is not None,
            dtype=getattr(torch, net.dtype.name),
        )
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(layer.weight.T.copy()))
            if layer.bias is not None:
                linear.bias.copy_(torch.from_numpy(layer.bias.copy()))
        parts.append(linear)
        if layer.activation == "softplus":
            parts.append(nn.Softplus(threshold=_SOFTPLUS_END))
        elif layer.activation != "identity":
            parts.append(getattr(nn, _MODULES[layer.activation][0])())
    return nn.Sequential(*parts)


def from_sklearn(estimator: Any) -> MLP:
    """Copy a fitted ``MLPRegressor`` or ``MLPClassifier``, scikit-learn's or ravine's, into a network.

    The network gives raw outputs: predictions of a regressor, but log rates under the loss poisson; of a
    classifier what softmax (several outputs) or the logistic function (one) makes probabilities of, as
    ``net.predict_proba`` does. Inputs are raw: the standardising of ravine's estimators is in the weights.

    Parameters
    ----------
    estimator : has ``coefs_``, ``intercepts_`` and ``activation``.

    Raises
    ------
    TypeError : it has not, being of another kind or not fitted.

    >>> import numpy as np, ravine as rv
    >>> from sklearn.neural_network import MLPRegressor
    >>> X = np.linspace(-1, 1, 50)[:, None]
    >>> regressor = MLPRegressor(hidden_layer_sizes=[8], solver="lbfgs", random_state=0)
    >>> regressor = regressor.fit(X, X[:, 0] ** 2)
    >>> net = rv.from_sklearn(regressor)
    >>> net.widths, bool(np.allclose(net.predict(X)[:, 0], regressor.predict(X)))
    ((1, 8, 1), True)
    """
    missing = [name for name in ("coefs_", "intercepts_", "activation") if not hasattr(estimator, name)]
    if missing:
        raise TypeError(
            "estimator must be a fitted MLPRegressor or MLPClassifier, "
            f"got {type(estimator).__name__} without {missing[0]}"
        )
    weights = [np.asarray(weight) for weight in estimator.coefs_]
    hidden = [estimator.activation] * (len(weights) - 1)
    net = _empty(
        [weights[0].shape[0], *(weight.shape[1] for weight in weights)],
        [*hidden, "identity"],
        [True] * len(weights),
        weights[0].dtype.name,
    )
    for own, weight, bias in zip(net.layers, weights, estimator.intercepts_, strict=True):
        own.weight[...] = weight
        assert own.bias is not None
        own.bias[...] = bias
    return net


def _empty(widths: list[int], activations: list[str], biases: list[bool], dtype: str) -> MLP:
    return MLP(widths, activations[:-1], activations[-1], biases, initializer="zeros", dtype=dtype)


def _parts(module: Any, nn: Any) -> Iterator[Any]:
    """The modules in a Sequential, one after another, those of Sequentials inside it among them."""
    if type(module) is nn.Sequential:
        for part in module:
            yield from _parts(part, nn)
    elif isinstance(module, nn.Module):
        yield module
    else:
        raise TypeError(f"module must be a torch.nn.Sequential, got {type(module).__name__}")


def _activation(module: Any, nn: Any) -> str:
    for name, (kind, attributes) in _MODULES.items():
        if type(module) is getattr(nn, kind):
            for attribute, value in attributes.items():
                if getattr(module, attribute) != value:
                    raise ValueError(f"module must have {kind} with {attribute} = {value}, got {module}")
            return name
    known = ", ".join(kind for kind, _ in _MODULES.values())
    raise ValueError(f"module must consist of Linear and {known}, got {type(module).__name__}")
