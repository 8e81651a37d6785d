"""Clipping, momentum schedules, look-ahead and noise inside fit are those of the plain loop, to the bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ravine as rv
from support.problems import DTYPES, Problem


def plain_loop(problem: Problem, rule: Any, *, epochs: int = 3, **how: Any) -> Any:
    """The loop of docs/training.md, with everything that may happen to a gradient."""
    net, update, perturbed_at = problem.network(), 0, -(10**9)
    risk = rv.EmpiricalRisk(net, problem.X, problem.y)
    noise, norms = how.get("perturbation"), []
    for epoch in range(epochs):
        for rows in rv.minibatches(problem.rows, 8, seed=2, epoch=epoch):
            if "momentum_schedule" in how:
                rule.momentum = how["momentum_schedule"](update)
            batch = risk.subset(rows)
            gradient = batch.gradient(rule.look_ahead(net.theta))
            rested = noise is not None and update - perturbed_at >= noise.every
            if rested and rv.clip_norm(gradient, 1e300) < noise.gradient_norm_below:
                net.theta += noise.noise(net.theta, seed=2, update=update)
                perturbed_at = update
                gradient = batch.gradient(rule.look_ahead(net.theta))
            norms.append(rv.clip_norm(gradient, how.get("clip_norm", 1e300)))
            if "clip_value" in how:
                rv.clip_value(gradient, how["clip_value"])
            rule.step(net.theta, gradient)
            update += 1
    return net.theta, norms


RULES: dict[str, Any] = {
    "sgd": lambda: rv.optim.SGD(lr=0.2, momentum=0.8),
    "lookahead": lambda: rv.optim.SGD(lr=0.1, momentum=0.9, nesterov="lookahead"),
    "adam": lambda: rv.optim.Adam(lr=0.02, weight_decay=0.1),
}
HOWS: dict[str, dict[str, Any]] = {
    "plain": {},
    "norm": {"clip_norm": 0.3},
    "value": {"clip_value": 0.05},
    "both": {"clip_norm": 0.4, "clip_value": 0.1},
    "momentum": {"momentum_schedule": rv.schedules.Linear(0.5, 0.95, updates=10)},
    "noise": {"perturbation": rv.Perturbation("normal", 0.05, gradient_norm_below=0.7, every=4)},
    "all": {
        "clip_norm": 0.5,
        "clip_value": 0.1,
        "momentum_schedule": rv.schedules.OneCycle(0.6, updates=15, start=0.9, end=0.9),
        "perturbation": rv.Perturbation("ball", 0.1, gradient_norm_below=1.0, every=3),
    },
}


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_fit_is_the_plain_loop_with_all_that_happens_to_a_gradient(dtype: str, rule: str, how: str) -> None:
    problem, net = Problem(rows=37, dtype=dtype), Problem(rows=37, dtype=dtype).network()
    theta, norms = plain_loop(problem, RULES[rule](), **HOWS[how])
    seen: list[float] = []
    for step_callbacks in ([], [lambda step: seen.append(step.gradient_norm)]):
        net = problem.network()
        options: dict[str, Any] = {"step_callbacks": step_callbacks, **HOWS[how]}
        rv.fit(net, problem.X, problem.y, optimizer=RULES[rule](), epochs=3, batch_size=8, seed=2, **options)
        assert net.theta.tobytes() == theta.tobytes()
    assert seen == norms
    if how in ("norm", "value", "both"):
        unclipped, _ = plain_loop(problem, RULES[rule]())
        assert unclipped.tobytes() != theta.tobytes()


@given(
    n=st.integers(1, 3000),
    dtype=st.sampled_from(DTYPES),
    bound=st.floats(1e-3, 1e3),
    seed=st.integers(0, 2**32),
)
def test_clipping_holds_the_bound_and_the_direction(n: int, dtype: str, bound: float, seed: int) -> None:
    g = np.random.default_rng(seed).normal(size=n).astype(dtype)
    eps = float(np.finfo(dtype).eps)
    clipped, cut = g.copy(), g.copy()
    before = rv.clip_norm(clipped, bound)
    assert before == pytest.approx(np.linalg.norm(g.astype(np.float64)), rel=50 * eps)
    assert np.linalg.norm(clipped.astype(np.float64)) <= bound * (1 + 50 * eps)
    if before <= bound:
        assert clipped.tobytes() == g.tobytes()
    else:
        np.testing.assert_allclose(clipped * (before / bound), g, rtol=4 * eps)
    assert rv.clip_value(cut, bound) == before
    assert np.abs(cut).max() <= bound * (1 + eps)
    assert (cut[np.abs(g) < bound * (1 - eps)] == g[np.abs(g) < bound * (1 - eps)]).all()
    assert (np.sign(cut) == np.sign(g)).all()


@pytest.mark.parametrize("law", ["ball", "normal", "uniform"])
def test_noise_has_the_law_that_it_states(law: Any) -> None:
    perturbation, theta = rv.Perturbation(law, scale=0.5), np.zeros(40, np.float32)
    draws = np.array([perturbation.noise(theta, seed=1, update=k) for k in range(3000)])
    assert draws.dtype == np.float32
    deviation = {"ball": 0.5 / np.sqrt(42), "normal": 0.5, "uniform": 0.5 / np.sqrt(3)}[law]
    assert draws.std() == pytest.approx(deviation, rel=0.02)
    assert abs(draws.mean()) < 4 * deviation / np.sqrt(draws.size)
    if law == "ball":
        radii = np.linalg.norm(draws, axis=1) / 0.5
        assert radii.max() <= 1 + 1e-6
        assert (radii**40).mean() == pytest.approx(0.5, abs=0.03)  # uniform in volume
    if law == "uniform":
        assert np.abs(draws).max() <= 0.5
    assert (perturbation.noise(theta, seed=1, update=3) == draws[3]).all()
    assert (perturbation.noise(theta, seed=2, update=3) != draws[3]).any()


def test_noise_leaves_a_saddle_on_which_the_gradient_stands_still() -> None:
    problem = Problem(biases=(False, False, False), rows=30)
    zero, moved = rv.MLP([4, 6, 5, 3], bias=False, initializer="zeros"), problem.network()
    options: dict[str, Any] = {"epochs": 60, "batch_size": None, "optimizer": rv.optim.SGD(lr=0.5)}
    rv.fit(zero, problem.X, problem.y, **options)
    assert not zero.theta.any()
    moved.theta = np.zeros(moved.parameter_count)
    noise = rv.Perturbation("normal", 0.3, gradient_norm_below=1e-4)
    history = rv.fit(moved, problem.X, problem.y, perturbation=noise, **options)
    assert history["loss"][-1] < 0.95 * history["loss"][0]


def test_a_resumed_run_has_the_same_noise(tmp_path: Any) -> None:
    problem, path = Problem(rows=37), tmp_path / "run.npz"
    options: dict[str, Any] = {"batch_size": 8, "seed": 2, **HOWS["all"]}
    whole, parts = problem.network(), problem.network()
    rv.fit(whole, problem.X, problem.y, optimizer=RULES["adam"](), epochs=3, **options)
    for limit in (1, 4, 8, 15):
        rv.fit(
            parts,
            problem.X,
            problem.y,
            optimizer=RULES["adam"](),
            checkpoint=path,
            resume=True,
            epochs=3,
            max_updates=limit,
            **options,
        )
    assert parts.theta.tobytes() == whole.theta.tobytes()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"clip_norm": 0.0}, "clip_norm"),
        ({"clip_norm": -1.0}, "clip_norm"),
        ({"clip_value": float("nan")}, "clip_value"),
        ({"clip_value": "small"}, "clip_value"),
        ({"perturbation": 0.1}, "perturbation"),
        ({"momentum_schedule": 0.9}, "momentum_schedule"),
        ({"momentum_schedule": rv.schedules.OnPlateau(0.9)}, "momentum_schedule"),
        ({"momentum_schedule": rv.schedules.Constant(1.5)}, "momentum_schedule: .*got 1.5"),
        ({"momentum_schedule": rv.schedules.Constant(0.9), "optimizer": rv.optim.Adagrad()}, "momentum"),
        ({"momentum_schedule": rv.schedules.Constant(0.9), "optimizer": rv.optim.SGD()}, "momentum"),
    ],
)
def test_what_is_wrong_is_named_before_anything_moves(options: dict[str, Any], told: str) -> None:
    problem = Problem(rows=12)
    net = problem.network()
    with pytest.raises((ValueError, TypeError), match=told):
        rv.fit(net, problem.X, problem.y, **options)
    assert net.theta.tobytes() == problem.theta.tobytes()


@pytest.mark.parametrize(
    "make",
    [
        lambda: rv.Perturbation("cauchy"),
        lambda: rv.Perturbation(scale=0.0),
        lambda: rv.Perturbation(gradient_norm_below=-1.0),
        lambda: rv.Perturbation(every=0),
        lambda: rv.clip_norm(np.zeros(3), 0.0),
        lambda: rv.clip_value(np.zeros(3), -1.0),
        lambda: rv.clip_norm([1.0, 2.0], 1.0),
        lambda: rv.clip_value(np.zeros(3, int), 1.0),
    ],
)
def test_senseless_bounds_and_laws_are_refused(make: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        make()
