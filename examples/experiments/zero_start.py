"""All weights at zero: a strict saddle for one hidden layer, flat ground for two, and a way out of each.

Fact: without biases, and with σ(0) = 0, the start at zero is a critical point. The lowest term of J in
the weights has as many factors as there are layers of them: with two it gives the Hessian negative
eigenvalues, with three the Hessian vanishes (critical points: Goodfellow, Bengio and Courville 2016,
§8.2.3; perturbed descent: Jin et al. 2017).
Set-up: 2-6-1 and 2-6-6-1 tanh networks at zero; descent, the minimisers that look at curvature, and
descent with noise.
Outcome: the certificates are SADDLE and FLAT; descent moves neither; Newton's method and the trust region
leave the first in one step along negative curvature, and on the second, where there is none, end and say
so; one draw of noise leaves the second.
"""

from __future__ import annotations

import numpy as np
from _picture import look, new_figure, save

import ravine as rv

SHALLOW, DEEP = [2, 6, 1], [2, 6, 6, 1]
MINIMISERS = {"Newton": "newton", "trust region": "trust-region"}
NOISE = rv.Perturbation("normal", scale=0.1, gradient_norm_below=1e-6)
UPDATES = 150


def data() -> tuple[np.ndarray, np.ndarray]:
    X = np.random.default_rng(0).uniform(-1, 1, (200, 2))
    return X, X[:, 0] - X[:, 1] ** 3


def at_zero(sizes: list[int]) -> rv.EmpiricalRisk:
    return rv.EmpiricalRisk(rv.MLP(sizes, activation="tanh", bias=False, initializer="zeros"), *data())


def descent(sizes: list[int], perturbation: rv.Perturbation | None = None) -> np.ndarray:
    """J at zero and after each update."""
    risk = at_zero(sizes)
    values = [risk.value()]
    rv.fit(
        risk.net,
        *data(),
        optimizer=rv.optim.SGD(lr=0.3),
        epochs=UPDATES,
        batch_size=None,
        perturbation=perturbation,
        callbacks=[lambda _: values.append(risk.value()) and None],
    )
    return np.array(values)


def minimised(sizes: list[int], method: str) -> tuple[rv.MinimizeResult, np.ndarray]:
    """The result from zero, and J before the first iteration and after each."""
    risk = at_zero(sizes)
    before = risk.value()
    result = rv.minimize(risk, method=method, maxiter=30, certificate=True)
    return result, np.append(before, result.history.loss)


def main() -> None:
    names = {"one hidden layer": SHALLOW, "two hidden layers": DEEP}
    points = {name: rv.diagnostics.critical_point(at_zero(sizes)) for name, sizes in names.items()}
    for name, point in points.items():
        print(f"{name}: {point.verdict.name}, positive, zero, negative: {tuple(point.inertia)}")
    saddle, flat = points.values()
    assert saddle.verdict is rv.diagnostics.PointVerdict.SADDLE
    assert tuple(saddle.inertia) == (6, 6, 6)
    assert flat.verdict is rv.diagnostics.PointVerdict.FLAT
    assert saddle.gradient_norm == flat.gradient_norm == 0

    still = {name: descent(sizes) for name, sizes in names.items()}
    for values in still.values():
        assert (values == values[0]).all()

    way_out = rv.diagnostics.negative_curvature(at_zero(SHALLOW))
    assert way_out.found
    assert way_out.lowest_value < 0.5 * saddle.value
    assert not rv.diagnostics.negative_curvature(at_zero(DEEP)).found

    left = {}
    for name, method in MINIMISERS.items():
        result, left[name] = minimised(SHALLOW, method)
        assert result.history.left_saddle[0]
        assert result.fun < 0.05 * saddle.value
        stuck, _ = minimised(DEEP, method)
        assert stuck.nit == 0
        assert stuck.certificate.verdict is rv.diagnostics.PointVerdict.FLAT
        print(f"{name}: J {saddle.value:.3f} → {result.fun:.4f} from the saddle, no step on flat ground")

    noisy = descent(DEEP, NOISE)
    print(f"descent with noise: J {flat.value:.3f} → {noisy[-1]:.4f} from flat ground")
    assert noisy[-1] < 0.06 * flat.value

    save("zero_start", lambda: draw(still, left, noisy))


def draw(still, left, noisy):
    """One panel for each depth."""
    figure = new_figure(2)
    shallow, deep = figure.subplots(1, 2, sharey=True)
    shallow.semilogy(still["one hidden layer"][:31], label="descent", **look(0))
    for k, (name, values) in enumerate(left.items(), start=1):
        shallow.semilogy(values, label=name, **look(k))
    shallow.set_title("one hidden layer: a strict saddle")
    shallow.set_xlabel("iteration")
    deep.semilogy(still["two hidden layers"], label="descent; Newton; trust region", **look(0))
    deep.semilogy(noisy, label="descent after one draw of noise", **look(3))
    deep.set_title("two hidden layers: flat")
    deep.set_xlabel("update")
    shallow.set_yticks([0.01, 0.03, 0.1, 0.3], ["0.01", "0.03", "0.1", "0.3"])
    shallow.set_ylabel("J")
    for axes in (shallow, deep):
        axes.minorticks_off()
        axes.legend(loc="center right")
    return figure


if __name__ == "__main__":
    main()
