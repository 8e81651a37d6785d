#include "linalg/tridiagonal.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "linalg/vectors.hpp"

namespace ravine::linalg {

namespace {

struct Tridiagonal {
    double* d;
    double* e;
    Index m;
    double* Z;
    Index rows;
};

bool negligible(const Tridiagonal& t, Index i) {
    const double neighbours = std::abs(t.d[i]) + std::abs(t.d[i + 1]);
    return std::abs(t.e[i]) <= std::numeric_limits<double>::epsilon() * neighbours || t.e[i] == 0;
}

// Wilkinson's: the eigenvalue of the last 2 × 2 block that is nearer to its last entry.
double shift_of(const Tridiagonal& t, Index last) {
    const double half = 0.5 * (t.d[last - 1] - t.d[last]), e = t.e[last - 1];
    const double root = std::hypot(half, e);
    return root == 0 ? t.d[last] : t.d[last] - e * (e / (half + std::copysign(root, half)));
}

// Turns the plane of the coordinates k and k + 1 by the rotation (c, s), in the matrix and in Z.
void rotate(const Tridiagonal& t, Index k, double c, double s) {
    const double upper = t.d[k], lower = t.d[k + 1], e = t.e[k];
    t.d[k] = c * c * upper + 2 * c * s * e + s * s * lower;
    t.d[k + 1] = s * s * upper - 2 * c * s * e + c * c * lower;
    t.e[k] = c * s * (lower - upper) + (c * c - s * s) * e;
    for (Index row = 0; row < t.rows; ++row) {
        double* z = t.Z + row * t.m + k;
        const double left = z[0], right = z[1];
        z[0] = c * left + s * right;
        z[1] = c * right - s * left;
    }
}

// One sweep over the rows first .. last: the first rotation brings the shift in, the others chase what it leaves
// outside the three diagonals down and out.
void sweep(const Tridiagonal& t, Index first, Index last) {
    double x = t.d[first] - shift_of(t, last), bulge = t.e[first];
    for (Index k = first; k < last; ++k) {
        const double r = std::hypot(x, bulge);
        const double c = r == 0 ? 1 : x / r, s = r == 0 ? 0 : bulge / r;
        if (k > first) t.e[k - 1] = r;
        rotate(t, k, c, s);
        if (k + 1 == last) break;
        x = t.e[k];
        bulge = s * t.e[k + 1];
        t.e[k + 1] *= c;
    }
}

void sort_ascending(const Tridiagonal& t) {
    for (Index k = 0; k + 1 < t.m; ++k) {
        const Index least = std::min_element(t.d + k, t.d + t.m) - t.d;
        if (least == k) continue;
        std::swap(t.d[k], t.d[least]);
        for (Index row = 0; row < t.rows; ++row) std::swap(t.Z[row * t.m + k], t.Z[row * t.m + least]);
    }
}

// Makes A (m, m), whole, tridiagonal; leaves the unit vectors of the reflections in the rows above the diagonal.
void reduce(double* A, Index m, double* d, double* e, double* w) {
    for (Index k = 0; k + 2 < m; ++k) {
        double* v = A + k * m;  // of which the entries after the k-th count
        const Index left = m - k - 1;
        const double length = norm(v + k + 1, left);
        e[k] = -std::copysign(length, v[k + 1]);
        v[k + 1] -= e[k];
        const double size = norm(v + k + 1, left);
        for (Index j = k + 1; j < m; ++j) v[j] = size == 0 ? 0 : v[j] / size;
        for (Index i = k + 1; i < m; ++i) w[i] = 2 * dot(A + i * m + k + 1, v + k + 1, left);
        add_scaled(-dot(w + k + 1, v + k + 1, left), v + k + 1, w + k + 1, left);
        for (Index i = k + 1; i < m; ++i) {
            double* row = A + i * m;
            for (Index j = k + 1; j < m; ++j) row[j] -= v[i] * w[j] + w[i] * v[j];
        }
    }
    for (Index k = 0; k < m; ++k) d[k] = A[k * m + k];
    if (m > 1) e[m - 2] = A[(m - 2) * m + m - 1];
}

// Multiplies the reflections out, last to first, where they lie.
void multiply_out(double* A, Index m, double* w) {
    for (Index i = std::max<Index>(m - 2, 0); i < m; ++i)
        for (Index j = std::max<Index>(m - 2, 0); j < m; ++j) A[i * m + j] = i == j ? 1 : 0;
    for (Index k = m - 3; k >= 0; --k) {
        double* v = A + k * m;
        const Index left = m - k - 1;
        std::fill_n(w + k + 1, left, 0.0);
        for (Index i = k + 1; i < m; ++i) add_scaled(2 * v[i], A + i * m + k + 1, w + k + 1, left);
        for (Index i = k + 1; i < m; ++i) add_scaled(-v[i], w + k + 1, A + i * m + k + 1, left);
        for (Index j = k; j < m; ++j) v[j] = A[j * m + k] = j == k ? 1 : 0;
    }
}

}  // namespace

bool tridiagonal_eigen(double* diagonal, double* below, Index m, double* Z, Index rows) {
    const Tridiagonal t{diagonal, below, m, Z, rows};
    Index sweeps_left = 60 * m;
    for (Index last = m - 1; last > 0;) {
        if (negligible(t, last - 1)) {
            t.e[--last] = 0;
            continue;
        }
        Index first = last - 1;
        while (first > 0 && !negligible(t, first - 1)) --first;
        if (sweeps_left-- == 0) return false;
        sweep(t, first, last);
    }
    for (Index k = 0; k < m; ++k)
        if (!std::isfinite(diagonal[k])) return false;
    sort_ascending(t);
    return true;
}

bool symmetric_eigen(double* A, Index m, double* eigenvalues, double* scratch) {
    for (Index i = 0; i < m; ++i)
        for (Index j = i + 1; j < m; ++j) A[i * m + j] = A[j * m + i];
    double *const below = scratch, *const w = scratch + m;
    reduce(A, m, eigenvalues, below, w);
    multiply_out(A, m, w);
    return tridiagonal_eigen(eigenvalues, below, m, A, m);
}

}  // namespace ravine::linalg
