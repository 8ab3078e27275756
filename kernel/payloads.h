/* What Python calls of payloads.c and joining.c, and what these share. */

#ifndef NXCAST_PAYLOADS_H
#define NXCAST_PAYLOADS_H

#include "join.h"

PyObject *cut_payloads(PyObject *module, PyObject *args);
PyObject *read_dnstap(PyObject *module, PyObject *args);
PyObject *make_join(PyObject *module, PyObject *args);
PyObject *tell_heard(PyObject *module, PyObject *args);
PyObject *tell_denied(PyObject *module, PyObject *args);
PyObject *tell_answered(PyObject *module, PyObject *args);
PyObject *ask_repeated(PyObject *module, PyObject *args);
PyObject *ask_due(PyObject *module, PyObject *args);
PyObject *ask_counts(PyObject *module, PyObject *args);

int append_packed(const struct growing *made, PyObject *list);

/* The join that Python holds; NULL and an error where it is none. */
struct joined *joined_of(PyObject *capsule);
struct join *join_of(struct joined *joined);
/* Appends the question that an answer gives, if it does; 0 where there is no memory. */
int answer_into(struct joined *joined, const struct answer *answer, PyObject *list);

#endif
