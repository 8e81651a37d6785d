#include "derivatives/products.hpp"

#include <algorithm>

#include "derivatives/tangent.hpp"

namespace ravine::derivatives {

using network::Architecture;
using network::Loss;
using network::Rows;
using network::Samples;

namespace {

// Multiply-adds a row and parameter: of the sweeps at theta, and of one direction.
constexpr double sweep_multiply_adds = 3, direction_multiply_adds = 6;

double multiply_adds_of(Index vectors) {
    return sweep_multiply_adds + direction_multiply_adds * static_cast<double>(vectors);
}

// Sums of several vectors, each in slots: vector by vector in a slot.
template <typename T>
struct VectorSlots {
    Index stride, slot_stride;
    T* numbers;
    double* values;  // of each slot

    VectorSlots(const Architecture& architecture, Index slots, Index vectors, Cutter& cutter)
        : stride(round_up(architecture.parameters(), Cutter::alignment)),
          slot_stride(checked_product(stride, vectors)),
          numbers(cutter.take<T>(checked_product(slots, slot_stride))),
          values(cutter.take<double>(slots)) {}

    T* at(Index slot, Index vector) const { return numbers + slot * slot_stride + vector * stride; }
    SlotSum<T> sum(Index vector, Index slots) const { return {at(0, vector), slots, slot_stride}; }
};

// One worker: from scratch it sweeps a block and then goes along each direction.
template <typename T>
struct Worker {
    BlockSweeps<T> sweeps;
    TangentSweep<T> tangent;

    Worker(const Architecture& architecture, Loss loss, Index rows, int threads, Cutter& cutter)
        : sweeps(architecture, loss, rows, threads, cutter), tangent(architecture, rows, threads, cutter) {}
};

template <typename T>
struct Workers {
    std::vector<std::unique_ptr<Worker<T>>> all;

    Workers(const Architecture& architecture, Loss loss, int threads, Index rows, bool wide, Cutter& cutter) {
        for (int i = 0; i < (wide ? 1 : threads); ++i)
            all.push_back(std::make_unique<Worker<T>>(architecture, loss, rows, wide ? threads : 1, cutter));
    }

    Worker<T>& operator[](int worker) const { return *all[static_cast<std::size_t>(worker)]; }
    int count() const { return static_cast<int>(all.size()); }
};

}  // namespace

template <typename T>
struct ProductSums<T>::Buffers {
    VectorSlots<T> slots;
    Workers<T> workers;
    Index bytes;

    Buffers(const Architecture& architecture, Loss loss, const PlanBounds& most, int threads, Index vectors,
            Cutter cutter)
        : slots(architecture, most.slots, vectors, cutter),
          workers(architecture, loss, threads, most.chunk_rows, most.wide, cutter),
          bytes(cutter.bytes()) {}

    static Buffers cut(const Architecture& architecture, Loss loss, Index most_rows, Index vectors, Cutter cutter) {
        const PlanBounds most = bound_plans<T>(architecture, most_rows);
        const int threads = threads_for(architecture, most_rows, multiply_adds_of(vectors), most.wide, most.slots);
        return {architecture, loss, most, threads, vectors, cutter};
    }
};

template <typename T>
ProductSums<T>::ProductSums(const Architecture& architecture, Loss loss, Index most_rows, Index vectors,
                            Workspace& workspace)
    : architecture_(architecture), loss_(loss) {
    const Index needed = bytes(architecture, loss, most_rows, vectors);
    buffers_ =
        std::make_shared<Buffers>(Buffers::cut(architecture, loss, most_rows, vectors, workspace.cutter(needed)));
}

template <typename T>
Index ProductSums<T>::bytes(const Architecture& architecture, Loss loss, Index most_rows, Index vectors) {
    return Buffers::cut(architecture, loss, most_rows, vectors, Cutter()).bytes;
}

template <typename T>
void ProductSums<T>::run(Matrix matrix, const Samples<T>& samples, const Rows& rows, const T* theta, const T* v,
                         Index count) {
    const Plan plan = plan_gradient<T>(architecture_, rows.count);
    const int wanted = threads_for(architecture_, rows.count, multiply_adds_of(count), plan.wide, plan.slots);
    const int threads = threads_of_slots(loss_, std::min(wanted, buffers_->workers.count()));
    slots_ = plan.slots;
    sum_chunks(plan, threads, buffers_->slots.values, [&](const Chunk& chunk) {
        Worker<T>& worker = buffers_->workers[chunk.worker];
        const double value = worker.sweeps.go_forward(loss_, samples, plan.part(chunk.number, rows), theta);
        if (matrix == Matrix::hessian) worker.sweeps.go_back(theta);
        for (Index j = 0; j < count; ++j) {
            worker.tangent.run(matrix, loss_, worker.sweeps.block(), theta, v + j * architecture_.parameters(),
                               buffers_->slots.at(chunk.slot, j), !chunk.opens_slot);
        }
        return value;
    });
}

template <typename T>
SlotSum<T> ProductSums<T>::sum(Index vector) const {
    return buffers_->slots.sum(vector, slots_);
}

template <typename T>
struct KeptSweeps<T>::Buffers {
    Plan plan;
    T* theta;
    VectorSlots<T> slots;
    Workers<T> workers;
    std::vector<KeptBlock<T>> blocks;  // by chunk

