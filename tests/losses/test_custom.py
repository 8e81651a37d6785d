"""A loss that is the user's own Python function."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ravine as rv
from support.problems import DTYPES, Array

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(300, 5)), RNG.normal(size=(300, 3))


def squared(f: Array, y: Array) -> tuple[Array, Array]:
    return 0.5 * ((f - y) ** 2).sum(axis=1), f - y


def risks(function: Callable[..., Any] = squared, dtype: str = "float64", **options: Any) -> Any:
    net = rv.MLP([5, 20, 3], dtype=dtype, seed=1)
    x, y = X.astype(dtype), Y.astype(dtype)
    custom = rv.EmpiricalRisk(net, x, y, loss=rv.losses.Custom(function), **options)
    return custom, rv.EmpiricalRisk(net, x, y, **options)


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_same_formula_in_python_gives_the_same_numbers(dtype: str) -> None:
    w = (RNG.random(300) * (np.arange(300) % 3 > 0)).astype(dtype)
    custom, compiled = risks(dtype=dtype, sample_weight=w, l2=0.1)
    tolerance = 20 * np.finfo(dtype).eps
    for ours, theirs in ((custom, compiled), (custom.subset([3, 4, 299]), compiled.subset([3, 4, 299]))):
        np.testing.assert_allclose(ours.value(), theirs.value(), rtol=tolerance)
        np.testing.assert_allclose(ours.gradient(), theirs.gradient(), atol=tolerance)
        assert ours.value() == ours.value_and_gradient()[0]
    assert custom.loss == "custom"
    assert custom.smooth
    assert custom.subset([0]).loss_function is custom.loss_function
    kinked = rv.losses.Custom(squared, differentiable=False)
    assert not rv.EmpiricalRisk(custom.net, X.astype(dtype), Y.astype(dtype), loss=kinked).smooth


@pytest.mark.usefixtures("restore_threads")
@pytest.mark.parametrize("widths", [(5, 20, 3), (5, 600, 500, 3)])
def test_it_is_called_on_the_calling_thread_and_threads_change_no_bit(widths: tuple[int, ...]) -> None:
    callers, images = set(), set()

    def remember(f: Array, y: Array) -> tuple[Array, Array]:
        callers.add(threading.get_ident())
        return squared(f, y)

    net = rv.MLP(widths, seed=0)
    risk = rv.EmpiricalRisk(net, X, Y, loss=rv.losses.Custom(remember))
    for threads in (1, 2, 4):
        rv.set_num_threads(threads)
        value, gradient = risk.value_and_gradient()
        images.add((value, risk.value(), gradient.tobytes()))
    assert callers == {threading.get_ident()}
    assert len(images) == 1


def test_fit_takes_the_steps_of_the_plain_loop() -> None:
    net, twin = rv.MLP([5, 4, 3], seed=2), rv.MLP([5, 4, 3], seed=2)
    loss = rv.losses.Custom(squared)
    history = rv.fit(net, X, Y, loss=loss, epochs=2, batch_size=64, validation_data=(X, Y))
    risk, optimizer = rv.EmpiricalRisk(twin, X, Y, loss=loss), rv.optim.Adam()
    for epoch in range(2):
        for rows in rv.minibatches(300, 64, epoch=epoch):
            optimizer.step(twin.theta, risk.subset(rows).gradient())
    np.testing.assert_array_equal(net.theta, twin.theta)
    assert history.metric_name == "loss"
    assert history["validation_metric"][-1] == pytest.approx(history["validation_loss"][-1], rel=1e-12)


def test_targets_may_have_any_number_of_columns_and_arrays_are_the_functions_own() -> None:
    seen = []

    def first_column(f: Array, y: Array) -> tuple[Array, Array]:
        seen.append((f, y))
        assert f.flags.owndata
        assert y.flags.owndata
        gradient = np.zeros_like(f)
        gradient[:, 0] = f[:, 0] - y[:, 6]
        value = 0.5 * gradient[:, 0] ** 2
        f[...] = np.nan  # whatever it does with its arrays
        y[...] = np.nan
        return value, gradient

    net, wide = rv.MLP([5, 3], seed=1), RNG.normal(size=(300, 7))
    before = wide.copy()
    risk = rv.EmpiricalRisk(net, X, wide, loss=rv.losses.Custom(first_column))
    value, gradient = risk.value_and_gradient()
    narrow = rv.MLP([5, 1])
    narrow.theta = net.theta[::3]
    want = rv.EmpiricalRisk(narrow, X, wide[:, 6]).value_and_gradient()
    np.testing.assert_allclose(value, want[0], rtol=1e-13)
    np.testing.assert_allclose(gradient[::3], want[1], atol=1e-14)
    np.testing.assert_array_equal(wide, before)
    assert sum(len(f) for f, _ in seen) == 300
    assert max(len(f) for f, _ in seen) <= 256


def test_rows_of_weight_zero_are_not_shown() -> None:
    rows = []

    def count(f: Array, y: Array) -> tuple[Array, Array]:
        rows.append(len(f))
        assert (y < 50).all()
        return squared(f, y)

    y, w = Y.copy(), np.ones(300)
    y[:200:2], w[:200:2] = 99, 0
    y[200:], w[200:] = 99, 0
    net = rv.MLP([5, 3], seed=1)
    risk = rv.EmpiricalRisk(net, X, y, loss=rv.losses.Custom(count), sample_weight=w)
    risk.value()
    assert sum(rows) == 100
    assert risk.subset([0, 2, 250]).value_and_gradient()[0] == 0.0
    assert sum(rows) == 100


class OddError(Exception):
    pass


def test_what_it_raises_reaches_the_caller_unchanged() -> None:
    error = OddError("told you")

    def fail(*_: Array) -> tuple[Array, Array]:
        raise error

    net = rv.MLP([5, 3], seed=1)
    risk, before = rv.EmpiricalRisk(net, X, Y, loss=rv.losses.Custom(fail)), net.theta.copy()
    out = np.full(net.parameter_count, 7.0)
    for call in (
        risk.value,
        lambda: risk.value_and_gradient(out=out),
        lambda: rv.fit(net, X, Y, loss=rv.losses.Custom(fail), epochs=1),
    ):
        with pytest.raises(OddError) as caught:
            call()
        assert caught.value is error
    assert (out == 7).all()
    np.testing.assert_array_equal(net.theta, before)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (lambda *_: None, "must return .value, gradient.*NoneType"),
        (lambda f, _: (f[:, 0],), "tuple of 1"),
        (lambda f, _: (f[:, 0], f, f, f), "tuple of 4"),
        (lambda f, _: (f, f), r"value of the custom loss must have shape \(\d+,\), got \(\d+, 3\)"),
        (lambda f, _: (f[:, 0].sum(), f), "value"),
        (lambda f, _: (f[:, 0], f.T), "gradient of the custom loss must have shape"),
        (lambda f, _: (f[:, 0], f, f), "hessian of the custom loss must have shape"),
        (lambda f, _: (f[:, 0], f.astype(complex)), "gradient.*complex128"),
        (lambda f, _: (f[:, 0].astype(object), f), "value.*object"),
        (
            lambda f, _: (f[:, 0], np.where(f == f.max(), np.nan, f)),
            r"gradient.*finite, got nan at gradient",
        ),
        (lambda f, _: (np.full(len(f), -np.inf), f), r"value.*finite, got -inf at value\[0\]"),
    ],
)
def test_what_it_returns_is_checked_by_name(answer: Any, told: str) -> None:
    risk, _ = risks(answer)
    for call in (risk.value, risk.value_and_gradient):
        with pytest.raises((TypeError, ValueError), match=told):
            call()


def test_lists_and_other_dtypes_are_taken() -> None:
    risk, compiled = risks(lambda f, y: tuple(term.tolist() for term in squared(f, y)), dtype="float32")
    np.testing.assert_allclose(risk.value(), compiled.value(), rtol=1e-6)


def test_a_value_that_overflows_ends_a_run() -> None:
    def quiet(f: Array, y: Array) -> tuple[Array, Array]:
        with np.errstate(over="ignore"):
            return squared(f, y)

    net = rv.MLP([5, 3], seed=1)
    start = net.theta.copy()
    rule = rv.optim.SGD(lr=1e200)
    history = rv.fit(net, X, Y, loss=rv.losses.Custom(quiet), optimizer=rule, epochs=3)
    assert history.stop_reason is rv.StopReason.NOT_FINITE
    np.testing.assert_array_equal(net.theta, start)


def test_outputs_that_are_not_finite_are_not_shown() -> None:
    net = rv.MLP([5, 3], activation="identity", seed=1)
    net.theta[...] = 1e300
    risk = rv.EmpiricalRisk(net, 1e30 * X, Y, loss=rv.losses.Custom(lambda *_: 1 / 0))
    assert np.isnan(risk.value())


def test_it_may_ask_the_risk_itself() -> None:
    """A call from inside has a workspace of its own."""
    inner, compiled = risks()[1], risks()[1]

    def nested(f: Array, y: Array) -> tuple[Array, Array]:
        assert inner.value() == compiled.value()
        return squared(f, y)

    risk, _ = risks(nested)
    np.testing.assert_allclose(risk.value(), compiled.value(), rtol=1e-14)


def test_several_python_threads_at_once() -> None:
    risk, _ = risks()
    want, answers = risk.value_and_gradient(), []
    threads = [threading.Thread(target=lambda: answers.append(risk.value_and_gradient())) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 6
    assert all(value == want[0] and (gradient == want[1]).all() for value, gradient in answers)


def test_evaluate_says_what_the_function_says() -> None:
    def with_hessian(f: Array, y: Array) -> tuple[Array, Array, Array]:
        return (*squared(f, y), np.broadcast_to(np.eye(3), (len(f), 3, 3)))

    w = np.arange(4.0)
    terms = rv.losses.Custom(with_hessian).evaluate(Y[:4], X[:4, :3], w)
    want = rv.losses.SquaredError().evaluate(Y[:4], X[:4, :3], w)
    for ours, theirs in zip(terms[:3], want[:3], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-15)
    assert terms.curvature is None
    assert rv.losses.Custom(squared).evaluate(Y[:4], X[:4, :3], w).hessian is None


def test_missing_rows_of_a_custom_loss() -> None:
    y = Y.copy()
    y[::2] = np.nan
    net = rv.MLP([5, 3], seed=1)
    risk = rv.EmpiricalRisk(net, X, y, loss=rv.losses.Custom(squared), missing="mask")
    half = rv.EmpiricalRisk(net, X[1::2], Y[1::2])
    np.testing.assert_allclose(risk.value(), half.value(), rtol=1e-14)


def test_a_function_is_needed() -> None:
    with pytest.raises(TypeError, match="function must be callable"):
        rv.losses.Custom("squared")  # type: ignore[arg-type]  # what is tested
    with pytest.raises(ValueError, match=r"loss must be.*custom"):
        rv.EmpiricalRisk(rv.MLP([5, 3]), X, Y, loss="custom")
