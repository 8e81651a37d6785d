#include "linalg/symmetric.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "base/fetch.hpp"
#include "base/simd.hpp"
#include "base/threads.hpp"
#include "linalg/transpose.hpp"

namespace ravine::linalg {

namespace {

// Rows and columns of a square that is copied at once: it stays in the first-level cache, with the next one.
constexpr Index square = 48;

template <Use use, typename T>
[[gnu::always_inline]] inline void fetch_rows(const T* a, Index stride, Index rows, Index cols) {
    for (Index i = 0; i < rows; ++i) fetch<use>(a + i * stride, cols);
}

// Walks through the squares left of the diagonal in rows [row, row + rows): calls body(i, count, col) for `count` rows
// from i on, a register's worth, and the columns of the square from col on. The next square and its mirror image are
// asked for while this one is worked on.
template <Use use, typename T, typename Body>
void for_strips(const T* a, Index stride, Index row, Index rows, Body&& body) {
    constexpr Index strip = simd::lanes<T>;
    for (Index col = 0; col < row; col += square) {
        const Index next = col + square;
        for (Index i = 0; i < rows; i += strip) {
            const Index count = std::min(strip, rows - i);
            if (next < row) {
                fetch_rows<use>(a + (row + i) * stride + next, stride, count, square);
                fetch_rows<use>(a + (next + i) * stride + row, stride, count, rows);
            }
            body(row + i, count, col);
        }
    }
}

template <typename T>
void scale_rows(T* a, Index stride, Index rows, Index cols, T scale) {
    for (Index i = 0; i < rows; ++i)
        for (Index j = 0; j < cols; ++j) a[i * stride + j] *= scale;
}

}  // namespace

template <typename T>
void mirror_lower(T* a, Index n, Index stride) {
    constexpr Index strip = simd::lanes<T>;
    for (Index i = 0; i < n; i += strip) {
        const Index rows = std::min(strip, n - i);
        transpose(a + i * stride, stride, rows, i, a + i, stride);
        T* const corner = a + i * (stride + 1);
        for (Index r = 0; r < rows; ++r)
            for (Index c = 0; c < r; ++c) corner[c * stride + r] = corner[r * stride + c];
    }
}

template <typename T>
void complete_symmetric(T* a, Index n, T scale) {
    const Index bands = ceil_divide(n, square);
    const double work = static_cast<double>(n) * static_cast<double>(n);
    threads::for_each(
        bands, threads::worth(work),
        [&](Index task, int) {
            const Index band = bands - 1 - task, row = band * square, rows = std::min(square, n - row);
            for_strips<Use::write>(a, n, row, rows, [&](Index i, Index count, Index col) {
                T* below = a + i * n + col;
                scale_rows(below, n, count, square, scale);
                transpose(below, n, count, square, a + col * n + i, n);
            });
            T* const corner = a + row * (n + 1);
            for (Index i = 0; i < rows; ++i) scale_rows(corner + i * n, n, 1, i + 1, scale);
            mirror_lower(corner, rows, n);
        },
        threads::Interrupts::left_alone);
}

namespace {

using Pack = simd::Pack<double>;
constexpr Index width = simd::lanes<double>;

// What a band of rows, with the band of columns that mirrors it, has shown so far.
struct Look {
    double largest = 0, difference = 0;
    std::optional<Flaw> apart{}, not_finite{};

    void at(const double* a, Index stride, Index i, Index j) {
        const double x = a[i * stride + j], y = a[j * stride + i];
        if (!std::isfinite(x) || !std::isfinite(y)) {
            const bool first = !std::isfinite(x) && (std::isfinite(y) || i < j);
            if (!not_finite) not_finite = first ? Flaw{i, j, x, y} : Flaw{j, i, y, x};
            return;
        }
        largest = std::max({largest, std::abs(x), std::abs(y)});
        if (std::abs(x - y) > difference) {
            difference = std::abs(x - y);
            apart = Flaw{i, j, x, y};
        }
    }

