#include "base/errors.hpp"

#include "base/interrupt.hpp"
#include "bindings/bindings.hpp"

namespace ravine::bindings {

namespace py = pybind11;

namespace {

// Whether a signal handler of Python's wants to raise; its exception is then set in this thread and stays set.
bool python_wants_stop() {
    const py::gil_scoped_acquire gil;
    return PyErr_CheckSignals() != 0;
}

void translate(std::exception_ptr error) {
    try {
        if (error) std::rethrow_exception(std::move(error));
    } catch (const InvalidArgument& e) {
        py::set_error(PyExc_ValueError, e.what());
    } catch (const SizeOverflow& e) {
        py::set_error(PyExc_OverflowError, e.what());
    } catch (const Interrupted&) {
        // The signal's own exception is set already; without one the interrupt came from elsewhere.
        if (PyErr_Occurred() == nullptr) PyErr_SetNone(PyExc_KeyboardInterrupt);
    }
}

}  // namespace

void bind_errors(py::module_&) {
    py::register_exception_translator(&translate);
    interrupt::set_probe(&python_wants_stop);
}

}  // namespace ravine::bindings
