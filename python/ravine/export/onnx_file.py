"""A model as an ONNX graph."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ravine.atomic_file import atomic_output
from ravine.export.frozen import FrozenModel, Model, frozen
from ravine.export.onnx_graph import Graph, activate
from ravine.losses import as_loss
from ravine.network import Dense
from ravine.scaling import Standardizer

__all__ = ["to_onnx"]

# ONNX 1.4 of January 2019: the first with all operations that are used; every runtime since can read it.
_OPSET, _IR_VERSION = 9, 4
_LARGEST = (1 << 31) - (1 << 20)  # bytes: a protocol buffer ends at 2 GiB


def to_onnx(
    model: Model,
    path: str | os.PathLike[str],
    *,
    probabilities: bool | str = False,
    features: Sequence[str] | None = None,
    outputs: Sequence[str] | None = None,
) -> None:
    """Write a model as an ONNX file, for onnxruntime and others that read ONNX; needs ``ravine[onnx]``.

    The graph has the input ``X`` (N, n_in) and the output ``outputs`` (N, n_out), N free, both of the
    network's dtype; standardising is computed in float64 in between. It uses opset 9 (IR version 4), which
    runtimes read since 2019. Where onnxruntime has no float64 kernel of an activation (leaky_relu, elu,
    softplus, gelu), the graph computes it from simpler operations, to rounding.

    Parameters
    ----------
    model : the network, or the network with its standardisers.
    path : ends in ``.onnx``.
    probabilities : True adds the second output ``probabilities`` (N, n_out), as
        :meth:`ravine.MLP.predict_proba` returns it: softmax of several outputs, the logistic function of one;
        "cross_entropy" or "binary_cross_entropy" says which.
    features, outputs : names of the columns, kept in the metadata of the file as JSON lists.

    Raises
    ------
    ImportError : the package onnx is not installed.
    TypeError, ValueError : another kind of model or ending; a parameter that is not finite; names of another
        number; probabilities of scaled targets; more than 2 GiB.

    >>> import ravine as rv
    >>> net = rv.MLP([2, 3, 1], seed=0)
    >>> rv.export.to_onnx(net, "net.onnx")
    >>> import onnx
    >>> [value.name for value in onnx.load("net.onnx").graph.output]
    ['outputs']
    """
    content = frozen(model, path, ".onnx", features, outputs)
    loss = _loss(content, probabilities)
    size = sum(layer.weight.nbytes for layer in content.layers)
    if size > _LARGEST:
        raise ValueError(f"model must have less than 2 GiB of weights to be an ONNX file, got {size} bytes")
    serialized = _proto(content, loss).SerializeToString(deterministic=True)
    with atomic_output(path) as file:
        file.write(serialized)


def _loss(model: FrozenModel, probabilities: bool | str) -> str | None:
    """The loss whose probabilities are wanted, if any."""
    if probabilities is False:
        return None
    if model.targets is not None:
        raise ValueError("probabilities must be False for a model with scaled targets: it is a regression")
    if probabilities is True:
        return "cross_entropy" if model.widths[-1] > 1 else "binary_cross_entropy"
    name = as_loss(probabilities).name
    if name not in ("cross_entropy", "binary_cross_entropy"):
        raise ValueError(
            f"probabilities must be False, True, 'cross_entropy' or 'binary_cross_entropy', got {name!r}"
        )
    return name


def _proto(model: FrozenModel, loss: str | None) -> Any:
    """The ONNX ModelProto."""
    import ravine

    try:
        import onnx
    except ImportError as error:
        raise ImportError("ONNX files need the package onnx: pip install 'ravine[onnx]'") from error
    graph = Graph(model.dtype)
    raw = _answer(graph, model)
    names = {"outputs": raw}
    if loss == "cross_entropy":
        names["probabilities"] = graph.add("Softmax", raw, axis=1)
    elif loss == "binary_cross_entropy":
        names["probabilities"] = graph.add("Sigmoid", raw)
    for name, result in names.items():
        graph.nodes.append(onnx.helper.make_node("Identity", [result], [name]))

    def value(name: str, width: int) -> Any:
        kind = onnx.helper.np_dtype_to_tensor_dtype(model.dtype)
        return onnx.helper.make_tensor_value_info(name, kind, ["N", width])

    proto = onnx.helper.make_model(
        onnx.helper.make_graph(
            graph.nodes,
            "ravine",
            [value("X", model.widths[0])],
            [value(name, model.widths[-1]) for name in names],
            initializer=graph.constants,
            doc_string=model.summary(),
        ),
        opset_imports=[onnx.helper.make_opsetid("", _OPSET)],
        ir_version=_IR_VERSION,
        producer_name="ravine",
        producer_version=ravine.__version__,
    )
    metadata = {"features": model.features, "outputs": model.outputs}
    onnx.helper.set_model_props(
        proto,
        {name: json.dumps(list(value), ensure_ascii=False) for name, value in metadata.items() if value},
    )
    return proto


def _answer(graph: Graph, model: FrozenModel) -> str:
    """Add the nodes from X to the raw outputs, and return the name of these."""
    A = "X"
    if model.inputs is not None:
        A = _scaled(graph, A, model.inputs, into=True)
    for layer in model.layers:
        A = activate(graph, layer.activation, _affine(graph, A, layer))
    return A if model.targets is None else _scaled(graph, A, model.targets, into=False)


def _affine(graph: Graph, A: str, layer: Dense) -> str:
    """A W + b; in float64 as A W - (-b).

    onnxruntime 1.17, for one, fuses a sum and the activation after it into what it cannot compute in float64.
    """
    weight = graph.constant(layer.weight)
    if layer.bias is None:
        return graph.add("MatMul", A, weight)
    if layer.bias.dtype == np.float32:
        return graph.add("Gemm", A, weight, graph.constant(layer.bias))
    return graph.add("Sub", graph.add("MatMul", A, weight), graph.constant(-layer.bias))


def _scaled(graph: Graph, A: str, scaling: Standardizer, into: bool) -> str:
    """Standardise, or undo it, in float64."""
    mean: NDArray[np.float64] = scaling.mean
    wide = graph.cast(A, np.dtype(np.float64))
    if into:
        result = graph.add("Div", graph.add("Sub", wide, graph.constant(mean)), graph.constant(scaling.scale))
    else:
        result = graph.add("Add", graph.add("Mul", wide, graph.constant(scaling.scale)), graph.constant(mean))
    return graph.cast(result, graph.dtype)
