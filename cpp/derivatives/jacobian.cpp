#include "derivatives/jacobian.hpp"

#include <algorithm>
#include <memory>

#include "base/threads.hpp"
#include "linalg/transpose.hpp"

namespace ravine::derivatives {

using network::Architecture;
using network::Layer;

namespace {

constexpr Index chunk_rows = 64;

template <typename T>
struct Sweeps {
    network::ForwardSweep<T> forward;
    BackwardSweep<T> backward;
    T* activation_rows;  // Ã_{l-1} of the layer in hand, row-major
    Index activation_stride;

    Sweeps(const Architecture& architecture, Index rows, Cutter& cutter)
        : forward(architecture, rows, network::Keep::slopes, 1, cutter),
          backward(forward, cutter),
          activation_stride(std::max(architecture.widest(), architecture.inputs()) + 1) {
        activation_rows = cutter.take<T>(checked_product(activation_stride, forward.stride()));
    }
};

// Rows of one output: for every sample the outer products ã_{l-1} δ_l, layer by layer.
template <typename T>
void write_rows(Sweeps<T>& sweeps, const T* theta, Index samples, Index row_distance, T* rows) {
    const Architecture& architecture = sweeps.forward.architecture();
    sweeps.backward.propagate(theta, [&](std::size_t l) {
        const Layer& layer = architecture.layers()[l - 1];
        const Index stride = sweeps.forward.stride();
        linalg::transpose(sweeps.forward.activation(l - 1), stride, layer.rows(), samples, sweeps.activation_rows,
                          sweeps.activation_stride);
        for (Index i = 0; i < samples; ++i) {
            const T* delta = sweeps.backward.delta_rows() + i * sweeps.backward.delta_stride();
            const T* activation = sweeps.activation_rows + i * sweeps.activation_stride;
            T* block = rows + i * row_distance + layer.offset;
            for (Index j = 0; j < layer.rows(); ++j, block += layer.outputs) {
                for (Index p = 0; p < layer.outputs; ++p) block[p] = activation[j] * delta[p];
            }
        }
    });
}

}  // namespace

template <typename T>
void jacobian(const Architecture& architecture, const T* theta, const network::Inputs<T>& inputs, T* jacobian,
              Workspace& workspace) {
    const Index outputs = architecture.outputs(), parameters = architecture.parameters();
    const Index chunks = ceil_divide(inputs.rows, chunk_rows), capacity = std::min(chunk_rows, inputs.rows);
    const double work = 2.0 * static_cast<double>(inputs.rows) * static_cast<double>(outputs * parameters);
    const int threads = static_cast<int>(std::clamp<Index>(chunks, 1, threads::worth(work)));
    std::vector<std::unique_ptr<Sweeps<T>>> sweeps;
    const auto cut = [&](Cutter cutter) {
        sweeps.clear();
        for (int i = 0; i < threads; ++i) sweeps.push_back(std::make_unique<Sweeps<T>>(architecture, capacity, cutter));
        return cutter.bytes();
    };
    cut(workspace.cutter(cut(Cutter())));
    threads::for_each(chunks, threads, [&](Index chunk, int worker) {
        const Index first = chunk * chunk_rows, count = std::min(chunk_rows, inputs.rows - first);
        Sweeps<T>& own = *sweeps[static_cast<std::size_t>(worker)];
        own.forward.load(inputs, {nullptr, first, count});
        own.forward.run(theta);
        for (Index k = 0; k < outputs; ++k) {
            own.backward.start_unit(k);
            write_rows(own, theta, count, outputs * parameters, jacobian + (first * outputs + k) * parameters);
        }
    });
}

template void jacobian(const Architecture&, const float*, const network::Inputs<float>&, float*, Workspace&);
template void jacobian(const Architecture&, const double*, const network::Inputs<double>&, double*, Workspace&);

}  // namespace ravine::derivatives
