/* looks.c: how random a label looks, for module.c. */

#ifndef NXCAST_LOOKS_H
#define NXCAST_LOOKS_H

#include <Python.h>

PyObject *make_looks(PyObject *module, PyObject *args);
PyObject *look_at_label(PyObject *module, PyObject *args);

#endif
