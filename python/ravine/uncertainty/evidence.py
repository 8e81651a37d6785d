"""How strong the penalty should be, by the probability of the data: Bayesian regularisation."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from ravine.arrays import positive, require_count
from ravine.linalg.products import FloatArray
from ravine.minimizers.minimize import minimize
from ravine.objective import EmpiricalRisk
from ravine.scaled_model import ScaledModel
from ravine.tables import format_number, format_table
from ravine.uncertainty.laplace import posterior_and_shares
from ravine.uncertainty.likelihood import NoNoiseError
from ravine.uncertainty.posterior import LaplacePosterior
from ravine.uncertainty.precision import Curvature, ImproperPosteriorError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["EvidenceFit", "EvidenceRound", "EvidenceStop", "fit_evidence"]

_START = 1e-2
"""l2 of the first round where the risk has none."""

_SCAN = math.log(10) * np.array([1.0, 2.0, -1.0, -2.0, -3.0, -4.0])
"""Where the search looks first, from the start: the log evidence has several maxima."""

_FIRST_STEP = math.log(4)
"""How far it goes then."""

_NOTHING_LEFT = 1e-6
"""Effective weights, of those there are, below which a layer is as its prior."""


class EvidenceStop(str, Enum):
    """Why the rounds ended; the value is a sentence."""

    STANDS = "The strengths stand: another round would not change them."
    MAX_ROUNDS = "The rounds are used up, and the strengths still change."
    TIME = "The time was up, and the strengths still change."
    NO_MINIMUM = "The minimiser did not come near enough to a minimum."
    NO_WEIGHTS = "The data determine no weight of a layer: its prior would grow without bound."
    NO_NOISE = "The network meets the data exactly: no noise is left to be estimated."

    def __str__(self) -> str:
        return str(self.value)


@dataclass(frozen=True)
class EvidenceRound:
    """One round: the minimum of J at some strengths, and what was found there.

    Attributes
    ----------
    l2 : of each layer.
    dispersion : φ, of squared error the variance of the noise.
    effective_parameters : γ.
    log_evidence : of these strengths.
    value : J at the minimum.
    nit : iterations that the minimiser took.
    at_minimum : whether it arrived; else the round counts for nothing.
    """

    l2: tuple[float, ...]
    dispersion: float
    effective_parameters: float
    log_evidence: float
    value: float
    nit: int
    at_minimum: bool


@dataclass(frozen=True, eq=False)
class EvidenceFit:
    """Strengths of the penalty by evidence: prints as a table, plots itself.

    Attributes
    ----------
    risk : the risk with the strengths that were found; its network's theta is the minimum.
    posterior : the :class:`ravine.LaplacePosterior` there.
    rounds : one record each.
    reason : the :class:`ravine.uncertainty.EvidenceStop`; `success` says whether it is one to be glad of.
    change : of log l2, the last that was asked for, beside its threshold `tolerance`.
    time : seconds.
    """

    risk: EmpiricalRisk
    posterior: LaplacePosterior
    rounds: tuple[EvidenceRound, ...]
    reason: EvidenceStop
    change: float
    tolerance: float
    time: float

    @property
    def success(self) -> bool:
        """Whether the strengths stand."""
        return self.reason is EvidenceStop.STANDS

    @property
    def message(self) -> str:
        """The sentence of the reason."""
        return str(self.reason)

    def __str__(self) -> str:
        count = len(self.rounds)
        shown = range(count) if count <= 10 else [*range(5), *range(count - 5, count)]
        rows = [
            [
                str(k + 1),
                ", ".join(format_number(each) for each in dict.fromkeys(round_.l2)),
                format_number(round_.dispersion),
                format_number(round_.effective_parameters),
                format_number(round_.log_evidence),
                str(round_.nit),
            ]
            for k, round_ in ((k, self.rounds[k]) for k in shown)
        ]
        header = ["round", "l2", "dispersion", "effective parameters", "log evidence", "iterations"]
        how = "success" if self.success else "no success"
        change = f"{format_number(self.change)}, threshold {format_number(self.tolerance)}"
        lines = [f"{self.message} ({how})", f"change of log l2 asked for: {change}"]
        return "\n".join([*lines, "", format_table(header, rows, left=0), "", str(self.posterior)])

    def plot(self) -> Figure:
        """Return the picture: strengths, effective parameters and log evidence by round."""
        from ravine.plots import evidence

        return evidence(self)


@dataclass(frozen=True)
class _Trial:
    """The minimum at some strengths."""

    strengths: FloatArray  # logarithms, one for all layers or one a layer
    risk: EmpiricalRisk
    posterior: LaplacePosterior
    shares: FloatArray
    theta: FloatArray

    @property
    def score(self) -> float:
        return self.posterior.log_evidence if self.posterior.at_minimum else -math.inf


def fit_evidence(
    risk: EmpiricalRisk,
    *,
    search: Literal["evidence", "fixed-point"] = "evidence",
    by_layer: bool = False,
    curvature: Curvature = "gauss-newton",
    noise_variance: ArrayLike | None = None,
    bias_l2: float | None = None,
    model: ScaledModel | None = None,
    max_rounds: int = 100,
    tolerance: float = 0.05,
    max_time: float | None = None,
    method: str = "auto",
    options: Mapping[str, Any] | None = None,
    callback: Callable[[EvidenceRound], Any] | None = None,
) -> EvidenceFit:
    """Train with the l2 penalty, and the noise, that make the data most probable: no validation rows needed.

    A round minimises J and takes the Laplace approximation there, with σ² = Σ w e²/(N - γ). By `search`,

    * "evidence": the log evidence itself is raised. The first rounds scan 10⁻⁴ to 10² times the start, each
      from the network's θ; then steps up and down in log l2, from the best minimum so far, are halved where
      neither helps, from a factor of 4 down to 1 + tolerance.
    * "fixed-point": l2 = α φ/Σw with α = γ_W/‖W - V‖², γ_W the effective number of weights, until it stands:
      MacKay's rule, as in trainbr. It takes the curvature to be the same at the minima of all l2, which it
      is for linear models; where it is not, the log evidence may fall on the way (docs/uncertainty.md).

    The network's theta ends at the minimum of the strengths that are returned.

    Parameters
    ----------
    risk : squared_error, or another loss that :func:`ravine.laplace` takes; its l2 is the start, 0.01 where
        that is 0.
    by_layer : one strength for each layer, rather than one for all.
    curvature, noise_variance, bias_l2, model : as for :func:`ravine.laplace`.
    max_rounds, max_time : at most so many, and so many seconds, after which no iteration is begun.
    tolerance : change of log l2 below which it stands.
    method, options : of :func:`ravine.minimize`, in every round.
    callback : called after each round with its :class:`ravine.uncertainty.EvidenceRound`, θ being that of its
        end.

    Raises
    ------
    ravine.ImproperPosteriorError, TypeError, ValueError : as for :func:`ravine.laplace` and
        :func:`ravine.minimize`, in the first round.

    Source: MacKay, Bayesian interpolation (1992); Foresee and Hagan, Gauss-Newton approximation to Bayesian
    learning (1997).

    >>> import numpy as np, ravine as rv
    >>> random = np.random.default_rng(0)
    >>> x = random.uniform(-1, 1, (50, 1))
    >>> y = np.sin(3 * x[:, 0]) + 0.2 * random.normal(size=50)
    >>> fit = rv.fit_evidence(rv.EmpiricalRisk(rv.MLP([1, 10, 1], seed=0), x, y))
    >>> fit.success, bool(fit.posterior.effective_parameters < 10)
    (True, True)
    >>> float(fit.posterior.noise_std[0].round(1))
    0.2
    """
    if search not in ("evidence", "fixed-point"):
        raise ValueError(f"search must be 'evidence' or 'fixed-point', got {search!r}")
    require_count(max_rounds, "max_rounds")
    positive(tolerance, "tolerance")
    begin = time.perf_counter()
    limits = max_rounds, math.inf if max_time is None else begin + positive(max_time, "max_time")
    run = _Run(risk, (curvature, noise_variance, bias_l2, model), method, options or {}, limits, callback)
    start = np.log(np.where(np.array(risk.l2) > 0, risk.l2, _START))
    origin = risk.net.theta.copy()
    best = run.first(start if by_layer else np.array([start.mean()]))
    if search == "evidence":
        best = _scanned(run, best, origin)
    if not best.posterior.at_minimum:
        reason, change = EvidenceStop.NO_MINIMUM, math.inf
    elif search == "evidence":
        best, reason, change = _raise_evidence(run, best, tolerance)
    else:
        best, reason, change = _iterate(run, best, tolerance)
    risk.net.theta[...] = best.theta
    seconds = time.perf_counter() - begin
    return EvidenceFit(best.risk, best.posterior, tuple(run.rounds), reason, change, tolerance, seconds)


class _Run:
    """Rounds of minimising, each of which can be the last."""

    def __init__(
        self,
        risk: EmpiricalRisk,
        laplace: tuple[Any, ...],
        method: str,
        options: Mapping[str, Any],
        limits: tuple[int, float],
        callback: Callable[[EvidenceRound], Any] | None,
    ) -> None:
        self._risk, self._laplace, self._method, self._options = risk, laplace, method, options
        self._max_rounds, self._deadline = limits
        self._callback = callback
        self.rounds: list[EvidenceRound] = []

    @property
    def over(self) -> EvidenceStop | None:
        """Why no other round may be begun, if so."""
        if time.perf_counter() >= self._deadline:
            return EvidenceStop.TIME
        return EvidenceStop.MAX_ROUNDS if len(self.rounds) >= self._max_rounds else None

    def first(self, strengths: FloatArray) -> _Trial:
        """The first round, whose errors are the caller's to see."""
        l2 = np.broadcast_to(np.exp(strengths), len(self._risk.l2))
        current = self._risk.with_l2(l2.tolist())
        options = dict(self._options)
        if self._deadline < math.inf:
            left = max(self._deadline - time.perf_counter(), 0.0)
            options["max_time"] = min(options.get("max_time", math.inf), left)
        result = minimize(current, method=self._method, options=options)
        posterior, shares = posterior_and_shares(current, *self._laplace)
        self.rounds.append(
            EvidenceRound(
                current.l2,
                posterior.dispersion,
                posterior.effective_parameters,
                posterior.log_evidence,
                result.fun,
                result.nit,
                posterior.at_minimum,
            )
        )
        if self._callback is not None:
            self._callback(self.rounds[-1])
        return _Trial(strengths, current, posterior, shares, current.net.theta.copy())

    def next(self, strengths: FloatArray, theta: FloatArray) -> _Trial | None:
        """Another round, from θ; None where no noise is left, or where the posterior is improper."""
        self._risk.net.theta[...] = theta
        try:
            return self.first(strengths)
        except (NoNoiseError, ImproperPosteriorError):
            return None


