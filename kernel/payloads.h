/* The one function of payloads.c that Python calls. */

#ifndef NXCAST_PAYLOADS_H
#define NXCAST_PAYLOADS_H

PyObject *read_dnstap(PyObject *module, PyObject *args);

#endif
