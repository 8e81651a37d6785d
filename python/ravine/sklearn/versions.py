"""What scikit-learn's versions call by different names."""

from __future__ import annotations

from typing import Any

try:
    from sklearn.utils.validation import validate_data
except ImportError:  # before 1.6

    def validate_data(estimator: Any, /, X: Any, y: Any = "no_validation", **rules: Any) -> Any:
        """Check X, and y where there is one, as scikit-learn does; remember the columns with reset=True."""
        return estimator._validate_data(X, y, **rules)


__all__ = ["validate_data"]
