#include "derivatives/block_tasks.hpp"

#include <algorithm>

namespace ravine::derivatives {

using network::Architecture;
using network::Layer;

namespace {

// Rows of layer l below which making up a right factor for each j is dearer than a second product.
constexpr Index few_rows = 5;

// A block is cut at least into so many tasks, so that several threads have work.
constexpr Index fewest_tasks = 4;

void share(std::vector<Task>& tasks, Step step, std::size_t m, Index rows, Index rows_of_task) {
    for (Index first = 0; first < rows; first += rows_of_task)
        tasks.push_back({step, m, first, std::min(first + rows_of_task, rows)});
}

// As many rows of `width` elements as fill a panel.
Index panel_rows(Index rows, Index width, Index columns) {
    return std::clamp<Index>(columns / width, 1, ceil_divide(rows, fewest_tasks));
}

}  // namespace

Index diagonal_rows(const Layer& layer) { return layer.outputs >= 1024 ? 1 : (layer.outputs >= 48 ? 8 : 4); }

bool is_joined(const Architecture& architecture, Matrix matrix, std::size_t m, std::size_t l) {
    return matrix == Matrix::hessian && m >= l + 2 && architecture.layers()[l - 1].rows() >= few_rows;
}

LayerTasks plan_layer(const Architecture& architecture, Matrix matrix, std::size_t l, Index columns) {
    const auto& layers = architecture.layers();
    const std::size_t depth = layers.size();
    const Index width = layers[l - 1].outputs;
    LayerTasks tasks;
    const auto share_rows = [&](std::vector<Task>& list, Step step, std::size_t m, Index rows, Index row_width) {
        share(list, step, m, rows, panel_rows(rows, row_width, columns));
    };
    for (std::size_t m = l + 1; m <= depth; ++m) share_rows(tasks.first, Step::cross, m, layers[m - 1].outputs, width);
    share(tasks.first, Step::diagonal, l, width, diagonal_rows(layers[l - 1]));
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
