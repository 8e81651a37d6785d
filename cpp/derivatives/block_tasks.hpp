#pragma once

// What is to be done for the blocks of one layer l against itself and the layers above it, cut into tasks.

#include <vector>

#include "derivatives/sample_chunk.hpp"

namespace ravine::derivatives {

enum class Step {
    cross,      // the block of layers m > l, its second term too if the two are joined; then S_{m,l-1}
    diagonal,   // the block of layer l itself, unless it is outer; then S_{l,l-1}
    outer,      // the block of a layer of one unit: columns [first, last) of it
    factors,    // diag(σ′_1) W_2 of each sample, of l = 2, where the block of layer 1 is made without S_{1,1}
    factored,   // that block: columns [first, last) of each of its squares
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

// For whom the blocks are cut. A left factor is made anew for each task: few threads are best served by few tasks with
// full panels. No bit depends on it, because a sum is never cut.
struct Sharing {
    Index columns;  // of a panel
    int threads;
};

// Layer l = 1 … L.
LayerTasks plan_layer(const network::Architecture& architecture, Matrix matrix, std::size_t l, const Sharing& sharing);

// Whether the two terms of block (m, l) are one product, whose right factor ã[j] S[i,p] + δ[i] J[j,p] is made for each
// j.
bool is_joined(const network::Architecture& architecture, Matrix matrix, std::size_t m, std::size_t l);

// Whether the block of a layer of one unit is summed as Ãᵀ diag(S) Ã: a product whose left factor lies there already.
bool is_outer(const network::Layer& layer);

// Whether S_{1,1} = diag(σ′_1) W_2 S_{2,1} + … is left out: where the first layer is wide, and few inputs and few units
// above make it dearer to write it down for each sample than to sum ã ã σ′_1 W_2 S_{2,1} directly.
bool is_factored(const network::Architecture& architecture);

// Rows of S_{l,l} that are made at once: each time all of S_{l+1,l} is read.
Index diagonal_rows(const network::Layer& layer);

}  // namespace ravine::derivatives
