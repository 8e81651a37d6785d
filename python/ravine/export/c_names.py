"""Names that a C function can have."""

from __future__ import annotations

import re

__all__ = ["checked_name"]

_KEYWORDS_OF_C = """
alignas alignof auto bool break case char const constexpr continue default do double else enum extern
false float for goto if inline int long nullptr register restrict return short signed sizeof static
static_assert struct switch thread_local true typedef typeof typeof_unqual union unsigned void volatile
while main
"""
_KEYWORDS_OF_CPP = """
and and_eq asm bitand bitor catch char8_t char16_t char32_t class co_await co_return co_yield compl
concept const_cast consteval constinit decltype delete dynamic_cast explicit export friend mutable
namespace new noexcept not not_eq operator or or_eq private protected public reinterpret_cast requires
static_cast template this throw try typeid typename using virtual wchar_t xor xor_eq
"""
_MATH_H = """
acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh erf erfc exp exp2 expm1 fabs fdim floor
fma fmax fmin fmod fpclassify frexp hypot ilogb isfinite isgreater isgreaterequal isinf isless islessequal
islessgreater isnan isnormal isunordered ldexp lgamma llrint llround log log10 log1p log2 logb lrint
lround modf nan nearbyint nextafter nexttoward pow remainder remquo rint round scalbln scalbn signbit sin
sinh sqrt tan tanh tgamma trunc
"""
_RESERVED = frozenset((_KEYWORDS_OF_C + _KEYWORDS_OF_CPP).split())
_FUNCTIONS = frozenset(name + ending for name in _MATH_H.split() for ending in ("", "f", "l"))


def checked_name(name: str) -> str:
    """The name itself, if a function of a C or C++ program that includes <math.h> can have it."""
    if not isinstance(name, str):
        raise TypeError(f"name must be text or None, got {name!r}")
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name, re.ASCII) or "__" in name:
        raise ValueError(
            f"name must be an identifier of C (letters, digits, single _; a letter first), got {name!r}"
        )
    if name in _RESERVED or name in _FUNCTIONS:
        raise ValueError(f"name must be one that C, C++ and <math.h> do not use themselves, got {name!r}")
    return name
