#pragma once

// What the files of this room offer to module.cpp.

#include <pybind11/pybind11.h>

namespace ravine::bindings {

void bind_errors(pybind11::module_& module);       // errors.cpp: C++ exceptions to Python's, and Ctrl-C
void bind_system(pybind11::module_& module);       // system.cpp: threads, build information
void bind_network(pybind11::module_& module);      // network.cpp
void bind_updates(pybind11::module_& module);      // updates.cpp
void bind_risk(pybind11::module_& module);         // risk.cpp
void bind_krylov(pybind11::module_& module);       // krylov.cpp: conjugate gradient, Lanczos
void bind_dense(pybind11::module_& module);        // dense.cpp: factorisations of matrices, and their solves
void bind_products(pybind11::module_& module);     // products.cpp: second derivatives times vectors
void bind_minimize(pybind11::module_& module);     // minimize.cpp
void bind_line_search(pybind11::module_& module);  // line_search.cpp: along one direction
void bind_kernels(pybind11::module_& module);      // kernels.cpp: single kernels, for tests and benchmarks

}  // namespace ravine::bindings
