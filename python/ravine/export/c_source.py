"""A model as one C99 file that needs nothing but <math.h>."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ravine.atomic_file import atomic_output
from ravine.export.c_names import checked_name
from ravine.export.frozen import FrozenModel, Model, frozen

__all__ = ["to_c"]

# z and the result are of the type T; F is the ending of a function of <math.h>, L that of a number.
_ACTIVATIONS = {
    "tanh": "tanhF(z)",
    "logistic": "z < 0 ? expF(z) / (1 + expF(z)) : 1 / (1 + expF(-z))",
    "relu": "z > 0 ? z : 0",
    "leaky_relu": "z > 0 ? z : 0.01L * z",
    "elu": "z > 0 ? z : expm1F(z)",
    "softplus": "(z > 0 ? z : 0) + log1pF(expF(-fabsF(z)))",
    "gelu": "0.5L * z * erfcF(-0.70710678118654752440L * z)",
    "silu": "z < 0 ? z * expF(z) / (1 + expF(z)) : z / (1 + expF(-z))",
    "sin": "sinF(z)",
}
_A_LINE = 4  # numbers


def to_c(
    model: Model,
    path: str | os.PathLike[str],
    name: str | None = None,
    *,
    features: Sequence[str] | None = None,
    outputs: Sequence[str] | None = None,
) -> None:
    """Write a model as one C99 function in a file of its own, which needs nothing but ``<math.h>``.

    ``void name(const double *x, double *y)`` takes the n_in numbers of one sample and writes its n_out
    outputs; ``float`` instead of ``double`` for a float32 network, whose standardising is computed in double.
    The weights are constants that read back to the bit. The function allocates nothing, keeps nothing between
    calls and can be called from many threads; C++ compiles it as well, as an ``extern "C"`` function. A
    comment at the top of the file says how to call it.

    Parameters
    ----------
    model : the network, or the network with its standardisers.
    path : ends in ``.c``.
    name : of the function; None: from the name of the file, "flowers.model.c" gives ``flowers_model``.
    features, outputs : names of the columns, for the comment.

    Raises
    ------
    TypeError, ValueError : another kind of model or ending; a parameter that is not finite; a name that is no
        identifier of C and C++, or one of theirs; names of columns of another number.

    >>> from pathlib import Path
    >>> import ravine as rv
    >>> rv.export.to_c(rv.MLP([2, 3, 1], seed=0), "net.c")
    >>> Path("net.c").read_text().splitlines()[2].strip(" *")
    'void net(const double *x, double *y);'
    """
    content = frozen(model, path, ".c", features, outputs)
    function = checked_name(re.sub(r"\W", "_", Path(path).stem) if name is None else name)
    text = "\n".join(_lines(content, function)) + "\n"
    with atomic_output(path) as file:
        file.write(text.encode("utf-8"))


class _Dialect:
    """How numbers and functions of one type are written."""

    def __init__(self, dtype: np.dtype[Any]) -> None:
        single = dtype == np.float32
        self.type = "float" if single else "double"
        self._ending = "f" if single else ""
        self._format = ".9g" if single else ".17g"

    def number(self, value: float) -> str:
        """The literal that is read as this very number."""
        text = format(value, self._format)
        return (text if any(mark in text for mark in ".e") else text + ".0") + self._ending

    def expression(self, text: str) -> str:
        """An expression of the table above in this type."""
        text = re.sub(r"(?<=[a-z0-9])F\b", self._ending, text)
        return re.sub(r"(?<=[0-9])L\b", self._ending, text)

    def array(self, name: str, values: NDArray[Any]) -> Iterator[str]:
        """The definition of a constant array."""
        yield f"static const {self.type} {name}[{values.size}] = {{"
        numbers = [self.number(value) for value in values.ravel().tolist()]
        for first in range(0, len(numbers), _A_LINE):
            yield f"    {', '.join(numbers[first : first + _A_LINE])},"
        yield "};"


_DOUBLE = _Dialect(np.dtype(np.float64))


def _lines(model: FrozenModel, name: str) -> Iterator[str]:
    own = _Dialect(model.dtype)
    prototype = f"void {name}(const {own.type} *x, {own.type} *y)"
    yield from _comment(model, name, own)
    yield from ("", "#include <math.h>", "")
    for k, layer in enumerate(model.layers):
        yield from own.array(f"{name}_w{k}", layer.weight)
        if layer.bias is not None:
            yield from own.array(f"{name}_b{k}", layer.bias)
    for letter, scaling in (("x", model.inputs), ("y", model.targets)):
        if scaling is not None:
            yield from _DOUBLE.array(f"{name}_{letter}_mean", scaling.mean)
            yield from _DOUBLE.array(f"{name}_{letter}_scale", scaling.scale)
    yield from _product(name, own)
    for activation in sorted(set(model.activations) - {"identity"}):
        yield from (
            "",
            f"static {own.type} {name}_{activation}({own.type} z)",
            "{",
            f"    return {own.expression(_ACTIVATIONS[activation])};",
            "}",
        )
    yield from ("", "#ifdef __cplusplus", 'extern "C"', "#endif", f"{prototype};", "", prototype, "{")
    yield from (f"    {line}" for line in _body(model, name, own))
    yield "}"


def _product(name: str, own: _Dialect) -> tuple[str, ...]:
    """The function of one layer without its activation."""
    t = own.type
    return (
        "",
        "/* z = a W + b; b may be 0 */",
        f"static void {name}_layer(const {t} *w, const {t} *b, int n, int m, const {t} *a, {t} *z)",
        "{",
        "    int i, j;",
        "    for (j = 0; j < m; ++j)",
        f"        z[j] = b ? b[j] : {own.number(0.0)};",
        "    for (i = 0; i < n; ++i)",
        "        for (j = 0; j < m; ++j)",
        "            z[j] += a[i] * w[i * m + j];",
        "}",
    )


def _body(model: FrozenModel, name: str, own: _Dialect) -> Iterator[str]:
    """The statements of the function: from x over a0, a1, ... to y."""
    widths, last = model.widths, len(model.layers) - 1
    hidden = [f"{own.type} a{k}[{width}];" for k, width in enumerate(widths[:-1]) if k or model.inputs]
    yield from hidden
    loops = model.inputs or model.targets or any(activation != "identity" for activation in model.activations)
    if loops:
        yield "int i;"
    if model.inputs is not None:
        yield f"for (i = 0; i < {widths[0]}; ++i)"
        yield f"    a0[i] = ({own.type})((x[i] - {name}_x_mean[i]) / {name}_x_scale[i]);"
    for k, layer in enumerate(model.layers):
        source = f"a{k}" if k or model.inputs else "x"
        target = "y" if k == last else f"a{k + 1}"
        bias = "0" if layer.bias is None else f"{name}_b{k}"
        yield f"{name}_layer({name}_w{k}, {bias}, {layer.inputs}, {layer.outputs}, {source}, {target});"
        if layer.activation != "identity":
            yield f"for (i = 0; i < {layer.outputs}; ++i)"
            yield f"    {target}[i] = {name}_{layer.activation}({target}[i]);"
    if model.targets is not None:
        yield f"for (i = 0; i < {widths[-1]}; ++i)"
        yield f"    y[i] = ({own.type})(y[i] * {name}_y_scale[i] + {name}_y_mean[i]);"


def _comment(model: FrozenModel, name: str, own: _Dialect) -> Iterator[str]:
    n_in, n_out = model.widths[0], model.widths[-1]
    stack = model.dtype.itemsize * sum(
        width for k, width in enumerate(model.widths[:-1]) if k or model.inputs
    )
    yield f"/* {name}: {model.summary()}."
    yield " *"
    yield f" *     void {name}(const {own.type} *x, {own.type} *y);"
    yield " *"
    yield f" * x: the {n_in} inputs of one sample. y: its {n_out} outputs, written; apart from x."
    yield f" * {stack} bytes of stack, nothing else; any number of threads. C99 or C++, with -lm."
    for letter, columns in (("x", model.features), ("y", model.outputs)):
        if columns:
            yield " *"
        yield from (f" * {letter}[{k}]  {_shown(column)}" for k, column in enumerate(columns))
    yield " */"


def _shown(text: str) -> str:
    """Text that neither ends a comment nor confuses who reads it."""
    visible = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return visible.replace("*/", "* /").replace("/*", "/ *").replace("??", "? ?")
