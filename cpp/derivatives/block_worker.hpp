#pragma once

// One worker that carries out tasks: sums over the samples of a chunk into blocks of the matrix.

#include <array>

#include "derivatives/assembly.hpp"
#include "derivatives/block_tasks.hpp"
#include "derivatives/sample_chain.hpp"

namespace ravine::derivatives {

template <typename T>
class BlockWorker {
  public:
    static constexpr Index panel_columns = Assembler<T>::panel_columns;

    BlockWorker(const SampleChunk<T>& chunk, const SampleChain<T>& chain, Matrix matrix, Index samples, Cutter& cutter);

    // Does a task of layer l: writes or adds into `out` (P, P), and makes the rows of the next generation.
    void run(const Task& task, std::size_t l, const T* theta, T* out, bool accumulate);

  private:
    // Elements [from, from + length) of row i of an (i, samples, width) array: what makes up panels.
    struct Piece {
        Index i, from, length;
    };

    // Rows of an (i, samples, width) array from row `first` on.
    struct SampleRows {
        const T* data;
        Index first, width;
    };

    const network::Layer& layer(std::size_t l) const { return chunk_.architecture().layers()[l - 1]; }
    Index parameters() const { return chunk_.architecture().parameters(); }
    LeftFactor<T> inputs_of(std::size_t l) const;
    LeftFactor<T> inputs_of_both(std::size_t m, std::size_t l) const;

    template <typename End, typename Body>
    void for_panels(const Task& task, End&& end, Body&& body);
    T* pack(std::span<const Piece> pieces, const SampleRows& rows, Index total, T* panel) const;
    std::span<const Run> runs_of(std::span<const Piece> pieces, Index step);
    template <typename End>
    void add_rows(const Task& task, const LeftFactor<T>& left, const SampleRows& rows, Index step, End&& end,
                  const Target<T>& target);

    void add_cross(const Task& task, std::size_t l, const Target<T>& target);
    void add_diagonal(const Task& task, std::size_t l, const Target<T>& target, const T* rows);
    void make_rows(const Task& task, std::size_t l, const T* theta);
    void add_outer(const Task& task, std::size_t l, const T* theta, const Target<T>& target);
    void add_factored(const Task& task, const Target<T>& target);
    void add_bends(const Task& task, const Target<T>& target);
    void add_joined(const Task& task, std::size_t l, const Target<T>& target);
    void join(std::size_t m, std::size_t l, Index j, std::span<const Piece> pieces, Index total);
    void add_near_term(const Task& task, std::size_t l, const Target<T>& target);
    void add_far_term(const Task& task, std::size_t l, const Target<T>& target);
    void finish_diagonal(const Task& task, std::size_t l, const T* theta, const Target<T>& target);

    const SampleChunk<T>& chunk_;
    const SampleChain<T>& chain_;
    Matrix matrix_;
    Assembler<T> assembler_;
    T *tile_, *top_, *panel_, *product_;
    std::array<Piece, Assembler<T>::panel_columns> pieces_{};
    std::array<Run, Assembler<T>::panel_columns> runs_{};
};

}  // namespace ravine::derivatives
