#include "training/products.hpp"

#include <algorithm>

#include "base/no_allocation.hpp"
#include "base/threads.hpp"

namespace ravine::training {

using derivatives::Matrix;
using derivatives::ProductSums;
using derivatives::SlotSum;
using network::Rows;

namespace {

// Elements of one task, and those that are divided and regularised while they lie in the first-level cache.
constexpr Index finish_block = 1 << 15, finish_run = 1 << 10;

// products = scale · sums + penalty, for each vector; sum_of(j) is the sum of vector j.
template <typename T, typename SumOf>
void finish(const network::Architecture& architecture, const Penalty<T>& penalty, T scale, const T* v, Index count,
            T* products, SumOf&& sum_of) {
    const Index parameters = architecture.parameters(), blocks = ceil_divide(parameters, finish_block);
    const double work = static_cast<double>(count) * static_cast<double>(parameters * sum_of(0).count);
    const auto finish_task = [&](Index task, int) {
        const Index vector = task / blocks, begin = task % blocks * finish_block;
        const Index end = std::min(begin + finish_block, parameters);
        const SlotSum<T> sum = sum_of(vector);
        T* product = products + vector * parameters;
        for (Index first = begin; first < end; first += finish_run) {
            const Index last = std::min(first + finish_run, end);
            sum.add_up(scale, first, last, product);
            penalty.add_curvature_product(architecture, v + vector * parameters, first, last, product);
        }
    };
    threads::for_each(count * blocks, threads::worth(work), finish_task, threads::Interrupts::left_alone);
}

// Vectors whose sums are kept at once beside kept sweeps: they share the reading of these. Their number changes no bit.
constexpr Index vectors_bytes = 16 << 20;

template <typename T>
Index vectors_at_once(const network::Architecture& architecture, Index rows) {
    const Index slots = derivatives::plan_gradient<T>(architecture, rows).slots;
    const Index bytes = checked_product(slots * static_cast<Index>(sizeof(T)), architecture.parameters());
    return std::clamp<Index>(vectors_bytes / bytes, 1, derivatives::most_vectors);
}

// body(first, count) for groups of at most `most` vectors.
template <typename Body>
void for_groups(Index vectors, Index most, Body&& body) {
    for (Index first = 0; first < vectors; first += most) body(first, std::min(most, vectors - first));
}

}  // namespace

template <typename T>
void matrix_products(const Risk<T>& risk, Matrix matrix, const Rows& rows, double normaliser, const T* theta,
                     const T* v, Index count, T* products, Workspace& workspace) {
    const network::Architecture& architecture = risk.architecture();
    const Index most = std::min(count, derivatives::most_vectors), stride = architecture.parameters();
    ProductSums<T> sums(architecture, risk.options().loss, rows.count, most, workspace);
    for_groups(count, most, [&](Index first, Index some) {
        const T* vectors = v + first * stride;
        sums.run(matrix, risk.samples(), rows, theta, vectors, some);
        finish(architecture, risk.penalty(), static_cast<T>(1 / normaliser), vectors, some, products + first * stride,
               [&](Index j) { return sums.sum(j); });
    });
}

template <typename T>
Index product_bytes(const Risk<T>& risk, Index rows, Index count) {
    return ProductSums<T>::bytes(risk.architecture(), risk.options().loss, rows,
                                 std::min(count, derivatives::most_vectors));
}

template <typename T>
Linearization<T>::Linearization(const Risk<T>& risk, const Rows& rows, double normaliser, const T* theta)
    : architecture_(risk.shared_architecture()),
      penalty_{risk.penalty().strengths},
      scale_(static_cast<T>(1 / normaliser)),
      vectors_(vectors_at_once<T>(*architecture_, rows.count)),
      sweeps_(*architecture_, risk.options().loss, risk.samples(), rows.count, vectors_, workspace_),
      gradient_(std::make_unique_for_overwrite<T[]>(static_cast<std::size_t>(architecture_->parameters()))) {
    std::vector<FinishPart> parts(static_cast<std::size_t>(finish_parts(architecture_->parameters())));
    const auto sum = sweeps_.start(risk.samples(), rows, theta);
    at_ = finish_gradient<T>(risk, sum, normaliser, theta, gradient_.get(), parts);
}

template <typename T>
void Linearization<T>::product(Matrix matrix, const T* v, Index count, T* products) {
    const std::lock_guard lock(turn_);
    const NoAllocation promise;
    for_groups(count, vectors_, [&](Index first, Index some) {
        const T* vectors = v + first * parameters();
        sweeps_.run(matrix, vectors, some);
        finish(*architecture_, penalty_, scale_, vectors, some, products + first * parameters(),
               [&](Index j) { return sweeps_.sum(j); });
    });
}

template <typename T>
Index Linearization<T>::bytes(const Risk<T>& risk, const Rows& rows) {
    const network::Architecture& architecture = risk.architecture();
    return derivatives::KeptSweeps<T>::bytes(architecture, risk.options().loss, risk.samples(), rows.count,
                                             vectors_at_once<T>(architecture, rows.count)) +
           architecture.parameters() * static_cast<Index>(sizeof(T));
}

template void matrix_products(const Risk<float>&, Matrix, const Rows&, double, const float*, const float*, Index,
                              float*, Workspace&);
template void matrix_products(const Risk<double>&, Matrix, const Rows&, double, const double*, const double*, Index,
                              double*, Workspace&);
template Index product_bytes(const Risk<float>&, Index, Index);
template Index product_bytes(const Risk<double>&, Index, Index);
template class Linearization<float>;
template class Linearization<double>;

}  // namespace ravine::training
