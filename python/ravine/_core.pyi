"""The compiled core, whichever level was loaded; private; tests/architecture compares it with the module."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

def build_info() -> dict[str, Any]: ...
def prepare_exit() -> None: ...
def after_fork() -> None: ...
def get_num_threads() -> int: ...
def set_num_threads(count: int) -> None: ...
def limit_this_thread(count: int) -> None: ...
def available_threads() -> int: ...
def require_activation(name: str) -> None: ...

class Network:
    def __init__(
        self, widths: Sequence[int], activations: Sequence[str], biases: Sequence[bool], dtype: np.dtype[Any]
    ) -> None: ...
    @property
    def parameter_count(self) -> int: ...
    @property
    def offsets(self) -> tuple[int, ...]: ...
    def predict(self, theta: NDArray[Any], X: NDArray[Any], out: NDArray[Any]) -> None: ...
    def jacobian(self, theta: NDArray[Any], X: NDArray[Any], out: NDArray[Any]) -> None: ...

class Optimizer:
    lr: float
    momentum: float
    def __init__(self, rule: str, options: dict[str, float]) -> None: ...
    @property
    def looks_ahead(self) -> bool: ...
    @property
    def updates(self) -> int: ...
    @property
    def momentum_product(self) -> float: ...
    @property
    def sizes(self) -> list[int]: ...
    @property
    def state(self) -> dict[str, NDArray[Any]]: ...
    def try_step(self, theta: Any, gradient: Any, check_finite: bool) -> bool: ...
    def write_look_ahead(self, theta: NDArray[Any], out: NDArray[Any]) -> None: ...
    def restore(
        self, updates: int, momentum_product: float, sizes: Sequence[int], state: dict[str, NDArray[Any]]
    ) -> None: ...

class Risk:
    def __init__(
        self,
        network: Network,
        X: NDArray[Any],
        targets: NDArray[Any],
        sample_weight: NDArray[Any] | None,
        loss: str,
        parameter: float,
        function: Callable[[NDArray[Any], NDArray[Any]], tuple[Any, Any, Any]] | None,
        masked: bool,
        l1: Sequence[float],
        l2: Sequence[float],
        prior: NDArray[Any] | None,
        normaliser: float,
    ) -> None: ...
    def value(self, theta: NDArray[Any], rows: NDArray[np.int64] | None, normaliser: float) -> float: ...
    def value_and_gradient(
        self, theta: NDArray[Any], out: NDArray[Any], rows: NDArray[np.int64] | None, normaliser: float
    ) -> tuple[float, float]: ...
    def workspace_bytes(self, rows: int) -> int: ...
    def dense_matrix(
        self,
        positive: bool,
        theta: NDArray[Any],
        out: NDArray[Any],
        rows: NDArray[np.int64] | None,
        normaliser: float,
    ) -> None: ...
    def dense_matrix_bytes(self, positive: bool, rows: int) -> int: ...
    def signals(
        self,
        theta: NDArray[Any],
        rows: NDArray[np.int64] | None,
        least_slopes: NDArray[np.float64],
        units: NDArray[np.float64],
        layer_squares: NDArray[np.float64],
        gradient: NDArray[Any],
        second_moments: NDArray[np.float64] | None,
    ) -> tuple[float, int]: ...
    def signal_bytes(self, rows: int, second_moments: bool) -> int: ...

class Linearization:
    def __init__(
        self, risk: Risk, theta: NDArray[Any], rows: NDArray[np.int64] | None, normaliser: float
    ) -> None: ...
    @property
    def value(self) -> float: ...
    def copy_gradient(self, out: NDArray[Any]) -> None: ...
    def product(self, positive: bool, v: NDArray[Any], out: NDArray[Any]) -> None: ...

def matrix_product(
    risk: Risk,
    positive: bool,
    theta: NDArray[Any],
    v: NDArray[Any],
    out: NDArray[Any],
    rows: NDArray[np.int64] | None,
    normaliser: float,
) -> None: ...
def solve_curvature(
    risk: Risk,
    positive: bool,
    theta: NDArray[Any],
    shift: float,
    v: NDArray[Any],
    out: NDArray[Any],
    rows: NDArray[np.int64] | None,
    normaliser: float,
) -> tuple[int, float, int]: ...
def residuals(
    risk: Risk,
    theta: NDArray[Any],
    r: NDArray[Any],
    jacobian: NDArray[Any] | None,
    rows: NDArray[np.int64] | None,
    normaliser: float,
) -> None: ...
def product_bytes(risk: Risk, rows: int, vectors: int) -> int: ...
def linearization_bytes(risk: Risk, rows: int) -> int: ...
def run_epoch(
    risk: Risk,
    optimizer: Optimizer,
    theta: NDArray[Any],
    losses: NDArray[np.float64],
    norms: NDArray[np.float64],
    order: NDArray[np.int64] | None,
    settings: dict[str, Any],
) -> tuple[int, int]: ...
def gradient_norm(gradient: NDArray[Any]) -> float: ...
def vector_math(name: str, x: NDArray[Any], out: NDArray[Any]) -> None: ...
def activation(name: str, order: int, z: NDArray[Any], out: NDArray[Any]) -> None: ...
def loss(
    name: str,
    parameter: float,
    outputs: NDArray[Any],
    targets: NDArray[Any],
    weights: NDArray[Any] | None,
    value_out: NDArray[Any],
    gradient_out: NDArray[Any],
    hessian_out: NDArray[Any] | None,
    positive: bool,
) -> None: ...
def product(A: NDArray[Any], B: NDArray[Any], out: NDArray[Any]) -> None: ...
def permutation(seed: int, stream: int, out: NDArray[np.int64]) -> None: ...
def draws(seed: int, stream: int, out: NDArray[np.int64]) -> None: ...
def update_bound(
    kind: str, theta: NDArray[Any], gradient: NDArray[Any], states: list[NDArray[Any]]
) -> None: ...
def _repeat_step(optimizer: Optimizer, theta: NDArray[Any], gradient: NDArray[Any], count: int) -> None: ...

_Product = NDArray[np.float64] | Callable[[NDArray[np.float64]], NDArray[np.float64]]

def conjugate_gradient(
    product: _Product,
    b: NDArray[np.float64],
    x: NDArray[np.float64],
    direction: NDArray[np.float64],
    preconditioner: _Product | None,
    relative_tolerance: float,
    absolute_tolerance: float,
    max_iterations: int,
    radius: float,
    true_residual: bool,
) -> dict[str, Any]: ...
def lanczos(
    product: _Product,
    lowest: int,
    highest: int,
    dimension: int,
    tolerance: float,
    max_products: int,
    seed: int,
    values: NDArray[np.float64],
    vectors: NDArray[np.float64],
    residuals: NDArray[np.float64],
) -> dict[str, Any]: ...
def lanczos_bytes(n: int, lowest: int, highest: int, dimension: int) -> int: ...
def krylov_space(
    product: _Product,
    start: NDArray[np.float64],
    basis: NDArray[np.float64],
    diagonal: NDArray[np.float64],
    below: NDArray[np.float64],
) -> dict[str, Any]: ...

_Matrix = NDArray[np.float64]

def find_flaw(A: _Matrix) -> tuple[int, int, float, float] | None: ...
def cholesky(A: _Matrix, L: _Matrix) -> tuple[int, float]: ...
def cholesky_bytes(n: int) -> int: ...
def shifted_cholesky(A: _Matrix, L: _Matrix) -> tuple[float, int]: ...
def cholesky_solve(L: _Matrix, B: _Matrix) -> None: ...
def solve_definite(A: _Matrix, B: _Matrix, X: _Matrix) -> tuple[int, float, int]: ...
def solve_lower(L: _Matrix, B: _Matrix) -> None: ...
def solve_lower_transposed(L: _Matrix, B: _Matrix) -> None: ...
def log_determinant(L: _Matrix) -> float: ...
def inverse_diagonal(L: _Matrix, out: _Matrix) -> None: ...
def least_squares(
    A: _Matrix,
    B: _Matrix,
    scale: _Matrix,
    damping: _Matrix | None,
    tolerance: float,
    X: _Matrix,
    squares: _Matrix,
) -> tuple[int, float]: ...
def column_norms(A: _Matrix, out: _Matrix) -> None: ...
def ldlt(A: _Matrix, L: _Matrix, order: NDArray[np.int64], diagonal: _Matrix, below: _Matrix) -> None: ...
def ldlt_solve(
    L: _Matrix, order: NDArray[np.int64], diagonal: _Matrix, below: _Matrix, B: _Matrix
) -> None: ...
def eigendecompose(A: _Matrix, values: _Matrix, vectors: _Matrix | None) -> None: ...
def minimize_function(
    callables: Mapping[str, Callable[..., Any]],
    x0: NDArray[np.float64],
    fit: Mapping[str, Any],
    differences: Sequence[str],
    method: str,
    settings: Mapping[str, float | str],
    free: Sequence[int],
    callback: Callable[..., bool] | None,
) -> dict[str, Any]: ...
def minimize_risk(
    risk: Risk,
    theta: NDArray[np.float64],
    rows: NDArray[np.int64] | None,
    normaliser: float,
    method: str,
    settings: Mapping[str, float | str],
    free: Sequence[int],
    callback: Callable[..., bool] | None,
    memory: NDArray[np.float64] | None,
) -> dict[str, Any]: ...
def minimize_starts(
    risk: Risk,
    starts: NDArray[np.float64],
    count: int,
    rows: NDArray[np.int64] | None,
    normaliser: float,
    method: str,
    settings: Mapping[str, float | str],
    free: Sequence[int],
) -> dict[str, Any]: ...
def path_bending(
    risk: Risk,
    theta: NDArray[np.float64],
    v: NDArray[np.float64],
    out: NDArray[np.float64],
    rows: NDArray[np.int64] | None,
    normaliser: float,
) -> None: ...
def line_search_function(
    callables: Mapping[str, Callable[..., Any]],
    x: NDArray[np.float64],
    differences: bool,
    direction: NDArray[np.float64],
    value: float | None,
    gradient: NDArray[np.float64] | None,
    method: str,
    first_length: float,
    c1: float,
    c2: float,
) -> dict[str, Any]: ...
def line_search_risk(
    risk: Risk,
    theta: NDArray[np.float64],
    rows: NDArray[np.int64] | None,
    normaliser: float,
    direction: NDArray[np.float64],
    value: float | None,
    gradient: NDArray[np.float64] | None,
    method: str,
    first_length: float,
    c1: float,
    c2: float,
) -> dict[str, Any]: ...
def line_search_ends() -> list[tuple[str, bool]]: ...
def stop_reasons() -> list[tuple[str, bool]]: ...
def minimizer_methods() -> list[str]: ...
def minimizer_options(method: str) -> list[tuple[str, float | str, str]]: ...
