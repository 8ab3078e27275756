/* The join as Python holds it, and questions packed; see join.h. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdlib.h>
#include <string.h>

#include "payloads.h"
#include "putting.h"

static const char CAPSULE[] = "nxcast.kernel.join";

struct joined {
    struct join join;
    unsigned kind;
    PyObject *says;       /* keeps the octets that `by` points at, each packed */
    struct octets by[3];
    struct growing made;  /* a question at a time */
    PyObject *local; /* keeps the octets that `locals` points at */
    struct octets *locals;
};

static void release(PyObject *capsule) {
    struct joined *joined = PyCapsule_GetPointer(capsule, CAPSULE);
    if (!joined)
        return;
    free_join(&joined->join);
    Py_XDECREF(joined->says);
    free(joined->made.data);
    Py_XDECREF(joined->local);
    free(joined->locals);
    free(joined);
}

struct joined *joined_of(PyObject *capsule) { return PyCapsule_GetPointer(capsule, CAPSULE); }

struct join *join_of(struct joined *joined) { return &joined->join; }

/* A valid name in uncompressed wire form; 0 and an error where it is none. */
static int name_in(PyObject *object, struct octets *name) {
    char *data;
    Py_ssize_t size;
    if (PyBytes_AsStringAndSize(object, &data, &size) < 0)
        return 0;
    name->data = (const uint8_t *)data;
    name->size = (size_t)size;
    if (size <= NAME_MAX_OCTETS && is_name(*name, 63))
        return 1;
    PyErr_SetString(PyExc_ValueError, "not a name in wire form");
    return 0;
}

static int locals_in(struct joined *joined, PyObject *local) {
    if (local == Py_None)
        return 1;
    if (!PyTuple_Check(local) || !PyTuple_Size(local)) {
        PyErr_SetString(PyExc_ValueError, "local zones are a tuple of some");
        return 0;
    }
    Py_ssize_t count = PyTuple_Size(local);
    joined->local = Py_NewRef(local);
    if (!(joined->locals = calloc((size_t)count, sizeof *joined->locals)))
        return PyErr_NoMemory() != NULL;
    for (Py_ssize_t at = 0; at < count; at++)
        if (!name_in(PyTuple_GetItem(local, at), &joined->locals[at]))
            return 0;
    joined->join.local = joined->locals;
    joined->join.locals = (size_t)count;
    return 1;
}

static int says_in(struct joined *joined, PyObject *says) {
    const char *by[3];
    Py_ssize_t sizes[3];
    if (!PyArg_ParseTuple(says, "y#y#y#:by", &by[0], &sizes[0], &by[1], &sizes[1], &by[2], &sizes[2]))
        return 0;
    for (int at = 0; at < 3; at++) {
        joined->by[at].data = (const uint8_t *)by[at];
        joined->by[at].size = (size_t)sizes[at];
    }
    joined->says = Py_NewRef(says);
    return 1;
}

PyObject *make_join(PyObject *module, PyObject *args) {
    const char *secret;
    Py_ssize_t secret_size;
    long long numbers[4];
    unsigned zones, denials, asked;
    uint64_t words[2];
    PyObject *local, *says;
    struct joined *joined = calloc(1, sizeof *joined);
    (void)module;
    if (!joined)
        return PyErr_NoMemory();
    struct join *join = &joined->join;
    if (!PyArg_ParseTuple(args, "y#(LLLL)(IIIII)OIO!:join", &secret, &secret_size, &numbers[0], &numbers[1],
                          &numbers[2], &numbers[3], &join->numbers.held_max, &zones, &denials, &asked,
                          &join->numbers.times_max, &local, &joined->kind, &PyTuple_Type, &says))
        goto wrong;
    if (!join->numbers.times_max || join->numbers.times_max > HEARD_ROOM) {
        PyErr_SetString(PyExc_ValueError, "more denials of a name than there is room for, or none");
        goto wrong;
    }
    join->numbers.hold_ns = numbers[0];
    join->numbers.patience_ns = numbers[1];
    join->numbers.fresh_ns = numbers[2];
    join->numbers.slack_ns = numbers[3];
    memset(words, 0, sizeof words);
    memcpy(words, secret, secret_size < 16 ? (size_t)secret_size : 16);
    if (!make_index(&join->index, words) || !make_recent(&join->zones, &join->index, ZONES, zones) ||
        !make_recent(&join->denials, &join->index, DENIALS, denials) ||
        !make_recent(&join->asked, &join->index, ASKED, asked)) {
        PyErr_SetString(PyExc_ValueError, "a bound out of range, or no memory");
        goto wrong;
    }
    int good = says_in(joined, says) && locals_in(joined, local);
    PyObject *capsule = good ? PyCapsule_New(joined, CAPSULE, release) : NULL;
    if (capsule)
        return capsule;
    Py_XDECREF(joined->says);
    Py_XDECREF(joined->local);
    free(joined->locals);
wrong:
    free_join(&joined->join);
    free(joined);
    return NULL;
}

