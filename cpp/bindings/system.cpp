#include <Eigen/Core>
#include <string>

#include "base/simd.hpp"
#include "base/threads.hpp"
#include "bindings/bindings.hpp"

namespace ravine::bindings {

namespace py = pybind11;

namespace {

std::string compiler() {
#if defined(__clang__)
    return "Clang " __clang_version__;
#else
    return "GCC " __VERSION__;
#endif
}

py::dict build_info() {
    py::dict info;
    info["version"] = RAVINE_VERSION;
    info["cpu_level"] = RAVINE_LEVEL_NAME;
    info["register_bytes"] = simd::bytes;
    info["compiler"] = compiler();
    info["threads"] = threads::backend_name();
    info["eigen"] = std::to_string(EIGEN_WORLD_VERSION) + "." + std::to_string(EIGEN_MAJOR_VERSION) + "." +
                    std::to_string(EIGEN_MINOR_VERSION);
    return info;
}

}  // namespace

void bind_system(py::module_& module) {
    module.def("build_info", &build_info);
    module.def("get_num_threads", &threads::get);
    module.def("set_num_threads", &threads::set, py::arg("count"));
    module.def("limit_this_thread", &threads::limit_this_thread, py::arg("count"));
    module.def("available_threads", &threads::available);
}

}  // namespace ravine::bindings