    Buffers(const Architecture& architecture, Loss loss, Index rows, Index vectors, Cutter& cutter)
        : plan(plan_gradient<T>(architecture, rows)),
          theta(cutter.take<T>(architecture.parameters())),
          slots(architecture, plan.slots, vectors, cutter),
          workers(architecture, loss, threads_for(architecture, rows, multiply_adds_of(vectors), plan.wide, plan.slots),
                  plan.most_chunk_rows(rows), plan.wide, cutter) {}
};

template <typename T>
KeptSweeps<T>::KeptSweeps(const Architecture& architecture, Loss loss, const Samples<T>& samples, Index rows,
                          Index vectors, Workspace& workspace)
    : architecture_(architecture), loss_(loss), rows_(rows) {
    Cutter cutter = workspace.cutter(bytes(architecture, loss, samples, rows, vectors));
    buffers_ = std::make_shared<Buffers>(architecture, loss, rows, vectors, cutter);
    const Plan& plan = buffers_->plan;
    buffers_->blocks.reserve(static_cast<std::size_t>(plan.chunks));
    for (Index chunk = 0; chunk < plan.chunks; ++chunk)
        buffers_->blocks.emplace_back(architecture, loss, samples.targets, plan.most_chunk_rows(rows), cutter);
}

// The blocks are of one size: one of them is measured, because there may be more than memory has room for.
template <typename T>
Index KeptSweeps<T>::bytes(const Architecture& architecture, Loss loss, const Samples<T>& samples, Index rows,
                           Index vectors) {
    Cutter cutter, block;
    const Plan plan = Buffers(architecture, loss, rows, vectors, cutter).plan;
    const KeptBlock<T> measured(architecture, loss, samples.targets, plan.most_chunk_rows(rows), block);
    return checked_sum(cutter.bytes(), checked_product(plan.chunks, block.bytes()));
}

template <typename T>
GradientSum<T> KeptSweeps<T>::start(const Samples<T>& samples, const Rows& rows, const T* theta) {
    const Plan& plan = buffers_->plan;
    const VectorSlots<T>& slots = buffers_->slots;
    std::copy_n(theta, architecture_.parameters(), buffers_->theta);
    const int wanted = threads_for(architecture_, rows_, sweep_multiply_adds, plan.wide, plan.slots);
    const int threads = threads_of_slots(loss_, std::min(wanted, buffers_->workers.count()));
    const double value = sum_chunks(plan, threads, slots.values, [&](const Chunk& chunk) {
        BlockSweeps<T>& sweeps = buffers_->workers[chunk.worker].sweeps;
        const double part = sweeps.go_forward(loss_, samples, plan.part(chunk.number, rows), buffers_->theta);
        sweeps.go_back(buffers_->theta, slots.at(chunk.slot, 0), !chunk.opens_slot);
        buffers_->blocks[static_cast<std::size_t>(chunk.number)].take(sweeps.block());
        return part;
    });
    return {sum(0), value};
}

template <typename T>
void KeptSweeps<T>::run(Matrix matrix, const T* v, Index count) {
    const Plan& plan = buffers_->plan;
    const VectorSlots<T>& slots = buffers_->slots;
    const double multiply_adds = direction_multiply_adds * static_cast<double>(count);
    const int wanted = threads_for(architecture_, rows_, multiply_adds, plan.wide, plan.slots);
    sum_chunks(plan, std::min(wanted, buffers_->workers.count()), slots.values, [&](const Chunk& chunk) {
        const SweptBlock<T>& block = buffers_->blocks[static_cast<std::size_t>(chunk.number)].block();
        TangentSweep<T>& tangent = buffers_->workers[chunk.worker].tangent;
        for (Index j = 0; j < count; ++j) {
            tangent.run(matrix, loss_, block, buffers_->theta, v + j * architecture_.parameters(),
                        slots.at(chunk.slot, j), !chunk.opens_slot);
        }
        return 0.0;
    });
}

template <typename T>
SlotSum<T> KeptSweeps<T>::sum(Index vector) const {
    return buffers_->slots.sum(vector, buffers_->plan.slots);
}

template class ProductSums<float>;
template class ProductSums<double>;
template class KeptSweeps<float>;
template class KeptSweeps<double>;

}  // namespace ravine::derivatives