def _scanned(run: _Run, best: _Trial, theta: FloatArray) -> _Trial:
    """The best of some strengths that lie far apart."""
    start = best.strengths
    for shift in _SCAN:
        trial = None if run.over else run.next(start + shift, theta)
        if trial is not None and trial.score > best.score:
            best = trial
    return best


def _raise_evidence(run: _Run, best: _Trial, tolerance: float) -> tuple[_Trial, EvidenceStop, float]:
    """Compass search: up and down along each axis, half the step where nothing helps."""
    step = _FIRST_STEP
    signs = np.ones(best.strengths.size)
    while step > tolerance:
        if _effective(best) is None:
            return best, EvidenceStop.NO_WEIGHTS, step
        helped = False
        for axis in range(signs.size):
            for sign in (signs[axis], -signs[axis]):
                if run.over:
                    return best, run.over, step
                strengths = best.strengths.copy()
                strengths[axis] += sign * step
                trial = run.next(strengths, best.theta)
                if trial is not None and trial.score > best.score:
                    best, helped, signs[axis] = trial, True, sign
                    break
        if not helped:
            step /= 2
    return best, EvidenceStop.STANDS, step


def _iterate(run: _Run, best: _Trial, tolerance: float) -> tuple[_Trial, EvidenceStop, float]:
    """MacKay's rule, until it asks for no change."""
    while True:
        seen = _effective(best)
        if seen is None:
            return best, EvidenceStop.NO_WEIGHTS, math.inf
        gamma, square = seen
        scale = best.posterior.dispersion / best.risk._normaliser
        asked = np.log(gamma / square * scale)
        change = float(np.abs(asked - best.strengths).max())
        if change <= tolerance:
            return best, EvidenceStop.STANDS, change
        if run.over:
            return best, run.over, change
        trial = run.next(asked, best.theta)
        if trial is None:
            return best, EvidenceStop.NO_NOISE, change
        best = trial
        if not best.posterior.at_minimum:
            return best, EvidenceStop.NO_MINIMUM, change


def _effective(trial: _Trial) -> tuple[FloatArray, FloatArray] | None:
    """γ_W and ‖W - V‖², of all layers or of each; None where the data determine no weight."""
    net, prior = trial.risk.net, trial.risk.prior
    away = trial.theta if prior is None else trial.theta - prior
    places = [
        slice(offset, offset + layer.weight.size)
        for layer, offset in zip(net.layers, net._core.offsets, strict=True)
    ]
    seen = np.array([[p.stop - p.start, trial.shares[p].sum(), np.square(away[p]).sum()] for p in places])
    if trial.strengths.size == 1:
        seen = seen.sum(axis=0, keepdims=True)
    count, gamma, square = seen.T
    return None if (gamma <= _NOTHING_LEFT * count).any() or not square.all() else (gamma, square)