    void add(const Look& other) {
        largest = std::max(largest, other.largest);
        if (other.difference > difference) {
            difference = other.difference;
            apart = other.apart;
        }
        const auto before = [](const Flaw& a, const Flaw& b) {
            return a.row < b.row || (a.row == b.row && a.column < b.column);
        };
        if (other.not_finite && (!not_finite || before(*other.not_finite, *not_finite))) not_finite = other.not_finite;
    }
};

// Whole registers of rows of a square below the diagonal: element by element only where there is something to be seen.
void look_at_strip(const double* a, Index stride, Index row, Index col, Look& look) {
    double mirrored[width * square];
    transpose(a + col * stride + row, stride, square, width, mirrored, square);
    Pack largest{}, difference{}, zero{};
    for (Index i = 0; i < width; ++i) {
        for (Index j = 0; j < square; j += width) {
            const Pack x = simd::load(a + (row + i) * stride + col + j), y = simd::load(mirrored + i * square + j);
            const Pack size = simd::abs<double>(x), other = simd::abs<double>(y), apart = simd::abs<double>(x - y);
            largest = size > largest ? size : largest;
            largest = other > largest ? other : largest;
            difference = apart > difference ? apart : difference;
            zero += 0.0 * x + 0.0 * y;  // NaN if one of them is not finite
        }
    }
    double most = 0;
    for (Index lane = 0; lane < width; ++lane) {
        look.largest = std::max(look.largest, largest[lane]);
        most = std::max(most, difference[lane]);
    }
    if (simd::sum<double>(zero) == 0 && most <= look.difference) return;
    for (Index i = row; i < row + width; ++i) {
        for (Index j = col; j < col + square; ++j) look.at(a, stride, i, j);
    }
}

}  // namespace

std::optional<Flaw> find_flaw(const double* a, Index n, Index stride) {
    const Index bands = ceil_divide(n, square);
    std::vector<Look> looks(static_cast<std::size_t>(bands));
    threads::for_each(bands, threads::worth(static_cast<double>(n) * static_cast<double>(n)), [&](Index task, int) {
        const Index band = bands - 1 - task, row = band * square, rows = std::min(square, n - row);
        Look& look = looks[static_cast<std::size_t>(band)];
        if (rows == square) {
            for_strips<Use::read>(a, stride, row, rows,
                                  [&](Index i, Index, Index col) { look_at_strip(a, stride, i, col, look); });
        }
        for (Index i = row; i < row + rows; ++i) {
            for (Index j = rows == square ? row : 0; j <= i; ++j) look.at(a, stride, i, j);
        }
    });
    Look all;
    for (const Look& look : looks) all.add(look);
    if (all.not_finite) return all.not_finite;
    const double allowed = 100 * std::numeric_limits<double>::epsilon() * all.largest;
    return all.difference > allowed ? all.apart : std::nullopt;
}

template <typename T>
void copy_lower(const double* a, Index n, Index a_stride, T* to, Index stride) {
    // New memory comes by large pages: threads that met on one would wait for each other, so each has several.
    constexpr Index task_numbers = (8 << 20) / static_cast<Index>(sizeof(T));
    const Index rows = std::max(square, task_numbers / std::max<Index>(n, 1)), tasks = ceil_divide(n, rows);
    threads::for_each(tasks, threads::worth(static_cast<double>(n) * static_cast<double>(n)), [&](Index task, int) {
        for (Index i = task * rows; i < std::min(n, (task + 1) * rows); ++i)
            std::transform(a + i * a_stride, a + i * a_stride + i + 1, to + i * stride,
                           [](double x) { return static_cast<T>(x); });
    });
}

void clear_upper(double* a, Index n, Index stride) {
    const Index bands = ceil_divide(n, square);
    threads::for_each(bands, threads::worth(static_cast<double>(n) * static_cast<double>(n)), [&](Index band, int) {
        for (Index i = band * square; i < std::min(n, (band + 1) * square); ++i)
            std::fill(a + i * stride + i + 1, a + i * stride + n, 0.0);
    });
}

void copy_upper_to_lower(double* a, Index n) {
    const Index bands = ceil_divide(n, square);
    threads::for_each(bands, threads::worth(static_cast<double>(n) * static_cast<double>(n)), [&](Index task, int) {
        const Index band = bands - 1 - task, row = band * square, rows = std::min(square, n - row);
        for_strips<Use::write>(a, n, row, rows, [&](Index i, Index count, Index col) {
            transpose(a + col * n + i, n, square, count, a + i * n + col, n);
        });
        double* corner = a + row * n + row;
        for (Index i = 0; i < rows; ++i)
            for (Index j = 0; j < i; ++j) corner[i * n + j] = corner[j * n + i];
    });
}

template void mirror_lower(float*, Index, Index);
template void mirror_lower(double*, Index, Index);
template void complete_symmetric(float*, Index, float);
template void complete_symmetric(double*, Index, double);
template void copy_lower(const double*, Index, Index, float*, Index);
template void copy_lower(const double*, Index, Index, double*, Index);

}  // namespace ravine::linalg
