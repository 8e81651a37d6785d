#include "bindings/bindings.hpp"

// One module a CPU level (RAVINE_MODULE is _core_v3, say); python/ravine/_load.py imports one of them as ravine._core.
// The interpreter keeps its lock beside it: not declared safe without (docs/developing.md, free-threaded Python).
PYBIND11_MODULE(RAVINE_MODULE, module) {
    using namespace ravine::bindings;
    module.doc() = "ravine's compiled core";
    bind_errors(module);
    bind_system(module);
    bind_network(module);
    bind_updates(module);
    bind_risk(module);
    bind_kernels(module);
}
