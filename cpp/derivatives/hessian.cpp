#include "derivatives/hessian.hpp"

#include <algorithm>

#include "base/interrupt.hpp"
#include "base/no_allocation.hpp"
#include "base/threads.hpp"
#include "derivatives/block_worker.hpp"
#include "linalg/symmetric.hpp"

namespace ravine::derivatives {

using network::Architecture;
using network::Layer;
using network::Rows;

namespace {

// Samples of a chunk: more would gain little, fewer let the reading and writing of the matrix show. Below the step
// there is but one reason to go: a loss of one's own that gives very many numbers a sample.
constexpr Index most_samples = 1024, step_of_samples = 16;
constexpr Index workspace_bytes = 64 << 20;
constexpr int planned_workers = 4;  // have room at the full size of a chunk; more workers where there is room

Index fewer(Index samples) {
    if (samples <= step_of_samples) return samples / 2;
    return std::max(step_of_samples, samples * 7 / 8 / step_of_samples * step_of_samples);
}

}  // namespace

template <typename T>
struct MatrixSum<T>::Buffers {
    SampleChunk<T> chunk;
    SampleChain<T> chain;
    std::vector<BlockWorker<T>> workers;
    Index bytes;

    Buffers(const Architecture& architecture, network::Loss loss, Matrix matrix, Index samples, int count,
            Cutter cutter)
        : chunk(architecture, loss, samples, count, cutter), chain(chunk, matrix, cutter) {
        workers.reserve(static_cast<std::size_t>(count));
        for (int i = 0; i < count; ++i) workers.emplace_back(chunk, chain, matrix, samples, cutter);
        bytes = cutter.bytes();
    }
};

// How many samples make a chunk: a function of the network and the loss alone, so that nothing else can change a bit of
// the result. And what the selection at hand takes of that.
template <typename T>
struct MatrixSum<T>::Cut {
    Index chunk_samples, samples, bytes;
    int workers;
};

template <typename T>
typename MatrixSum<T>::Cut MatrixSum<T>::cut(const Architecture& architecture, network::Loss loss, Index most_rows,
                                             Matrix matrix) {
    const auto bytes = [&](Index samples, int workers) {
        return Buffers(architecture, loss, matrix, samples, workers, Cutter()).bytes;
    };
    Cut cut{.chunk_samples = most_samples, .samples = 0, .bytes = 0, .workers = 1};
    while (cut.chunk_samples > 1 && bytes(cut.chunk_samples, planned_workers) > workspace_bytes)
        cut.chunk_samples = fewer(cut.chunk_samples);
    cut.samples = std::min(most_rows, cut.chunk_samples);
    const auto parameters = static_cast<double>(architecture.parameters());
    cut.workers = threads::worth(static_cast<double>(most_rows) * parameters * parameters / 2);
    while (cut.workers > 1 && bytes(cut.samples, cut.workers) > workspace_bytes) --cut.workers;
    cut.bytes = bytes(cut.samples, cut.workers);
    return cut;
}

template <typename T>
MatrixSum<T>::MatrixSum(const Architecture& architecture, network::Loss loss, Index most_rows, Matrix matrix,
                        Workspace& workspace)
    : architecture_(architecture), matrix_(matrix) {
    const Cut size = cut(architecture, loss, most_rows, matrix);
    chunk_samples_ = size.chunk_samples;
    buffers_ =
        std::make_shared<Buffers>(architecture, loss, matrix, size.samples, size.workers, workspace.cutter(size.bytes));
    for (std::size_t l = 1; l <= architecture.layers().size(); ++l)
        tasks_.push_back(plan_layer(architecture, matrix, l, {BlockWorker<T>::panel_columns, size.workers}));
}

template <typename T>
Index MatrixSum<T>::bytes(const Architecture& architecture, network::Loss loss, Index most_rows, Matrix matrix) {
    return cut(architecture, loss, most_rows, matrix).bytes;
}

template <typename T>
double MatrixSum<T>::run(const network::Samples<T>& samples, const Rows& rows, const T* theta, T* out) {
    const NoAllocation promise;
    const Index chunks = ceil_divide(rows.count, chunk_samples_);
    double value = 0;
    buffers_->chain.start(theta);
    for (Index c = 0; c < chunks; ++c) {
        interrupt::poll();
        const Rows part = rows.part(c * rows.count / chunks, (c + 1) * rows.count / chunks);
        value += add_chunk(samples, part, theta, out, c > 0);
    }
    complete_diagonal_blocks(out);
    return value;
}

template <typename T>
double MatrixSum<T>::add_chunk(const network::Samples<T>& samples, const Rows& rows, const T* theta, T* out,
                               bool accumulate) {
    const int threads = static_cast<int>(buffers_->workers.size());
    const double value = buffers_->chunk.load(matrix_, samples, rows, theta, threads);
    for (std::size_t l = tasks_.size(); l >= 1; --l) {
        const auto run_all = [&](const std::vector<Task>& tasks) {
            threads::for_each(std::ssize(tasks), threads, [&](Index task, int worker) {
                const NoAllocation promise_of_worker;
                buffers_->workers[static_cast<std::size_t>(worker)].run(tasks[static_cast<std::size_t>(task)], l, theta,
                                                                        out, accumulate);
            });
        };
        run_all(tasks_[l - 1].first);
        run_all(tasks_[l - 1].second);
    }
    return value;
}

// Inside a block of one layer S is symmetric in i and p: what was left out above p = i stands below it.
template <typename T>
void MatrixSum<T>::complete_diagonal_blocks(T* out) const {
    const Index stride = architecture_.parameters();
    for (const Layer& layer : architecture_.layers()) {
        const Index n = layer.outputs;
        const double work = static_cast<double>(layer.parameters()) * static_cast<double>(layer.parameters());
        threads::for_each(layer.rows(), threads::worth(work), [&](Index j, int) {
            for (Index q = 0; q < j; ++q)
                linalg::mirror_lower(out + (layer.offset + j * n) * stride + layer.offset + q * n, n, stride);
        });
    }
}

template class MatrixSum<float>;
template class MatrixSum<double>;

}  // namespace ravine::derivatives
