"""``optimizer="auto"``: several methods, one after the other, in one run of fit."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ravine as rv
from ravine.minimizers import auto

RNG = np.random.default_rng(4)
X = RNG.standard_normal((60, 2))
LABELS = (X[:, 0] * X[:, 1] + 0.5 * RNG.standard_normal(60) > 0).astype(int)
TASK: dict[str, Any] = {"loss": "cross_entropy", "l2": 1e-2}
WARM_UP = 12


@pytest.fixture(autouse=True)
def short_warm_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the second and third method are reached soon."""
    monkeypatch.setattr(auto, "WARM_UP", WARM_UP)


def network() -> rv.MLP:
    return rv.MLP([2, 4, 2], activation="tanh", seed=1)


def fit(epochs: int | None = 10_000, **options: Any) -> tuple[rv.MLP, rv.History]:
    net = network()
    return net, rv.fit(net, X, LABELS, optimizer="auto", epochs=epochs, **TASK, **options)


def whole() -> tuple[rv.MLP, rv.MinimizeResult]:
    net = network()
    return net, rv.minimize(rv.EmpiricalRisk(net, X, LABELS, **TASK), method="auto", certificate=False)


def test_the_course_is_that_of_minimize() -> None:
    net, history = fit()
    twin, result = whole()
    assert [line.split(",")[0] for line in result.log] == ["lbfgs", "newton-cg"]
    assert net.theta.tobytes() == twin.theta.tobytes()
    np.testing.assert_array_equal(history["loss"], result.history.loss)
    assert history["epoch"].tolist() == list(range(1, result.nit + 1))
    assert history.stop_reason is result.reason is rv.StopReason.GRADIENT_SMALL


def test_the_result_speaks_of_the_whole_chain() -> None:
    risk = rv.EmpiricalRisk(network(), X, LABELS, **TASK)
    result = rv.minimize(risk, maxiter=1000, max_fun=2000, max_time=60)
    tests = {test.name: test for test in result.tests}
    assert len(result.log) == 2
    assert tests["iterations"].measured == result.nit > WARM_UP
    assert tests["evaluations"].measured == result.nfev
    assert tests["seconds"].measured == result.time
    limits = [tests[name].threshold for name in ("iterations", "evaluations", "seconds")]
    assert limits == pytest.approx([1000, 2000, 60], rel=1e-12)


