#pragma once

// The forward sweep over one block of rows. Inside, activations lie feature-major, (features, rows): every elementwise
// function and every loss then runs over rows in full registers, however narrow the layer.

#include <algorithm>
#include <vector>

#include "base/threads.hpp"
#include "base/workspace.hpp"
#include "linalg/product.hpp"
#include "network/data.hpp"
#include "network/layer.hpp"

namespace ravine::network {

// Scratch memory of one worker thread.
template <typename T>
struct Scratch {
    T* product;
    explicit Scratch(Cutter& cutter);
};

// The most rows that a block of `rows` takes once padded to whole registers.
template <typename T>
Index padded_rows(Index rows);

// Numbers from one feature of a block of `rows` to the next: one cache line more than padded_rows() keeps them out of
// each other's cache sets.
template <typename T>
Index feature_stride(Index rows);

// Features [first, last) of a block, and `rows` of its rows from `row`.
struct Part {
    Index first, last, row, rows;
};

// Rows of a block that make one task where a layer has too few features to share out.
template <typename T>
Index narrow_rows();

// Calls body(part, worker) for parts that make up (features, rows): a wide layer is shared out by its features, a
// narrow one by the rows of the block.
template <typename T, typename Body>
void for_parts(Index features, Index rows, int threads, Body&& body) {
    if (threads > 1 && features <= linalg::product_rows) {
        const Index size = narrow_rows<T>();
        threads::for_each(ceil_divide(rows, size), threads, [&](Index task, int worker) {
            const Index row = task * size;
            body(Part{.first = 0, .last = features, .row = row, .rows = std::min(size, rows - row)}, worker);
        });
        return;
    }
    const linalg::RowBlocks blocks(features);
    threads::for_each(blocks.count(), threads, [&](Index task, int worker) {
        body(Part{.first = blocks.begin(task), .last = blocks.begin(task + 1), .row = 0, .rows = rows}, worker);
    });
}

// What a sweep keeps of each layer: σ; σ and σ′; σ, σ′ and σ″.
enum class Keep { values, slopes, curvatures };

template <typename T>
class ForwardSweep {
  public:
    // Buffers for blocks of at most `capacity` rows, cut from `cutter`. `threads` workers share the features of each
    // layer.
    ForwardSweep(const Architecture& architecture, Index capacity, Keep keep, int threads, Cutter& cutter);

    // Reads the rows into the block; rows that pad it are zero, and so are rows of weight 0 if there are weights.
    void load(const Inputs<T>& inputs, const Rows& rows, const Targets<T>* targets = nullptr);

    // Computes every layer's activations at theta.
    void run(const T* theta);

    Index rows() const { return padded_; }    // of the block now in it, padding included
    Index stride() const { return stride_; }  // between features
    // Ã_l (features and a row of ones, rows), l = 0 for the inputs; the row of ones is there where layer l + 1 has a
    // bias.
    const T* activation(std::size_t l) const { return activations_[l]; }
    const T* outputs() const { return activations_.back(); }
    // σ′ of layer l (features, rows); null for the identity, whose slope is 1.
    const T* slope(std::size_t l) const { return slopes_[l]; }
    // σ″ of layer l (features, rows); null for the identity, whose curvature is 0, and where it is not kept.
    const T* curvature(std::size_t l) const { return curvatures_[l]; }
    // The inputs once more, row-major (rows, features and a one).
    const T* input_rows() const { return input_rows_; }
    Index input_stride() const { return input_stride_; }

    const Architecture& architecture() const { return architecture_; }
    Keep keep() const { return keep_; }
    int threads() const { return threads_; }
    T* scratch(int worker) const { return scratch_[static_cast<std::size_t>(worker)].product; }

  private:
    void load_part(const Inputs<T>& inputs, const Rows& rows, const Targets<T>* targets, Index first, Index last);
    void run_layer(std::size_t l, const T* theta);
    void run_part(std::size_t l, const T* theta, const Part& part, int worker);

    const Architecture& architecture_;
    Index stride_, input_stride_, padded_ = 0;
    int threads_;
    Keep keep_;
    T* input_rows_;
    std::vector<T*> activations_, slopes_, curvatures_;
    std::vector<Scratch<T>> scratch_;
    bool measuring_;  // the cutter only counts: the buffers are not there
};

// Raw outputs (rows, n_L) at theta, written with `out_stride` between rows.
template <typename T>
void predict(const Architecture& architecture, const T* theta, const Inputs<T>& inputs, T* out, Index out_stride,
             Workspace& workspace);

}  // namespace ravine::network
