/* dnstap payloads taken one after the other: frames as tuples, and what clients asked joined; see dnstap.c. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "kernel.h"
#include "payloads.h"

/* What is the same in every frame, made once a call. */
struct shared {
    PyObject *tcp[2], *udp[2]; /* type, protocol */
};

PyObject *bytes_or_none(struct octets octets) {
    if (octets.size)
        return PyBytes_FromStringAndSize((const char *)octets.data, (Py_ssize_t)octets.size);
    Py_INCREF(Py_None);
    return Py_None;
}

PyObject *shared_one(PyObject *object) {
    Py_INCREF(object);
    return object;
}

/* A tuple of these, which are its own from now on; NULL where one of them is. */
PyObject *tuple_of(PyObject **items, Py_ssize_t count) {
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

static int append(PyObject *list, PyObject *item) {
    int status = item ? PyList_Append(list, item) : -1;
    Py_XDECREF(item);
    return status == 0;
}

/* What a call takes payloads with, and where to: frames and questions, and counts. */
struct taking {
    int options;
    struct dnstap_numbers numbers;
    struct shared shared;
    struct joined *joined; /* NULL: clients' questions are not wanted */
    long long now_ns;
    PyObject *items;
    unsigned skipped[DNSTAP_TYPES], others, answers; /* others: of the answers those that are no NXDOMAIN */
};

/* Tells the join of an answer of a server, which denies something where `denies`. */
static int tell(const struct taking *taking, const struct dnstap *found, int denies) {
    uint8_t name[NAME_MAX_OCTETS], owner[NAME_MAX_OCTETS];
    if (!taking->joined)
        return 1;
    struct join *join = join_of(taking->joined);
    if (!denies) {
        join_heard(join, (int64_t)found->time_ns, found->address, found->zone);
        return 1;
    }
    struct octets soa = {found->soa, found->soa_size}, none = {NULL, 0};
    /* A denial tells of its zone as well. */
    int told = soa.size == found->zone.size && is_within(soa, found->zone);
    join_heard(join, (int64_t)found->time_ns, found->address, told ? none : found->zone);
    return join_denied(join, (int64_t)found->time_ns, found->address, found->asked.name,
                       fold(found->asked.name, name), fold(soa, owner), found->ttl_s, found->covers);
}

static int ask(const struct taking *taking, const struct dnstap *found) {
    uint8_t lower[NAME_MAX_OCTETS];
    struct octets name = fold(found->asked.name, lower), soa = {found->soa, found->soa_size};
    struct answer answer = {NULL, (int64_t)found->time_ns, taking->now_ns, found->asked.qtype, found->asked.qclass,
                            found->ttl_s, found->asked.name, name, name, soa};
    return answer_into(taking->joined, &answer, taking->items);
}

/* Takes one payload; 0 where there is no memory for it, or it is no bytes. `odd` is set where it is. */
static int take_one(struct taking *taking, PyObject *payload, int *odd) {
    struct dnstap found;
    char *data;
    Py_ssize_t size;
    if (PyBytes_AsStringAndSize(payload, &data, &size) < 0)
        return 0;
    struct octets octets = {(const uint8_t *)data, (size_t)size};
    enum dnstap_kind kind = look_at_dnstap(octets, taking->options, &taking->numbers, &found);
    switch (kind) {
    case DNSTAP_FRAME: case DNSTAP_DENIAL:
        return tell(taking, &found, kind == DNSTAP_DENIAL) && append(taking->items, frame_of(&found, &taking->shared));
    case DNSTAP_ANSWER:
        taking->answers++;
        return ask(taking, &found);
    case DNSTAP_OTHER:
        taking->answers++;
        taking->others++;
        return 1;
    case DNSTAP_SKIPPED:
        taking->skipped[found.type]++;
        return 1;
    default:
        *odd = 1;
        return 1;
    }
}

/* Takes payloads from this place on, up to the first that is odd, whose place is given; else their count. -1 and
   an error where there is no memory. */
static Py_ssize_t take_all(struct taking *taking, PyObject *payloads, Py_ssize_t from) {
    Py_ssize_t count = PyList_Size(payloads);
    for (int odd = 0; from < count; from++) {
        if (!take_one(taking, PyList_GetItem(payloads, from), &odd))
            return -1;
        if (odd)
            break;
    }
    return from;
}

/* Counts by type: (number, count) of those that there are. */
static PyObject *counts_of(const unsigned skipped[DNSTAP_TYPES]) {
    PyObject *counts = PyList_New(0);
    for (unsigned at = 0; counts && at < DNSTAP_TYPES; at++)
        if (skipped[at] && !append(counts, Py_BuildValue("(II)", at, skipped[at])))
            Py_CLEAR(counts);
    return counts;
}

PyObject *read_dnstap(PyObject *module, PyObject *args) {
    PyObject *payloads, *capsule;
    struct taking taking = {0};
    struct dnstap_numbers *numbers = &taking.numbers;
    struct shared *shared = &taking.shared;
    Py_ssize_t from;
    (void)module;
    if (!PyArg_ParseTuple(args, "O!niOL(IIIIIIII)(OO)(OO):read_dnstap", &PyList_Type, &payloads, &from,
                          &taking.options, &capsule, &taking.now_ns, &numbers->response_min, &numbers->message_max,
                          &numbers->name_max, &numbers->label_max, &numbers->records_max, &numbers->ttl_max_s,
                          &numbers->forwarder, &numbers->minimised, &shared->tcp[0], &shared->tcp[1],
                          &shared->udp[0], &shared->udp[1]))
        return NULL;
    if (numbers->response_min < 12 || numbers->name_max > NAME_MAX_OCTETS || numbers->label_max > 63 || from < 0) {
        PyErr_SetString(PyExc_ValueError, "limits beyond those of RFC 1035");
        return NULL;
    }
    taking.options &= DNSTAP_FORWARDERS;
    if (capsule != Py_None) {
        taking.options |= DNSTAP_CLIENTS;
        if (!(taking.joined = joined_of(capsule)))
            return NULL;
    }
    if (!(taking.items = PyList_New(0)))
        return NULL;
    from = take_all(&taking, payloads, from);
    PyObject *counts = from < 0 ? NULL : counts_of(taking.skipped);
    if (!counts) {
        Py_DECREF(taking.items);
        return PyErr_Occurred() ? NULL : PyErr_NoMemory();
    }
    return Py_BuildValue("(nNNII)", from, taking.items, counts, taking.answers, taking.others);
}