/* As QUESTION_FIELDS of schemas/question_frame.py. */
static int question_into(struct joined *joined, const struct question *question, PyObject *list) {
    const struct answer *answer = question->answer;
    struct growing *to = &joined->made;
    to->size = 0;
    to->failed = 0;
    struct octets by = joined->by[question->by];
    size_t octets = answer->qname.size + question->server.size + answer->soa.size + question->denied.size + by.size;
    uint8_t *at = room_for(to, octets + 9 * NUMBER_ROOM + SLACK);
    if (at) {
        at = put_octet(at, 0x90 | 9);
        at = put_number(at, (uint64_t)answer->time_ns);
        at = put_number(at, joined->kind);
        at = put_octets(at, answer->qname);
        at = put_number(at, answer->qtype);
        at = put_number(at, answer->qclass);
        at = put_some(at, question->server);
        at = put_octets(at, answer->soa);
        at = put_some(at, question->denied);
        to->size = (size_t)(put(at, by) - to->data);
    }
    return append_packed(to, list);
}

/* Judges one that was taken out, and frees it. */
static int judge_into(struct joined *joined, struct answer *answer, PyObject *list) {
    struct question question;
    enum join_said said = join_judge(&joined->join, answer, &question);
    int good = said == JOIN_QUESTION ? question_into(joined, &question, list) : said != JOIN_NO_MEMORY;
    free(answer);
    return good;
}

int answer_into(struct joined *joined, const struct answer *answer, PyObject *list) {
    struct question question;
    struct answer *gone;
    switch (join_answered(&joined->join, answer, &question)) {
    case JOIN_QUESTION:
        return question_into(joined, &question, list);
    case JOIN_WAITS:
        gone = join_too_many(&joined->join);
        return !gone || judge_into(joined, gone, list);
    case JOIN_NO_MEMORY:
        return PyErr_NoMemory() != NULL;
    default:
        return 1;
    }
}

static PyObject *list_or_no_memory(PyObject *list) {
    return list || PyErr_Occurred() ? list : PyErr_NoMemory();
}

static PyObject *none_or_no_memory(int good) {
    if (!good)
        return PyErr_NoMemory();
    Py_RETURN_NONE;
}

static int server_in(const char *data, Py_ssize_t size, struct octets *server) {
    server->data = (const uint8_t *)data;
    server->size = data ? (size_t)size : 0;
    if (!server->size || server->size == 4 || server->size == 16)
        return 1;
    PyErr_SetString(PyExc_ValueError, "not an address");
    return 0;
}

PyObject *tell_heard(PyObject *module, PyObject *args) {
    PyObject *capsule;
    long long time_ns;
    const char *server, *zone;
    Py_ssize_t server_size, zone_size;
    struct octets address;
    struct joined *joined;
    (void)module;
    if (!PyArg_ParseTuple(args, "OLz#z#:join_heard", &capsule, &time_ns, &server, &server_size, &zone, &zone_size) ||
        !(joined = joined_of(capsule)) || !server_in(server, server_size, &address))
        return NULL;
    struct octets name = {(const uint8_t *)zone, zone ? (size_t)zone_size : 0};
    join_heard(&joined->join, time_ns, address, name);
    Py_RETURN_NONE;
}

