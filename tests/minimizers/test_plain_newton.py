"""rv.minimize's Newton equals the loop that a reader writes from Hessian and Cholesky factor, to the bit."""

from __future__ import annotations

import numpy as np

import ravine as rv
from ravine.linalg import cholesky, cholesky_solve, shifted_cholesky


def iterates(risk: rv.EmpiricalRisk, **options: float) -> list[bytes]:
    """Every point that rv.minimize accepts after theta."""
    points = [risk.net.theta.tobytes()]
    result = rv.minimize(
        risk, method="newton", callback=lambda x: points.append(x.tobytes()), gtol=1e-10, **options
    )
    assert result.success
    return list(dict.fromkeys([*points, result.x.tobytes()]))[1:]


def near_a_minimum() -> rv.EmpiricalRisk:
    """By the plain loop for far away: H made definite, the step halved until J falls."""
    x = np.linspace(-1, 1, 40)[:, None]
    net = rv.MLP([1, 6, 1], activation="tanh", seed=1)
    risk = rv.EmpiricalRisk(net, x, np.sin(3 * x[:, 0]), l2=1e-3)
    shifts = [np.inf]
    while shifts[-1] > 0 or np.linalg.norm(risk.gradient()) > 1e-3:
        factor = shifted_cholesky(risk.hessian())
        shifts.append(factor.alpha)
        step = -factor.solve(risk.gradient())
        while risk.value(net.theta + step) >= risk.value():
            step /= 2
        net.theta += step
    assert shifts[1] > 0
    return risk


def test_the_pure_step_is_the_plain_loops() -> None:
    risk = near_a_minimum()
    start, plain = risk.net.theta.copy(), []
    while np.linalg.norm(risk.gradient()) > 1e-10:
        risk.net.theta -= cholesky_solve(cholesky(risk.hessian()), risk.gradient())
        plain.append(risk.net.theta.tobytes())
    assert len(plain) >= 2
    risk.net.theta = start
    assert iterates(risk) == plain


def test_the_steered_shift_is_the_plain_loops() -> None:
    """A convex risk from a large shift, which the gain ratio lowers, and raises where a step goes too far."""
    random = np.random.default_rng(0)
    X = random.normal(size=(60, 3))
    labels = (X @ [1.0, -2.0, 0.5] + random.normal(size=60) > 0).astype(int)
    net = rv.MLP([3, 2], seed=0)
    net.theta *= 12
    risk = rv.EmpiricalRisk(net, X, labels, "cross_entropy", l2=1e-2)
    start = net.theta.copy()
    risk.net.theta = start
    found = iterates(risk, damping=1e-3)

    theta, alpha, rise, plain, seen = start.copy(), 1e-3, 4.0, [], []
    value, gradient = risk.value_and_gradient(theta)
    while np.linalg.norm(gradient) > 1e-10:
        H = risk.hessian(theta)
        unit = np.abs(H.diagonal()).max()
        p = -cholesky_solve(cholesky(H + alpha * np.eye(theta.size)), gradient)
        predicted = 0.5 * (alpha * (p @ p) - gradient @ p)
        next_value, next_gradient = risk.value_and_gradient(theta + p)
        ratio = (value - next_value) / predicted
        seen.append(alpha)
        if ratio < 0.25:
            alpha, rise = max(alpha * rise, 1e-6 * unit), 2 * rise
        else:
            rise = 4.0
            if ratio > 0.75:
                alpha = 0.2 * alpha if 0.2 * alpha >= 1e-16 * unit else 0.0
        if ratio > 1e-4:
            theta, value, gradient = theta + p, next_value, next_gradient
            plain.append(theta.tobytes())
    assert max(seen) > seen[0] > seen[-1]
    assert found == plain
