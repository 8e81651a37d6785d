"""The array types that the textbook speaks of."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.floating[Any]]
"""Real numbers, float32 or float64; results keep the dtype of their arguments."""

Targets: TypeAlias = NDArray[Any]
"""Real numbers, or whole numbers that name classes."""
