#include "linalg/least_squares.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "base/interrupt.hpp"
#include "base/threads.hpp"
#include "linalg/pivoted_triangle.hpp"
#include "linalg/row_folder.hpp"
#include "linalg/upper_triangle.hpp"
#include "linalg/vectors.hpp"

namespace ravine::linalg {

namespace {

// Numbers of a block of rows that is folded at a time: a half of a second-level cache.
constexpr Index block_numbers = 1 << 16;

// How the rows are cut: groups are reduced side by side and then folded into each other, blocks one after another.
struct Plan {
    Index groups = 1, block_rows;
    int workers;  // that share the groups, or the columns where there is one group
    bool columns_shared;

    Plan(Index m, Index n, Index columns) : block_rows(std::clamp<Index>(block_numbers / (n + columns + 1), 64, 1024)) {
        constexpr Index most_groups = 8, rows_of_group = 8;  // in orders n: what merging costs must stay small
        constexpr double least_work = 5e5;
        const double work = static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(n + columns);
        while (2 * groups <= most_groups && m >= 2 * groups * rows_of_group * n &&
               work >= least_work * 2 * static_cast<double>(groups))
            groups *= 2;
        workers = threads::worth(work);
        columns_shared = groups == 1;
        if (!columns_shared) workers = static_cast<int>(std::min<Index>(workers, groups));
    }

    Index begin(Index group, Index m) const { return group * m / groups; }
};

// Of each group: R, and a block of rows with what folding needs.
struct Groups {
    std::vector<RowFolder> folders;
    std::vector<double*> r, rows;

    Groups(const Plan& plan, Index n, Index columns, double* first, Cutter& cutter) {
        const Index stride = RowFolder::stride(n, columns);
        for (Index group = 0; group < plan.groups; ++group) {
            r.push_back(group == 0 ? first : cutter.take<double>(checked_product(n, stride)));
            rows.push_back(cutter.take<double>(checked_product(plan.block_rows, stride)));
            folders.emplace_back(n, columns, plan.columns_shared ? plan.workers : 1, cutter);
        }
    }
};

// Rows of A and B as they are asked for: scaled, side by side.
struct Source {
    const double* a;
    Index a_stride;
    const double* b;
    Index b_stride;
    const double* inverse_scale;
    Index n, columns;

