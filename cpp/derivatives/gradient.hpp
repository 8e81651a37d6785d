#pragma once

// Sums over rows of the loss and of its gradient in theta. Work: about 6 N P flops (2 N P for the value alone).
// What they return are sums; only training/ divides and regularises.

#include <memory>

#include "derivatives/backward.hpp"
#include "derivatives/plan.hpp"
#include "derivatives/slot_sum.hpp"

namespace ravine::derivatives {

template <typename T>
struct GradientSum : SlotSum<T> {
    double value;  // Σ w L
};

// Holds the buffers for selections of at most `most_rows` rows, cut from a workspace once; its calls allocate nothing.
// Bytes: slots · P numbers (only with_gradient), and for each sweep (one a thread; a single one where the network is
// wide) a number of activations proportional to chunk_rows · (sum of the widths). Never proportional to the rows.
template <typename T>
class RowSums {
  public:
    RowSums(const network::Architecture& architecture, Index most_rows, bool with_gradient, Workspace& workspace);

    // Σ w L over the rows, in double.
    double value(network::Loss loss, const network::Samples<T>& samples, const network::Rows& rows, const T* theta);

    // Σ w (|L| + Σ_k |∂L/∂f_k f_k|), see BackwardSweep::magnitude.
    double magnitude(network::Loss loss, const network::Samples<T>& samples, const network::Rows& rows, const T* theta);

    GradientSum<T> gradient(network::Loss loss, const network::Samples<T>& samples, const network::Rows& rows,
                            const T* theta);

    // What the constructor takes from the workspace.
    static Index bytes(const network::Architecture& architecture, Index most_rows, bool with_gradient);

  private:
    struct Buffers;
    template <typename Evaluate>
    double sum_forward(network::Loss loss, const network::Samples<T>& samples, const network::Rows& rows,
                       const T* theta, Evaluate&& evaluate);
    template <typename Body>
    double sweep(const Plan& plan, int threads, const network::Samples<T>& samples, const network::Rows& rows,
                 const T* theta, Body&& body);

    const network::Architecture& architecture_;
    std::shared_ptr<Buffers> buffers_;
};

}  // namespace ravine::derivatives
