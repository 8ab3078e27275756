/* nxcast.kernel: a batch's payload in, packed records by topic and counts out. See broker/derivation/compiled.py
   and producers/dnstap/payload_reading.py for what it promises; nothing a peer sends makes it raise or keep anything. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdlib.h>
#include <string.h>

#include "kernel.h"
#include "payloads.h"

static const char CAPSULE[] = "nxcast.kernel.tables";

struct held {
    struct tables tables;
    PyObject *owner; /* keeps the octets that the tables point at */
};

static void release(PyObject *capsule) {
    struct held *held = PyCapsule_GetPointer(capsule, CAPSULE);
    if (held) {
        Py_XDECREF(held->owner);
        free(held);
    }
}

static int octets_of(PyObject *object, struct octets *octets) {
    char *data;
    Py_ssize_t size;
    if (PyBytes_AsStringAndSize(object, &data, &size) < 0)
        return 0;
    octets->data = (const uint8_t *)data;
    octets->size = (size_t)size;
    return 1;
}

/* A tuple of so many bytes. */
static int octets_in(PyObject *tuple, Py_ssize_t count, struct octets *octets) {
    if (PyTuple_Size(tuple) != count) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_ValueError, "not as many keys as there are places for");
        return 0;
    }
    for (Py_ssize_t at = 0; at < count; at++)
        if (!octets_of(PyTuple_GetItem(tuple, at), &octets[at]))
            return 0;
    return 1;
}

static int table_of(PyObject *object, size_t size, const uint8_t **table) {
    struct octets octets;
    if (!octets_of(object, &octets))
        return 0;
    if (octets.size != size) {
        PyErr_SetString(PyExc_ValueError, "a table of another size");
        return 0;
    }
    *table = octets.data;
    return 1;
}

static PyObject *make_tables(PyObject *module, PyObject *args) {
    PyObject *errors, *nxdomains, *by, *rcodes, *types, *kinds, *protos;
    struct held *held = calloc(1, sizeof *held);
    (void)module;
    if (!held)
        return PyErr_NoMemory();
    struct tables *tables = &held->tables;
    if (!PyArg_ParseTuple(args, "OOOOOOO(IIIIIIIIIII):tables", &errors, &nxdomains, &by, &rcodes, &types, &kinds,
                          &protos, &tables->response_min, &tables->message_max, &tables->name_max,
                          &tables->label_max, &tables->unsolicited, &tables->question, &tables->minimised,
                          &tables->forwarder, &tables->odd_max, &tables->odd_size_max, &tables->nested_max) ||
        !octets_in(errors, 19, tables->error_keys) || !octets_in(nxdomains, 12, tables->nxdomain_keys) ||
        !octets_in(by, 3, tables->by) || !table_of(rcodes, 4096, &tables->error_topics) ||
        !table_of(types, 65536, &tables->nxdomain_topics) || !table_of(kinds, 256, &tables->kinds) ||
        !table_of(protos, 256, &tables->protos))
        goto wrong;
    if (tables->response_min < 12 || tables->name_max > NAME_MAX_OCTETS || tables->label_max > 63 ||
        tables->message_max > 0xffff) {
        PyErr_SetString(PyExc_ValueError, "limits beyond those of RFC 1035");
        goto wrong;
    }
    Py_INCREF(args);
    held->owner = args;
    PyObject *capsule = PyCapsule_New(held, CAPSULE, release);
    if (capsule)
        return capsule;
    Py_DECREF(args);
wrong:
    free(held);
    return NULL;
}

static PyObject *bytes_of(const struct growing *made) {
    return PyBytes_FromStringAndSize((const char *)made->data, (Py_ssize_t)made->size);
}

/* A list of (topic, (count, records, ends, times)), of the topics that have any. */
static PyObject *list_of(const struct topic *topics) {
    PyObject *list = PyList_New(0);
    for (unsigned number = 0; list && number < TOPICS_MAX; number++) {
        const struct topic *topic = &topics[number];
        if (!topic->count)
            continue;
        PyObject *each = Py_BuildValue("(I(INNN))", number, topic->count, bytes_of(&topic->records),
                                       bytes_of(&topic->ends), bytes_of(&topic->times));
        if (!each || PyList_Append(list, each) < 0)
            Py_CLEAR(list);
        Py_XDECREF(each);
    }
    return list;
}

static PyObject *derive_batch(PyObject *module, PyObject *args) {
    PyObject *capsule, *payload, *sensor, *list = NULL;
    unsigned count;
    int options, readable, failed;
    struct octets octets, name;
    struct counts counts;
    struct growing odd = {NULL, 0, 0, 0};
    (void)module;
    if (!PyArg_ParseTuple(args, "OOIOi:derive", &capsule, &payload, &count, &sensor, &options) ||
        !octets_of(payload, &octets) || !octets_of(sensor, &name))
        return NULL;
    struct held *held = PyCapsule_GetPointer(capsule, CAPSULE);
    if (!held)
        return NULL;
    if (name.size > 0xffff) {
        PyErr_SetString(PyExc_ValueError, "a sensor's name that no record can have");
        return NULL;
    }
    struct topic *topics = calloc(TOPICS_MAX, sizeof *topics);
    if (!topics)
        return PyErr_NoMemory();
    readable = derive(octets, count, name, options, &held->tables, topics, &counts, &odd);
    failed = odd.failed;
    for (unsigned number = 0; number < TOPICS_MAX; number++)
        failed |= topics[number].records.failed | topics[number].ends.failed | topics[number].times.failed;
    if (readable && !failed)
        list = list_of(topics);
    for (unsigned number = 0; number < TOPICS_MAX; number++) {
        free(topics[number].records.data);
        free(topics[number].ends.data);
        free(topics[number].times.data);
    }
    free(topics);
    PyObject *places = list ? bytes_of(&odd) : NULL;
    free(odd.data);
    if (failed)
        return PyErr_NoMemory();
    if (!readable)
        Py_RETURN_NONE;
    if (!places) {
        Py_XDECREF(list);
        return NULL;
    }
    return Py_BuildValue("((IIIIIIIII)NN)", counts.noerror, counts.errors, counts.questions, counts.unsolicited,
                         counts.mismatched, counts.forwarder, counts.nxdomains, counts.top_denials,
                         counts.top_denials_cut, list, places);
}

static PyMethodDef methods[] = {
    {"tables", make_tables, METH_VARARGS, "What the models say, in the form that `derive` takes."},
    {"derive", derive_batch, METH_VARARGS, "Counts, packed records and places of odd frames of a batch; None where Python has to read it whole."},
    {"read_dnstap", read_dnstap, METH_VARARGS, "What dnstap payloads are, what is in them, and how many were skipped."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = "kernel", .m_size = 0, .m_methods = methods};

PyMODINIT_FUNC PyInit_kernel(void) { return PyModule_Create(&definition); }
