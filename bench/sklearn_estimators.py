"""scikit-learn's estimators beside ravine's, the import being all that differs: seconds, test scores.

``python -m bench.sklearn_estimators --out docs/from_scikit_learn.md`` writes the table of that page.
"""

from __future__ import annotations

import argparse
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, make_friedman1
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier as TheirClassifier
from sklearn.neural_network import MLPRegressor as TheirRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bench.report import table, write_page
from ravine.sklearn import MLPClassifier, MLPRegressor

COMMAND = "python -m bench.sklearn_estimators --out docs/from_scikit_learn.md"
BEGIN = f"<!-- measured: written by `{COMMAND}`, not by hand -->"
END = "<!-- end of measured -->"
SEEDS = range(5)
PROBLEMS: dict[str, tuple[Any, dict[str, Any]]] = {
    "digits, 64-100-10 relu": (load_digits, {}),
    "digits, 64-20-10 tanh": (load_digits, {"hidden_layer_sizes": (20,), "activation": "tanh"}),
    "breast cancer, 30-8-1 tanh": (load_breast_cancer, {"hidden_layer_sizes": (8,), "activation": "tanh"}),
    "diabetes, 10-100-1 relu": (load_diabetes, {}),
    "diabetes, 10-8-1 tanh, alpha=30": (
        load_diabetes,
        {"hidden_layer_sizes": (8,), "activation": "tanh", "alpha": 30.0},
    ),
    "Friedman 1, 3,000 rows, 10-20-1 tanh": (
        lambda return_X_y: make_friedman1(3000, noise=1.0, random_state=0),  # noqa: ARG005  # called like the loaders
        {"hidden_layer_sizes": (20,), "activation": "tanh"},
    ),
}


def measure(model: Any, X: Any, y: Any, classes: bool) -> tuple[float, float, float]:
    """Median seconds of a fit, mean and standard deviation of the test score over splits."""
    seconds, scores = [], []
    for seed in SEEDS:
        parts = train_test_split(X, y, random_state=seed, stratify=y if classes else None)
        fresh = clone(model)
        (fresh[-1] if hasattr(fresh, "steps") else fresh).set_params(random_state=seed)
        began = time.perf_counter()
        fresh.fit(parts[0], parts[2])
        seconds.append(time.perf_counter() - began)
        scores.append(fresh.score(parts[1], parts[3]))
    return float(np.median(seconds)), float(np.mean(scores)), float(np.std(scores))


def rows() -> list[list[str]]:
    """A row for each problem and estimator: seconds, score."""
    found = []
    for name, (load, options) in PROBLEMS.items():
        X, y = load(return_X_y=True)
        classes = y.dtype.kind == "i"
        ours, theirs = (MLPClassifier, TheirClassifier) if classes else (MLPRegressor, TheirRegressor)
        lbfgs = theirs(solver="lbfgs", **options)
        for title, model in (
            ("scikit-learn", theirs(**options)),
            ("scikit-learn, standardised", make_pipeline(StandardScaler(), theirs(**options))),
            ("scikit-learn, standardised, lbfgs", make_pipeline(StandardScaler(), lbfgs)),
            ("ravine", ours(**options)),
            ("ravine, adam", ours(solver="adam", **options)),
        ):
            seconds, score, spread = measure(model, X, y, classes)
            found.append([name, title, f"{seconds:.3g}", f"{score:.3f} ± {spread:.3f}"])
    return found


def main() -> None:
    """Print the table, and write it into a page if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, help="a page with the two marks")
    options = parser.parse_args()
    # Defaults end at max_iter: the comparison is about what a program gets that leaves them as they are.
    warnings.simplefilter("ignore", ConvergenceWarning)
    measured = table(["problem", "estimator", "seconds", "test score"], rows())
    print(measured)
    if options.out:
        write_page(options.out, measured + "\n", BEGIN, END)


if __name__ == "__main__":
    main()
