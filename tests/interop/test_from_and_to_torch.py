"""Networks to PyTorch and back: the same parameters to the bit, the same outputs to rounding."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import ravine as rv
from support.exported import ACTIVATIONS, DTYPES, assert_equal_to_rounding, network, samples, scaled

torch = pytest.importorskip("torch")
nn = torch.nn


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("activation", sorted(set(ACTIVATIONS) - {"sin"}))
def test_there_and_back(activation: str, dtype: str) -> None:
    net = network(activation, dtype)
    module = rv.to_torch(net)
    X = samples(net)
    with torch.no_grad():
        assert_equal_to_rounding(net, X, module(torch.from_numpy(X)).numpy())
    again = rv.from_torch(module)
    assert repr(again) == repr(net)
    assert again.biases == net.biases
    assert again.theta.tobytes() == net.theta.tobytes()


def test_both_are_copies() -> None:
    net = network("tanh", "float64")
    before = net.theta.copy()
    module = rv.to_torch(net)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.zero_()
    assert net.theta.tobytes() == before.tobytes()
    again = rv.from_torch(module)
    again.theta[:] = 1
    assert float(module[0].weight.detach().abs().sum()) == 0


def test_a_new_module_can_be_trained_and_nothing_is_drawn_for_it() -> None:
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    module = rv.to_torch(network("tanh", "float32"))
    assert torch.equal(torch.rand(1), expected)
    module(torch.ones(1, 3)).sum().backward()
    assert all(parameter.grad is not None for parameter in module.parameters())


def test_modules_as_people_write_them() -> None:
    torch.manual_seed(0)
    inner = nn.Sequential(nn.Linear(4, 4, bias=False), nn.Linear(4, 2), nn.Identity())
    net = rv.from_torch(nn.Sequential(nn.Linear(3, 4), nn.ReLU(inplace=True), inner))
    assert net.widths == (3, 4, 4, 2)
    assert net.activations == ("relu", "identity", "identity")
    assert net.biases == (True, False, True)
    linear = rv.from_torch(nn.Linear(3, 2).double())
    assert (linear.widths, linear.dtype) == ((3, 2), np.float64)


def test_softplus_has_a_threshold() -> None:
    """PyTorch's own, 20, is right to 2e-9."""
    module = nn.Sequential(nn.Linear(1, 1).double(), nn.Softplus())
    net = rv.from_torch(module)
    net.theta[:] = 1, 0
    X = np.linspace(15, 25, 101)[:, None]
    with torch.no_grad():
        module[0].weight.fill_(1)
        module[0].bias.zero_()
        got = module(torch.from_numpy(X)).numpy()
    assert 1e-10 < np.abs(got - net.predict(X)).max() < 2.1e-9


REFUSED: list[tuple[Any, type[Exception], str]] = [
    (nn.Sequential(), ValueError, "at least one Linear"),
    (nn.Sequential(nn.Tanh(), nn.Linear(2, 1)), ValueError, r"Linear before each activation, got Tanh\(\)"),
    (nn.Sequential(nn.Linear(2, 1), nn.Tanh(), nn.ReLU()), ValueError, r"got ReLU\(\) without one"),
    (nn.Sequential(nn.Linear(2, 3), nn.Linear(2, 1)), ValueError, "must pass 3 outputs on, got Linear"),
    (
        nn.Sequential(nn.Linear(2, 3), nn.Softmax(dim=1)),
        ValueError,
        "must consist of Linear and .*got Softmax",
    ),
    (nn.Sequential(nn.Linear(2, 3), nn.Dropout(0.1)), ValueError, "got Dropout"),
    (
        nn.Sequential(nn.Linear(2, 3), nn.LeakyReLU(0.2)),
        ValueError,
        "with negative_slope = 0.01, got LeakyReLU",
    ),
    (nn.Sequential(nn.Linear(2, 3), nn.ELU(alpha=2)), ValueError, "with alpha = 1.0"),
    (nn.Sequential(nn.Linear(2, 3), nn.Softplus(beta=2)), ValueError, "with beta = 1.0"),
    (nn.Sequential(nn.Linear(2, 3), nn.GELU("tanh")), ValueError, "with approximate = none"),
    (nn.Sequential(nn.Linear(2, 3).half()), TypeError, "must be float32 or float64, got float16"),
    (nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1).double()), TypeError, "got float32, float64"),
    (rv.MLP([2, 1]), TypeError, "must be a torch.nn.Sequential, got MLP"),
]


@pytest.mark.parametrize(("module", "kind", "message"), REFUSED)
def test_modules_that_are_no_such_networks(module: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        rv.from_torch(module)


def test_networks_that_torch_has_no_modules_for() -> None:
    with pytest.raises(ValueError, match=r"activations that torch\.nn has, got 'sin'"):
        rv.to_torch(network("sin", "float64"))
    with pytest.raises(
        TypeError, match=r"net must be a ravine.MLP \(of a ScaledModel: its net\), got ScaledM"
    ):
        rv.to_torch(scaled(network("tanh", "float64")))  # type: ignore[arg-type]  # that is the test
