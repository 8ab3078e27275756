/* served.c: what servers answered well, for module.c. */

#ifndef NXCAST_SERVED_H
#define NXCAST_SERVED_H

#include <Python.h>

PyObject *make_served(PyObject *module, PyObject *args);
PyObject *count_served(PyObject *module, PyObject *args);
PyObject *turn_served(PyObject *module, PyObject *capsule);
PyObject *tell_served(PyObject *module, PyObject *args);

#endif
