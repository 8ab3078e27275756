/* The objects that Python gets of dnstap payloads: frames as tuples, denials, clients' answers; see dnstap.c. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "kernel.h"
#include "payloads.h"

/* What is the same in every frame, made once a call. */
struct shared {
    PyObject *tcp[2], *udp[2]; /* type, protocol */
};

static PyObject *bytes_or_none(struct octets octets) {
    if (octets.size)
        return PyBytes_FromStringAndSize((const char *)octets.data, (Py_ssize_t)octets.size);
    Py_INCREF(Py_None);
    return Py_None;
}

static PyObject *shared_one(PyObject *object) {
    Py_INCREF(object);
    return object;
}

/* A tuple of these, which are its own from now on; NULL where one of them is. */
static PyObject *tuple_of(PyObject **items, Py_ssize_t count) {
    PyObject *tuple = PyTuple_New(count);
    for (Py_ssize_t at = 0; at < count; at++) {
        if (!items[at])
            Py_CLEAR(tuple);
        if (tuple)
            PyTuple_SetItem(tuple, at, items[at]);
        else
            Py_XDECREF(items[at]);
    }
    return tuple;
}

static PyObject *folded(struct octets name) {
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)name.size);
    char *lower = bytes ? PyBytes_AsString(bytes) : NULL;
    for (size_t at = 0; lower && at < name.size; at++)
        lower[at] = (char)(name.data[at] >= 'A' && name.data[at] <= 'Z' ? name.data[at] + 32 : name.data[at]);
    return bytes;
}

/* As FRAME_FIELDS of schemas/frames.py. */
static PyObject *frame_of(const struct dnstap *found, const struct shared *shared) {
    PyObject *const *seen = found->over_tcp ? shared->tcp : shared->udp;
    PyObject *items[] = {
        PyLong_FromUnsignedLongLong(found->time_ns),
        shared_one(seen[0]),
        bytes_or_none(found->address),
        PyLong_FromLong((long)found->port),
        shared_one(seen[1]),
        shared_one(Py_None),
        shared_one(Py_None),
        bytes_or_none(found->query),
        bytes_or_none(found->response),
        bytes_or_none(found->zone),
        PyLong_FromLong((long)found->marks),
    };
    return tuple_of(items, sizeof items / sizeof *items);
}

/* As Denial of producers/dnstap/denials.py. */
static PyObject *denial_of(const struct dnstap *found, PyObject *name) {
    struct octets soa = {found->soa, found->soa_size};
    PyObject *items[] = {shared_one(name), folded(soa), bytes_or_none(soa), PyLong_FromUnsignedLong(found->ttl_s)};
    return tuple_of(items, 4);
}

/* (frame, qname, denial, whether it covers the name) */
static PyObject *denied(const struct dnstap *found, const struct shared *shared) {
    PyObject *name = folded(found->asked.name);
    if (!name)
        return NULL;
    PyObject *items[] = {frame_of(found, shared), bytes_or_none(found->asked.name), denial_of(found, name),
                         PyBool_FromLong(found->covers)};
    Py_DECREF(name);
    return tuple_of(items, 4);
}

/* (time, qname, (folded qname, type, class), denial) */
static PyObject *answered(const struct dnstap *found) {
    PyObject *name = folded(found->asked.name);
    if (!name)
        return NULL;
    PyObject *key[] = {shared_one(name), PyLong_FromLong((long)found->asked.qtype),
                       PyLong_FromLong((long)found->asked.qclass)};
    PyObject *items[] = {PyLong_FromUnsignedLongLong(found->time_ns), bytes_or_none(found->asked.name),
                         tuple_of(key, 3), denial_of(found, name)};
    Py_DECREF(name);
    return tuple_of(items, 4);
}

static PyObject *item_of(enum dnstap_kind kind, const struct dnstap *found, const struct shared *shared,
                         PyObject *payload) {
    if (kind == DNSTAP_FRAME)
        return frame_of(found, shared);
    if (kind == DNSTAP_DENIAL)
        return denied(found, shared);
    return kind == DNSTAP_ANSWER ? answered(found) : shared_one(payload);
}

/* Adds what one payload is; 0 where there is no memory for it, or it is no bytes. */
static int add(PyObject *payload, int options, const struct dnstap_numbers *numbers, const struct shared *shared,
               PyObject *items, uint8_t *kinds, unsigned *skipped) {
    struct dnstap found;
    char *data;
    Py_ssize_t size;
    if (PyBytes_AsStringAndSize(payload, &data, &size) < 0)
        return 0;
    struct octets octets = {(const uint8_t *)data, (size_t)size};
    enum dnstap_kind kind = look_at_dnstap(octets, options, numbers, &found);
    if (kind == DNSTAP_SKIPPED || kind == DNSTAP_OTHER) {
        skipped[kind == DNSTAP_OTHER ? 0 : found.type]++;
        return 1;
    }
    PyObject *item = item_of(kind, &found, shared, payload);
    if (!item)
        return 0;
    kinds[PyList_Size(items)] = (uint8_t)kind;
    int status = PyList_Append(items, item);
    Py_DECREF(item);
    return status == 0;
}

PyObject *read_dnstap(PyObject *module, PyObject *args) {
    PyObject *payloads, *items = NULL, *counts = NULL;
    struct dnstap_numbers numbers;
    struct shared shared;
    unsigned skipped[DNSTAP_TYPES] = {0};
    uint8_t *kinds = NULL;
    int options;
    (void)module;
    if (!PyArg_ParseTuple(args, "O!i(IIIIIII)(OO)(OO):read_dnstap", &PyList_Type, &payloads, &options,
                          &numbers.response_min, &numbers.message_max, &numbers.name_max, &numbers.label_max,
                          &numbers.ttl_max_s, &numbers.forwarder, &numbers.minimised, &shared.tcp[0],
                          &shared.tcp[1], &shared.udp[0], &shared.udp[1]))
        return NULL;
    if (numbers.response_min < 12 || numbers.name_max > NAME_MAX_OCTETS || numbers.label_max > 63) {
        PyErr_SetString(PyExc_ValueError, "limits beyond those of RFC 1035");
        return NULL;
    }
    Py_ssize_t count = PyList_Size(payloads);
    kinds = PyMem_Malloc((size_t)count + 1);
    items = kinds ? PyList_New(0) : PyErr_NoMemory();
    for (Py_ssize_t at = 0; items && at < count; at++)
        if (!add(PyList_GetItem(payloads, at), options, &numbers, &shared, items, kinds, skipped))
            Py_CLEAR(items);
    counts = items ? PyTuple_New(DNSTAP_TYPES) : NULL;
    for (Py_ssize_t at = 0; counts && at < DNSTAP_TYPES; at++)
        PyTuple_SetItem(counts, at, PyLong_FromUnsignedLong(skipped[at]));
    PyObject *read = NULL;
    if (counts)
        read = Py_BuildValue("(y#OO)", (const char *)kinds, PyList_Size(items), items, counts);
    Py_XDECREF(items);
    Py_XDECREF(counts);
    PyMem_Free(kinds);
    return read;
}
