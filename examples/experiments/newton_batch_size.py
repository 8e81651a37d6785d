"""A batch that is large enough for a gradient is far too small for a Newton step.

Fact: H⁻¹ multiplies the error of a mini-batch gradient by 1/λ along each eigenvector, most where J is
flattest, even if H is known exactly; a Hessian of the same batch adds an error of its own. Methods of the
second order therefore want batches that are larger by orders of magnitude (Goodfellow, Bengio and
Courville 2016, §8.1.3).
Set-up: a 4-3-1 tanh network near its minimum on 20,000 rows, condition number some thousands; gradients
and Newton steps from batches of 100 to 10,000 rows drawn with replacement, with the Hessian of all rows
and with the batch's.
Outcome: both errors fall with n to the power -½, and that of the step is five times the gradient's or
more: a hundred rows tell where descent goes and give a Newton step that is all noise, which takes some
fifty times as many rows to be as accurate.
"""

from __future__ import annotations

import numpy as np
from _picture import look, new_figure, save

import ravine as rv

SIZES = [100, 316, 1000, 3162, 10_000]
REPEATS, ROWS, AWAY = 60, 20_000, 0.1
NAMES = ["ĝ", "H⁻¹ĝ, H exact", "H⁻¹ĝ, H of the batch"]


def near_a_minimum() -> rv.EmpiricalRisk:
    """The risk, with theta at a distance of about AWAY from where J is least."""
    random = np.random.default_rng(0)
    turn = np.linalg.qr(random.normal(size=(4, 4)))[0]
    X = random.normal(size=(ROWS, 4)) * np.geomspace(1, 0.1, 4) @ turn
    teacher = rv.MLP([4, 3, 1], seed=5)
    teacher.theta *= 3
    y = teacher.predict(X)[:, 0] + 0.1 * random.normal(size=ROWS)
    risk = rv.EmpiricalRisk(rv.MLP([4, 3, 1], seed=0), X, y, l2=1e-3)
    assert rv.minimize(risk, method="trust-region").success
    count = risk.net.parameter_count
    risk.net.theta += AWAY * np.random.default_rng(1).normal(size=count) / np.sqrt(count)
    return risk


def measure(
    risk: rv.EmpiricalRisk, n: int, random: np.random.Generator
) -> tuple[list[float], list[np.ndarray]]:
    """Of ĝ, of H⁻¹ĝ and of the same with the batch's own H: median relative errors, and all draws."""
    gradient, L = risk.gradient(), rv.linalg.cholesky(risk.hessian())
    step = rv.linalg.cholesky_solve(L, gradient)
    draws = [risk.subset(random.integers(0, ROWS, n)) for _ in range(REPEATS)]
    gradients = np.array([draw.gradient() for draw in draws])
    steps = rv.linalg.cholesky_solve(L, gradients.T).T
    own = [rv.linalg.ldlt(draw.hessian()).solve(g) for draw, g in zip(draws, gradients, strict=True)]
    found = [gradients, steps, np.array(own)]
    errors = [
        float(np.median(np.linalg.norm(each - exact, axis=1)) / np.linalg.norm(exact))
        for each, exact in zip(found, (gradient, step, step), strict=True)
    ]
    return errors, found


def main() -> None:
    risk = near_a_minimum()
    eigenvalues, vectors = rv.linalg.eigh(risk.hessian())
    condition = eigenvalues[-1] / eigenvalues[0]
    random = np.random.default_rng(2)
    measured = [measure(risk, n, random) for n in SIZES]
    errors = np.array([errors for errors, _ in measured]).T
    of_gradient, of_step, of_both = errors
    ratio = float(np.exp(np.mean(np.log(of_step / of_gradient))))
    print(f"condition number {condition:.0f}; errors with {SIZES[0]} rows: gradient {of_gradient[0]:.2f},")
    print(f"Newton step {of_step[0]:.2f}, with the batch's own Hessian {of_both[0]:.2f}")
    print(
        f"the step's error is {ratio:.1f} times the gradient's: {ratio**2:.0f} times the rows make up for it"
    )
    for found in (of_gradient, of_step):
        assert abs(np.polyfit(np.log(SIZES), np.log(found), 1)[0] + 0.5) < 0.06
    assert 5 < ratio < condition
    assert of_gradient[0] < 0.5
    assert 1 < of_step[0] < of_both[0]
    assert of_step[-1] > 0.5 * of_gradient[0]  # a hundred times the rows, and hardly better

    spreads = [np.std(values @ vectors, axis=0) for values in measured[SIZES.index(1000)][1]]
    save("newton_batch_size", lambda: draw(errors, eigenvalues, spreads))


def draw(errors, eigenvalues, spreads):
    """Errors by batch size, and their spread along the eigenvectors of H."""
    figure = new_figure(2)
    left, right = figure.subplots(1, 2)
    for k, (name, found) in enumerate(zip(NAMES, errors, strict=True)):
        left.loglog(SIZES, found, marker="o", markersize=3, label=name, **look(k))
    left.axhline(1, color="0.6", linewidth=0.8)
    left.set_yticks([0.03, 0.1, 0.3, 1, 3], ["3 %", "10 %", "30 %", "100 %", "300 %"])
    left.minorticks_off()
    left.set_title("relative error, median")
    left.set_xlabel("rows in a batch")
    left.legend()
    for k, (name, spread) in enumerate(zip(NAMES, spreads, strict=True)):
        right.loglog(eigenvalues, spread, marker="o", markersize=3, label=name, **look(k))
    right.set_title("standard deviation by eigenvector, 1,000 rows")
    right.set_xlabel("eigenvalue of H")
    right.legend()
    return figure


if __name__ == "__main__":
    main()