PyObject *tell_denied(PyObject *module, PyObject *args) {
    PyObject *capsule, *qname, *name, *soa;
    long long time_ns;
    const char *server;
    Py_ssize_t server_size;
    unsigned ttl_s;
    int covers;
    struct octets address, names[3];
    struct joined *joined;
    (void)module;
    if (!PyArg_ParseTuple(args, "OLz#OOOIp:join_denied", &capsule, &time_ns, &server, &server_size, &qname, &name,
                          &soa, &ttl_s, &covers) ||
        !(joined = joined_of(capsule)) || !server_in(server, server_size, &address) || !name_in(qname, &names[0]) ||
        !name_in(name, &names[1]) || !name_in(soa, &names[2]))
        return NULL;
    return none_or_no_memory(
        join_denied(&joined->join, time_ns, address, names[0], join_expect(&joined->join, names[1]), names[2],
                    ttl_s, covers));
}

PyObject *tell_answered(PyObject *module, PyObject *args) {
    PyObject *capsule, *qname, *folded, *name, *soa;
    long long time_ns, now_ns;
    struct answer answer = {0};
    struct joined *joined;
    (void)module;
    if (!PyArg_ParseTuple(args, "OLLOOIIOOI:join_answered", &capsule, &time_ns, &now_ns, &qname, &folded,
                          &answer.qtype, &answer.qclass, &name, &soa, &answer.ttl_s) ||
        !(joined = joined_of(capsule)) || !name_in(qname, &answer.qname) || !name_in(folded, &answer.folded) ||
        !name_in(name, &answer.name) || !name_in(soa, &answer.soa))
        return NULL;
    answer.time_ns = time_ns;
    answer.came_ns = now_ns;
    PyObject *list = PyList_New(0);
    if (list && !answer_into(joined, &answer, list))
        Py_CLEAR(list);
    return list_or_no_memory(list);
}

PyObject *ask_repeated(PyObject *module, PyObject *args) {
    PyObject *capsule, *folded;
    long long time_ns;
    unsigned qtype, qclass;
    struct octets name;
    struct joined *joined;
    (void)module;
    if (!PyArg_ParseTuple(args, "OLOII:join_repeated", &capsule, &time_ns, &folded, &qtype, &qclass) ||
        !(joined = joined_of(capsule)) || !name_in(folded, &name))
        return NULL;
    return PyBool_FromLong(join_is_repeated(&joined->join, time_ns, name, qtype, qclass));
}

PyObject *ask_due(PyObject *module, PyObject *args) {
    PyObject *capsule;
    long long now_ns;
    int finish;
    struct joined *joined;
    (void)module;
    if (!PyArg_ParseTuple(args, "OLp:join_due", &capsule, &now_ns, &finish) || !(joined = joined_of(capsule)))
        return NULL;
    PyObject *list = PyList_New(0);
    while (list) {
        struct answer *answer = finish ? join_finish(&joined->join) : join_due(&joined->join, now_ns);
        if (!answer)
            break;
        if (!judge_into(joined, answer, list))
            Py_CLEAR(list);
    }
    return list_or_no_memory(list);
}

PyObject *ask_counts(PyObject *module, PyObject *args) {
    PyObject *capsule;
    struct joined *joined;
    (void)module;
    if (!PyArg_ParseTuple(args, "O:join_counts", &capsule) || !(joined = joined_of(capsule)))
        return NULL;
    struct join *join = &joined->join;
    PyObject *counts =
        Py_BuildValue("(IIIII)", join->questions, join->repeated, join->locally, join->hurried, join->held);
    join->questions = join->repeated = join->locally = join->hurried = 0;
    return counts;
}
