#pragma once

// Statistics of all that flows through a network on a selection of rows, and the sums from which the noise of its
// gradient follows. One forward and one backward sweep; nothing is proportional to rows · P. Work: about 8 N P flops,
// 2 N P more with second moments.

#include "signals/observer.hpp"

namespace ravine::signals {

// Σ w L, and how many of the rows have a weight that is not zero: the others are as good as absent.
struct Totals {
    double value;
    Index rows;
};

// Writes the sums (see Sums; all of them over the selection, `rows` is not looked at). The same bits at any number of
// threads. least_slopes: one entry a layer.
template <typename T>
Totals gather(const network::Architecture& architecture, network::Loss loss, const network::Samples<T>& samples,
              const network::Rows& rows, const T* theta, std::span<const double> least_slopes, const Sums<T>& out,
              Workspace& workspace);

// What gather() takes from the workspace: for each of at most 16 parts of the rows one set of sums, for each thread one
// block of rows.
template <typename T>
Index gather_bytes(const network::Architecture& architecture, Index rows, bool with_second_moments);

}  // namespace ravine::signals
