#pragma once

// Sums over rows of products with the Hessian or the Gauss-Newton matrix of w L. No matrix is formed, and nothing but
// kept sweeps grows with the number of rows. From scratch H v takes about 16 N P flops, where a gradient takes 6 N P;
// several vectors share the sweeps at theta, and at a point whose sweeps are kept 12 N P are left.

#include <memory>

#include "derivatives/gradient.hpp"
#include "derivatives/matrix.hpp"

namespace ravine::derivatives {

// Vectors that one call takes at most: they share its sweeps, and each takes memory for its sums.
inline constexpr Index most_vectors = 8;

// Products from scratch, for selections of at most `most_rows` rows; calls allocate nothing.
template <typename T>
class ProductSums {
  public:
    ProductSums(const network::Architecture& architecture, network::Loss loss, Index most_rows, Index vectors,
                Workspace& workspace);

    // With the first `count` vectors, rows of v (count, P). The results are there until the next call, and have the
    // same bits as if each vector had been alone.
    void run(Matrix matrix, const network::Samples<T>& samples, const network::Rows& rows, const T* theta, const T* v,
             Index count);
    SlotSum<T> sum(Index vector) const;

    // What the constructor takes from the workspace.
    static Index bytes(const network::Architecture& architecture, network::Loss loss, Index most_rows, Index vectors);

  private:
    struct Buffers;
    const network::Architecture& architecture_;
    network::Loss loss_;
    std::shared_ptr<Buffers> buffers_;
    Index slots_ = 0;
};

// The sweeps over all rows of a selection at one theta, kept, and products with them: the same bits as from scratch.
template <typename T>
class KeptSweeps {
  public:
    KeptSweeps(const network::Architecture& architecture, network::Loss loss, const network::Samples<T>& samples,
               Index rows, Index vectors, Workspace& workspace);

    // Sweeps the rows at theta, of which a copy is made, and keeps what products need: about a gradient's work. The
    // samples may go afterwards.
    GradientSum<T> start(const network::Samples<T>& samples, const network::Rows& rows, const T* theta);

    // As in ProductSums, after start().
    void run(Matrix matrix, const T* v, Index count);
    SlotSum<T> sum(Index vector) const;

    // What the constructor takes from the workspace.
    static Index bytes(const network::Architecture& architecture, network::Loss loss,
                       const network::Samples<T>& samples, Index rows, Index vectors);

  private:
    struct Buffers;
    const network::Architecture& architecture_;
    network::Loss loss_;
    Index rows_;
    std::shared_ptr<Buffers> buffers_;
};

}  // namespace ravine::derivatives
