"""Multilayer perceptrons whose parameters are one flat NumPy vector."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from ravine import _core, memory
from ravine.arrays import Converter, as_dtype, real_array
from ravine.initializers import InitializerLike, Layers, copy_layers, draw_theta, one_each
from ravine.losses import Loss
from ravine.model_file import load_model, save_model
from ravine.probabilities import probabilities
from ravine.seeds import Seed, generator

if TYPE_CHECKING:
    from ravine.scaled_model import ScaledModel

__all__ = ["MLP", "Dense", "load"]


@dataclass(frozen=True)
class Dense:
    """One layer, Z = A W + b followed by σ, as views of the network's theta.

    Attributes
    ----------
    inputs, outputs : n_in and n_out.
    activation : the name of σ.
    weight : (n_in, n_out) view of theta.
    bias : (n_out,) view of theta, or None.

    >>> import ravine as rv
    >>> layer = rv.MLP([2, 3, 1], seed=0).layers[0]
    >>> layer.weight.shape, layer.bias.shape, layer.activation
    ((2, 3), (3,), 'tanh')
    """

    inputs: int
    outputs: int
    activation: str
    weight: NDArray[Any]
    bias: NDArray[Any] | None


def _integers(widths: Sequence[int]) -> tuple[int, ...]:
    if isinstance(widths, (str, bytes)) or not hasattr(widths, "__iter__"):
        raise TypeError(f"widths must be a sequence of integers, got {widths!r}")
    result = []
    for width in widths:
        if isinstance(width, (bool, np.bool_)) or not isinstance(width, (int, np.integer)):
            raise TypeError(f"widths must be integers, got {width!r}")
        if not 1 <= width < 2**63:
            raise ValueError(f"widths must be at least 1 and fit 64 bits, got {width}")
        result.append(int(width))
    return tuple(result)


def _one_each(value: Any, kind: type, count: int, name: str, of_what: str) -> list[Any]:
    if isinstance(value, (kind, np.bool_ if kind is bool else kind)):
        return [value] * count
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
        raise TypeError(f"{name} must be {kind.__name__}, or one for each {of_what}, got {value!r}")
    values = list(value)
    if len(values) != count:
        raise ValueError(f"{name} must be one or {count}, one for each {of_what}, got {len(values)}")
    for item in values:
        if not isinstance(item, (kind, np.bool_ if kind is bool else kind)):
            raise TypeError(f"{name} must be {kind.__name__}, got {item!r}")
    return values


class MLP:
    """A fully connected network: Z_l = A_{l-1} W_l + b_l, A_l = σ_l(Z_l), A_0 = X, rows are samples.

    Parameters
    ----------
    widths : numbers of inputs, of units in each hidden layer, of outputs; at least two numbers.
    activation : σ of the hidden layers, one name for all or one a layer: identity, tanh, logistic, relu,
        leaky_relu (slope 0.01), elu (α = 1), softplus, gelu (by erf), silu, sin.
    output_activation : σ of the last layer.
    bias : one bool for all layers or one a layer.
    initializer : how weights start: a name or an object of :mod:`ravine.initializers`, one for all layers or
        one a layer; drawn in float64, then rounded to `dtype`. Biases start at zero unless the object says
        otherwise.
    dtype : "float64" or "float32"; all arrays that belong to the network have it.
    seed : int, SeedSequence, Generator or None.

    Raises
    ------
    TypeError, ValueError : an argument breaks its rule; the message names it.
    OverflowError : the number of parameters does not fit 64 bits.
    MemoryError : theta does not fit the memory there is.

    >>> import ravine as rv
    >>> net = rv.MLP([2, 3, 1], seed=0)
    >>> net.parameter_count, net.theta.shape
    (13, (13,))
    """

    def __init__(
        self,
        widths: Sequence[int],
        activation: str | Sequence[str] = "tanh",
        output_activation: str = "identity",
        bias: bool | Sequence[bool] = True,
        initializer: InitializerLike = "glorot_uniform",
        dtype: DTypeLike = "float64",
        seed: Seed = 0,
    ) -> None:
        self._widths = _integers(widths)
        if len(self._widths) < 2:
            raise ValueError(f"widths must name at least inputs and outputs, got {list(self._widths)}")
        depth = len(self._widths) - 1
        if isinstance(activation, str):
            _core.require_activation(activation)  # also where there is no hidden layer to use it
        hidden = _one_each(activation, str, depth - 1, "activation", "hidden layer")
        self._activations = tuple(
            hidden + _one_each(output_activation, str, 1, "output_activation", "network")
        )
        self._biases = tuple(bool(b) for b in _one_each(bias, bool, depth, "bias", "layer"))
        self._dtype = as_dtype(dtype)
        self._initializers = one_each(initializer, depth)
        self._core = self._new_core()
        largest = max(n_in * n_out for n_in, n_out in itertools.pairwise(self._widths))
        memory.require_memory(
            self.parameter_count * self._dtype.itemsize + 8 * largest,
            f"theta of {self.parameter_count} parameters, with the draw of its largest layer,",
            "use smaller widths",
        )
        self._theta: NDArray[Any] = np.zeros(self.parameter_count, self._dtype)
        self._theta = draw_theta(self._initializers, generator(seed), self.layers, self._dtype)

    def _new_core(self) -> _core.Network:
        return _core.Network(self._widths, self._activations, self._biases, self._dtype)

    def __getstate__(self) -> dict[str, Any]:
        # For copy and pickle; the compiled part is made anew from the rest. copy.deepcopy copies theta.
        return {name: value for name, value in self.__dict__.items() if name != "_core"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._core = self._new_core()

    def initialize(self, seed: Seed = 0, initializer: InitializerLike | None = None) -> None:
        """Draw new starting values into theta; theta keeps its values if an exception is raised.

        Parameters
        ----------
        seed : int, SeedSequence, Generator or None; the same seed gives the same theta.
        initializer : a name or an object, or one a layer; None: what the network was made with, and
            Glorot's uniform rule for a network from a file.

        >>> import ravine as rv
        >>> net = rv.MLP([2, 3, 1], initializer="he_normal", seed=0)
        >>> before = net.theta.copy()
        >>> net.initialize(seed=1)
        >>> net.initialize(seed=0)
        >>> bool((net.theta == before).all())
        True
        """
        rules = self._initializers if initializer is None else one_each(initializer, len(self._biases))
        self._theta[...] = draw_theta(rules, generator(seed), self.layers, self._dtype)

    def copy_layers(self, other: MLP, layers: Layers = None) -> None:
        """Copy W and b of layers of another network into this one; all of them, or none if one does not fit.

        Activations are not compared. float64 is rounded to a float32 network, float32 is taken exactly.

        Parameters
        ----------
        other : the network to copy from; it is not changed.
        layers : indices of the layers to copy, 0 the first; a dictionary {layer here: layer of other}; None:
            all, the two networks having the same number of layers.

        Raises
        ------
        ValueError : the shapes of a layer differ, only one of the two has biases, or a number is not finite.

        >>> import ravine as rv
        >>> trained, net = rv.MLP([2, 8, 3], seed=1), rv.MLP([2, 8, 8, 5], seed=2)
        >>> net.copy_layers(trained, layers=[0])
        >>> bool((net.layers[0].weight == trained.layers[0].weight).all())
        True
        """
        copy_layers(self, other, layers)

    @property
    def widths(self) -> tuple[int, ...]:
        """Numbers of inputs, hidden units, outputs."""
        return self._widths

    @property
    def activations(self) -> tuple[str, ...]:
        """The name of σ for each layer, the last one for the outputs."""
        return self._activations

    @property
    def biases(self) -> tuple[bool, ...]:
        """Whether each layer has a bias."""
        return self._biases

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of theta and of all that is computed from it."""
        return self._dtype

    @property
    def parameter_count(self) -> int:
        """P, the length of theta."""
        return self._core.parameter_count

    @property
    def theta(self) -> NDArray[Any]:
        """All parameters, (P,), layer after layer: the rows of W_l, then b_l. Assigning copies values in."""
        return self._theta

    @theta.setter
    def theta(self, values: ArrayLike) -> None:
        array = real_array(values, "theta")
        if array.shape != self._theta.shape:
            raise ValueError(f"theta must have shape {self._theta.shape}, got {array.shape}")
        with np.errstate(over="ignore"):  # told in words by the check
            converted = array.astype(self._dtype, copy=False)
        if converted is not array:
            lost = np.isinf(converted) & np.isfinite(array)
            if lost.any():
                raise ValueError(
                    f"theta must fit {self._dtype}, got {array[lost][0]} at theta[{lost.argmax()}]"
                )
        self._theta[...] = converted

    def bind(self, buffer: NDArray[Any]) -> None:
        """Adopt `buffer` as theta, without a copy; views handed out before keep the old buffer.

        Parameters
        ----------
        buffer : (P,) vector of the network's dtype, contiguous, aligned, writable. Its values are the new
            parameters.

        >>> import numpy as np, ravine as rv
        >>> net = rv.MLP([2, 1])
        >>> mine = np.array([1.0, 2.0, 3.0])
        >>> net.bind(mine)
        >>> net.theta is mine, net.layers[0].bias
        (True, array([3.]))
        """
        if isinstance(buffer, np.ma.MaskedArray) or not isinstance(buffer, np.ndarray):
            raise TypeError(f"buffer must be a plain NumPy array, got {type(buffer).__name__}")
        if buffer.dtype != self._dtype or not buffer.dtype.isnative:
            raise TypeError(f"buffer must have dtype {self._dtype}, got {buffer.dtype}")
        if buffer.shape != self._theta.shape:
            raise ValueError(f"buffer must have shape {self._theta.shape}, got {buffer.shape}")
        flags = buffer.flags
        for holds, rule in (
            (flags.c_contiguous, "contiguous"),
            (flags.aligned, "aligned"),
            (flags.writeable, "writable"),
        ):
            if not holds:
                raise ValueError(f"buffer must be {rule}")
        self._theta = buffer

    @property
    def layers(self) -> tuple[Dense, ...]:
        """The layers as views of theta."""
        result = []
        for index, offset in enumerate(self._core.offsets):
            n_in, n_out = self._widths[index], self._widths[index + 1]
            end = offset + n_in * n_out
            weight = self._theta[offset:end].reshape(n_in, n_out)
            bias = self._theta[end : end + n_out] if self._biases[index] else None
            result.append(Dense(n_in, n_out, self._activations[index], weight, bias))
        return tuple(result)

    def predict(self, X: ArrayLike, out: NDArray[Any] | None = None) -> NDArray[Any]:
        """Return the raw outputs f(X; θ), (N, n_out).

        Parameters
        ----------
        X : (N, n_in); converted to the network's dtype if it must be.
        out : (N, n_out) array of the network's dtype to write into, C-contiguous, apart from X and theta.
            Only Ctrl-C in the middle leaves it partly written.

        >>> import ravine as rv
        >>> rv.MLP([2, 3, 1], seed=0).predict([[0.0, 0.0]])
        array([[0.]])
        """
        inputs = self._inputs(X)
        result = np.empty((inputs.shape[0], self._widths[-1]), self._dtype) if out is None else out
        self._core.predict(self._theta, inputs, result)
        return result

    def predict_proba(self, X: ArrayLike, loss: str | Loss | None = None) -> NDArray[Any]:
        """Return probabilities, (N, n_out): softmax of the outputs, or the logistic function of each.

        Parameters
        ----------
        X : (N, n_in).
        loss : "cross_entropy" (softmax) or "binary_cross_entropy" (logistic); None takes the first for
            several outputs, the second for one. Other losses make no probabilities: ValueError.

        >>> import ravine as rv
        >>> rv.MLP([2, 3, 2], seed=0).predict_proba([[0.0, 0.0]])
        array([[0.5, 0.5]])
        """
        return probabilities(self.predict(X), loss)

    def jacobian(self, X: ArrayLike, out: NDArray[Any] | None = None) -> NDArray[Any]:
        """Return ∂f_k(x_i)/∂θ_p for every sample i, output k, parameter p: (N, n_out, P), exact.

        Parameters
        ----------
        X : (N, n_in).
        out : (N, n_out, P) array of the network's dtype to write into, C-contiguous, apart from X and theta.
            Only Ctrl-C in the middle leaves it partly written.

        Raises
        ------
        MemoryError : the result does not fit the memory there is.

        >>> import ravine as rv
        >>> rv.MLP([2, 1]).jacobian([[3.0, 4.0]])
        array([[[3., 4., 1.]]])
        """
        inputs = self._inputs(X)
        shape = (inputs.shape[0], self._widths[-1], self.parameter_count)
        if out is None:
            size = shape[0] * shape[1] * shape[2] * self._dtype.itemsize
            memory.require_memory(size, f"the Jacobian {shape}", "pass fewer rows at a time")
            out = np.empty(shape, self._dtype)
        self._core.jacobian(self._theta, inputs, out)
        return out

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the network to a file, atomically and without pickle; :func:`ravine.load` reads it back.

        Parameters
        ----------
        path : ends in ``.safetensors`` for that format; any other ending gives NumPy's .npz (docs/models.md).
        """
        save_model(self, path)

    def _inputs(self, X: ArrayLike) -> NDArray[Any]:
        return Converter(self._dtype, None).matrix(X, "X", None, self._widths[0])

    def __repr__(self) -> str:
        return f"MLP({list(self._widths)}, activations={list(self._activations)}, dtype={self._dtype.name!r})"


def load(path: str | os.PathLike[str]) -> MLP | ScaledModel:
    """Read what :meth:`MLP.save`, :meth:`ravine.ScaledModel.save` or ``ravine train`` has written.

    Returns
    -------
    The network; or a :class:`ravine.ScaledModel` if there are standardisers in the file, as ``ravine train``
    puts them there. The content tells the format, .npz or safetensors, whatever the file is called.

    Raises
    ------
    ravine.ModelFileError : the file is truncated, changed, or no model file.

    >>> import os, tempfile, ravine as rv
    >>> net = rv.MLP([2, 3, 1], seed=0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     net.save(os.path.join(folder, "net.npz"))
    ...     same = rv.load(os.path.join(folder, "net.npz"))
    >>> bool((same.theta == net.theta).all())
    True
    """
    return load_model(path)[0]