    void copy(Index row, double* to, Index stride) const {
        const double* const from = a + row * a_stride;
        if (inverse_scale == nullptr) {
            std::copy_n(from, n, to);
        } else {
            for (Index j = 0; j < n; ++j) to[j] = from[j] * inverse_scale[j];
        }
        std::copy_n(b + row * b_stride, columns, to + n);
        std::fill(to + n + columns, to + stride, 0.0);
    }
};

void add_squares(const double* rows, Index count, Index stride, Index columns, double* sums) {
    for (Index i = 0; i < count; ++i) {
        for (Index j = 0; j < columns; ++j) sums[j] += rows[i * stride + j] * rows[i * stride + j];
    }
}

// One group: its rows, block after block.
void reduce_group(const Source& source, Index begin, Index end, Index block_rows, const RowFolder& folder, double* r,
                  double* rows, double* rest) {
    const Index stride = folder.stride();
    std::fill_n(r, source.n * stride, 0.0);
    std::fill_n(rest, source.columns, 0.0);
    for (Index row = begin; row < end; row += block_rows) {
        const Index count = std::min(block_rows, end - row);
        for (Index i = 0; i < count; ++i) source.copy(row + i, rows + i * stride, stride);
        folder.fold(r, rows, count, false);
        add_squares(rows + source.n, count, stride, source.columns, rest);
    }
}

}  // namespace

Index reduced_stride(Index n, Index columns) { return RowFolder::stride(n, columns); }

void reduce_rows(const double* a, Index m, Index a_stride, const double* b, Index b_stride, const Reduced& reduced,
                 Workspace& workspace) {
    const Index n = reduced.n, columns = reduced.columns;
    const Plan plan(m, n, columns);
    Cutter measure;
    double* const nothing = nullptr;
    const auto cut = [&](Cutter& cutter) {
        double* const sums = cutter.take<double>(plan.groups * columns);
        double* const inverse = cutter.take<double>(reduced.scale == nullptr ? 0 : n);
        return std::pair(sums, inverse);
    };
    cut(measure);
    const Groups sizes(plan, n, columns, nothing, measure);
    Cutter cutter = workspace.cutter(measure.bytes());
    const auto [sums, inverse] = cut(cutter);
    const Groups groups(plan, n, columns, reduced.r, cutter);

    for (Index j = 0; reduced.scale != nullptr && j < n; ++j) inverse[j] = 1 / reduced.scale[j];
    const Source source{a, a_stride, b, b_stride, reduced.scale == nullptr ? nullptr : inverse, n, columns};
    const int workers = plan.columns_shared ? 1 : plan.workers;
    threads::for_each(plan.groups, workers, [&](Index group, int) {
        const auto g = static_cast<std::size_t>(group);
        reduce_group(source, plan.begin(group, m), plan.begin(group + 1, m), plan.block_rows, groups.folders[g],
                     groups.r[g], groups.rows[g], sums + group * columns);
    });
    for (Index step = 1; step < plan.groups; step *= 2) {
        threads::for_each(plan.groups / (2 * step), workers, [&](Index pair, int) {
            const Index into = pair * 2 * step, from = into + step;
            const auto g = static_cast<std::size_t>(into);
            double* const other = groups.r[static_cast<std::size_t>(from)];
            groups.folders[g].fold(groups.r[g], other, n, true);
            for (Index j = 0; j < columns; ++j) sums[into * columns + j] += sums[from * columns + j];
            add_squares(other + n, n, groups.folders[g].stride(), columns, sums + into * columns);
        });
    }
    std::copy_n(sums, columns, reduced.rest);
}

void column_norms(const double* a, Index m, Index n, Index stride, double* norms) {
    const Index blocks = std::clamp<Index>(m / 512, 1, 16);
    const int workers = threads::worth(static_cast<double>(m) * static_cast<double>(n));
    std::vector<double> memory(static_cast<std::size_t>((blocks + 1) * n));
    double* const units = memory.data() + blocks * n;
    const auto by_block = [&](const auto& take) {
        std::fill_n(memory.data(), blocks * n, 0.0);
        threads::for_each(blocks, workers, [&](Index block, int) {
            double* const part = memory.data() + block * n;
            for (Index i = block * m / blocks; i < (block + 1) * m / blocks; ++i) {
                for (Index j = 0; j < n; ++j) part[j] = take(part[j], a[i * stride + j], j);
            }
        });
    };
    // A power of two for each column: exact, and squares neither overflow nor vanish.
    by_block([](double most, double x, Index) { return std::max(most, std::abs(x)); });
    for (Index j = 0; j < n; ++j) {
        double most = 0;
        for (Index block = 0; block < blocks; ++block)
            most = std::max(most, memory[static_cast<std::size_t>(block * n + j)]);
        units[j] = most == 0 ? 1 : std::ldexp(1.0, std::clamp(-std::ilogb(most), -1000, 1000));
    }
    by_block([&](double sum, double x, Index j) { return sum + (x * units[j]) * (x * units[j]); });
    for (Index j = 0; j < n; ++j) {
        double sum = 0;
        for (Index block = 0; block < blocks; ++block) sum += memory[static_cast<std::size_t>(block * n + j)];
        norms[j] = sum == 0 ? 1 : std::sqrt(sum) / units[j];
    }
}

Solution solve_reduced(const Reduced& reduced, const double* damping, double tolerance, double* x, Index x_stride,
                       Workspace& workspace) {
    constexpr double doubtful = 0.1;
    const Index n = reduced.n, columns = reduced.columns, stride = reduced_stride(n, columns);
    const double work = static_cast<double>(n) * static_cast<double>(n) * static_cast<double>(n);
    const int workers = threads::worth(work / 3);
    struct Memory {
        double *r, *rows, *y, *scratch;
        Index* order;
        RowFolder folder;
        Memory(Index order_n, Index sides, Index row, bool damped, int count, Cutter& cutter)
            : r(cutter.take<double>(checked_product(order_n, row))),
              rows(cutter.take<double>(damped ? checked_product(order_n, row) : 0)),
              y(cutter.take<double>(order_n)),
              scratch(cutter.take<double>(3 * order_n + sides)),
              order(cutter.take<Index>(order_n)),
              folder(order_n, sides, count, cutter) {}
    };
    Cutter measure;
    const Memory sizes(n, columns, stride, damping != nullptr, workers, measure);
    Cutter cutter = workspace.cutter(measure.bytes());
    const Memory memory(n, columns, stride, damping != nullptr, workers, cutter);

    std::copy_n(reduced.r, n * stride, memory.r);
    if (damping != nullptr) {
        std::fill_n(memory.rows, n * stride, 0.0);
        for (Index j = 0; j < n; ++j)
            memory.rows[j * (stride + 1)] = reduced.scale == nullptr ? damping[j] : damping[j] / reduced.scale[j];
        memory.folder.fold(memory.r, memory.rows, n, true);
    }
    Solution solution{.rank = n, .condition = estimate_condition(memory.r, n, stride, memory.y, memory.scratch)};
    const auto write = [&](Index side, const double* y) {
        for (Index j = 0; j < n; ++j)
            x[j * x_stride + side] = reduced.scale == nullptr ? y[j] : y[j] / reduced.scale[j];
    };
    if (solution.condition * tolerance < doubtful) {
        for (Index side = 0; side < columns; ++side) {
            for (Index i = 0; i < n; ++i) memory.y[i] = memory.r[i * stride + n + side];
            solve_upper(memory.r, n, stride, memory.y);
            write(side, memory.y);
        }
        return solution;
    }
    PivotedTriangle triangle(memory.r, n, columns, stride, memory.order, memory.scratch);
    solution.rank = triangle.factor(tolerance);
    if (solution.rank < n) solution.condition = std::numeric_limits<double>::infinity();
    for (Index side = 0; side < columns; ++side) {
        triangle.solve(side, memory.y);
        write(side, memory.y);
    }
    return solution;
}

double residual_squares(const Reduced& reduced, Index side, const double* x, Index x_stride, Workspace& workspace) {
    const Index n = reduced.n, stride = reduced_stride(n, reduced.columns);
    double* const y = workspace.cutter(checked_product(n, sizeof(double))).take<double>(n);
    for (Index j = 0; j < n; ++j) y[j] = x[j * x_stride] * (reduced.scale == nullptr ? 1.0 : reduced.scale[j]);
    double sum = reduced.rest[side];
    for (Index i = 0; i < n; ++i) {
        const double* const row = reduced.r + i * stride;
        const double difference = dot(row + i, y + i, n - i) - row[n + side];
        sum += difference * difference;
    }
    return sum;
}

}  // namespace ravine::linalg
