#include "training/risk.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/simd.hpp"
#include "base/threads.hpp"

namespace ravine::training {

using derivatives::GradientSum;
using derivatives::RowSums;
using network::Rows;

namespace {

// Elements of one task when partial gradients are added up.
constexpr Index finish_block = 1 << 15;

// Elements that are scaled, regularised and squared while they lie in the first-level cache.
constexpr Index finish_run = 1 << 10;

// body(first, last) for each run of the task.
template <typename Body>
void for_runs(Index task, Index parameters, Body&& body) {
    const Index end = std::min((task + 1) * finish_block, parameters);
    for (Index first = task * finish_block; first < end; first += finish_run) {
        body(first, std::min(first + finish_run, end));
    }
}

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

double sum_of(std::span<const FinishPart> parts, double FinishPart::* number) {
    double sum = 0;
    for (const FinishPart& part : parts) sum += part.*number;
    return sum;
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

Index finish_parts(Index parameters) { return ceil_divide(parameters, finish_block); }

// No task is interrupted here: the gradient is written whole or not at all.
template <typename T>
Evaluation finish_gradient(const Risk<T>& risk, const GradientSum<T>& sum, double normaliser, const T* theta,
                           T* gradient, std::span<FinishPart> parts) {
    const Index parameters = risk.architecture().parameters();
    const T scale = static_cast<T>(1 / normaliser);
    const double work = static_cast<double>(parameters) * static_cast<double>(sum.count);
    const auto finish_task = [&](Index task, int) {
        FinishPart part{};
        for_runs(task, parameters, [&](Index first, Index last) {
            sum.add_up(scale, first, last, gradient);
            part.penalty += risk.penalty().add(risk.architecture(), theta, first, last, gradient);
            part.squares += sum_of_squares(gradient + first, last - first);
        });
        parts[static_cast<std::size_t>(task)] = part;
    };
    threads::for_each(std::ssize(parts), threads::worth(work), finish_task, threads::Interrupts::left_alone);
    return {sum.value / normaliser + sum_of(parts, &FinishPart::penalty),
            std::sqrt(sum_of(parts, &FinishPart::squares))};
}

template <typename T>
RiskEvaluator<T>::RiskEvaluator(const Risk<T>& risk, Index most_rows, bool with_gradient, Workspace& workspace)
    : risk_(risk),
      sums_(risk.architecture(), most_rows, with_gradient, workspace),
      parts_(static_cast<std::size_t>(finish_parts(risk.architecture().parameters()))) {}

template <typename T>
Index RiskEvaluator<T>::bytes(const Risk<T>& risk, Index most_rows, bool with_gradient) {
    return RowSums<T>::bytes(risk.architecture(), most_rows, with_gradient);
}

// Cut as in finish_gradient(), so that the value has the same bits with and without a gradient.
template <typename T>
double RiskEvaluator<T>::penalty(const T* theta) {
    if (risk_.penalty().none()) return 0;
    const Index parameters = risk_.architecture().parameters();
    const auto add_task = [&](Index task, int) {
        double penalty = 0;
        for_runs(task, parameters, [&](Index first, Index last) {
            penalty += risk_.penalty().add(risk_.architecture(), theta, first, last, nullptr);
        });
        parts_[static_cast<std::size_t>(task)].penalty = penalty;
    };
    threads::for_each(std::ssize(parts_), threads::worth(static_cast<double>(parameters)), add_task);
    return sum_of(parts_, &FinishPart::penalty);
}

template <typename T>
double RiskEvaluator<T>::value(const Rows& rows, double normaliser, const T* theta) {
    return sums_.value(risk_.options().loss, risk_.samples(), rows, theta) / normaliser + penalty(theta);
}

template <typename T>
double RiskEvaluator<T>::rounding_error(const Rows& rows, double normaliser, const T* theta) {
    const double magnitude = sums_.magnitude(risk_.options().loss, risk_.samples(), rows, theta);
    return static_cast<double>(std::numeric_limits<T>::epsilon()) * (magnitude / normaliser + penalty(theta));
}

template <typename T>
Evaluation RiskEvaluator<T>::gradient(const Rows& rows, double normaliser, const T* theta, T* gradient) {
    const GradientSum<T> sum = sums_.gradient(risk_.options().loss, risk_.samples(), rows, theta);
    return finish_gradient<T>(risk_, sum, normaliser, theta, gradient, parts_);
}

template Evaluation finish_gradient(const Risk<float>&, const GradientSum<float>&, double, const float*, float*,
                                    std::span<FinishPart>);
template Evaluation finish_gradient(const Risk<double>&, const GradientSum<double>&, double, const double*, double*,
                                    std::span<FinishPart>);
template class RiskEvaluator<float>;
template class RiskEvaluator<double>;

}  // namespace ravine::training
