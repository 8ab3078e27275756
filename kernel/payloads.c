/* dnstap payloads cut out and taken one after the other: frames packed, and what clients asked joined; see dnstap.c. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdlib.h>

#include "payloads.h"
#include "putting.h"

static int append(PyObject *list, PyObject *item) {
    int status = item ? PyList_Append(list, item) : -1;
    Py_XDECREF(item);
    return status == 0;
}

/* Type and protocol of a frame, over TCP and over UDP. */
struct seen {
    unsigned type, proto;
};

/* A frame or question that is packed, as bytes onto a list; 0 where there is no memory. */
int append_packed(const struct growing *made, PyObject *list) {
    if (made->failed)
        return PyErr_NoMemory() != NULL;
    return append(list, PyBytes_FromStringAndSize((const char *)made->data, (Py_ssize_t)made->size));
}

/* As FRAME_FIELDS of schemas/frames.py. */
static void put_frame(struct growing *to, const struct dnstap *found, const struct seen *seen) {
    size_t octets = found->address.size + found->query.size + found->response.size + found->zone.size;
    uint8_t *at = room_for(to, octets + 11 * NUMBER_ROOM + SLACK);
    if (!at)
        return;
    at = put_octet(at, 0x90 | 11);
    at = put_number(at, found->time_ns);
    at = put_number(at, seen->type);
    at = put_octets(at, found->address);
    at = put_number(at, found->port);
    at = put_number(at, seen->proto);
    at = put_nil(put_nil(at));
    at = put_some(at, found->query);
    at = put_octets(at, found->response);
    at = put_some(at, found->zone);
    to->size = (size_t)(put_number(at, found->marks) - to->data);
}

/* What a call takes payloads with, and where to: frames and questions, and counts. */
struct taking {
    int options;
    struct dnstap_numbers numbers;
    struct seen tcp, udp;
    struct growing made;
    struct joined *joined; /* NULL: clients' questions are not wanted */
    long long now_ns;
    PyObject *items;
    unsigned skipped[DNSTAP_TYPES], others, answers; /* others: of the answers those that are no NXDOMAIN */
};

/* The frame of an answer of a server, of which the join is told. */
static int send(struct taking *taking, const struct dnstap *found) {
    if (taking->joined)
        join_heard(join_of(taking->joined), (int64_t)found->time_ns, found->address, found->zone);
    taking->made.size = 0;
    put_frame(&taking->made, found, found->over_tcp ? &taking->tcp : &taking->udp);
    return append_packed(&taking->made, taking->items);
}

/* The same of an answer that denies something. The frame is made while memory is fetched. */
static int send_denial(struct taking *taking, const struct dnstap *found) {
    uint8_t name[NAME_MAX_OCTETS], owner[NAME_MAX_OCTETS];
    struct join *join = join_of(taking->joined);
    struct octets asked = found->asked.name, folded = fold(asked, name), soa = found->soa;
    struct key key = join_expect(join, folded);
    if (!send(taking, found))
        return 0;
    soa = is_end(soa, asked) ? end_of(folded, soa.size) : fold(soa, owner);
    return join_denied(join, (int64_t)found->time_ns, found->address, asked, key, soa, found->ttl_s, found->covers);
}

static int ask(const struct taking *taking, const struct dnstap *found) {
    uint8_t lower[NAME_MAX_OCTETS];
    struct octets name = fold(found->asked.name, lower);
    struct answer answer = {NULL, (int64_t)found->time_ns, taking->now_ns, found->asked.qtype, found->asked.qclass,
                            found->ttl_s, found->asked.name, name, name, found->soa};
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
    switch (look_at_dnstap(octets, taking->options, &taking->numbers, &found)) {
    case DNSTAP_FRAME:
        return send(taking, &found);
    case DNSTAP_DENIAL:
        return send_denial(taking, &found);
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
    Py_ssize_t from;
    (void)module;
    if (!PyArg_ParseTuple(args, "O!niOL(IIIIIIII)(II)(II):read_dnstap", &PyList_Type, &payloads, &from,
                          &taking.options, &capsule, &taking.now_ns, &numbers->response_min, &numbers->message_max,
                          &numbers->name_max, &numbers->label_max, &numbers->records_max, &numbers->ttl_max_s,
                          &numbers->forwarder, &numbers->minimised, &taking.tcp.type, &taking.tcp.proto,
                          &taking.udp.type, &taking.udp.proto))
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
    free(taking.made.data);
    PyObject *counts = from < 0 ? NULL : counts_of(taking.skipped);
    if (!counts) {
        Py_DECREF(taking.items);
        return PyErr_Occurred() ? NULL : PyErr_NoMemory();
    }
    return Py_BuildValue("(nNNII)", from, taking.items, counts, taking.answers, taking.others);
}

/* Payloads of Frame Streams from this offset on, and the offset of what is not a data frame, whole and no longer
   than this; see producers/dnstap/frame_streams.py. */
PyObject *cut_payloads(PyObject *module, PyObject *args) {
    PyObject *octets, *list;
    char *data;
    Py_ssize_t at, longest, size;
    (void)module;
    if (!PyArg_ParseTuple(args, "Onn:cut", &octets, &at, &longest) || PyBytes_AsStringAndSize(octets, &data, &size) < 0)
        return NULL;
    if (at < 0 || at > size || longest < 0) {
        PyErr_SetString(PyExc_ValueError, "an offset beyond the octets, or a bound below 0");
        return NULL;
    }
    if (!(list = PyList_New(0)))
        return NULL;
    while (size - at >= 4) {
        uint32_t length = u32_at((const uint8_t *)data + at);
        if (!length || length > (uint64_t)longest || length > (uint64_t)(size - at - 4))
            break;
        if (!append(list, PyBytes_FromStringAndSize(data + at + 4, (Py_ssize_t)length))) {
            Py_DECREF(list);
            return NULL;
        }
        at += 4 + (Py_ssize_t)length;
    }
    return Py_BuildValue("(Nn)", list, at);
}
