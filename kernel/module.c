/* nxcast.kernel: a batch's payload in, packed records by topic and counts out; dnstap payloads, and packed records,
   read; how labels look. See broker/derivation/compiled.py, producers/dnstap/payload_reading.py,
   consumers/client/packed.py and consumers/questions/dga/lexical.py for what it promises. Nothing a peer sends
   makes it raise. Of what one sends only a join, which is bounded, keeps anything; tables keep memory for their next
   batch, at most KEPT_MAX. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdlib.h>
#include <string.h>

#include "kernel.h"
#include "looks.h"
#include "payloads.h"
#include "reading.h"
#include "served.h"

static const char CAPSULE[] = "nxcast.kernel.tables";

/* Octets of memory kept from one batch to the next: the records of 1 MiB of frames, and some that had other
   topics. */
enum { KEPT_MAX = 4 << 20 };

struct held {
    struct tables tables;
    PyObject *owner; /* keeps the octets that the tables point at */
    struct results results;
    int busy;
};

static void release(PyObject *capsule) {
    struct held *held = PyCapsule_GetPointer(capsule, CAPSULE);
    if (held) {
        struct results *results = &held->results;
        for (unsigned number = 0; number < TOPICS_MAX; number++) {
            free(results->topics[number].records.data);
            free(results->topics[number].ends.data);
            free(results->topics[number].times.data);
        }
        free(results->odd.data);
        free(results->good.data);
        free(results->denied.data);
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

/* Keys, and room behind each: see `put_key`. */
static int pad_keys(struct tables *tables) {
    struct octets *lists[] = {tables->error_keys, tables->nxdomain_keys};
    for (unsigned list = 0; list < 2; list++) {
        for (unsigned at = 0; at < KEYS_MAX && lists[list][at].data; at++) {
            struct octets *key = &lists[list][at];
            uint8_t *room = tables->keys[list * KEYS_MAX + at];
            if (key->size > KEY_ROOM) {
                PyErr_SetString(PyExc_ValueError, "a key of more octets than there is room for");
                return 0;
            }
            memcpy(room, key->data, key->size);
            key->data = room;
            tables->keys_room += key->size;
        }
    }
    for (unsigned at = 0; at < 3; at++)
        tables->keys_room += tables->by[at].size;
    tables->keys_room += KEY_ROOM;
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
        !octets_in(by, 3, tables->by) || !pad_keys(tables) || !table_of(rcodes, 4096, &tables->error_topics) ||
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

static int in_order(const void *one, const void *other) {
    return (int)*(const uint8_t *)one - (int)*(const uint8_t *)other;
}

/* A list of (topic, (count, records, ends, times)), of the topics that have any, in the order of their numbers. */
static PyObject *list_of(struct results *results) {
    PyObject *list = PyList_New(0);
    qsort(results->chosen, results->chosen_count, sizeof *results->chosen, in_order);
    for (unsigned at = 0; list && at < results->chosen_count; at++) {
        unsigned number = results->chosen[at];
        const struct topic *topic = &results->topics[number];
        PyObject *each = Py_BuildValue("(I(INNN))", number, topic->count, bytes_of(&topic->records),
                                       bytes_of(&topic->ends), bytes_of(&topic->times));
        if (!each || PyList_Append(list, each) < 0)
            Py_CLEAR(list);
        Py_XDECREF(each);
    }
    return list;
}

static PyObject *found_in(struct results *results, const struct counts *counts) {
    PyObject *list = list_of(results), *places = bytes_of(&results->odd);
    PyObject *good = bytes_of(&results->good), *denied = bytes_of(&results->denied);
    if (!list || !places || !good || !denied) {
        Py_XDECREF(list);
        Py_XDECREF(places);
        Py_XDECREF(good);
        Py_XDECREF(denied);
        return NULL;
    }
    return Py_BuildValue("((IIIIIIIII)NNNN)", counts->noerror, counts->errors, counts->questions,
                         counts->unsolicited, counts->mismatched, counts->forwarder, counts->nxdomains,
                         counts->top_denials, counts->top_denials_cut, list, places, good, denied);
}

static PyObject *derive_payload(struct held *held, struct octets payload, unsigned count, struct octets sensor,
                                int options) {
    PyObject *found;
    struct counts counts;
    if (sensor.size > 0xffff) {
        PyErr_SetString(PyExc_ValueError, "a sensor's name that no record can have");
        return NULL;
    }
    if (held->busy) { /* what makes objects may run others' code */
        PyErr_SetString(PyExc_RuntimeError, "these tables derive another batch");
        return NULL;
    }
    held->busy = 1;
    int readable = derive(payload, count, sensor, options, &held->tables, &held->results, &counts);
    if (results_failed(&held->results))
        found = PyErr_NoMemory();
    else if (readable)
        found = found_in(&held->results, &counts);
    else
        found = Py_NewRef(Py_None);
    clear_results(&held->results, KEPT_MAX);
    held->busy = 0;
    return found;
}

static PyObject *derive_batch(PyObject *module, PyObject *args) {
    PyObject *capsule, *sensor, *found = NULL;
    Py_buffer payload;
    unsigned count;
    int options;
    struct octets name;
    (void)module;
    if (!PyArg_ParseTuple(args, "Oy*IOi:derive", &capsule, &payload, &count, &sensor, &options))
        return NULL;
    struct held *held = PyCapsule_GetPointer(capsule, CAPSULE);
    if (held && octets_of(sensor, &name))
        found = derive_payload(held, (struct octets){payload.buf, (size_t)payload.len}, count, name, options);
    PyBuffer_Release(&payload);
    return found;
}

static PyMethodDef methods[] = {
    {"tables", make_tables, METH_VARARGS, "What the models say, in the form that `derive` takes."},
    {"derive", derive_batch, METH_VARARGS, "Counts, packed records, places of odd frames and of who answered well; None where Python has to read it whole."},
    {"served", make_served, METH_VARARGS, "What counts by server and zone, as yet nothing."},
    {"served_count", count_served, METH_VARARGS, "Counts those of a batch that answered well."},
    {"served_turn", turn_served, METH_O, "What was counted is told from now on; how often there was no room."},
    {"served_told", tell_served, METH_VARARGS, "The next of what is told."},
    {"cut", cut_payloads, METH_VARARGS, "Payloads of Frame Streams, up to what is no data frame, whole and of fair length."},
    {"read_dnstap", read_dnstap, METH_VARARGS, "Packed frames and questions of dnstap payloads, up to the first that is odd."},
    {"join", make_join, METH_VARARGS, "What joins clients' questions, as yet without anything to join."},
    {"join_heard", tell_heard, METH_VARARGS, "Takes that a server answered for a zone."},
    {"join_denied", tell_denied, METH_VARARGS, "Takes a denial."},
    {"join_answered", tell_answered, METH_VARARGS, "Takes what a client was denied; gives questions."},
    {"join_repeated", ask_repeated, METH_VARARGS, "Whether a negative cache would have answered."},
    {"join_due", ask_due, METH_VARARGS, "The questions that have waited long enough, or all."},
    {"join_counts", ask_counts, METH_VARARGS, "What became of answers since the last call, and how many wait."},
    {"shape", make_shape, METH_VARARGS, "What a model says of the fields of records."},
    {"count", count_records, METH_VARARGS, "How many records a payload has, all checked; None where Python has to read it."},
    {"records", read_records, METH_VARARGS, "The records of a payload as maps; None where Python has to read it."},
    {"record", read_one, METH_VARARGS, "A map alone; None where Python has to read it."},
    {"columns", read_columns, METH_VARARGS, "Some fields of all records of a payload; None where Python has to read it."},
    {"looks", make_looks, METH_VARARGS, "What tells how random a label looks."},
    {"look", look_at_label, METH_VARARGS, "Kind and class of a label in one number; -1 for one that no generator makes."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = "kernel", .m_size = 0, .m_methods = methods};

PyMODINIT_FUNC PyInit_kernel(void) { return PyModule_Create(&definition); }
