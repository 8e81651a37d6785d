#include "base/errors.hpp"

#include "base/interrupt.hpp"
#include "bindings/bindings.hpp"
#include "bindings/gil.hpp"

namespace ravine::bindings {

namespace py = pybind11;

namespace {

// Python's signals are handled in its main thread alone; other threads need not ask, and do not take the lock for it.
unsigned long main_thread = 0;

// Whether a signal handler of Python's wants to raise; its exception is then set in this thread and stays set.
bool python_wants_stop() {
    if (PyThread_get_thread_ident() != main_thread) return false;
    const py::gil_scoped_acquire gil;
    return PyErr_CheckSignals() != 0;
}

// A child goes on in the thread that forked.
void renew_after_fork() {
    after_fork();
    main_thread = PyThread_get_thread_ident();
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

void bind_errors(py::module_& module) {
    main_thread = py::module_::import("threading").attr("main_thread")().attr("ident").cast<unsigned long>();
    module.def("prepare_exit", &prepare_exit);
    module.def("after_fork", &renew_after_fork);
    py::register_exception_translator(&translate);
    interrupt::set_probe(&python_wants_stop);
}

}  // namespace ravine::bindings
