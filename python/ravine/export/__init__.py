"""Trained models for programs without ravine: ONNX, one C function, one NumPy function.

Each exporter takes a :class:`ravine.MLP` or a :class:`ravine.ScaledModel`, checks that its parameters are
finite, and replaces the file in one step. What is exported maps raw inputs to raw outputs: the standardisers
are part of it.
"""

from ravine.export.c_source import to_c
from ravine.export.numpy_source import to_numpy
from ravine.export.onnx_file import to_onnx

__all__ = ["to_c", "to_numpy", "to_onnx"]
