"""The hand-written stub _core.pyi says what the compiled module has: names, parameters, defaults."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import ravine
import ravine._core as core

STUB = Path(ravine.__file__).with_name("_core.pyi")
# A parameter as both sides show it: its name (None where Python cannot see one) and whether it has a default.
Parameter = tuple[str | None, bool]


def parameters_of(arguments: ast.arguments) -> list[Parameter]:
    named = [*arguments.posonlyargs, *arguments.args]
    defaults = len(named) - len(arguments.defaults)
    result = [(argument.arg, position >= defaults) for position, argument in enumerate(named)]
    result += [
        (a.arg, d is not None) for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    ]
    return [
        (None if name.startswith("__") or re.fullmatch(r"arg\d+", name) else name, has_default)
        for name, has_default in result
        if name != "self"
    ]


def stub_functions(body: list[ast.stmt]) -> dict[str, list[list[Parameter]]]:
    """Functions by name, each with its overloads; properties are told by their decorator and left out."""
    functions: dict[str, list[list[Parameter]]] = {}
    for node in body:
        if isinstance(node, ast.FunctionDef) and not is_property(node):
            functions.setdefault(node.name, []).append(parameters_of(node.args))
    return functions


def is_property(node: ast.FunctionDef) -> bool:
    names = {ast.unparse(decorator) for decorator in node.decorator_list}
    return any(name == "property" or name.endswith(".setter") for name in names)


def stub_names(body: list[ast.stmt]) -> set[str]:
    names: set[str] = set()
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
    return names


def module_signatures(function: Any) -> list[list[Parameter]]:
    """The signatures that pybind11 writes into the first lines of a docstring, one for each overload."""
    lines = (function.__doc__ or "").splitlines()
    pattern = re.compile(rf"^(?:\d+\. )?{re.escape(function.__name__)}(\(.*\)) -> ")
    found = [match[1] for line in lines if (match := pattern.match(line))]
    assert found, f"{function.__name__}: no signature in the docstring, which the stub could be compared with"
    return [parse_signature(text) for text in found]


def parse_signature(text: str) -> list[Parameter]:
    # Some types and defaults are shown in angle brackets, which is not Python.
    (definition,) = ast.parse(f"def f{re.sub(r'<[^<>]*>', '...', text)}: ...").body
    assert isinstance(definition, ast.FunctionDef)
    return parameters_of(definition.args)


def public(names: Iterator[str] | list[str]) -> set[str]:
    return {name for name in names if not name.startswith("_")}


TREE = ast.parse(STUB.read_text(encoding="utf-8")).body
CLASSES = {node.name: node for node in TREE if isinstance(node, ast.ClassDef)}
# Classes that only the type checker sees (protocols, typed dictionaries) are private by their name.
PUBLIC_CLASSES = sorted(public(list(CLASSES)))


def test_module_names() -> None:
    assert public(list(stub_names(TREE))) == public(dir(core))


@pytest.mark.parametrize("name", sorted(public(list(stub_functions(TREE)))))
def test_function_signature(name: str) -> None:
    assert stub_functions(TREE)[name] == module_signatures(getattr(core, name))


@pytest.mark.parametrize("name", PUBLIC_CLASSES)
def test_class_members(name: str) -> None:
    compiled = getattr(core, name)
    assert public(list(stub_names(CLASSES[name].body))) == public(list(vars(compiled)))


@pytest.mark.parametrize("name", PUBLIC_CLASSES)
def test_method_signatures(name: str) -> None:
    compiled = getattr(core, name)
    stub = {
        method: signatures
        for method, signatures in stub_functions(CLASSES[name].body).items()
        if method == "__init__" or not method.startswith("_")
    }
    actual = {method: module_signatures(getattr(compiled, method)) for method in stub}
    assert stub == {
        method: [[p for p in signature if p[0] != "self"] for signature in signatures]
        for method, signatures in actual.items()
    }


def test_the_comparison_sees_a_wrong_name() -> None:
    assert parse_signature("(x: numpy.ndarray, out: object = <object>, *, n: int = 3)") == [
        ("x", False),
        ("out", True),
        ("n", True),
    ]
    assert parse_signature("(y: int)") != parse_signature("(x: int)")
