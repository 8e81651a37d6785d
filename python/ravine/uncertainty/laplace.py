"""From a risk at its minimum to the posterior of its parameters."""

from __future__ import annotations

import copy
import math
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from ravine.arrays import non_negative
from ravine.diagnostics.sweep import layer_slices
from ravine.diagnostics.target import length_of
from ravine.linalg.cholesky import cholesky, inverse_diagonal, log_determinant, solve_triangular
from ravine.linalg.matrices import FloatMatrix
from ravine.linalg.products import FloatArray
from ravine.memory import require_memory
from ravine.objective import EmpiricalRisk
from ravine.scaled_model import ScaledModel
from ravine.uncertainty.likelihood import Observations, noise_of, observations_of, scatter
from ravine.uncertainty.posterior import LaplacePosterior
from ravine.uncertainty.precision import Curvature, curvature_matrix, factor_of, penalties

__all__ = ["laplace", "posterior_and_shares"]


def laplace(
    risk: EmpiricalRisk,
    *,
    curvature: Curvature = "gauss-newton",
    noise_variance: ArrayLike | None = None,
    bias_l2: float | None = None,
    model: ScaledModel | None = None,
) -> LaplacePosterior:
    """Approximate the posterior of θ by a Gaussian around the network's θ, which is to be a minimum of J.

    With -log p(y | θ) = Σ w L/φ + constant, and a Gaussian prior of precision α = l2 Σw/φ on the weights,
    -log p(θ | y) = (Σw/φ) J(θ) + constant. So A = (Σw/φ) ∂²J/∂θ² is the precision of the posterior, and a
    Cholesky factor of it gives everything else. φ is 1 for the losses that are log probabilities
    (cross_entropy, binary_cross_entropy, poisson, gaussian), the variance of the noise for squared_error.

    N P² + 2 P³/3 flops; P² numbers are kept.

    Parameters
    ----------
    risk : a smooth one (l1 = 0) of a float64 network that stands at a minimum; how far away the mode is
        stands in the record. Weights count as repetitions: sample_weight=2 is the row twice.
    curvature : "gauss-newton", never negative; or "hessian", exact, which needs a minimum.
    noise_variance : σ² of squared_error, one number or one for each output, in the units of the network's
        outputs; None: Σ w e²/(N - γ). For losses without a probability (huber, custom, …) φ, to be given.
    bias_l2 : strength of a prior of the biases around θ itself, in the units of l2, which leaves them free:
        it moves nothing, and keeps the bias of a unit finite whose weights l2 has driven to 0. None: what one
        observation tells of an average parameter, tr ∂²L/(P Σw) (Kass and Wasserman 1995).
    model : the scaled model whose network it is: predictions then take and give raw units.

    With several outputs of squared error, and one σ_k² for each, the covariance of θ is B⁻¹ M B⁻¹, B the
    curvature of J and M = Σ σ_k² D_k + φ (penalty): what noise of unequal size does to an estimate that
    weighs all outputs alike. For equal σ_k² it is A⁻¹ again.

    Raises
    ------
    ImproperPosteriorError : the matrix is not positive definite; the message names a parameter and ways out.
    TypeError, ValueError : an argument breaks its rule, or the noise cannot be estimated.
    MemoryError : the matrix does not fit.

    Source: MacKay, A practical Bayesian framework for backpropagation networks (1992); Immer, Korzepa and
    Bauer, Improving predictions of Bayesian neural nets via local linearization (2021).

    >>> import numpy as np, ravine as rv
    >>> x = np.linspace(-1, 1, 40)[:, None]
    >>> y = np.sin(3 * x[:, 0]) + 0.1 * np.random.default_rng(0).normal(size=40)
    >>> net = rv.MLP([1, 8, 1], seed=0)
    >>> risk = rv.EmpiricalRisk(net, x, y, l2=1e-4)
    >>> rv.minimize(risk).success
    True
    >>> posterior = rv.laplace(risk)
    >>> mean, std = posterior.predict([[0.0], [3.0]])
    >>> posterior.at_minimum, bool(std[1, 0] > 5 * std[0, 0])
    (True, True)
    """
    return posterior_and_shares(risk, curvature, noise_variance, bias_l2, model)[0]


