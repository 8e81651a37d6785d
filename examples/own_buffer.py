"""Work on memory that you own: a network living in your array, and an update rule without a network."""

from __future__ import annotations

import numpy as np

import ravine as rv


def network_in_my_array() -> None:
    """Two networks side by side in one array, trained in place."""
    shape = [1, 16, 1]
    count = rv.MLP(shape).parameter_count
    both = np.zeros((2, count))
    X = np.linspace(-1, 1, 64)[:, None]
    for buffer, target in zip(both, (np.sin(3 * X), X**2), strict=True):
        net = rv.MLP(shape, activation="tanh", seed=0)
        buffer[:] = net.theta  # the start; bind adopts what stands in the buffer
        net.bind(buffer)
        risk = rv.EmpiricalRisk(net, X, target)
        optimizer = rv.optim.Adam(lr=1e-2)
        gradient = np.empty(count)
        for _ in range(1500):
            risk.gradient(out=gradient)
            optimizer.step(buffer, gradient)
        assert np.shares_memory(net.layers[0].weight, both)
        print(f"risk {risk.value():.2e}, and the numbers are in my array")
        assert risk.value() < 1e-3


def update_rule_alone() -> None:
    """Gradient descent with momentum on ½ xᵀAx, A ill-conditioned: no network anywhere."""
    curvature = np.array([1.0, 100.0])
    x = np.array([1.0, 1.0])
    optimizer = rv.optim.SGD(lr=0.03, momentum=0.7)
    for _ in range(400):
        optimizer.step(x, curvature * x)
    print(f"distance from the minimum: {np.linalg.norm(x):.1e}")
    assert np.linalg.norm(x) < 1e-10


if __name__ == "__main__":
    network_in_my_array()
    update_rule_alone()
