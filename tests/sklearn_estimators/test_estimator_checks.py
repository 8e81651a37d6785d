"""All that scikit-learn asks of an estimator, none of it excused."""

from __future__ import annotations

from typing import Any

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from ravine.sklearn import MLPClassifier, MLPRegressor

# The checks hand over what no iteration can fit, and a few iterations: that this is said is right.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


CHECKS = parametrize_with_checks([MLPClassifier(), MLPRegressor()])


# Some versions hand over a generator, which pytest no longer takes.
@pytest.mark.parametrize(CHECKS.args[0], list(CHECKS.args[1]), **CHECKS.kwargs)
def test_scikit_learns_check(estimator: Any, check: Any) -> None:
    check(estimator)
