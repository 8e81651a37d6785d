#include "derivatives/block_worker.hpp"

#include <algorithm>

#include "linalg/product.hpp"

namespace ravine::derivatives {

using network::Layer;

template <typename T>
BlockWorker<T>::BlockWorker(const SampleChunk<T>& chunk, const SampleChain<T>& chain, Matrix matrix, Index samples,
                            Cutter& cutter)
    : chunk_(chunk), chain_(chain), matrix_(matrix), assembler_(samples, cutter) {
    Index tile = 0;
    bool joined = false;
    for (std::size_t l = 1; l <= chunk.architecture().layers().size(); ++l) {
        tile = std::max(tile, diagonal_rows(layer(l)) * chunk.block_stride(layer(l).outputs));
        joined = joined || is_joined(chunk.architecture(), matrix, l + 2, l);
    }
    tile_ = cutter.take<T>(tile);
    top_ = cutter.take<T>(chunk.top_scratch(diagonal_rows(chunk.architecture().layers().back())));
    panel_ = cutter.take<T>(joined ? checked_product(samples + 1, panel_columns) : 0);
    product_ = cutter.take<T>(linalg::product_scratch());
}

template <typename T>
void BlockWorker<T>::run(const Task& task, std::size_t l, const T* theta, T* out, bool accumulate) {
    const Target<T> target{out + layer(task.m).offset * parameters() + layer(l).offset, accumulate};
    const auto row = [&](const T* rows) { return rows + task.first * chunk_.block_stride(layer(l).outputs); };
    switch (task.step) {
        case Step::cross:
            is_joined(chunk_.architecture(), matrix_, task.m, l) ? add_joined(task, l, target)
                                                                 : add_cross(task, l, target);
            if (l == 1) return;
            return chain_.step_down(l, task.first, task.last, row(chain_.cross(task.m, l)), chain_.cross(task.m, l - 1),
                                    product_);
        case Step::diagonal:
            return finish_diagonal(task, l, theta, target);
        case Step::outer:
            return add_outer(task, l, theta, target);
        case Step::factors:
            return chain_.make_factors(task.first, task.last, theta);
        case Step::factored:
            add_factored(task, target);
            if (matrix_ == Matrix::hessian) add_bends(task, target);
            return;
        case Step::slopes:
            if (task.m == l) return chain_.start_slopes(l, task.first, task.last);
            return chain_.step_down(l, task.first, task.last, row(chain_.slopes(task.m, l)),
                                    chain_.slopes(task.m, l - 1), product_);
        case Step::near_term:
            return add_near_term(task, l, {target.data, true});
        case Step::far_term:
            return add_far_term(task, l, {target.data, true});
    }
}

// Rows [first, last) of S_{l,l} into the tile.
template <typename T>
void BlockWorker<T>::make_rows(const Task& task, std::size_t l, const T* theta) {
    if (l == chunk_.architecture().layers().size()) return chunk_.make_top(matrix_, task.first, task.last, tile_, top_);
    chain_.make_diagonal(l, task.first, task.last, theta, tile_, product_);
}

// Rows of S_{l,l} are made a few at a time, handed on to the layer below while they lie in cache, and put into a panel
// side by side: a left factor is made for each panel, and should serve many columns.
template <typename T>
void BlockWorker<T>::finish_diagonal(const Task& task, std::size_t l, const T* theta, const Target<T>& target) {
    const Index elements = (task.last * (task.last + 1) - task.first * (task.first + 1)) / 2;
    const bool collected = !is_outer(layer(l)) && elements <= panel_columns, alone = !is_outer(layer(l)) && !collected;
    std::size_t used = 0;
    T* panel = assembler_.panel();
    for (Index first = task.first; first < task.last; first += diagonal_rows(layer(l))) {
        const Task part{task.step, task.m, first, std::min(first + diagonal_rows(layer(l)), task.last)};
        make_rows(part, l, theta);
        if (alone) add_diagonal(part, l, target, tile_);
        if (collected) {
            const std::size_t before = used;
            for (Index i = part.first; i < part.last; ++i) pieces_[used++] = {i, 0, i + 1};
            panel = pack({pieces_.data() + before, used - before}, {tile_, first, layer(l).outputs}, elements, panel);
        }
        if (l > 1) chain_.step_down(l, part.first, part.last, tile_, chain_.cross(l, l - 1), product_);
    }
    if (collected) {
        const auto runs = runs_of({pieces_.data(), used}, parameters());
        assembler_.add(inputs_of_both(l, l), chunk_.samples(), elements, runs, target);
    }
}

// Σ_samples ã[j] S ã[q] for columns q of the task and j >= q.
template <typename T>
void BlockWorker<T>::add_outer(const Task& task, std::size_t l, const T* theta, const Target<T>& target) {
    const Index rows = layer(l).rows(), columns = task.last - task.first;
    const Index stride = Assembler<T>::panel_stride(columns);
    make_rows({task.step, task.m, 0, 1}, l, theta);
    const T* inputs = chunk_.layer(l).inputs + task.first;
    for (Index s = 0; s < chunk_.samples(); ++s) {
        T* to = assembler_.panel() + s * stride;
        for (Index c = 0; c < columns; ++c) to[c] = tile_[s] * inputs[s * rows + c];
    }
    LeftFactor<T> left = inputs_of(l);
    left.y = inputs;
    left.y_count = rows - task.first;
    left.y_step = parameters();
    left.y_stride = rows;
    runs_[0] = {task.first, columns};
    assembler_.add(left, chunk_.samples(), columns, {runs_.data(), 1},
                   {target.data + task.first * parameters(), target.accumulate});
}

template <typename T>
LeftFactor<T> BlockWorker<T>::inputs_of(std::size_t l) const {
    return {.x = nullptr,
            .x_count = 0,
            .x_step = 0,
            .y = chunk_.layer(l).inputs,
            .y_count = layer(l).rows(),
            .y_step = layer(l).outputs};
}

template <typename T>
LeftFactor<T> BlockWorker<T>::inputs_of_both(std::size_t m, std::size_t l) const {
    LeftFactor<T> left = inputs_of(l);
    left.x = chunk_.layer(m).inputs;
    left.x_count = layer(m).rows();
    left.x_step = layer(m).outputs * parameters();
    left.triangular = m == l;
    return left;
}

// Calls body(pieces, columns) for panels of rows [first, last), of row i the elements below end(i): as many pieces
// at a time as a panel holds.
template <typename T>
template <typename End, typename Body>
void BlockWorker<T>::for_panels(const Task& task, End&& end, Body&& body) {
    std::size_t used = 0;
    Index total = 0;
    const auto flush = [&] {
        if (total > 0) body(std::span<const Piece>(pieces_.data(), used), total);
        used = 0;
        total = 0;
    };
    for (Index i = task.first; i < task.last; ++i) {
        for (Index from = 0; from < end(i); from += panel_columns) {
            const Index length = std::min(end(i) - from, panel_columns);
            if (total + length > panel_columns) flush();
            pieces_[used++] = {i, from, length};
            total += length;
        }
    }
    flush();
}

// Copies the pieces of an (i, samples, width) array side by side into a panel (samples, total), and returns where the
// next would go.
template <typename T>
T* BlockWorker<T>::pack(std::span<const Piece> pieces, const SampleRows& rows, Index total, T* panel) const {
    const Index stride = Assembler<T>::panel_stride(total);
    for (const Piece& piece : pieces) {
        const T* from = rows.data + (piece.i - rows.first) * chunk_.block_stride(rows.width) + piece.from;
        for (Index s = 0; s < chunk_.samples(); ++s)
            std::copy_n(from + s * rows.width, piece.length, panel + s * stride);
        panel += piece.length;
    }
    return panel;
}

// Where the pieces go if row i begins at i * step in the matrix.
template <typename T>
std::span<const Run> BlockWorker<T>::runs_of(std::span<const Piece> pieces, Index step) {
    for (std::size_t k = 0; k < pieces.size(); ++k) runs_[k] = {pieces[k].i * step + pieces[k].from, pieces[k].length};
    return {runs_.data(), pieces.size()};
}

// leftᵀ S for rows of S, (i, samples, width).
template <typename T>
template <typename End>
void BlockWorker<T>::add_rows(const Task& task, const LeftFactor<T>& left, const SampleRows& rows, Index step,
                              End&& end, const Target<T>& target) {
    for_panels(task, end, [&](std::span<const Piece> pieces, Index total) {
        pack(pieces, rows, total, assembler_.panel());
        assembler_.add(left, chunk_.samples(), total, runs_of(pieces, step), target);
    });
}

template <typename T>
void BlockWorker<T>::add_cross(const Task& task, std::size_t l, const Target<T>& target) {
    const Index width = layer(l).outputs;
    const auto end = [=](Index) { return width; };
    add_rows(task, inputs_of_both(task.m, l), {chain_.cross(task.m, l), 0, width}, parameters(), end, target);
}

template <typename T>
void BlockWorker<T>::add_diagonal(const Task& task, std::size_t l, const Target<T>& target, const T* rows) {
    const auto end = [](Index i) { return i + 1; };
    add_rows(task, inputs_of_both(l, l), {rows, task.first, layer(l).outputs}, parameters(), end, target);
}

// Σ_samples ã[j] ã[q] Σ_k σ′[i] W_2[i,k] S_{2,1}[k,p] for columns p of the task and i >= p: for each pair j >= q and
// each k one product, (i) × samples × (p).
template <typename T>
void BlockWorker<T>::add_factored(const Task& task, const Target<T>& target) {
    const Index n = layer(1).outputs, rows = layer(1).rows(), columns = task.last - task.first;
    const Index stride = Assembler<T>::panel_stride(columns);
    const T* inputs = chunk_.layer(1).inputs;
    const auto fill = [&](Index j, Index q, Index k) {
        const T* from = chain_.cross(2, 1) + k * chunk_.block_stride(n) + task.first;
        for (Index s = 0; s < chunk_.samples(); ++s) {
            const T pair = inputs[s * rows + j] * inputs[s * rows + q];
            T* to = assembler_.panel() + s * stride;
            for (Index c = 0; c < columns; ++c) to[c] = pair * from[s * n + c];
        }
    };
    for (Index j = 0; j < rows; ++j) {
        for (Index q = 0; q <= j; ++q) {
            runs_[0] = {q * n + task.first, columns};
            for (Index k = 0; k < layer(2).outputs; ++k) {
                fill(j, q, k);
                const LeftFactor<T> left{.x = nullptr,
                                         .x_count = 0,
                                         .x_step = 0,
                                         .y = chain_.factors() + k * chunk_.block_stride(n) + task.first,
                                         .y_count = n - task.first,
                                         .y_step = parameters(),
                                         .y_stride = n};
                const Target<T> square{target.data + (j * n + task.first) * parameters(), target.accumulate || k > 0};
                assembler_.add(left, chunk_.samples(), columns, {runs_.data(), 1}, square);
            }
        }
    }
}

// Σ_samples ã[j] ã[q] σ″_1[p] ∂J/∂a_1[p] on the diagonal p = i of each square.
template <typename T>
void BlockWorker<T>::add_bends(const Task& task, const Target<T>& target) {
    const Index n = layer(1).outputs, columns = task.last - task.first;
    const Index stride = Assembler<T>::panel_stride(columns);
    const T* bend = chunk_.layer(1).bend + task.first;
    for (Index c = 0; c < columns; ++c) {
        const Index p = task.first + c;
        runs_[static_cast<std::size_t>(c)] = {p * parameters() + p, 1};
    }
    for (Index s = 0; s < chunk_.samples(); ++s) std::copy_n(bend + s * n, columns, assembler_.panel() + s * stride);
    const std::span<const Run> runs{runs_.data(), static_cast<std::size_t>(columns)};
    assembler_.add(inputs_of_both(1, 1), chunk_.samples(), columns, runs, {target.data, true});
}

template <typename T>
void BlockWorker<T>::add_far_term(const Task& task, std::size_t l, const Target<T>& target) {
    const Index width = layer(l).outputs, n = layer(task.m).outputs;
    LeftFactor<T> left = inputs_of(l);
    left.x = chunk_.layer(task.m).delta;
    left.x_count = n;
    left.x_step = parameters();
    const auto end = [=](Index) { return width; };
    add_rows(task, left, {chain_.slopes(task.m - 1, l), 0, width}, n * parameters(), end, target);
}

// Both terms at once: for each j the right factor ã[j] S[i,p] + δ[i] J[j,p].
template <typename T>
void BlockWorker<T>::add_joined(const Task& task, std::size_t l, const Target<T>& target) {
    const Layer& above = layer(task.m);
    const Index width = layer(l).outputs;
    const auto add = [&](std::span<const Piece> pieces, Index total) {
        pack(pieces, {chain_.cross(task.m, l), 0, width}, total, panel_);
        const auto runs = runs_of(pieces, parameters());
        for (Index j = 0; j < above.rows(); ++j) {
            join(task.m, l, j, pieces, total);
            const Target<T> part{target.data + j * above.outputs * parameters(), target.accumulate};
            assembler_.add(inputs_of(l), chunk_.samples(), total, runs, part);
        }
    };
    for_panels(task, [=](Index) { return width; }, add);
}

template <typename T>
void BlockWorker<T>::join(std::size_t m, std::size_t l, Index j, std::span<const Piece> pieces, Index total) {
    const LayerRows<T>& above = chunk_.layer(m);
    const Index stride = Assembler<T>::panel_stride(total), width = layer(l).outputs, n = layer(m).outputs;
    const bool bias = j == layer(m).inputs;
    const T* slopes_of_j = bias ? nullptr : chain_.slopes(m - 1, l) + j * chunk_.block_stride(width);
    for (Index s = 0; s < chunk_.samples(); ++s) {
        const T a = above.inputs[s * layer(m).rows() + j];
        const T* curved = panel_ + s * stride;
        T* joined = assembler_.panel() + s * stride;
        if (bias) {
            std::copy_n(curved, total, joined);
            continue;
        }
        for (const Piece& piece : pieces) {
            const T delta = above.delta[s * n + piece.i];
            const T* slope = slopes_of_j + s * width + piece.from;
            for (Index p = 0; p < piece.length; ++p) joined[p] = a * curved[p] + delta * slope[p];
            curved += piece.length;
            joined += piece.length;
        }
    }
}

// δ_m[i] J_{m-1,l}[j,p] where m = l + 1: J is diag(σ′_l), so only j = p counts. Rows are p, elements i.
template <typename T>
void BlockWorker<T>::add_near_term(const Task& task, std::size_t l, const Target<T>& target) {
    const Index n = layer(task.m).outputs, width = layer(l).outputs;
    const auto add = [&](std::span<const Piece> pieces, Index total) {
        const Index stride = Assembler<T>::panel_stride(total);
        std::size_t used = 0;
        for (const Piece& piece : pieces) {
            T* to = assembler_.panel() + used;
            for (Index i = piece.from; i < piece.from + piece.length; ++i)
                runs_[used++] = {(piece.i * n + i) * parameters() + piece.i, 1};
            for (Index s = 0; s < chunk_.samples(); ++s, to += stride) {
                const T slope = chunk_.layer(l).slope[s * width + piece.i];
                const T* delta = chunk_.layer(task.m).delta + s * n + piece.from;
                for (Index i = 0; i < piece.length; ++i) to[i] = slope * delta[i];
            }
        }
        assembler_.add(inputs_of(l), chunk_.samples(), total, {runs_.data(), used}, target);
    };
    for_panels(task, [=](Index) { return n; }, add);
}

template class BlockWorker<float>;
template class BlockWorker<double>;

}  // namespace ravine::derivatives
