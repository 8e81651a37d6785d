"""How strong should l2 be? The log evidence of the training rows, beside the error on rows held out.

442 patients with diabetes (in scikit-learn), 300 of them to train on, a network of eight hidden units.
"""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np

import ravine as rv


def main() -> None:
    if find_spec("sklearn") is None:
        print("nothing to show: the patients come with scikit-learn, pip install 'ravine[sklearn]'")
        return
    from sklearn.datasets import load_diabetes

    X, y = load_diabetes(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(y))
    training, held_out = order[:300], order[300:]
    net = rv.MLP([10, 8, 1], seed=0)
    model = rv.ScaledModel.fit_scaling(net, X[training], y[training])
    risk = rv.EmpiricalRisk(net, model.network_inputs(X[training]), model.network_targets(y[training]))

    def error() -> float:
        return float(np.sqrt(np.mean((model.predict(X[held_out])[:, 0] - y[held_out]) ** 2)))

    strengths = np.geomspace(1, 1e-4, 17)
    evidence, errors = [], []
    for l2 in strengths:  # from strong to weak, each from the last minimum
        current = risk.with_l2(float(l2))
        rv.minimize(current)
        evidence.append(rv.laplace(current).log_evidence)
        errors.append(error())
        print(f"l2 {l2:8.1e}: log evidence {evidence[-1]:7.1f}, error on held-out rows {errors[-1]:.1f}")

    found = {}
    for search in ("evidence", "fixed-point"):
        net.initialize(seed=0)
        fit = rv.fit_evidence(risk, search=search)
        found[search] = fit.posterior.log_evidence, error()
        print(
            f"{search}: l2 {fit.risk.l2[0]:.1e} after {len(fit.rounds)} rounds, log evidence "
            f"{found[search][0]:.1f}, error {found[search][1]:.1f}; {fit.message}"
        )
    # The most probable strength is nearly the best one, and MacKay's rule passes it.
    assert errors[int(np.argmax(evidence))] < 1.02 * min(errors)
    assert found["evidence"][1] < 1.04 * min(errors)
    assert found["fixed-point"][0] < found["evidence"][0] - 10
    assert found["fixed-point"][1] > 1.05 * min(errors)


if __name__ == "__main__":
    main()
