#include "linalg/lanczos.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "base/interrupt.hpp"
#include "base/random.hpp"
#include "linalg/tridiagonal.hpp"
#include "linalg/vectors.hpp"

namespace ravine::linalg {

namespace {

// Orthogonalises w against the `count` orthonormal rows of `basis` (count, n), twice, since once loses digits where
// little is left (Kahan and Parlett). Adds the coefficients to `coefficients` (count).
void orthogonalise(const double* basis, Index count, double* w, Index n, double* coefficients) {
    for (int pass = 0; pass < 2; ++pass) {
        for (Index k = 0; k < count; ++k) {
            const double along = dot(basis + k * n, w, n);
            add_scaled(-along, basis + k * n, w, n);
            coefficients[k] += along;
        }
    }
}

// Multiplies the rows of a basis, one after another, and notes what a symmetric matrix must show.
class Extender {
  public:
    Extender(const ProductFunction& product, Index n, const double* basis) : product_(product), n_(n), V_(basis) {}

    // Writes to `next` what A v_k has outside the rows 0 .. k and returns its norm, 0 if that is rounding. `row` (k +
    // 1), the coefficients of v_k in what was made of the rows before it, becomes V A v_k: the same for a symmetric A.
    double extend(Index k, double* next, double* row, double* coefficients) {
        interrupt::poll();
        product_(V_ + k * n_, next);
        ++products_;
        const double size = norm(next, n_);
        if (!std::isfinite(size)) return size;
        std::fill_n(coefficients, k + 1, 0.0);
        orthogonalise(V_, k + 1, next, n_, coefficients);
        for (Index i = 0; i < k; ++i) asymmetry_ = std::max(asymmetry_, std::abs(coefficients[i] - row[i]));
        std::copy_n(coefficients, k + 1, row);
        scale_ = std::max(scale_, size);
        const double rounding = 10 * std::sqrt(static_cast<double>(n_)) * std::numeric_limits<double>::epsilon();
        const double outside = norm(next, n_);
        return k + 1 < n_ && outside > rounding * scale_ ? outside : 0.0;
    }

    Index products() const { return products_; }
    double scale() const { return scale_; }
    double asymmetry() const { return scale_ > 0 ? asymmetry_ / scale_ : 0; }

  private:
    const ProductFunction& product_;
    Index n_;
    const double* V_;
    Index products_ = 0;
    double scale_ = 0, asymmetry_ = 0;
};

struct KrylovBuffers {
    KrylovBuffers(Cutter& cutter, Index n, Index steps)
        : next(cutter.take<double>(n)), row(cutter.take<double>(steps)), coefficients(cutter.take<double>(steps)) {}
    double *next, *row, *coefficients;
};

struct Buffers {
    Buffers(Cutter& cutter, Index n, Index m)
        : V(cutter.take<double>(checked_product(m + 1, n))),
          G(cutter.take<double>(m * m)),
          S(cutter.take<double>(m * m)),
          ritz(cutter.take<double>(m)),
          coefficients(cutter.take<double>(2 * m)),  // and scratch of symmetric_eigen()
          block(cutter.take<double>(m * block_columns)) {}
    static constexpr Index block_columns = 512;
    double *V, *G, *S, *ritz, *coefficients, *block;
};

class ThickRestart {
  public:
    ThickRestart(const ProductFunction& product, Index n, const LanczosOptions& options, Cutter cutter)
        : product_(product),
          n_(n),
          m_(krylov_dimension(n, options)),
          options_(options),
          wanted_(options.lowest + options.highest),
          b_(cutter, n, m_),
          extender_(product, n, b_.V),
          stream_(options.seed, 0) {}

    LanczosResult run(double* values, double* vectors, double* residuals) {
        draw_row(0);
        Index kept = 0;
        for (;; ++restarts_) {
            if (!fill(kept) || !solve()) return ended(LanczosEnd::not_finite);
            const bool done = converged();
            if (done || extender_.products() >= options_.max_products) {
                if (!write(values, vectors, residuals)) return ended(LanczosEnd::not_finite);
                return ended(done ? LanczosEnd::converged : LanczosEnd::product_limit);
            }
            kept = restart();
        }
    }

