#include "signals/observer.hpp"

#include <algorithm>

#include "base/threads.hpp"
#include "linalg/product.hpp"

namespace ravine::signals {

using network::Architecture;
using network::Layer;
using network::Rows;

namespace {

constexpr Index feature_block = linalg::product_rows;

void join_into(double* mean_and_squares, Index n, const Moments& more, Index m) {
    const Moments joined = join({mean_and_squares[0], mean_and_squares[1]}, n, more, m);
    mean_and_squares[0] = joined.mean;
    mean_and_squares[1] = joined.squares;
}

// out[row] = Σ over features of x², for rows that lie side by side.
template <typename T>
void squared_norms(const T* x, Index features, Index stride, Index rows, double* out) {
    std::fill_n(out, rows, 0.0);
    for (Index i = 0; i < features; ++i, x += stride) {
        for (Index r = 0; r < rows; ++r) out[r] += static_cast<double>(x[r]) * static_cast<double>(x[r]);
    }
}

template <typename T>
void square(const T* x, Index n, double* out) {
    for (Index i = 0; i < n; ++i) out[i] = static_cast<double>(x[i]) * static_cast<double>(x[i]);
}

}  // namespace

template <typename T>
Observer<T>::Observer(const Architecture& architecture, Index capacity, bool with_second_moments, int threads,
                      Cutter& cutter)
    : forward_(architecture, capacity, network::Keep::slopes, threads, cutter),
      backward_(forward_, cutter),
      with_second_moments_(with_second_moments),
      square_stride_(linalg::padded<double>(capacity)),
      delta_stride_(linalg::padded<double>(architecture.widest())) {
    index_ = cutter.take<Index>(capacity);
    before_ = cutter.take<T>(checked_product(architecture.widest(), forward_.stride()));
    input_squares_ = cutter.take<double>(capacity);
    delta_squares_ = cutter.take<double>(capacity);
    const Index workers = with_second_moments ? threads : 0;
    squared_rows_ = cutter.take<double>(with_second_moments ? checked_product(delta_stride_, capacity) : 0);
    squared_inputs_ = cutter.take<double>(checked_product(workers * feature_block, square_stride_));
    scratch_ = cutter.take<double>(workers * linalg::product_scratch());
}

template <typename T>
double Observer<T>::add(network::Loss loss, const network::Samples<T>& samples, const Rows& rows, const T* theta,
                        std::span<const double> least_slopes, Sums<T>& sums) {
    const Rows part = present(samples.targets, rows);
    if (part.count == 0) return 0;
    forward_.load(samples.inputs, part, &samples.targets);
    forward_.run(theta);
    add_inputs(part.count, sums);
    for (std::size_t l = 1; l <= least_slopes.size(); ++l) add_forward(l, part.count, theta, least_slopes[l - 1], sums);
    const double value = backward_.start(loss, samples.targets, part);
    const bool accumulate = sums.rows > 0;
    backward_.propagate(theta, [&](std::size_t l) {
        backward_.add_layer_gradient(l, sums.gradient, accumulate);
        add_delta(l, part.count, sums);
        add_layer_squares(l, part.count, sums);
        if (with_second_moments_) add_second_moments(l, part.count, sums);
    });
    sums.rows += part.count;
    return value;
}

template <typename T>
Rows Observer<T>::present(const network::Targets<T>& targets, const Rows& rows) {
    Index count = 0;
    for (Index i = 0; i < rows.count; ++i) {
        if (targets.weight(rows[i]) != 0) index_[count++] = rows[i];
    }
    return {index_, 0, count};
}

// The table's rows of layer l, 0 for the inputs.
template <typename T>
double* Observer<T>::unit_row(std::size_t l, const Sums<T>& sums) const {
    const Architecture& architecture = forward_.architecture();
    Index first = l == 0 ? 0 : architecture.inputs();
    for (std::size_t k = 1; k < l; ++k) first += architecture.layers()[k - 1].outputs;
    return sums.units + first * columns;
}

template <typename T>
void Observer<T>::add_inputs(Index count, Sums<T>& sums) {
    double* row = unit_row(0, sums);
    const T* x = forward_.activation(0);
    for (Index i = 0; i < forward_.architecture().inputs(); ++i, row += columns, x += forward_.stride())
        join_into(row + after_mean, sums.rows, moments_of(x, count), count);
}

// The forward sweep has written σ(Z) over Z: it is made once more.
template <typename T>
void Observer<T>::add_forward(std::size_t l, Index count, const T* theta, double least_slope, Sums<T>& sums) {
    const Layer& layer = forward_.architecture().layers()[l - 1];
    const Index stride = forward_.stride(), before = sums.rows;
    double* table = unit_row(l, sums);
    threads::for_each(ceil_divide(layer.outputs, feature_block), forward_.threads(), [&](Index task, int worker) {
        const Index first = task * feature_block, last = std::min(first + feature_block, layer.outputs);
        linalg::product<T>({.m = last - first,
                            .n = forward_.rows(),
                            .k = layer.rows(),
                            .a = theta + layer.offset + first,
                            .a_stride = layer.outputs,
                            .a_transposed = true,
                            .b = forward_.activation(l - 1),
                            .b_stride = stride,
                            .c = before_ + first * stride,
                            .c_stride = stride},
                           forward_.scratch(worker));
        for (Index i = first; i < last; ++i) {
            double* row = table + i * columns;
            join_into(row + before_mean, before, moments_of(before_ + i * stride, count), count);
            join_into(row + after_mean, before, moments_of(forward_.activation(l) + i * stride, count), count);
            if (forward_.slope(l) == nullptr) {
                row[slope_mean] = 1;
                continue;
            }
            const T* slope = forward_.slope(l) + i * stride;
            const double mean = moments_of(slope, count).mean;
            row[slope_mean] = join({row[slope_mean], 0}, before, {mean, 0}, count).mean;
            row[saturated] +=
                sum_of(slope, count, [=](double s) { return (s < 0 ? -s : s) < least_slope ? 1.0 : 0.0; });
        }
    });
}

template <typename T>
void Observer<T>::add_delta(std::size_t l, Index count, Sums<T>& sums) {
    const Index outputs = forward_.architecture().layers()[l - 1].outputs, before = sums.rows;
    double* table = unit_row(l, sums);
    threads::for_each(ceil_divide(outputs, feature_block), forward_.threads(), [&](Index task, int) {
        const Index first = task * feature_block, last = std::min(first + feature_block, outputs);
        for (Index i = first; i < last; ++i) {
            const Moments delta = moments_of(backward_.delta() + i * forward_.stride(), count);
            join_into(table + i * columns + delta_mean, before, delta, count);
        }
    });
}

// The gradient of one sample in [W_l; b_l] is the outer product ã_{l-1} δ_l: its norm is the product of theirs
// (Goodfellow, Efficient per-example gradient computations, 2015).
template <typename T>
void Observer<T>::add_layer_squares(std::size_t l, Index count, Sums<T>& sums) {
    const Layer& layer = forward_.architecture().layers()[l - 1];
    squared_norms(forward_.activation(l - 1), layer.rows(), forward_.stride(), count, input_squares_);
    squared_norms(backward_.delta(), layer.outputs, forward_.stride(), count, delta_squares_);
    double sum = 0;
    for (Index r = 0; r < count; ++r) sum += input_squares_[r] * delta_squares_[r];
    sums.layer_squares[l - 1] += sum;
}

// Squares of an outer product are the outer product of the squares: Σ_i g_i² = (Ã_{l-1}²)ᵀ Δ_l².
template <typename T>
void Observer<T>::add_second_moments(std::size_t l, Index count, Sums<T>& sums) {
    const Layer& layer = forward_.architecture().layers()[l - 1];
    for (Index r = 0; r < count; ++r)
        square(backward_.delta_rows() + r * backward_.delta_stride(), layer.outputs, squared_rows_ + r * delta_stride_);
    threads::for_each(ceil_divide(layer.rows(), feature_block), forward_.threads(), [&](Index task, int worker) {
        const Index first = task * feature_block, last = std::min(first + feature_block, layer.rows());
        double* inputs = squared_inputs_ + worker * feature_block * square_stride_;
        for (Index i = first; i < last; ++i)
            square(forward_.activation(l - 1) + i * forward_.stride(), count, inputs + (i - first) * square_stride_);
        linalg::product<double>({.m = last - first,
                                 .n = layer.outputs,
                                 .k = count,
                                 .a = inputs,
                                 .a_stride = square_stride_,
                                 .a_transposed = false,
                                 .b = squared_rows_,
                                 .b_stride = delta_stride_,
                                 .c = sums.second_moments + layer.offset + first * layer.outputs,
                                 .c_stride = layer.outputs,
                                 .accumulate = sums.rows > 0},
                                scratch_ + worker * linalg::product_scratch());
    });
}

template class Observer<float>;
template class Observer<double>;

}  // namespace ravine::signals
