"""scikit-learn's multilayer perceptrons, trained by ravine: swapping the import is the migration.

>>> from ravine.sklearn import MLPRegressor
>>> from sklearn.datasets import load_diabetes
>>> from sklearn.model_selection import cross_val_score
>>> X, y = load_diabetes(return_X_y=True)
>>> model = MLPRegressor(hidden_layer_sizes=(8,), activation="tanh", alpha=30.0, random_state=0)
>>> bool(cross_val_score(model, X, y).mean() > 0.4)
True
"""

from __future__ import annotations

try:
    import sklearn
except ImportError as error:
    raise ImportError("ravine.sklearn needs scikit-learn: pip install 'ravine[sklearn]'") from error

if tuple(int(part) for part in sklearn.__version__.split(".")[:2]) < (1, 4):
    raise ImportError(
        "ravine.sklearn needs scikit-learn 1.4 or later, "
        f"there is {sklearn.__version__}: pip install 'ravine[sklearn]'"
    )

from ravine.sklearn.classifier import MLPClassifier
from ravine.sklearn.regressor import MLPRegressor

__all__ = ["MLPClassifier", "MLPRegressor"]