def posterior_and_shares(
    risk: EmpiricalRisk,
    curvature: Curvature,
    noise_variance: ArrayLike | None,
    bias_l2: float | None,
    model: ScaledModel | None,
) -> tuple[LaplacePosterior, FloatArray]:
    """Return what :func:`laplace` does, and (P,) the share of each parameter that the data determine."""
    _check(risk, curvature, model)
    net, total = risk.net, risk._normaliser
    seen = observations_of(risk)
    P = net.parameter_count
    require_memory(16 * P * P, f"a posterior of P = {P} parameters", "a smaller network needs less")
    if not math.isfinite(risk.value()):
        raise ValueError(f"J must be finite at the network's theta, got {risk.value()}")
    B = curvature_matrix(risk.with_l2(0.0), curvature)
    if bias_l2 is None:
        bias_l2 = max(float(np.trace(B)) / P, 0.0) / seen.rows
    penalty = total * penalties(net, np.array(risk.l2), non_negative(bias_l2, "bias_l2"))
    B *= total
    B[np.diag_indices(P)] += penalty
    L = factor_of(B, net, curvature)
    shares = 1 - penalty * inverse_diagonal(L)
    by_layer = tuple(float(shares[place].sum()) for place in layer_slices(net))
    dispersion, variances = noise_of(risk, noise_variance, seen, sum(by_layer))
    gradient = risk.gradient() * total
    decrement = float(np.linalg.norm(solve_triangular(L, gradient))) / math.sqrt(dispersion)
    L /= math.sqrt(dispersion)
    log_evidence = _log_evidence(risk, seen, L, penalty / dispersion, dispersion)
    if variances is not None and np.ptp(variances) > 0:
        L = _of_unequal_noise(risk, curvature, L, variances, penalty, dispersion)
    own = copy.deepcopy(net)
    hint = risk.unbounded_hint()
    posterior = LaplacePosterior(
        model=own if model is None else replace(model, net=own),
        factor=L,
        curvature=curvature,
        loss=risk.loss,
        loss_parameter=risk.loss_function.parameter,
        noise_variance=variances,
        dispersion=dispersion,
        prior_precision=tuple(strength * total / dispersion for strength in risk.l2),
        bias_precision=bias_l2 * total / dispersion,
        observations=seen.rows,
        effective_by_layer=by_layer,
        log_evidence=log_evidence,
        gradient_norm=length_of(gradient) / total,
        newton_decrement=decrement,
        notes=() if hint is None else (f"There is no minimum: {hint}.",),
    )
    return posterior, shares


def _check(risk: EmpiricalRisk, curvature: str, model: ScaledModel | None) -> None:
    if not isinstance(risk, EmpiricalRisk):
        raise TypeError(f"risk must be a ravine.EmpiricalRisk, got {type(risk).__name__}")
    if curvature not in ("gauss-newton", "hessian"):
        raise ValueError(f"curvature must be 'gauss-newton' or 'hessian', got {curvature!r}")
    if not risk.smooth:
        kink = "l1 > 0" if any(risk.l1) else f"the loss {risk.loss!r}"
        raise ValueError(f"{kink} has kinks, and a Gaussian needs second derivatives: use l2")
    if risk.net.dtype != np.float64:
        raise TypeError(
            "a posterior is computed in float64, and this network is float32: make a float64 one, copy theta "
            "over (other.theta = net.theta), and build the risk on it"
        )
    if model is not None and getattr(model, "net", None) is not risk.net:
        raise ValueError(f"model must be the ScaledModel of the risk's network, got {model!r}")


def _log_evidence(
    risk: EmpiricalRisk, seen: Observations, L: FloatMatrix, prior: FloatArray, dispersion: float
) -> float:
    """Return log p(y | θ̂) p(θ̂) + ½ P log 2π - ½ log det A."""
    energy = risk._normaliser / dispersion * risk.value()
    proper = prior > 0
    likelihood = seen.constant
    if risk.loss == "squared_error":
        likelihood -= 0.5 * float(seen.counts.sum()) * math.log(2 * math.pi * dispersion)
    density = 0.5 * float(np.log(prior[proper]).sum())
    open_volume = 0.5 * int((~proper).sum()) * math.log(2 * math.pi)
    return likelihood - energy + density + open_volume - 0.5 * log_determinant(L)


def _of_unequal_noise(
    risk: EmpiricalRisk,
    curvature: Curvature,
    L: FloatMatrix,
    variances: FloatArray,
    penalty: FloatArray,
    dispersion: float,
) -> FloatMatrix:
    """The factor of (B⁻¹ M B⁻¹)⁻¹, from that of A = B/φ."""
    M = scatter(risk, variances, curvature)
    M[np.diag_indices(len(M))] += dispersion * penalty
    R = factor_of(M, risk.net, curvature)
    B = dispersion * (L @ L.T)
    half = solve_triangular(R, B)
    return cholesky(half.T @ half, overwrite=True, check=False)