  private:
    double* row(Index k) const { return b_.V + k * n_; }

    // A random vector of norm 1, orthogonal to the rows before it: the second time to full precision, because of a
    // short vector the first time leaves few digits.
    void draw_row(Index k) {
        double* v = row(k);
        for (Index i = 0; i < n_; ++i) v[i] = static_cast<double>(stream_.next() >> 11) * 0x1p-52 - 1.0;
        for (int time = 0; time < 2; ++time) {
            scale(1 / norm(v, n_), v, n_);
            orthogonalise(b_.V, k, v, n_, b_.coefficients);
        }
        scale(1 / norm(v, n_), v, n_);
    }

    // Lets the basis grow from `size_` rows and the residual's to m, or to where the products end.
    bool fill(Index kept) {
        for (Index k = kept; k < m_; ++k) {
            outside_ = extender_.extend(k, row(k + 1), b_.G + k * m_, b_.coefficients);
            if (!std::isfinite(outside_)) return false;
            size_ = k + 1;
            if (outside_ > 0) scale(1 / outside_, row(k + 1), n_);
            if (size_ == m_ || (size_ >= wanted_ && extender_.products() >= options_.max_products)) break;
            if (outside_ == 0) draw_row(size_);  // the space is closed: look for what it has not seen
            std::fill_n(b_.G + size_ * m_, size_, 0.0);
            b_.G[size_ * m_ + k] = outside_;
        }
        return true;
    }

    bool solve() {
        for (Index i = 0; i < size_; ++i) std::copy_n(b_.G + i * m_, i + 1, b_.S + i * size_);
        return symmetric_eigen(b_.S, size_, b_.ritz, b_.coefficients);
    }

    // The wanted pair of that number, ascending, among all pairs of the space.
    Index pair(Index number) const { return number < options_.lowest ? number : size_ - wanted_ + number; }

    double largest() const { return std::max(std::abs(b_.ritz[0]), std::abs(b_.ritz[size_ - 1])); }

    bool converged() const {
        const double most = options_.tolerance * largest();
        for (Index k = 0; k < wanted_; ++k) {
            const double bound = outside_ * std::abs(b_.S[(size_ - 1) * size_ + pair(k)]);
            if (bound > most) return false;
        }
        return true;
    }

    // Keeps the wanted pairs and as many of their neighbours as fill half of what is left; returns how many.
    Index restart() {
        const Index more = (size_ - wanted_) / 2, low_share = more * options_.lowest / wanted_;
        const Index low = options_.lowest + low_share, kept = wanted_ + more;
        rotate_rows(kept, low);
        std::copy_n(row(size_), n_, row(kept));
        for (Index i = 0; i <= kept; ++i) std::fill_n(b_.G + i * m_, i + 1, 0.0);
        for (Index i = 0; i < kept; ++i) {
            const Index from = i < low ? i : size_ - kept + i;
            b_.G[i * m_ + i] = b_.ritz[from];
            b_.G[kept * m_ + i] = outside_ * b_.S[(size_ - 1) * size_ + from];
        }
        return kept;
    }

    // V ← SᵀV for the pairs that are kept, block by block of columns.
    void rotate_rows(Index kept, Index low) {
        constexpr Index most = Buffers::block_columns;
        for (Index first = 0; first < n_; first += most) {
            interrupt::poll();
            const Index cols = std::min(most, n_ - first);
            for (Index j = 0; j < size_; ++j) std::copy_n(row(j) + first, cols, b_.block + j * most);
            for (Index i = 0; i < kept; ++i) {
                double* to = row(i) + first;
                const Index from = i < low ? i : size_ - kept + i;
                std::fill_n(to, cols, 0.0);
                for (Index j = 0; j < size_; ++j) add_scaled(b_.S[j * size_ + from], b_.block + j * most, to, cols);
            }
        }
    }

