"""The forms of momentum and their look-aheads are one thing seen from several sides."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from trajectories import FORMS, gradient_at, start, title

import ravine as rv

MOMENTUM_FORMS: list[dict[str, Any]] = [
    {"form": "sum"},
    {"form": "velocity"},
    {"form": "average"},
    {"form": "average", "unbiased": True},
]
# RMSprop's direction depends on the gradient alone, so what holds for SGD holds for it.
RULES: list[tuple[str, dict[str, Any]]] = [
    ("SGD", {"lr": 0.02}),
    ("SGD", {"lr": 0.02, "weight_decay": 0.3}),
    ("RMSprop", {"lr": 0.02, "alpha": 0.9}),
    ("RMSprop", {"lr": 0.02, "alpha": 0.9, "centered": True, "eps": 0.1, "weight_decay": 0.3}),
]


def run(optimizer: Any, steps: int = 60) -> list[NDArray[np.float64]]:
    """The points at which the gradient was taken."""
    theta, points = start(), []
    for t in range(1, steps + 1):
        points.append(optimizer.look_ahead(theta))
        optimizer.step(theta, gradient_at(points[-1], t))
    return [*points, theta]


@pytest.mark.parametrize("form", MOMENTUM_FORMS, ids=title)
@pytest.mark.parametrize(("name", "options"), RULES, ids=title)
def test_one_point_is_two_points_seen_from_the_look_ahead(
    name: str, options: dict[str, Any], form: dict[str, Any]
) -> None:
    make = getattr(rv.optim, name)
    one = run(make(momentum=0.9, nesterov=True, **form, **options))
    two = run(make(momentum=0.9, nesterov="lookahead", **form, **options))
    np.testing.assert_allclose(one[:-1], two[:-1], rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("nesterov", [False, True, "lookahead", "lookahead_whole_step"])
@pytest.mark.parametrize(("name", "options"), RULES, ids=title)
def test_the_forms_are_one_at_a_constant_rate(
    name: str, options: dict[str, Any], nesterov: bool | str
) -> None:
    make, alpha = getattr(rv.optim, name), 0.8
    sums = run(make(momentum=alpha, nesterov=nesterov, **options))
    velocities = run(make(momentum=alpha, nesterov=nesterov, form="velocity", **options))
    averages = {**options, "lr": options["lr"] / (1 - alpha), "form": "average"}
    np.testing.assert_allclose(velocities, sums, rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(
        run(make(momentum=alpha, nesterov=nesterov, **averages)), sums, rtol=1e-11, atol=1e-11
    )


def test_forms_differ_when_the_rate_changes() -> None:
    """A velocity keeps the rates of its past, a sum of gradients does not."""
    ends = []
    for form in ("sum", "velocity"):
        optimizer, theta = rv.optim.SGD(lr=1.0, momentum=0.5, form=form), np.zeros(1)
        optimizer.step(theta, np.ones(1))
        optimizer.lr = 0.0
        optimizer.step(theta, np.ones(1))
        ends.append(theta[0])
    assert ends == [-1.0, -1.5]


@pytest.mark.parametrize("form", MOMENTUM_FORMS, ids=title)
@pytest.mark.parametrize("nesterov", ["lookahead", "lookahead_whole_step"])
def test_where_the_look_ahead_lies(form: dict[str, Any], nesterov: str) -> None:
    """Where an update without gradient would go; a whole step: as far as the last update went."""
    options: dict[str, Any] = {"lr": 0.1, "momentum": 0.75, **form}
    optimizer, twin = rv.optim.SGD(nesterov=nesterov, **options), rv.optim.SGD(**options)
    theta, other = start(), start()
    np.testing.assert_array_equal(optimizer.look_ahead(theta), theta)
    for t in range(1, 4):
        before = theta.copy()
        optimizer.step(theta, gradient_at(before, t))
        twin.step(other, gradient_at(before, t))
    seen = optimizer.look_ahead(theta)
    if nesterov == "lookahead":
        twin.step(other, np.zeros_like(other))
        np.testing.assert_allclose(seen, other, rtol=1e-13)
    else:
        np.testing.assert_allclose(seen, theta + (theta - before), rtol=1e-13)
    into = np.empty_like(theta)
    assert optimizer.look_ahead(theta, out=into) is into
    np.testing.assert_array_equal(into, seen)


def test_momentum_that_follows_a_schedule_stays_unbiased() -> None:
    """A corrected average of one gradient is that gradient, whatever the momentums were."""
    g, momentums = np.array([2.0, -0.5]), np.linspace(0.9, 0.3, 12)
    rules = {
        "average": rv.optim.SGD(lr=0.25, momentum=0.9, form="average", unbiased=True),
        "Adam": rv.optim.Adam(lr=0.25, eps=0.0),
        "Adamax": rv.optim.Adamax(lr=0.25, eps=0.0),
    }
    for name, optimizer in rules.items():
        theta = np.zeros(2)
        for t, momentum in enumerate(momentums, start=1):
            optimizer.momentum = momentum
            assert optimizer.momentum == momentum
            optimizer.step(theta, g)
            want = -0.25 * t * (g if name == "average" else np.sign(g))
            np.testing.assert_allclose(theta, want, rtol=1e-13)


def test_momentum_may_be_set_where_there_is_some() -> None:
    for name, options in FORMS:
        optimizer = getattr(rv.optim, name)(**options)
        if optimizer.rule in ("Adagrad", "Adadelta", "Rprop") or options.get("momentum", "betas") == 0:
            assert not hasattr(optimizer, "momentum")
        elif "momentum" in options:
            assert optimizer.momentum == options["momentum"]
        elif optimizer.rule in ("SGD", "RMSprop"):
            with pytest.raises(AttributeError, match=f"{optimizer.rule} has no momentum"):
                optimizer.momentum = 0.5
        else:
            assert optimizer.momentum == optimizer.options["betas"][0]
            for bad in (-0.1, 1.0, float("nan")):
                with pytest.raises(ValueError, match=r"betas\[0\]"):
                    optimizer.momentum = bad


def test_only_the_two_point_form_looks_ahead() -> None:
    for name, options in FORMS:
        optimizer = getattr(rv.optim, name)(**options)
        assert optimizer.looks_ahead == isinstance(options.get("nesterov"), str)


def test_a_look_ahead_of_what_does_not_fit_is_refused() -> None:
    optimizer, theta = rv.optim.SGD(lr=0.1, momentum=0.5, nesterov="lookahead"), np.ones(4)
    optimizer.step(theta, np.ones(4))
    for bad in (np.ones(5), np.ones(4, np.float32), np.ones(8)[::2]):
        with pytest.raises(ValueError, match=r"look_ahead|theta"):
            optimizer.look_ahead(bad)
    with pytest.raises(ValueError, match="overlap"):
        optimizer.look_ahead(theta, out=theta)
    with pytest.raises(ValueError, match="out"):
        optimizer.look_ahead(theta, out=np.ones(3))
    with pytest.raises(TypeError, match="theta must be one array"):
        optimizer.look_ahead([theta])
