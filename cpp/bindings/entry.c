/* The one part of the bindings that belongs to a CPU level: its name. RAVINE_INIT is PyInit__core_v3, say. */
#include <Python.h>

PyObject* PyInit__core(void); /* module.cpp */

PyMODINIT_FUNC RAVINE_INIT(void);
PyMODINIT_FUNC RAVINE_INIT(void) { return PyInit__core(); }
