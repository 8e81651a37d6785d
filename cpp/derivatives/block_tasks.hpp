#pragma once

// What is to be done for the blocks of one layer l against itself and the layers above it, cut into tasks: a function
// of the network alone.

#include <vector>

#include "derivatives/sample_chunk.hpp"

namespace ravine::derivatives {

enum class Step {
    cross,      // the block of layers m > l, its second term too if the two are joined; then S_{m,l-1}
    diagonal,   // the block of layer l itself; then S_{l,l-1}
    slopes,     // J_{m,l-1} from J_{m,l}, which is diag(σ′_l) for m = l
    near_term,  // the second term where m = l + 1
    far_term,   // the second term where m > l + 1, as a product of its own
};

struct Task {
    Step step;
    std::size_t m;
    Index first, last;  // rows of an (i, samples, n_l) array; for near_term elements of layer l
};

// Tasks of one phase touch different elements of the matrix; the second phase adds to what the first has written.
struct LayerTasks {
    std::vector<Task> first, second;
};

// Layer l = 1 … L; panels hold `columns` columns.
LayerTasks plan_layer(const network::Architecture& architecture, Matrix matrix, std::size_t l, Index columns);

// Whether the two terms of block (m, l) are one product, whose right factor ã[j] S[i,p] + δ[i] J[j,p] is made for each
// j.
bool is_joined(const network::Architecture& architecture, Matrix matrix, std::size_t m, std::size_t l);

// Rows of S_{l,l} that are made at once: each time all of S_{l+1,l} is read.
Index diagonal_rows(const network::Layer& layer);

}  // namespace ravine::derivatives
