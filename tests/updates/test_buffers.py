"""Steps on whatever holds parameters: arrays of any shape, lists of them, tensors that share their memory."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from trajectories import FORMS, title

import ravine as rv
from support.problems import DTYPES

MARK = 7.0


class FakeTensor:
    """What ravine looks at in a tensor of PyTorch; the real thing is tested where it is installed."""

    def __init__(
        self, array: NDArray[Any], requires_grad: bool = False, device: str = "cpu", dtype: str = ""
    ) -> None:
        self.array, self.requires_grad, self.device = (
            array,
            requires_grad,
            type("Device", (), {"type": device})(),
        )
        self.dtype = dtype or f"torch.{array.dtype}"

    def detach(self) -> FakeTensor:
        return FakeTensor(self.array)

    def numpy(self) -> NDArray[Any]:
        if self.array.size == 0:
            raise RuntimeError("a layout that NumPy does not know")
        return self.array


def rows(count: int, n: int = 12, dtype: str = "float64") -> list[NDArray[Any]]:
    rng = np.random.default_rng(3)
    return [rng.normal(size=n).astype(dtype) for _ in range(count)]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("name", "options"), FORMS, ids=title)
def test_arrays_of_any_shape_and_lists_move_like_one_vector(
    name: str, options: dict[str, Any], dtype: str
) -> None:
    make = getattr(rv.optim, name)
    vector, *gradients = rows(4, dtype=dtype)
    block, parts = vector.reshape(2, 3, 2).copy(), [vector[:4].reshape(2, 2).copy(), vector[4:].copy()]
    rules = [make(**options) for _ in range(3)]
    for g in gradients:
        rules[0].step(vector, g)
        rules[1].step(block, g.reshape(2, 3, 2))
        rules[2].step(tuple(parts), [g[:4].reshape(2, 2), g[4:]])
    assert block.tobytes() == vector.tobytes()
    assert parts[0].tobytes() + parts[1].tobytes() == vector.tobytes()
    assert rules[2].sizes == [4, 8]
    for key, value in rules[0].state.items():
        np.testing.assert_array_equal(rules[2].state[key], value)


def test_the_state_has_the_names_of_torch() -> None:
    names = {}
    for name, options in FORMS:
        optimizer = getattr(rv.optim, name)(**options)
        assert optimizer.state == {}
        optimizer.step(np.ones(3), np.ones(3))
        names[name, title(options)] = set(optimizer.state)
    assert names["SGD", "defaults"] == set()
    assert names["SGD", "momentum=0.9"] == {"momentum_buffer"}
    assert names["Adagrad", "defaults"] == {"sum"}
    assert names["RMSprop", "centered=True,momentum=0.5,weight_decay=0.1,alpha=0.9"] == {
        *("square_avg", "grad_avg", "momentum_buffer")
    }
    assert names["Adadelta", "defaults"] == {"square_avg", "acc_delta"}
    assert names["Adam", "weight_decay=0.1,amsgrad=True"] == {"exp_avg", "exp_avg_sq", "max_exp_avg_sq"}
    assert names["Adamax", "defaults"] == {"exp_avg", "exp_inf"}
    assert names["Rprop", "defaults"] == {"prev", "step_size"}
    assert names["Lion", "defaults"] == {"exp_avg"}


def test_a_list_that_does_not_fit_is_refused_and_nothing_moves() -> None:
    a, b, g, h = (np.full(n, MARK) for n in (4, 3, 4, 3))
    optimizer = rv.optim.Adam()
    bad: list[tuple[Any, Any, str]] = [
        ([a, b], [g], "as many arrays"),
        ([], [], "at least one"),
        ([a, b], g, "gradient must be a list"),
        (a, [g], "gradient"),
        ([a, b], [g, g], r"gradient\[1\].*shape"),
        ([a, b], [g, h.astype(np.float32)], r"gradient\[1\].*dtype"),
        ([a, b.astype(np.float32)], [g, h.astype(np.float32)], r"theta\[1\].*dtype"),
        ([a, [b]], [g, [h]], r"theta\[1\]"),
        ([a, a], [g, g], r"theta\[\d\] and theta\[\d\] must not overlap"),
        ([a, b], [g, b], r"theta\[1\] and gradient\[1\] must not overlap"),
        ([a[::2], b], [g[::2], h], r"theta\[0\].*contiguous"),
        ([np.asfortranarray(np.ones((2, 2)))], [np.ones((2, 2))], "contiguous"),
        (np.ones((2, 2)).T, np.ones((2, 2)), "contiguous"),
        (a, g.reshape(2, 2), "shape"),
    ]
    for theta, gradient, told in bad:
        with pytest.raises((ValueError, TypeError), match=told):
            optimizer.step(theta, gradient)
    for array in (a, b, g, h):
        assert (array == MARK).all()
    assert optimizer.updates == 0
    optimizer.step([a, b], [g, h])


def test_gradients_may_share_memory_among_themselves() -> None:
    theta, gradient = [np.zeros(3), np.zeros(3)], np.ones(3)
    rv.optim.SGD(lr=1.0).step(theta, [gradient, gradient])
    np.testing.assert_array_equal(theta, -np.ones((2, 3)))


def test_a_restored_rule_without_vectors_still_knows_its_buffers() -> None:
    first, second = rv.optim.SGD(lr=0.5), rv.optim.SGD(lr=0.5)
    first.step(np.ones(4), np.ones(4))
    second.load_state_dict(first.state_dict())
    assert second.state_dict() == first.state_dict()
    theta = np.ones(5)
    with pytest.raises(ValueError, match="SGD: expected theta of the length of the state, 4, got 5"):
        second.step(theta, np.ones(5))
    assert (theta == 1).all()
    second.step(np.ones(4), np.ones(4))
    assert second.updates == 2


def test_buffers_swapped_between_steps_are_refused() -> None:
    a, b, g, h = np.ones(4), np.ones(3), np.ones(4), np.ones(3)
    for optimizer in (rv.optim.SGD(lr=1.0), rv.optim.Adam(lr=1.0)):
        optimizer.step([a, b], [g, h])
        kept = a.copy(), b.copy()
        for theta, gradient in (([b, a], [h, g]), ([a], [g]), (np.ones(7), np.ones(7))):
            with pytest.raises(ValueError, match=r"length of the state, 4, 3, got"):
                optimizer.step(theta, gradient)
        np.testing.assert_array_equal(a, kept[0])
        np.testing.assert_array_equal(b, kept[1])


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_a_gradient_that_is_not_finite(bad: float) -> None:
    """Refused, unless IEEE arithmetic shall go its way."""
    for name, options in FORMS:
        theta, gradient, optimizer = np.ones((2, 2)), np.ones((2, 2)), getattr(rv.optim, name)(**options)
        gradient[1, 0] = bad
        with pytest.raises(ValueError, match=r"gradient must be finite, got .* at index \(1, 0\)"):
            optimizer.step(theta, gradient)
        with pytest.raises(ValueError, match=r"gradient\[1\] must be finite"):
            optimizer.step([np.ones(1), theta], [np.ones(1), gradient])
        assert (theta == 1).all()
        assert optimizer.updates == 0
        if np.isnan(bad):
            optimizer.step(theta, gradient, check_finite=False)
            assert np.isnan(theta[1, 0])
            assert np.isfinite(theta[0]).all()


@pytest.mark.parametrize("n", [1, 31, 64, 1000, 70_001])
def test_one_bad_element_is_found_wherever_it_is(n: int) -> None:
    optimizer, theta = rv.optim.SGD(), np.zeros(n, np.float32)
    for place in {0, n // 2, n - 1}:
        gradient = np.full(n, np.finfo(np.float32).max)
        optimizer.step(theta.copy(), gradient)
        gradient[place] = np.inf
        with pytest.raises(ValueError, match=rf"gradient must be finite, got inf at index \({place},\)"):
            optimizer.step(theta, gradient)
    assert (theta == 0).all()


def test_a_tensor_moves_through_the_memory_that_it_shares() -> None:
    theta, gradient = np.ones(3), np.ones(3)
    rv.optim.SGD(lr=1.0).step(FakeTensor(theta), FakeTensor(gradient))
    assert (theta == 0).all()
    rv.optim.SGD(lr=1.0).step([FakeTensor(theta)], [gradient])
    assert (theta == -1).all()


def test_tensors_that_do_not_fit_are_refused_with_what_helps() -> None:
    array = np.ones(3)
    bad = [
        (FakeTensor(array, requires_grad=True), r"pass theta\.detach\(\)"),
        (FakeTensor(array, device="cuda"), "on the CPU, got one on 'cuda'"),
        (FakeTensor(array, dtype="torch.bfloat16"), r"float32 or float64, got torch\.bfloat16"),
        (FakeTensor(np.ones(0)), "cannot share memory with"),
    ]
    for tensor, told in bad:
        with pytest.raises(TypeError, match=told):
            rv.optim.SGD().step(tensor, np.ones(3))
    with pytest.raises(TypeError, match=r"pass gradient\[1\]\.detach\(\)"):
        rv.optim.SGD().step([np.ones(3), np.ones(3)], [array, FakeTensor(array, requires_grad=True)])


def test_tensors_of_torch() -> None:
    torch = pytest.importorskip("torch", reason="steps on its tensors", exc_type=ImportError)
    theta = torch.ones(3, dtype=torch.float64, requires_grad=True)
    (theta**2).sum().backward()
    optimizer = rv.optim.SGD(lr=0.25)
    with pytest.raises(TypeError, match=r"theta\.detach\(\)"):
        optimizer.step(theta, theta.grad)
    optimizer.step(theta.detach(), theta.grad)
    assert theta.tolist() == [0.5, 0.5, 0.5]
    with pytest.raises(TypeError, match="bfloat16"):
        optimizer.step(torch.ones(3, dtype=torch.bfloat16), torch.ones(3, dtype=torch.bfloat16))
    with pytest.raises(TypeError, match="meta"):
        optimizer.step(torch.ones(3, device="meta"), torch.ones(3))
    with pytest.raises(TypeError, match="cannot share memory"):
        optimizer.step(torch.eye(3).to_sparse(), torch.eye(3))
    with pytest.raises(ValueError, match="contiguous"):
        optimizer.step(torch.ones(2, 3).T, torch.ones(2, 3).T)


def test_rules_by_name() -> None:
    assert set(rv.optim.RULES) == {type(rule()).__name__ for rule in rv.optim.RULES.values()}
    assert isinstance(rv.optim.create("NADAM"), rv.optim.NAdam)
    with pytest.raises(ValueError, match="did you mean 'rmsprop'"):
        rv.optim.create("rms_prop")
    with pytest.raises(TypeError, match="did you mean 'momentum'"):
        rv.optim.create("sgd", {"momentun": 0.9})
    with pytest.raises(TypeError, match="make one of them"):
        rv.optim.Optimizer(lr=0.1)
