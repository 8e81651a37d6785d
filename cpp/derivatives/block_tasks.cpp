#include "derivatives/block_tasks.hpp"

#include <algorithm>

namespace ravine::derivatives {

using network::Architecture;
using network::Layer;

namespace {

// Rows of layer l below which making up a right factor for each j is dearer than a second product.
constexpr Index few_rows = 5;

// Measured: units of a first layer from which on its block may be made without S_{1,1}, and what writing down and
// reading one element of that costs, in multiply-adds of a product.
constexpr Index wide_layer = 64, element_cost = 6;

// Inputs of a layer of one unit from which on its block is a product of its own shape.
constexpr Index many_inputs = 16;

// Units from which on some rows of a triangle fill a panel.
constexpr Index many_units = 48;

// In even tasks of at most `most` rows.
void share(std::vector<Task>& tasks, Step step, std::size_t m, Index rows, Index most) {
    const Index count = ceil_divide(rows, most);
    for (Index part = 0; part < count; ++part)
        tasks.push_back({step, m, part * rows / count, (part + 1) * rows / count});
}

// The triangle of rows i with i + 1 elements each, in tasks of about as many elements: at most what a panel holds, at
// least what fills a tile of the product well.
void share_triangle(std::vector<Task>& tasks, std::size_t l, Index rows, const Sharing& sharing) {
    constexpr Index fewest_columns = 24;
    const Index total = rows * (rows + 1) / 2;
    const Index wanted = std::max<Index>(sharing.threads, ceil_divide(total, sharing.columns * 7 / 8));
    const Index parts = std::clamp<Index>(total / fewest_columns, 1, wanted);
    Index first = 0, elements = 0;
    for (Index i = 0, part = 1; i < rows; ++i) {
        elements += i + 1;
        if (elements * parts < part * total) continue;
        tasks.push_back({Step::diagonal, l, first, i + 1});
        first = i + 1;
        while (elements * parts >= part * total) ++part;
    }
}

// As many rows of `width` elements as fill a panel, and leave work for all threads.
Index panel_rows(Index rows, Index width, const Sharing& sharing) {
    return std::clamp<Index>(sharing.columns / width, 1, ceil_divide(rows, sharing.threads));
}

}  // namespace

Index diagonal_rows(const Layer& layer) {
    if (layer.outputs >= 1024) return 1;
    return layer.outputs >= many_units ? 8 : 4;
}

bool is_joined(const Architecture& architecture, Matrix matrix, std::size_t m, std::size_t l) {
    return matrix == Matrix::hessian && m >= l + 2 && architecture.layers()[l - 1].rows() >= few_rows;
}

bool is_outer(const Layer& layer) { return layer.outputs == 1 && layer.rows() >= many_inputs; }

bool is_factored(const Architecture& architecture) {
    const auto& layers = architecture.layers();
    if (layers.size() < 2 || layers[0].outputs < wide_layer) return false;
    const Index pairs = layers[0].rows() * (layers[0].rows() + 1) / 2, above = layers[1].outputs;
    return pairs * above <= 2 * (above + element_cost);
}

LayerTasks plan_layer(const Architecture& architecture, Matrix matrix, std::size_t l, const Sharing& sharing) {
    const auto& layers = architecture.layers();
    const std::size_t depth = layers.size();
    const Index width = layers[l - 1].outputs;
    LayerTasks tasks;
    const auto share_rows = [&](std::vector<Task>& list, Step step, std::size_t m, Index rows, Index row_width) {
        share(list, step, m, rows, panel_rows(rows, row_width, sharing));
    };
    for (std::size_t m = l + 1; m <= depth; ++m) share_rows(tasks.first, Step::cross, m, layers[m - 1].outputs, width);
    // Columns of a task where a block is a product of its own shape.
    const auto panel = [=](Index size) { return std::clamp<Index>(round_up(size / 16, 8), 48, sharing.columns); };
    const bool factored = is_factored(architecture);
    if (is_outer(layers[l - 1])) {
        const Index rows = layers[l - 1].rows();
        share(tasks.first, Step::outer, l, rows, panel(rows));
    }
    if (factored && l == 1) {
        share(tasks.first, Step::factored, l, width, panel(width));
    } else if (width < many_units) {
        share_triangle(tasks.first, l, width, sharing);
    } else {
        share(tasks.first, Step::diagonal, l, width, diagonal_rows(layers[l - 1]));
    }
    if (factored && l == 2) share(tasks.first, Step::factors, l, width, 1);
    if (matrix == Matrix::gauss_newton) return tasks;
    for (std::size_t m = l; l > 1 && m < depth; ++m)
        share_rows(tasks.first, Step::slopes, m, layers[m - 1].outputs, width);
    if (l < depth) share_rows(tasks.second, Step::near_term, l + 1, width, layers[l].outputs);
    for (std::size_t m = l + 2; m <= depth; ++m) {
        if (!is_joined(architecture, matrix, m, l))
            share_rows(tasks.second, Step::far_term, m, layers[m - 1].inputs, width);
    }
    return tasks;
}

}  // namespace ravine::derivatives
