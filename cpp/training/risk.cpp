#include "training/risk.hpp"

#include <algorithm>
#include <cmath>

#include "base/simd.hpp"
#include "base/threads.hpp"

namespace ravine::training {

using derivatives::GradientSum;
using derivatives::RowSums;
using network::Layer;
using network::Rows;

namespace {

// Elements of one task when partial gradients are added up.
constexpr Index finish_block = 1 << 15;

// Elements that are scaled, regularised and squared while they lie in the first-level cache.
constexpr Index finish_run = 1 << 10;

// Σ x² with lanes of T within short runs and double between them.
template <typename T>
double sum_of_squares(const T* x, Index n) {
    constexpr Index width = simd::lanes<T>, chains = 4, step = chains * width, run = 16 * step;
    double total = 0;
    for (Index first = 0; first < n; first += run) {
        const Index last = std::min(first + run, n), body = first + (last - first) / step * step;
        simd::Pack<T> squares[chains] = {};  // as many as hide the latency of an addition
        for (Index i = first; i < body; i += step) {
            for (Index j = 0; j < chains; ++j) {
                const simd::Pack<T> value = simd::load(x + i + j * width);
                squares[j] += value * value;
            }
        }
        total += static_cast<double>(simd::sum<T>((squares[0] + squares[1]) + (squares[2] + squares[3])));
        for (Index i = body; i < last; ++i) total += static_cast<double>(x[i]) * static_cast<double>(x[i]);
    }
    return total;
}

// gradient = scale Σ_slots, elements [first, last).
template <typename T>
void add_slots(const GradientSum<T>& sum, T scale, T* gradient, Index first, Index last) {
    const T* slot = sum.slots;
    if (sum.count == 1) {
        for (Index i = first; i < last; ++i) gradient[i] = scale * slot[i];
        return;
    }
    for (Index i = first; i < last; ++i) gradient[i] = slot[i] + slot[sum.stride + i];
    for (Index s = 2; s < sum.count; ++s) {
        const T* next = slot + s * sum.stride;
        for (Index i = first; i < last; ++i) gradient[i] += next[i];
    }
    for (Index i = first; i < last; ++i) gradient[i] *= scale;
}

}  // namespace

template <typename T>
double gradient_norm(const T* x, Index n) {
    double squares = 0;
    for (Index block = 0; block < n; block += finish_block) {
        const Index end = std::min(block + finish_block, n);
        double part = 0;
        for (Index first = block; first < end; first += finish_run) {
            part += sum_of_squares(x + first, std::min(finish_run, end - first));
        }
        squares += part;
    }
    return std::sqrt(squares);
}

template double gradient_norm(const float*, Index);
template double gradient_norm(const double*, Index);

template <typename T>
RiskEvaluator<T>::RiskEvaluator(const Risk<T>& risk, Index most_rows, bool with_gradient, Workspace& workspace)
    : risk_(risk),
      sums_(risk.architecture(), most_rows, with_gradient, workspace),
      block_squares_(static_cast<std::size_t>(ceil_divide(risk.architecture().parameters(), finish_block))) {}

template <typename T>
Index RiskEvaluator<T>::bytes(const Risk<T>& risk, Index most_rows, bool with_gradient) {
    return RowSums<T>::bytes(risk.architecture(), most_rows, with_gradient);
}

template <typename T>
double RiskEvaluator<T>::penalty(const T* theta) const {
    const double l2 = risk_.options().l2;
    if (l2 == 0) return 0;
    double squares = 0;
    for (const Layer& layer : risk_.architecture().layers())
        squares += sum_of_squares(theta + layer.offset, layer.weights());
    return 0.5 * l2 * squares;
}

template <typename T>
double RiskEvaluator<T>::value(const Rows& rows, double normaliser, const T* theta) {
    return sums_.value(risk_.options().loss, risk_.samples(), rows, theta) / normaliser + penalty(theta);
}

template <typename T>
Evaluation RiskEvaluator<T>::gradient(const Rows& rows, double normaliser, const T* theta, T* gradient) {
    const GradientSum<T> sum = sums_.gradient(risk_.options().loss, risk_.samples(), rows, theta);
    const double squares = finish(sum, static_cast<T>(1 / normaliser), theta, gradient);
    return {sum.value / normaliser + penalty(theta), std::sqrt(squares)};
}

// Writes the gradient and returns the sum of its squares. No task is interrupted here: it is written whole or not at
// all.
template <typename T>
double RiskEvaluator<T>::finish(const GradientSum<T>& sum, T scale, const T* theta, T* gradient) {
    const Index parameters = risk_.architecture().parameters();
    const double work = static_cast<double>(parameters) * static_cast<double>(sum.count);
    const auto finish_task = [&](Index task, int) {
        const Index end = std::min((task + 1) * finish_block, parameters);
        double squares = 0;
        for (Index first = task * finish_block; first < end; first += finish_run) {
            const Index last = std::min(first + finish_run, end);
            add_slots(sum, scale, gradient, first, last);
            add_decay(theta, gradient, first, last);
            squares += sum_of_squares(gradient + first, last - first);
        }
        block_squares_[static_cast<std::size_t>(task)] = squares;
    };
    threads::for_each(std::ssize(block_squares_), threads::worth(work), finish_task, threads::Interrupts::left_alone);
    double squares = 0;
    for (const double part : block_squares_) squares += part;
    return squares;
}

// gradient += l2 θ on the weights among the elements [first, last).
template <typename T>
void RiskEvaluator<T>::add_decay(const T* theta, T* gradient, Index first, Index last) const {
    const T l2 = static_cast<T>(risk_.options().l2);
    if (l2 == 0) return;
    for (const Layer& layer : risk_.architecture().layers()) {
        const Index end = std::min(last, layer.offset + layer.weights());
        for (Index i = std::max(first, layer.offset); i < end; ++i) gradient[i] += l2 * theta[i];
    }
}

template class RiskEvaluator<float>;
template class RiskEvaluator<double>;

}  // namespace ravine::training
