/* What reading.c has for the module. */

#ifndef NXCAST_READING_H
#define NXCAST_READING_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

PyObject *make_shape(PyObject *module, PyObject *args);
PyObject *count_records(PyObject *module, PyObject *args);
PyObject *read_records(PyObject *module, PyObject *args);
PyObject *read_one(PyObject *module, PyObject *args);
PyObject *read_columns(PyObject *module, PyObject *args);

#endif
