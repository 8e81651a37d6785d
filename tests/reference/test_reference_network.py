"""The textbook's packing, forward sweep and Jacobian."""

from __future__ import annotations

import numpy as np
import pytest

from ravine.reference import Network, forward, jacobian, pack, predict, unpack

NET = Network([3, 4, 2], ["tanh", "identity"], [True, False])
THETA = np.random.default_rng(1).normal(size=NET.parameter_count)


def test_a_layer_is_one_row_major_matrix_whose_last_row_is_the_bias() -> None:
    theta = np.arange(24.0)
    first, second = unpack(NET, theta)
    assert first.bias is not None
    np.testing.assert_array_equal(np.vstack([first.weight, first.bias]), np.arange(16.0).reshape(4, 4))
    np.testing.assert_array_equal(second.weight, np.arange(16.0, 24.0).reshape(4, 2))
    assert second.bias is None


def test_layers_are_views_and_pack_is_the_inverse_of_unpack() -> None:
    theta = THETA.copy()
    layers = unpack(NET, theta)
    assert all(np.shares_memory(layer.weight, theta) for layer in layers)
    np.testing.assert_array_equal(pack(layers), theta)


def test_theta_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="24 parameters, got 25"):
        unpack(NET, np.zeros(25))


def test_forward_of_a_network_done_by_hand() -> None:
    net = Network([2, 2, 1], ["relu", "identity"], [True, True])
    #                       W_1, row by row         b_1          W_2          b_2
    theta = np.concatenate([[1.0, -1.0, 2.0, 1.0], [0.5, -3.0], [10.0, 7.0], [0.25]])
    sweep = forward(net, theta, np.array([[1.0, 1.0], [0.0, 4.0]]))
    np.testing.assert_array_equal(sweep.Z[0], [[3.5, -3.0], [8.5, 1.0]])
    np.testing.assert_array_equal(sweep.A[1], [[3.5, 0.0], [8.5, 1.0]])
    np.testing.assert_array_equal(sweep.A[2], [[35.25], [92.25]])


@pytest.mark.parametrize("name", ["identity", "tanh", "sin"])
def test_jacobian_is_the_complex_step(name: str) -> None:
    """∂f/∂θ_p = Im f(θ + i h e_p) / h, without a difference to cancel: Squire and Trapp (1998)."""
    net = Network([3, 4, 4, 2], [name, name, "identity"], [True, False, True])
    rng = np.random.default_rng(2)
    theta, X = rng.normal(size=net.parameter_count), rng.normal(size=(5, 3))
    J = jacobian(net, theta, X)
    for p in range(net.parameter_count):
        moved = theta.astype(complex)
        moved[p] += 1e-200j
        np.testing.assert_allclose(J[:, :, p], predict(net, moved, X).imag / 1e-200, atol=1e-14, rtol=1e-13)
