#include "linalg/eigen.hpp"

#include <atomic>

namespace ravine::linalg {

namespace {

std::atomic<Eigensolver> registered{nullptr};

}  // namespace

void set_eigensolver(Eigensolver solver) { registered.store(solver); }

void eigendecompose(const double* a, Index n, double* values, double* vectors) {
    const Eigensolver solver = registered.load();
    if (solver == nullptr) throw InvalidArgument("no eigensolver is registered: set_eigensolver() comes first");
    if (n > 0) solver(a, n, values, vectors);
}

}  // namespace ravine::linalg
