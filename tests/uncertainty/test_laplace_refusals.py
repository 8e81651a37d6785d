"""What has no posterior, and what may not be asked of one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import ravine as rv
from ravine.uncertainty import precision
from support.problems import sine


def test_a_direction_that_nothing_determines_is_an_error_with_its_name() -> None:
    X, y = sine(rows=5)
    few = rv.EmpiricalRisk(rv.MLP([1, 6, 1], seed=0), X, y)
    with pytest.raises(rv.ImproperPosteriorError, match=r"l2 > 0") as caught:
        rv.laplace(few)
    assert 0 <= caught.value.parameter < 19
    assert isinstance(caught.value, np.linalg.LinAlgError)
    dead = rv.MLP([1, 2, 1], activation="relu", seed=0)
    dead.layers[0].bias[...] = [0.1, -100.0]
    dead.layers[0].weight[...] = [[1.0, 1.0]]
    risk = rv.EmpiricalRisk(dead, X + 2, y, l2=1e-2)
    with pytest.raises(rv.ImproperPosteriorError, match=r"theta\[3\], layers\[0\]\.bias\[1\]"):
        rv.laplace(risk, bias_l2=0.0, noise_variance=1.0)
    posterior = rv.laplace(risk, noise_variance=1.0)  # what the dead unit might have been stays as its prior
    assert posterior.determined[3] == pytest.approx(0, abs=1e-9)
    assert posterior.determined[1] == pytest.approx(0, abs=1e-9)


def test_what_rounding_leaves_of_a_pivot_is_no_curvature() -> None:
    net = rv.MLP([1, 1])
    for distance, proper in ((1e-15, False), (1e-12, True)):
        A = np.array([[4.0, 2 - distance], [2 - distance, 1.0]])
        if proper:
            assert precision.factor_of(A, net, "hessian") is A
        else:
            with pytest.raises(rv.ImproperPosteriorError, match=r"theta\[1\], layers\[0\]\.bias\[0\]"):
                precision.factor_of(A, net, "hessian")


def test_a_saddle_has_no_gaussian() -> None:
    X, y = sine()
    risk = rv.EmpiricalRisk(rv.MLP([1, 6, 1], seed=0), X, y, l2=1e-6)
    assert rv.diagnostics.spectrum(risk).eigmin < 0
    with pytest.raises(rv.ImproperPosteriorError, match="curvature='gauss-newton'"):
        rv.laplace(risk, curvature="hessian")
    rv.laplace(risk)


BAD: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"curvature": "fisher"}, ValueError, "curvature must be 'gauss-newton' or 'hessian', got 'fisher'"),
    ({"noise_variance": 0.0}, ValueError, "noise_variance must be positive"),
    ({"noise_variance": -1}, ValueError, "noise_variance must be finite and not negative"),
    ({"noise_variance": "big"}, TypeError, "noise_variance must be a number"),
    ({"noise_variance": [1.0, 2.0]}, ValueError, r"noise_variance must be a number or have shape \(1,\)"),
    ({"noise_variance": [np.nan]}, ValueError, "noise_variance must be finite and positive"),
    ({"bias_l2": -1.0}, ValueError, "bias_l2 must be finite and not negative"),
    ({"model": rv.ScaledModel(rv.MLP([1, 1]))}, ValueError, "model must be the ScaledModel of the risk's"),
]


@pytest.mark.parametrize(("options", "kind", "message"), BAD)
def test_bad_arguments(options: dict[str, Any], kind: type[Exception], message: str) -> None:
    X, y = sine()
    risk = rv.EmpiricalRisk(rv.MLP([1, 1]), X, y)
    with pytest.raises(kind, match=message):
        rv.laplace(risk, **options)


def test_bad_risks_and_inputs() -> None:
    X, y = sine()
    net = rv.MLP([1, 1])
    with pytest.raises(TypeError, match=r"risk must be a ravine\.EmpiricalRisk, got MLP"):
        rv.laplace(net)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="l1 > 0 has kinks"):
        rv.laplace(rv.EmpiricalRisk(net, X, y, l1=0.1))
    with pytest.raises(TypeError, match="this network is float32"):
        rv.laplace(rv.EmpiricalRisk(rv.MLP([1, 1], dtype="float32"), X, y))
    with pytest.raises(ValueError, match="noise_variance must be given for loss='huber'"):
        rv.laplace(rv.EmpiricalRisk(net, X, y, loss="huber", l2=0.1))
    with pytest.raises(ValueError, match=r"observed 2 times .* which γ/c = 2 effective parameters use up"):
        rv.laplace(rv.EmpiricalRisk(net, X[:2], y[:2]), bias_l2=0.0)
    with pytest.raises(ValueError, match="output 0 is met exactly"):
        rv.laplace(rv.EmpiricalRisk(net, X, net.predict(X)))
    posterior = rv.laplace(rv.EmpiricalRisk(net, X, y))
    with pytest.raises(ValueError, match=r"X must have shape \(N, 1\)"):
        posterior.predict(np.zeros((3, 2)))
    with pytest.raises(ValueError, match=r"X must be finite, got nan at X\[1, 0\]"):
        posterior.predict([[0.0], [np.nan]])
    assert posterior.predict(np.empty((0, 1)), covariance=True)[1].shape == (0, 1, 1)
    with pytest.raises(ValueError, match="predict_proba needs the loss cross_entropy"):
        posterior.predict_proba(X)
    with pytest.raises(ValueError, match="n must be at least 1"):
        posterior.sample(0)
    net.theta[0] = np.inf
    with pytest.raises(ValueError, match="J must be finite at the network's theta"):
        rv.laplace(rv.EmpiricalRisk(net, X, y))
    net.theta[0] = 1.0
    robust = rv.laplace(rv.EmpiricalRisk(net, X, y, loss="huber", l2=0.1), noise_variance=0.5)
    assert robust.noise_std is None
    with pytest.raises(ValueError, match="noise=True needs the loss squared_error or gaussian"):
        robust.predict(X, noise=True)
