#include <string>

#include "base/build.hpp"
#include "base/threads.hpp"
#include "bindings/bindings.hpp"

namespace ravine::bindings {

namespace py = pybind11;

namespace {

py::dict build_info() {
    const BuildInfo kernels = ravine::build_info();
    py::dict info;
    info["version"] = RAVINE_VERSION;
    info["cpu_level"] = kernels.level;
    info["register_bytes"] = kernels.register_bytes;
    info["compiler"] = kernels.compiler;
    info["threads"] = threads::backend_name();
    info["eigen"] = kernels.eigen;
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
