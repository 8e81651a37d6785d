"""What may be stepped on: NumPy arrays, lists of them, and tensors of PyTorch that share memory with NumPy.

Nothing is copied: what cannot be seen as an array in place is refused. PyTorch is not imported; its tensors
are known by what they have.
"""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

__all__ = ["in_place", "refuse_not_finite"]


def in_place(buffer: Any, name: str) -> Any:
    """Return the buffer, or each of a list of buffers, as NumPy sees its memory; what is no tensor stays."""
    if isinstance(buffer, np.ndarray):
        return buffer
    if isinstance(buffer, (list, tuple)):
        return [in_place(item, f"{name}[{i}]") for i, item in enumerate(buffer)]
    if all(hasattr(buffer, attribute) for attribute in ("detach", "requires_grad", "device", "numpy")):
        return _array_of_tensor(buffer, name)
    return buffer


def _array_of_tensor(tensor: Any, name: str) -> NDArray[Any]:
    if tensor.requires_grad:
        raise TypeError(
            f"{name} is a tensor that requires grad; pass {name}.detach(), which shares its memory"
        )
    device = getattr(tensor.device, "type", tensor.device)
    if device != "cpu":
        raise TypeError(f"{name} must be a tensor on the CPU, got one on {device!r}; pass {name}.cpu()")
    if str(tensor.dtype) not in ("torch.float32", "torch.float64"):
        raise TypeError(f"{name} must be float32 or float64, got {tensor.dtype}")
    try:
        array = tensor.numpy()
    except (TypeError, RuntimeError) as error:
        raise TypeError(f"{name} is a tensor that NumPy cannot share memory with: {error}") from error
    assert isinstance(array, np.ndarray)
    return array


def refuse_not_finite(gradient: Any) -> NoReturn:
    """Raise ValueError that says where a gradient, or one of many, has an element that is not finite."""
    several = isinstance(gradient, (list, tuple))
    for i, array in enumerate(gradient if several else [gradient]):
        for place in np.argwhere(~np.isfinite(array))[:1].tolist():
            name, index = f"gradient[{i}]" if several else "gradient", tuple(place)
            raise ValueError(f"{name} must be finite, got {array[index]} at index {index}; theta stays")
    raise ValueError("gradient must be finite; theta stays")  # somebody has changed it since
