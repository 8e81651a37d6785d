#include "derivatives/jacobian.hpp"

#include <algorithm>
#include <cmath>
#include <memory>

#include "base/threads.hpp"
#include "linalg/transpose.hpp"

namespace ravine::derivatives {

using network::Architecture;
using network::Layer;
using network::Rows;

namespace {

constexpr Index chunk_rows = 64;

template <typename T>
struct Sweeps {
    network::ForwardSweep<T> forward;
    BackwardSweep<T> backward;
    T* activation_rows;  // Ã_{l-1} of the layer in hand, row-major
    Index activation_stride;
    T* factors;  // √(scale w) of each row, 0 where the target of the output in hand is missing

    Sweeps(const Architecture& architecture, Index rows, Cutter& cutter)
        : forward(architecture, rows, network::Keep::slopes, 1, cutter),
          backward(forward, cutter),
          activation_stride(std::max(architecture.widest(), architecture.inputs()) + 1) {
        activation_rows = cutter.take<T>(checked_product(activation_stride, forward.stride()));
        factors = cutter.take<T>(forward.stride());
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

// Calls body(sweeps, rows, first) for chunks of the rows, swept forward; `first` is the number of the chunk's first
// row.
template <typename T, typename Body>
void for_chunks(const Architecture& architecture, const T* theta, const network::Samples<T>& samples, const Rows& rows,
                double work, Workspace& workspace, Body&& body) {
    const Index chunks = ceil_divide(rows.count, chunk_rows), capacity = std::min(chunk_rows, rows.count);
    const int threads = static_cast<int>(std::clamp<Index>(chunks, 1, threads::worth(work)));
    std::vector<std::unique_ptr<Sweeps<T>>> sweeps;
    const auto cut = [&](Cutter cutter) {
        sweeps.clear();
        for (int i = 0; i < threads; ++i) sweeps.push_back(std::make_unique<Sweeps<T>>(architecture, capacity, cutter));
        return cutter.bytes();
    };
    cut(workspace.cutter(cut(Cutter())));
    threads::for_each(chunks, threads, [&](Index chunk, int worker) {
        const Index first = chunk * chunk_rows;
        const Rows part = rows.part(first, std::min(first + chunk_rows, rows.count));
        Sweeps<T>& own = *sweeps[static_cast<std::size_t>(worker)];
        own.forward.load(samples.inputs, part, &samples.targets);
        own.forward.run(theta);
        body(own, part, first);
    });
}

double jacobian_work(const Architecture& architecture, Index rows) {
    return 2.0 * static_cast<double>(rows) * static_cast<double>(architecture.outputs() * architecture.parameters());
}

// The residuals of output k, (f - y) times factors, which are set.
template <typename T>
void write_residuals(const Sweeps<T>& sweeps, const network::Targets<T>& targets, const Rows& rows, Index k,
                     double scale, T* r, Index distance) {
    const T* f = sweeps.forward.outputs() + k * sweeps.forward.stride();
    std::fill_n(sweeps.factors, sweeps.forward.rows(), T(0));
    for (Index i = 0; i < rows.count; ++i, r += distance) {
        const double weight = static_cast<double>(targets.weight(rows[i]));
        const T y = weight == 0 ? T(0) : targets.dense[rows[i] * targets.stride + k];
        const bool absent = weight == 0 || (targets.masked && std::isnan(y));
        sweeps.factors[i] = absent ? T(0) : static_cast<T>(std::sqrt(scale * weight));
        *r = absent ? T(0) : sweeps.factors[i] * (f[i] - y);
    }
}

}  // namespace

template <typename T>
void jacobian(const Architecture& architecture, const T* theta, const network::Inputs<T>& inputs, T* jacobian,
              Workspace& workspace) {
    const Index outputs = architecture.outputs(), distance = outputs * architecture.parameters();
    const Rows all{nullptr, 0, inputs.rows};
    for_chunks<T>(architecture, theta, {inputs, {}}, all, jacobian_work(architecture, inputs.rows), workspace,
                  [&](Sweeps<T>& sweeps, const Rows& rows, Index first) {
                      for (Index k = 0; k < outputs; ++k) {
                          sweeps.backward.start_unit(k);
                          write_rows(sweeps, theta, rows.count, distance,
                                     jacobian + first * distance + k * architecture.parameters());
                      }
                  });
}

template <typename T>
void residuals(const Architecture& architecture, const T* theta, const network::Samples<T>& samples, const Rows& rows,
               double scale, T* r, T* jacobian, Workspace& workspace) {
    const Index outputs = architecture.outputs(), distance = outputs * architecture.parameters();
    const double values_alone = static_cast<double>(rows.count) * static_cast<double>(architecture.parameters());
    const double work = jacobian == nullptr ? values_alone : jacobian_work(architecture, rows.count);
    for_chunks<T>(architecture, theta, samples, rows, work, workspace,
                  [&](Sweeps<T>& sweeps, const Rows& part, Index first) {
                      for (Index k = 0; k < outputs; ++k) {
                          write_residuals(sweeps, samples.targets, part, k, scale, r + first * outputs + k, outputs);
                          if (jacobian == nullptr) continue;
                          sweeps.backward.start_unit(k, sweeps.factors);
                          write_rows(sweeps, theta, part.count, distance,
                                     jacobian + first * distance + k * architecture.parameters());
                      }
                  });
}

template void jacobian(const Architecture&, const float*, const network::Inputs<float>&, float*, Workspace&);
template void jacobian(const Architecture&, const double*, const network::Inputs<double>&, double*, Workspace&);

template void residuals(const Architecture&, const float*, const network::Samples<float>&, const Rows&, double, float*,
                        float*, Workspace&);
template void residuals(const Architecture&, const double*, const network::Samples<double>&, const Rows&, double,
                        double*, double*, Workspace&);

}  // namespace ravine::derivatives