@pytest.mark.parametrize("epochs", [1, WARM_UP - 1, WARM_UP, WARM_UP + 1, WARM_UP + 4])
def test_a_resumed_chain_is_the_chain_to_the_bit(epochs: int, tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    fit(epochs, checkpoint=path)
    net, history = fit(checkpoint=path, resume=True)
    twin, once = fit()
    assert net.theta.tobytes() == twin.theta.tobytes()
    np.testing.assert_array_equal(history["loss"], once["loss"])
    assert history.stop_reason is once.stop_reason


@pytest.mark.parametrize("place", [WARM_UP - 1, WARM_UP, WARM_UP + 1])
def test_ctrl_c_at_the_border_of_two_methods(place: int, tmp_path: Path) -> None:
    def interrupt(record: rv.EpochRecord) -> None:
        if record.epoch == place:
            signal.raise_signal(signal.SIGINT)

    path = tmp_path / "run.npz"
    with pytest.raises(KeyboardInterrupt):
        fit(checkpoint=path, callbacks=[interrupt])
    net, history = fit(checkpoint=path, resume=True)
    twin, once = fit()
    assert net.theta.tobytes() == twin.theta.tobytes()
    np.testing.assert_array_equal(history["loss"], once["loss"])


def test_patience_holds_over_the_border() -> None:
    patience = rv.EarlyStopping(patience=3)
    held_out = (RNG.standard_normal((40, 2)), RNG.integers(0, 2, 40))
    net, history = fit(validation_data=held_out, early_stopping=patience)
    assert history.stop_reason is rv.StopReason.EARLY_STOPPING
    assert rv.EmpiricalRisk(net, *held_out, loss="cross_entropy").value() == min(history["validation_loss"])


def test_updates_end_the_run_where_a_method_ends() -> None:
    _, history = fit(max_updates=WARM_UP)
    assert history.stop_reason is rv.StopReason.UPDATES
    assert history["updates"][-1] == WARM_UP


@pytest.mark.parametrize(("noise", "second"), [(0.0, "levenberg-marquardt"), (1.0, "newton-cg")])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_small_residuals_choose_gauss_newton(
    noise: float, second: str, reduction: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a step costs many gradients, the warm-up comes first, and tells how much is noise."""
    monkeypatch.setattr(auto, "WARM_UP", 60)
    x = np.random.default_rng(0).uniform(-1, 1, (400, 2))
    y = np.sin(2 * x[:, 0]) + x[:, 1] + noise * np.random.default_rng(1).standard_normal(400)
    net = rv.MLP([2, 40, 30, 1], activation="tanh", seed=0)
    risk = rv.EmpiricalRisk(net, x, y, l2=1e-5, reduction=reduction, sample_weight=np.full(400, 0.5))
    result = rv.minimize(risk, maxiter=62, certificate=False)
    assert [line.split(",")[0] for line in result.log][:2] == ["lbfgs", second]


@pytest.mark.parametrize(("noise", "second"), [(0.0, "levenberg-marquardt"), (1.0, "newton")])
def test_small_steps_need_no_warm_up(
    noise: float, second: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The first steps tell whether the residuals become small; a checkpoint between knows it, too."""
    monkeypatch.setattr(auto, "TRIAL", 20)
    x = np.linspace(-1, 1, 50)[:, None]
    y = np.sin(3 * x[:, 0]) + noise * np.random.default_rng(1).standard_normal(50)
    nets = [rv.MLP([1, 5, 1], activation="tanh", seed=0) for _ in range(2)]
    result = rv.minimize(rv.EmpiricalRisk(nets[0], x, y, l2=1e-7), maxiter=25, gtol=0.0)
    assert result.log[0].startswith("levenberg-marquardt, 20 iterations")
    assert result.log[1].startswith(f"{second}, 5 iterations")
    for epochs in (20, 25):
        chain = rv.Minimizer("auto", gtol=0.0)
        rv.fit(
            nets[1],
            x,
            y,
            l2=1e-7,
            optimizer=chain,
            epochs=epochs,
            checkpoint=tmp_path / "run.npz",
            resume=True,
        )
    assert nets[1].theta.tobytes() == nets[0].theta.tobytes()


def test_targets_that_are_missing_count_for_nothing() -> None:
    y = np.array([[1.0, np.nan], [3.0, 5.0], [np.nan, 7.0]])
    weights = np.array([1.0, 2.0, 1.0])
    risk = rv.EmpiricalRisk(
        rv.MLP([1, 2], seed=0), np.zeros((3, 1)), y, missing="mask", sample_weight=weights
    )
    # Constants are the best there is on inputs that are all alike, and minimise finds them.
    assert auto._of_the_mean(risk) == pytest.approx(rv.minimize(risk).fun, rel=1e-9)
    rows = risk.subset([0, 1])
    assert auto._of_the_mean(rows) == pytest.approx(rv.minimize(rows).fun, rel=1e-9)


class Fit:
    """Residuals of an exponential, with or without a Hessian."""

    t = np.linspace(0, 1, 12)

    def residuals(self, x: np.ndarray) -> np.ndarray:
        return x[0] * np.exp(x[1] * self.t) - 2 * np.exp(-self.t) - 0.1 * np.sin(9 * self.t)

    def jacobian(self, x: np.ndarray) -> np.ndarray:
        e = np.exp(x[1] * self.t)
        return np.column_stack([e, x[0] * self.t * e])

    def value(self, x: np.ndarray) -> float:
        return 0.5 * float(self.residuals(x) @ self.residuals(x))

    def gradient(self, x: np.ndarray) -> np.ndarray:
        return self.jacobian(x).T @ self.residuals(x)


class FitWithHessian(Fit):
    def hessian(self, x: np.ndarray) -> np.ndarray:
        J, r = self.jacobian(x), self.residuals(x)
        te = self.t * np.exp(x[1] * self.t)
        cross, square = r @ te, x[0] * (r @ (self.t * te))
        return J.T @ J + np.array([[0, cross], [cross, square]])


@pytest.mark.parametrize(
    ("objective", "methods"),
    [(Fit(), ["levenberg-marquardt"]), (FitWithHessian(), ["levenberg-marquardt", "trust-region"])],
)
def test_residuals_of_a_function_are_seen(objective: Fit, methods: list[str]) -> None:
    result = rv.minimize(objective, [1.0, 0.0], gtol=0.0)
    assert [line.split(",")[0] for line in result.log] == methods
    assert np.linalg.norm(objective.gradient(result.x)) < 1e-10
    assert result.success
