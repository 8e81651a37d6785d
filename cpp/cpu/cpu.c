/* ravine._cpu: asked at import, before any module is loaded that a CPU might not be able to run. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "cpu_level.h"

static PyObject* level(PyObject* self, PyObject* unused) {
    (void)self;
    (void)unused;
    return PyUnicode_FromString(ravine_cpu_level());
}

static PyMethodDef methods[] = {
    {"level", level, METH_NOARGS,
     "level() -> str\n\nThe best CPU level that this CPU and its operating system support: 'v2', 'v3' or 'v4' of the\n"
     "x86-64 psABI, 'v1' for an x86-64 CPU below all of them, 'generic' for any other kind of CPU."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "_cpu", "The check of the CPU, compiled for every CPU.", 0, methods, NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__cpu(void) { return PyModuleDef_Init(&module); }
