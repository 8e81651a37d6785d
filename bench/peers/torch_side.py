"""PyTorch: eager autograd, the fused Adam, weights laid out as ``torch.nn.Linear`` lays them out."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, linear

from bench.cases import Case
from bench.peers import BETAS, EPS, LEARNING_RATE, Program, UnsupportedCaseError
from bench.problems import Array, Problem, layers, pack

ACTIVATIONS = {"tanh": torch.tanh, "relu": torch.relu}


def versions() -> str:
    """What runs."""
    return f"torch {torch.__version__}"


def build(case: Case, problem: Problem, threads: int) -> Program:
    """The program of a case."""
    torch.set_num_threads(threads)
    programs = {
        "value_and_gradient": _gradient,
        "hessian": _hessian,
        "epoch": _epoch,
        "adam": _adam,
        "product": _product,
        "cholesky": _cholesky,
        "definite": _definite,
        "least_squares": _least_squares,
    }
    if case.kind not in programs:
        raise UnsupportedCaseError(case.kind)
    return programs[case.kind](case, problem)


def _parameters(case: Case, problem: Problem) -> list[Tensor]:
    """W₁ (out, in), b₁, W₂, … as leaves."""
    parts = [part for W, b in layers(case, problem.theta) for part in (W.T.copy(), b.copy())]
    return [torch.from_numpy(part).requires_grad_() for part in parts]


def _packed(parameters: list[Tensor]) -> Array:
    arrays = [p.detach().numpy() for p in parameters]
    return pack([(W.T, b) for W, b in zip(arrays[::2], arrays[1::2], strict=True)])


def _outputs(parameters: list[Tensor], X: Tensor, activation: str) -> Tensor:
    sigma = ACTIVATIONS[activation]
    A = X
    for W, b in zip(parameters[:-2:2], parameters[1:-2:2], strict=True):
        A = sigma(linear(A, W, b))
    return linear(A, parameters[-2], parameters[-1])


def _gradient(case: Case, problem: Problem) -> Program:
    parameters = _parameters(case, problem)
    X, y = torch.from_numpy(problem.X), torch.from_numpy(problem.y)

    def run() -> tuple[float, tuple[Tensor, ...]]:
        loss = cross_entropy(_outputs(parameters, X, case.activation), y)
        return loss.item(), torch.autograd.grad(loss, parameters)

    def results() -> dict[str, Array]:
        value, gradient = run()
        return {"value": np.array(value), "gradient": _packed(list(gradient))}

    return Program(run, results)


def _hessian(case: Case, problem: Problem) -> Program:
    theta, X, y = (torch.from_numpy(array) for array in (problem.theta, problem.X, problem.y))

    def loss(theta: Tensor) -> Tensor:
        parameters = [part for W, b in layers(case, theta) for part in (W.T, b)]
        f = _outputs(parameters, X, case.activation)
        return 0.5 * ((f - y) ** 2).sum(1).mean() if case.loss == "squared_error" else cross_entropy(f, y)

    hessian = torch.func.hessian(loss)
    return Program(lambda: hessian(theta), lambda: {"matrix": hessian(theta).numpy()})


def _cholesky(case: Case, problem: Problem) -> Program:
    del case
    A = torch.from_numpy(problem.X)
    return Program(lambda: torch.linalg.cholesky(A), lambda: {"factor": torch.linalg.cholesky(A).numpy()})


def _definite(case: Case, problem: Problem) -> Program:
    del case
    A, b = torch.from_numpy(problem.X), torch.from_numpy(problem.y)[:, None]

    def run() -> Tensor:
        return torch.cholesky_solve(b, torch.linalg.cholesky(A))

    return Program(run, lambda: {"x": run()[:, 0].numpy()})


def _least_squares(case: Case, problem: Problem) -> Program:
    """By QR without pivots, the fastest of LAPACK's ways."""
    del case
    A, b = torch.from_numpy(problem.X), torch.from_numpy(problem.y)[:, None]

    def run() -> Tensor:
        solution: Tensor = torch.linalg.lstsq(A, b, driver="gels").solution
        return solution

    return Program(run, lambda: {"x": run()[:, 0].numpy()})


def _epoch(case: Case, problem: Problem) -> Program:
    parameters = _parameters(case, problem)
    start = [p.detach().clone() for p in parameters]
    X, y = torch.from_numpy(problem.X), torch.from_numpy(problem.y)

    def train(epochs: int, shuffle: bool) -> None:
        with torch.no_grad():
            for p, p0 in zip(parameters, start, strict=True):
                p.copy_(p0)
        optimizer = torch.optim.Adam(parameters, LEARNING_RATE, BETAS, EPS, fused=True)
        for _ in range(epochs):
            order = torch.randperm(len(X)) if shuffle else torch.arange(len(X))
            for rows in order.split(case.batch):
                optimizer.zero_grad(set_to_none=True)
                loss = cross_entropy(_outputs(parameters, X[rows], case.activation), y[rows])
                loss.backward()
                optimizer.step()

    def results() -> dict[str, Array]:
        train(1, shuffle=False)
        return {"theta": _packed(parameters)}

    return Program(lambda: train(case.epochs, shuffle=True), results, units=case.epochs)


def _adam(case: Case, problem: Problem) -> Program:
    del case
    theta = torch.from_numpy(problem.theta.copy()).requires_grad_()
    theta.grad = torch.from_numpy(problem.gradient)
    optimizer = torch.optim.Adam([theta], LEARNING_RATE, BETAS, EPS, fused=True)

    def results() -> dict[str, Array]:
        fresh = torch.from_numpy(problem.theta.copy()).requires_grad_()
        fresh.grad = torch.from_numpy(problem.gradient)
        rule = torch.optim.Adam([fresh], LEARNING_RATE, BETAS, EPS, fused=True)
        for _ in range(3):
            rule.step()
        return {"theta": fresh.detach().numpy()}

    return Program(optimizer.step, results)


def _product(case: Case, problem: Problem) -> Program:
    del case
    A = torch.from_numpy(problem.X)
    out = torch.empty_like(A)
    return Program(lambda: torch.mm(A, A, out=out), lambda: {"product": torch.mm(A, A).numpy()})
