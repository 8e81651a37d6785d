#include "bindings/bindings.hpp"

// PyInit__core, which each level's module exports under its own name (entry.c): Python names the module after the file
// that it loaded, and python/ravine/_load.py makes one of them ravine._core.
// The interpreter keeps its lock beside it: not declared safe without (docs/developing.md, free-threaded Python).
PYBIND11_MODULE(_core, module) {
    using namespace ravine::bindings;
    module.doc() = "ravine's compiled core";
    bind_errors(module);
    bind_system(module);
    bind_network(module);
    bind_updates(module);
    bind_risk(module);
    bind_krylov(module);
    bind_dense(module);
    bind_products(module);
    bind_minimize(module);
    bind_line_search(module);
    bind_kernels(module);
}
