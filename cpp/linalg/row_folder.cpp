#include "linalg/row_folder.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/interrupt.hpp"
#include "base/simd.hpp"
#include "base/threads.hpp"
#include "linalg/product.hpp"

namespace ravine::linalg {

namespace {

using simd::lanes;
using Pack = simd::Pack<double>;

constexpr Index width = lanes<double>;
constexpr int panel_packs = 4;
constexpr Index panel_columns = panel_packs * width;

// Columns behind a panel that are updated at a time.
constexpr Index strip_columns = 192;
Index strip_scratch() { return 2 * panel_columns * strip_columns + product_scratch(); }

// The reflection that takes [alpha; c] with ‖c‖² = `squares` to [beta; 0]: v = c · inverse.
struct Reflection {
    double beta, tau = 0, inverse = 0;

    Reflection(double alpha, double squares) : beta(alpha) {
        if (squares == 0) return;
        const double length = std::sqrt(alpha * alpha + squares);
        beta = alpha > 0 ? -length : length;
        tau = (beta - alpha) / beta;
        inverse = 1 / (alpha - beta);
    }
};

// All reflections of a panel. R and C point to its first column; T may be null where nobody needs it. One pass over C a
// column: it applies the reflection of the column and prepares that of the next.
template <int packs>
class Panel {
  public:
    Panel(double* r, double* c, Index stride, Index rows, double* t)
        : r_(r), c_(c), stride_(stride), rows_(rows), t_(t) {}

    void run(Index order) {
        load_first();
        for (Index k = 0; k < order; ++k) {
            double* const row = r_ + k * stride_;
            const Reflection reflection(row[k], dots_[static_cast<std::size_t>(k)]);
            alignas(64) std::array<double, packs * width> w{};
            row[k] = reflection.beta;
            for (Index j = k + 1; j < packs * width; ++j) {
                const auto at = static_cast<std::size_t>(j);
                w[at] = reflection.tau * (row[j] + dots_[at] * reflection.inverse);
                row[j] -= w[at];
            }
            if (t_ != nullptr) extend_t(k, reflection);
            apply(k, reflection.inverse, w.data(), k + 1 < order);
        }
    }

  private:
    // dots = Σ over rows of C[:, 0] C[:, :].
    void load_first() {
        Pack sum[packs] = {};
        for (Index i = 0; i < rows_; ++i) {
            const double* const row = c_ + i * stride_;
#pragma GCC unroll 4
            for (int p = 0; p < packs; ++p) sum[p] += row[0] * simd::load(row + p * width);
        }
        for (int p = 0; p < packs; ++p) simd::store(dots_.data() + p * width, sum[p]);
    }

    // C -= v wᵀ with v = C[:, k] · inverse, which takes the place of that column; dots for the next one.
    void apply(Index k, double inverse, const double* w, bool more) {
        Pack sum[packs] = {}, by[packs];
#pragma GCC unroll 4
        for (int p = 0; p < packs; ++p) by[p] = simd::load(w + p * width);
        const Index next = more ? k + 1 : k;
        for (Index i = 0; i < rows_; ++i) {
            double* const row = c_ + i * stride_;
            const double v = row[k] * inverse;
            Pack updated[packs];
#pragma GCC unroll 4
            for (int p = 0; p < packs; ++p) {
                updated[p] = simd::load(row + p * width) - v * by[p];
                simd::store(row + p * width, updated[p]);
            }
            row[k] = v;
            const double factor = row[next];
#pragma GCC unroll 4
            for (int p = 0; p < packs; ++p) sum[p] += factor * updated[p];
        }
        for (int p = 0; p < packs; ++p) simd::store(dots_.data() + p * width, sum[p]);
        dots_[static_cast<std::size_t>(k)] *= inverse;  // there, the sum has seen C[:, k] as it was
    }

    // T[:, k] = [-τ T (Vᵀ v_k); τ]. The tops of the vectors are unit vectors, orthogonal to each other.
    void extend_t(Index k, const Reflection& reflection) {
        for (Index j = 0; j < k; ++j) {
            double sum = 0;
            for (Index i = j; i < k; ++i) sum += t_[j * panel_columns + i] * dots_[static_cast<std::size_t>(i)];
            t_[j * panel_columns + k] = -reflection.tau * reflection.inverse * sum;
        }
        t_[k * panel_columns + k] = reflection.tau;
    }

