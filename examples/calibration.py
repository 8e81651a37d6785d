"""Are error bars honest? Cross-validation on real data, the picture of docs/uncertainty.md.

442 patients with diabetes (in scikit-learn): the progress of the disease a year later, and the question if it
is above the median. And the digits that come with ravine. What is claimed for rows that were held out, beside
what happened. With a folder as argument the picture is written there.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import Any

import numpy as np
from experiments._picture import new_figure, save

import ravine as rv
from ravine.plots.calibration import draw_calibration
from ravine.uncertainty import Calibration, coverage, reliability

FOLDS = 5
WEAK = 3e-3


def folds(rows: int) -> list[tuple[Any, Any]]:
    """Row numbers to train on and to ask about."""
    number = np.random.default_rng(0).permutation(rows) % FOLDS
    return [(np.flatnonzero(number != k), np.flatnonzero(number == k)) for k in range(FOLDS)]


def posterior_of(model: rv.ScaledModel, X: Any, y: Any, loss: str, by_evidence: bool) -> rv.LaplacePosterior:
    """Train, with the penalty by evidence or a weak one, and take the posterior there."""
    risk = rv.EmpiricalRisk(model.net, model.network_inputs(X), y, loss=loss, l2=WEAK)
    if by_evidence:
        return rv.fit_evidence(risk, model=model, tolerance=0.2).posterior
    rv.minimize(risk)
    return rv.laplace(risk, model=model)


def intervals(X: Any, y: Any) -> dict[str, Calibration]:
    """Coverage of a regression's intervals, with and without what is open about the function."""
    found: dict[str, Any] = {name: np.zeros((3, len(y))) for name in ("evidence", "weak", "residuals")}
    for k, (train, held_out) in enumerate(folds(len(y))):
        for by_evidence in (True, False):
            net = rv.MLP([10, 8, 1], seed=k)
            model = rv.ScaledModel.fit_scaling(net, X[train], y[train])
            targets = model.network_targets(y[train])
            posterior = posterior_of(model, X[train], targets, "squared_error", by_evidence)
            mean, std = posterior.predict(X[held_out], noise=True)
            name = "evidence" if by_evidence else "weak"
            found[name][:, held_out] = y[held_out], mean[:, 0], std[:, 0]
        rest = np.sqrt(np.mean((model.predict(X[train])[:, 0] - y[train]) ** 2))
        found["residuals"][:, held_out] = y[held_out], mean[:, 0], np.full(len(held_out), rest)
    return {name: coverage(*rows) for name, rows in found.items()}


def classes(X: Any, y: Any, widths: list[int], loss: str, by_evidence: bool) -> dict[str, Calibration]:
    """Reliability of the probabilities at the minimum, and of those averaged over the posterior."""
    plain, averaged = np.zeros((2, len(y), widths[-1]))
    for k, (train, held_out) in enumerate(folds(len(y))):
        model = rv.ScaledModel.fit_scaling(rv.MLP(widths, seed=k), X[train])
        posterior = posterior_of(model, X[train], y[train], loss, by_evidence)
        plain[held_out] = model.predict_proba(X[held_out])
        averaged[held_out] = posterior.predict_proba(X[held_out])
    return {"at the minimum": reliability(plain, y), "Laplace": reliability(averaged, y)}


def main() -> None:
    if find_spec("sklearn") is None:
        print("nothing to show: the patients come with scikit-learn, pip install 'ravine[sklearn]'")
        return
    from sklearn.datasets import load_diabetes

    X, y = load_diabetes(return_X_y=True)
    regression = intervals(X, y)
    above = classes(X, (y > np.median(y)).astype(int), [10, 8, 2], "cross_entropy", by_evidence=False)
    pixels, digits = rv.datasets.digits()
    digit = classes(pixels, digits, [64, 8, 10], "cross_entropy", by_evidence=False)

    for title, reports in (("progress", regression), ("above the median", above), ("digits", digit)):
        for name, report in reports.items():
            print(f"{title}, {name}: off by {100 * report.error:.1f} %")
    # Held-out targets lie inside as often as claimed; residuals of the training rows alone claim too much.
    assert regression["evidence"].error < 0.025
    assert regression["weak"].error < 0.7 * regression["residuals"].error
    assert regression["residuals"].observed[17] < 0.8 < regression["evidence"].observed[17]
    # Where classes overlap, averaging takes away some false certainty; where they do not, it doubts too much.
    assert above["Laplace"].error < above["at the minimum"].error
    assert digit["Laplace"].error > digit["at the minimum"].error

    names = {"evidence": "l2 by evidence", "weak": "weak l2", "residuals": "weak l2, residuals alone"}
    panels = {
        "diabetes: targets inside, %": {names[name]: report for name, report in regression.items()},
        "diabetes above the median: right, %": above,
        "digits: right, %": digit,
    }

    def picture() -> Any:
        figure = new_figure(3)
        for axes, (title, reports) in zip(figure.subplots(1, 3), panels.items(), strict=True):
            draw_calibration(axes, reports)
            axes.set_title(title)
        return figure

    if len(sys.argv) > 1:
        save("calibration", picture)


if __name__ == "__main__":
    main()
