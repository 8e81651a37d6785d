"""A Gaussian around a found minimum, and what follows from it for predictions."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ravine.arrays import require_count, require_finite
from ravine.diagnostics.sweep import layer_slices
from ravine.linalg.cholesky import inverse_diagonal, solve_triangular
from ravine.linalg.matrices import FloatMatrix
from ravine.linalg.products import FloatArray
from ravine.losses import Gaussian
from ravine.network import MLP
from ravine.scaled_model import ScaledModel
from ravine.seeds import Seed, generator
from ravine.tables import format_number, format_table
from ravine.uncertainty.logits import mean_logistic, mean_softmax, sampled
from ravine.uncertainty.precision import Curvature, penalties

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["FARTHEST", "LaplacePosterior"]

FARTHEST = 0.1
"""Posterior standard deviations between a point and the mode up to which it counts as the mode."""

_BLOCK = 1 << 25
"""Bytes of Jacobian in one go."""


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class LaplacePosterior:
    """θ given the data is N(θ̂, (L Lᵀ)⁻¹): error bars of predictions, printed as a table, drawn, saved.

    Made by :func:`ravine.laplace`; it holds a copy of the network, so that training may go on. What it says
    of predictions is linear in θ around θ̂: f(x) is N(f(x; θ̂), ‖L⁻¹ ∂f/∂θ‖²).

    Attributes
    ----------
    model : the network at θ̂; or the :class:`ravine.ScaledModel` whose units X and predictions have.
    factor : L, (P, P), lower.
    curvature : "gauss-newton" or "hessian".
    loss, loss_parameter : the name of the loss, and its number.
    noise_variance : (c,), σ², of squared error, in the units of the network's outputs; None for other losses.
    dispersion : φ: log p = -L/φ. That of squared error is the noise variance of all outputs together.
    prior_precision : of the weights of each layer, l2 Σw/φ; 0 where they have no penalty.
    bias_precision : of the prior of biases, around θ̂ itself.
    observations : Σ w.
    effective_by_layer : γ_l, how many parameters of each layer the data have determined.
    log_evidence : log ∫ p(y | θ) p(θ) dθ; a parameter without a prior counts with the density 1.
    gradient_norm : ‖∇J‖₂ at θ̂.
    newton_decrement : √(gᵀA⁻¹g), how far the mode is from θ̂, in standard deviations; at most 0.1 for a mode.
    notes : what else should be known before anything here is believed.
    """

    model: MLP | ScaledModel
    factor: FloatMatrix
    curvature: Curvature
    loss: str
    loss_parameter: float
    noise_variance: FloatArray | None
    dispersion: float
    prior_precision: tuple[float, ...]
    bias_precision: float
    observations: float
    effective_by_layer: tuple[float, ...]
    log_evidence: float
    gradient_norm: float
    newton_decrement: float
    notes: tuple[str, ...] = ()

    @property
    def net(self) -> MLP:
        """The network at θ̂."""
        return self.model.net if isinstance(self.model, ScaledModel) else self.model

    @property
    def theta(self) -> NDArray[Any]:
        """θ̂, (P,)."""
        return self.net.theta

    @property
    def effective_parameters(self) -> float:
        """γ = Σ_p (1 - α_p C_pp), MacKay's number of well-determined parameters: between 0 and P."""
        return float(sum(self.effective_by_layer))

    @property
    def at_minimum(self) -> bool:
        """Whether the mode is so near that this approximation is one of the posterior."""
        return self.newton_decrement <= FARTHEST

    @property
    def verdict(self) -> str:
        """A sentence about the point."""
        distance = f"{format_number(self.newton_decrement)} posterior standard deviations"
        if self.at_minimum:
            return f"At a minimum: the mode is {distance} away."
        return (
            f"Not at a minimum: the mode is {distance} away, at most {FARTHEST} is near enough. "
            "Minimise further before believing the error bars."
        )

    @property
    def parameter_std(self) -> FloatArray:
        """The standard deviation of each parameter, (P,); in P³/3 flops."""
        return np.asarray(np.sqrt(inverse_diagonal(self.factor)))

    @property
    def determined(self) -> FloatArray:
        """(P,) 1 - α_p C_pp: 0 where a parameter is as its prior, 1 where the data alone decide."""
        prior = penalties(self.net, np.array(self.prior_precision), self.bias_precision)
        return np.asarray(1 - prior * inverse_diagonal(self.factor))

    @property
    def noise_std(self) -> FloatArray | None:
        """(c,) the standard deviation of the noise, in the units of predictions; None without such noise."""
        return None if self.noise_variance is None else np.sqrt(self.noise_variance) * self._units()

    def predict(
        self, X: ArrayLike, *, noise: bool = False, covariance: bool = False
    ) -> tuple[NDArray[Any], FloatArray]:
        """Return the prediction at θ̂ and its standard deviation, (N, c) each.

        The deviation is that of the function; with `noise` that of an observation, √(‖L⁻¹ ∂f/∂θ‖² + σ²). Of
        the loss gaussian, mean and deviation are then (N, c/2), the variance being that of the row. Outputs
        are raw ones: logits of classes, the logarithm of a rate.

        Costs P² flops a row and output, in blocks of some 32 MB.

        Parameters
        ----------
        X : (N, n_in), in the units of ``model``.
        noise : whether the deviation is to hold the noise: squared_error and gaussian alone.
        covariance : return the covariance between the outputs of each row, (N, c, c), instead.

        Raises
        ------
        TypeError, ValueError : X does not fit; `noise` with another loss.

        >>> import numpy as np, ravine as rv
        >>> net = rv.MLP([1, 1], bias=False)
        >>> X, y = np.array([[1.0], [2.0]]), np.array([1.0, 2.0])
        >>> net.theta = [1.0]
        >>> posterior = rv.laplace(rv.EmpiricalRisk(net, X, y), noise_variance=5.0)
        >>> mean, std = posterior.predict([[3.0]])
        >>> float(mean[0, 0].round(12)), float(std[0, 0].round(12))
        (3.0, 3.0)
        """
        inputs = self._inputs(X)
        mean = self.model.predict(X)
        if noise and self.loss not in ("squared_error", "gaussian"):
            raise ValueError(
                f"noise=True needs the loss squared_error or gaussian, whose observations have a variance: "
                f"this one is {self.loss}"
            )
        m = mean.shape[1] // 2 if noise and self.loss == "gaussian" else mean.shape[1]
        spread = np.empty((len(inputs), m, m) if covariance else (len(inputs), m))
        for place, whole in self._halves(inputs):
            half = whole[:, :, :m]
            spread[place] = (
                np.einsum("pnj,pnk->njk", half, half) if covariance else np.square(half).sum(axis=0)
            )
        units = self._units()[:m]
        spread *= np.outer(units, units) if covariance else units**2
        if noise:
            own, mean = self._noise(mean)
            if covariance:
                spread[:, range(m), range(m)] += own
            else:
                spread += own
        return mean, spread if covariance else np.sqrt(spread)

    def predict_proba(self, X: ArrayLike, *, samples: int | None = None, seed: Seed = 0) -> FloatArray:
        """Return probabilities of classes, (N, c), averaged over what is open about the outputs.

        binary_cross_entropy: s(μ/√(1 + πv/8)) of each output (MacKay 1992); cross_entropy: its extension to
        differences between classes (docs/uncertainty.md). Farther from certainty than at θ̂ itself.

        Parameters
        ----------
        X : (N, n_in), in the units of ``model``.
        samples : None for the formulas, or the number of draws of the outputs to average over.
        seed : int, SeedSequence, Generator or None, for the draws.

        Raises
        ------
        TypeError, ValueError : X does not fit; the loss is none of classes.

        >>> import numpy as np, ravine as rv
        >>> net = rv.MLP([1, 1], bias=False)
        >>> X, y = np.array([[-1.0], [1.0], [2.0]]), np.array([0.0, 1.0, 1.0])
        >>> risk = rv.EmpiricalRisk(net, X, y, loss="binary_cross_entropy", l2=0.1)
        >>> result = rv.minimize(risk)
        >>> p = rv.laplace(risk).predict_proba([[10.0]])
        >>> bool(0.5 < p[0, 0] < net.predict_proba([[10.0]])[0, 0])
        True
        """
        if self.loss not in ("cross_entropy", "binary_cross_entropy"):
            raise ValueError(
                f"predict_proba needs the loss cross_entropy or binary_cross_entropy, this one is {self.loss}"
            )
        if samples is not None:
            require_count(samples, "samples")
        several = samples is not None or self.loss == "cross_entropy"
        mean, spread = self.predict(X, covariance=several)
        if samples is not None:
            return sampled(mean, spread, self.loss, samples, generator(seed))
        return mean_softmax(mean, spread) if several else mean_logistic(mean, spread**2)

    def sample(self, n: int, seed: Seed = 0) -> FloatArray:
        """Return n draws of θ, (n, P): θ̂ + L⁻ᵀ z.

        >>> import numpy as np, ravine as rv
        >>> net = rv.MLP([1, 1], bias=False, initializer="zeros")
        >>> risk = rv.EmpiricalRisk(net, np.array([[2.0]]), np.array([0.0]))
        >>> draws = rv.laplace(risk, noise_variance=1.0).sample(10_000, seed=0)
        >>> round(float(draws.std()), 2)
        0.5
        """
        require_count(n, "n")
        z = generator(seed).standard_normal((n, len(self.factor)))
        return np.asarray(self.theta + solve_triangular(self.factor, z.T, transposed=True).T)

    def _inputs(self, X: ArrayLike) -> NDArray[Any]:
        inputs = self.net._inputs(self.model.network_inputs(X) if isinstance(self.model, ScaledModel) else X)
        require_finite(inputs, "X")
        return inputs

    def _halves(self, inputs: NDArray[Any]) -> Iterator[tuple[slice, FloatArray]]:
        """L⁻¹ ∂f/∂θ of some rows at a time: (P, rows, c)."""
        parameters, outputs = len(self.factor), self.net.widths[-1]
        rows = max(1, _BLOCK // (8 * parameters * outputs))
        for first in range(0, len(inputs), rows):
            J = self.net.jacobian(inputs[first : first + rows])
            half = solve_triangular(self.factor, J.reshape(-1, parameters).T)
            yield slice(first, first + rows), half.reshape(parameters, -1, outputs)

    def _units(self) -> FloatArray:
        """(c,) how many units of the data one unit of each output is."""
        targets = self.model.targets if isinstance(self.model, ScaledModel) else None
        return np.ones(self.net.widths[-1]) if targets is None else targets.scale

    def _noise(self, mean: NDArray[Any]) -> tuple[FloatArray, NDArray[Any]]:
        """The variance of the noise, and the mean of an observation."""
        if self.noise_variance is not None:
            return self.noise_variance * self._units() ** 2, mean
        mu, variance = Gaussian(minimum_variance=self.loss_parameter).mean_and_variance(mean)
        return variance, mu

    def __repr__(self) -> str:
        return (
            f"LaplacePosterior({self.net!r}, curvature={self.curvature!r}, loss={self.loss!r}, "
            f"effective_parameters={self.effective_parameters:.4g})"
        )

    def __str__(self) -> str:
        counts = [place.stop - place.start for place in layer_slices(self.net)]
        rows = [
            [f"layer {number}", str(count), format_number(effective), format_number(precision)]
            for number, (count, effective, precision) in enumerate(
                zip(counts, self.effective_by_layer, self.prior_precision, strict=True)
            )
        ]
        rows.append(["all", str(sum(counts)), format_number(self.effective_parameters), ""])
        lines = [
            f"Laplace approximation, {self.curvature}, {self.loss}",
            self.verdict,
            "",
            format_table(["", "parameters", "determined by the data", "prior precision of weights"], rows),
            "",
            f"observations (sum of weights): {format_number(self.observations)}",
            f"log evidence: {format_number(self.log_evidence)}",
        ]
        if self.noise_std is not None:
            noise = ", ".join(format_number(float(each)) for each in self.noise_std)
            lines.insert(-1, f"standard deviation of the noise: {noise}")
        return "\n".join([*lines, *self.notes])

    def plot(self) -> Figure:
        """Return the picture: how far the data have determined the parameters of each layer."""
        from ravine.plots import laplace

        return laplace(self)

    def save(self, path: str | os.PathLike[str], extra: dict[str, Any] | None = None) -> None:
        """Write model and posterior to one file; :meth:`load` gives back both, :func:`ravine.load` the model.

        The factor takes 4 P (P + 1) bytes.
        """
        from ravine.model_file import save_model

        save_model(self.model, path, extra, posterior=self)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> LaplacePosterior:
        """Read what :meth:`save` has written.

        Raises
        ------
        ravine.ModelFileError : the file is damaged, no model file, or one without a posterior.
        """
        from ravine.model_file import load_posterior

        return load_posterior(path)
