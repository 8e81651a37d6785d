#include "linalg/definite_solve.hpp"

#include <algorithm>

#include "base/large_pages.hpp"
#include "linalg/product_function.hpp"
#include "linalg/symmetric.hpp"
#include "linalg/triangular.hpp"

namespace ravine::linalg {

template <typename T>
DefiniteFactor<T>::DefiniteFactor(Index n, double scale) : n_(n), scale_(scale) {
    const Index bytes = checked_product(checked_product(n, n), static_cast<Index>(sizeof(T)));
    l_ = memory_.cutter(bytes).template take<T>(n * n);
    prefer_large_pages(l_, static_cast<std::size_t>(bytes));
}

template <typename T>
bool DefiniteFactor<T>::factor() {
    for (Index i = 0; i < n_; ++i) largest_ = std::max(largest_, l_[i * (n_ + 1)]);
    Workspace workspace;
    failed_ = cholesky(l_, n_, n_, workspace);
    return failed_ < 0;
}

template <typename T>
DefiniteSolve DefiniteFactor<T>::failure() const {
    return {.failed_pivot = failed_, .pivot = static_cast<double>(l_[failed_ * (n_ + 1)]) / scale_};
}

template <typename T>
void DefiniteFactor<T>::solve(const T* b, Index count, T* x) const {
    Workspace memory, workspace;
    const Index bytes = checked_product(checked_product(n_, count), static_cast<Index>(sizeof(T)));
    T* const sides = memory.cutter(bytes).template take<T>(n_ * count);
    for (Index i = 0; i < n_; ++i)
        for (Index side = 0; side < count; ++side) sides[i * count + side] = static_cast<T>(scale_) * b[side * n_ + i];
    cholesky_solve(l_, n_, n_, sides, count, count, workspace);
    for (Index i = 0; i < n_; ++i)
        for (Index side = 0; side < count; ++side) x[side * n_ + i] = sides[i * count + side];
}

template <typename T>
SingleFactor DefiniteFactor<T>::single() const
    requires(sizeof(T) == sizeof(float))
{
    return {.l = l_, .n = n_, .stride = n_, .scale = scale_, .norm = static_cast<double>(largest_) / scale_};
}

template class DefiniteFactor<float>;
template class DefiniteFactor<double>;

DefiniteSolve solve_definite(const double* a, Index n, Index stride, const double* b, Index count, double* x) {
    const auto fill = [=](auto* lower) { copy_lower(a, n, stride, lower, n); };
    const auto product = [=](const double* v, Index vectors, double* out) {
        for (Index i = 0; i < vectors; ++i) matrix_product(a, n, stride, v + i * n, out + i * n);
    };
    return solve_definite(n, 1, fill, product, b, count, x);
}

}  // namespace ravine::linalg
