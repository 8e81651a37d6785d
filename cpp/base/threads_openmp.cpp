#include "base/threads_backend.hpp"

#if defined(RAVINE_THREADS_OPENMP)

#include <omp.h>

namespace ravine::threads::backend {

const char* const name = "openmp";

void fork_join(int threads, void (*work)(void* context, int worker), void* context) {
    note_start();
#pragma omp parallel num_threads(threads)
    work(context, omp_get_thread_num());
}

}  // namespace ravine::threads::backend

#endif