    bool write(double* values, double* vectors, double* residuals) {
        for (Index k = 0; k < wanted_; ++k) {
            double* v = vectors + k * n_;
            std::fill_n(v, n_, 0.0);
            for (Index j = 0; j < size_; ++j) add_scaled(b_.S[j * size_ + pair(k)], row(j), v, n_);
            scale(1 / norm(v, n_), v, n_);
        }
        double* image = row(m_);
        for (Index k = 0; k < wanted_; ++k) {
            const double* v = vectors + k * n_;
            product_(v, image);
            ++last_products_;
            values[k] = dot(v, image, n_);
            add_scaled(-values[k], v, image, n_);
            residuals[k] = norm(image, n_);
            if (!std::isfinite(residuals[k])) return false;
        }
        return true;
    }

    LanczosResult ended(LanczosEnd end) const {
        return {.end = end,
                .products = extender_.products() + last_products_,
                .restarts = restarts_,
                .scale = end == LanczosEnd::not_finite ? 0 : largest(),
                .asymmetry = extender_.asymmetry()};
    }

    const ProductFunction& product_;
    Index n_, m_;
    const LanczosOptions& options_;
    Index wanted_;
    Buffers b_;
    Extender extender_;
    random::Stream stream_;
    Index size_ = 0, restarts_ = 0, last_products_ = 0;
    double outside_ = 0;
};

}  // namespace

Index krylov_space_bytes(Index n, Index steps) {
    Cutter measure;
    const KrylovBuffers buffers(measure, n, steps);
    return measure.bytes();
}

KrylovSpace krylov_space(const ProductFunction& product, Index n, const double* start, Index steps, double* basis,
                         double* diagonal, double* below, Workspace& workspace) {
    if (steps < 1 || steps > n)
        throw InvalidArgument("steps must lie in [1, " + std::to_string(n) + "], got " + std::to_string(steps));
    Cutter cutter = workspace.cutter(krylov_space_bytes(n, steps));
    const KrylovBuffers b(cutter, n, steps);
    const double length = norm(start, n);
    if (!(length > 0) || !std::isfinite(length)) throw InvalidArgument("start must be finite and not zero");
    for (Index i = 0; i < n; ++i) basis[i] = start[i] / length;
    Extender extender(product, n, basis);
    KrylovSpace space{.dimension = 0, .outside = 0, .scale = 0, .asymmetry = 0, .finite = true};
    while (space.dimension < steps) {
        const Index k = space.dimension;
        std::fill_n(b.row, k + 1, 0.0);
        if (k > 0) b.row[k - 1] = space.outside;
        const double outside = extender.extend(k, b.next, b.row, b.coefficients);
        space.finite = std::isfinite(outside);
        if (!space.finite) break;
        space.outside = outside;
        space.dimension = k + 1;
        diagonal[k] = b.row[k];
        if (outside == 0 || space.dimension == steps) break;
        below[k] = outside;
        for (Index i = 0; i < n; ++i) basis[(k + 1) * n + i] = b.next[i] / outside;
    }
    space.scale = extender.scale();
    space.asymmetry = extender.asymmetry();
    return space;
}

Index krylov_dimension(Index n, const LanczosOptions& options) {
    const Index wanted = options.lowest + options.highest;
    const Index usual = std::max<Index>(3 * wanted + 20, 40);
    return std::min(n, options.dimension > 0 ? options.dimension : usual);
}

Index lanczos_bytes(Index n, const LanczosOptions& options) {
    Cutter measure;
    const Buffers buffers(measure, n, krylov_dimension(n, options));
    return measure.bytes();
}

LanczosResult lanczos(const ProductFunction& product, Index n, const LanczosOptions& options, double* values,
                      double* vectors, double* residuals, Workspace& workspace) {
    const Index wanted = options.lowest + options.highest, m = krylov_dimension(n, options);
    if (options.lowest < 0 || options.highest < 0 || wanted < 1 || wanted > n)
        throw InvalidArgument("lowest + highest must lie in [1, " + std::to_string(n) + "], got " +
                              std::to_string(wanted));
    if (m <= wanted && m < n)
        throw InvalidArgument("dimension must exceed lowest + highest = " + std::to_string(wanted) + ", got " +
                              std::to_string(m));
    return ThickRestart(product, n, options, workspace.cutter(lanczos_bytes(n, options)))
        .run(values, vectors, residuals);
}

}  // namespace ravine::linalg
