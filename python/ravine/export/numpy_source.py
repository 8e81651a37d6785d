"""A model as a Python file that needs nothing but NumPy."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from numpy.typing import NDArray

from ravine.atomic_file import atomic_output
from ravine.export.frozen import FrozenModel, Model, frozen

__all__ = ["to_numpy"]

_ACTIVATIONS = {
    "identity": "return z",
    "tanh": "return np.tanh(z)",
    "logistic": "e = np.exp(-np.abs(z))\n    return np.where(z < 0, e, 1) / (1 + e)",
    "relu": "return np.maximum(z, 0)",
    "leaky_relu": "return np.maximum(z, z.dtype.type(0.01) * z)",
    "elu": "return np.where(z > 0, z, np.expm1(np.minimum(z, 0)))",
    "softplus": "return np.logaddexp(z.dtype.type(0), z)",
    "gelu": "return z * (0.5 * ERFC(-np.sqrt(0.5) * z)).astype(z.dtype)",
    "silu": "e = np.exp(-np.abs(z))\n    return z * (np.where(z < 0, e, 1) / (1 + e))",
    "sin": "return np.sin(z)",
}
_WIDTH = 110


def to_numpy(
    model: Model,
    path: str | os.PathLike[str],
    *,
    features: Sequence[str] | None = None,
    outputs: Sequence[str] | None = None,
) -> None:
    """Write a model as a Python file whose function ``predict(X)`` needs nothing but NumPy.

    X (N, n_in) gives (N, n_out), as :meth:`ravine.MLP.predict` or :meth:`ravine.ScaledModel.predict` do,
    equal to rounding: the order of sums is NumPy's. The weights are numbers in the text that read
    back to the bit.

    Parameters
    ----------
    model : the network, or the network with its standardisers.
    path : ends in ``.py``.
    features, outputs : names of the columns, kept as FEATURES and OUTPUTS.

    Raises
    ------
    TypeError, ValueError : another kind of model or ending; a parameter that is not finite; names of another
        number.

    >>> import runpy
    >>> import ravine as rv
    >>> net = rv.MLP([2, 3, 1], seed=0)
    >>> rv.export.to_numpy(net, "net.py")
    >>> predict = runpy.run_path("net.py")["predict"]
    >>> bool(abs(predict([[1.0, 2.0]]) - net.predict([[1.0, 2.0]])).max() < 1e-15)
    True
    """
    content = frozen(model, path, ".py", features, outputs)
    text = "\n".join(_lines(content)) + "\n"
    with atomic_output(path) as file:
        file.write(text.encode("utf-8"))


def _lines(model: FrozenModel) -> Iterator[str]:
    n_in, n_out = model.widths[0], model.widths[-1]
    gelu = "gelu" in model.activations
    summary = model.summary()
    yield f'"""{summary[0].upper()}{summary[1:]}.'
    yield from ("", f"predict(X) takes (N, {n_in}) and returns (N, {n_out}).", '"""')
    yield ""
    if gelu:
        yield from ("import math", "")
    yield from ("import numpy as np", "")
    for name, columns in (("FEATURES", model.features), ("OUTPUTS", model.outputs)):
        if columns:
            yield from (f"{name} = [", *(f"    {column!a}," for column in columns), "]")
    for name, scaling in (("INPUT", model.inputs), ("OUTPUT", model.targets)):
        if scaling is not None:
            yield from _array(f"{name}_MEAN", scaling.mean, "np.float64")
            yield from _array(f"{name}_SCALE", scaling.scale, "np.float64")
    dtype = f"np.{model.dtype.name}"
    for k, layer in enumerate(model.layers):
        yield from _array(f"W{k}", layer.weight, dtype)
        if layer.bias is not None:
            yield from _array(f"B{k}", layer.bias, dtype)
    if gelu:
        yield "ERFC = np.vectorize(math.erfc, otypes=[np.float64])"
    for activation in sorted(set(model.activations) - {"identity"}):
        yield from ("", "", f"def {activation}(z):", f"    {_ACTIVATIONS[activation]}")
    yield from _predict(model, dtype)


def _predict(model: FrozenModel, dtype: str) -> Iterator[str]:
    n_in, n_out = model.widths[0], model.widths[-1]
    yield from ("", "", "def predict(X):", f'    """(N, {n_out}) outputs of the samples X, (N, {n_in})."""')
    yield f"    A = np.asarray(X, dtype={dtype if model.inputs is None else 'np.float64'})"
    yield f"    if A.ndim != 2 or A.shape[1] != {n_in}:"
    yield f'        raise ValueError(f"X must have shape (N, {n_in}), got {{A.shape}}")'
    if model.inputs is not None:
        yield f"    A = ((A - INPUT_MEAN) / INPUT_SCALE).astype({dtype})"
    for k, layer in enumerate(model.layers):
        Z = f"A @ W{k}" + (f" + B{k}" if layer.bias is not None else "")
        yield f"    A = {Z}" if layer.activation == "identity" else f"    A = {layer.activation}({Z})"
    if model.targets is not None:
        yield "    A = A * OUTPUT_SCALE + OUTPUT_MEAN"
    yield "    return A"


def _array(name: str, values: NDArray[Any], dtype: str) -> Iterator[str]:
    """The definition of an array, row by row, in text that reads back as the same numbers."""
    yield f"{name} = np.array("
    if values.ndim == 1:
        yield from _row(values, "    ")
    else:
        yield "    ["
        for row in values:
            yield from _row(row, "        ")
        yield "    ],"
    yield from (f"    dtype={dtype},", ")")


def _row(values: NDArray[Any], indent: str) -> list[str]:
    text = f"[{', '.join(repr(number) for number in values.tolist())}],"
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=f"{indent} ",
        break_long_words=False,
        break_on_hyphens=False,
    )