    double *r_, *c_;
    Index stride_, rows_;
    double* t_;
    alignas(64) std::array<double, packs * width> dots_{};
};

template <int packs>
void run_panel(double* r, double* c, Index stride, Index rows, double* t, Index order) {
    Panel<packs>(r, c, stride, rows, t).run(order);
}

constexpr std::array panels{&run_panel<1>, &run_panel<2>, &run_panel<3>, &run_panel<4>};

}  // namespace

Index RowFolder::stride(Index n, Index columns) { return padded<double>(n + columns); }

RowFolder::RowFolder(Index n, Index columns, int workers, Cutter& cutter)
    : n_(n),
      columns_(columns),
      stride_(stride(n, columns)),
      workers_(workers),
      t_(cutter.take<double>(panel_columns * panel_columns)),
      scratch_(cutter.take<double>(stride_ > panel_columns ? checked_product(workers, strip_scratch()) : 0)) {}

void RowFolder::fold(double* r, double* c, Index rows, bool triangular) const {
    for (Index first = 0; first < n_; first += panel_columns) {
        interrupt::poll();
        const Index packs = std::min<Index>(panel_packs, (stride_ - first) / width);
        const Index order = std::min(panel_columns, n_ - first);
        const Index active = triangular ? std::min(rows, first + panel_columns) : rows;
        const bool rest = stride_ > first + panel_columns;
        if (rest) std::fill_n(t_, panel_columns * panel_columns, 0.0);
        panels[static_cast<std::size_t>(packs - 1)](r + first * (stride_ + 1), c + first, stride_, active,
                                                    rest ? t_ : nullptr, order);
        if (rest) update_rest(r, c, active, first, order);
    }
}

void RowFolder::update_rest(double* r, double* c, Index rows, Index first, Index order) const {
    const Index column = first + panel_columns, rest = n_ + columns_ - column;
    if (rest <= 0) return;
    threads::for_each(ceil_divide(rest, strip_columns), workers_, [&](Index strip, int worker) {
        const Index begin = strip * strip_columns;
        update_strip(r, c, rows, first, order, column + begin, std::min(strip_columns, rest - begin),
                     scratch_ + worker * strip_scratch());
    });
}

// W = Tᵀ (R + VᵀC); R -= W; C -= V W.
void RowFolder::update_strip(double* r, double* c, Index rows, Index first, Index order, Index column, Index columns,
                             double* scratch) const {
    double *const dots = scratch, *const w = dots + panel_columns * strip_columns,
                  *const packed = w + panel_columns * strip_columns;
    double* const top = r + first * stride_ + column;
    for (Index k = 0; k < order; ++k) std::copy_n(top + k * stride_, columns, dots + k * strip_columns);
    Product<double> product{.m = order,
                            .n = columns,
                            .k = rows,
                            .a = c + first,
                            .a_stride = stride_,
                            .a_transposed = true,
                            .b = c + column,
                            .b_stride = stride_,
                            .c = dots,
                            .c_stride = strip_columns,
                            .accumulate = true};
    linalg::product(product, packed);
    linalg::product<double>({.m = order,
                             .n = columns,
                             .k = order,
                             .a = t_,
                             .a_stride = panel_columns,
                             .a_transposed = true,
                             .b = dots,
                             .b_stride = strip_columns,
                             .c = w,
                             .c_stride = strip_columns},
                            packed);
    for (Index k = 0; k < order; ++k) {
        for (Index j = 0; j < columns; ++j) top[k * stride_ + j] -= w[k * strip_columns + j];
    }
    product = {.m = rows,
               .n = columns,
               .k = order,
               .a = c + first,
               .a_stride = stride_,
               .a_transposed = false,
               .b = w,
               .b_stride = strip_columns,
               .c = c + column,
               .c_stride = stride_,
               .subtract = true};
    linalg::product(product, packed);
}

}  // namespace ravine::linalg
