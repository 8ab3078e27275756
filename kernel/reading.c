/* Packed records in, objects out: a subscriber's part of nxcast.kernel. See consumers/client/packed.py. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdlib.h>

#include "packed.h"
#include "reading.h"

static const char SHAPE[] = "nxcast.kernel.shape";

struct held_shape {
    struct shape shape;
    PyObject *owner; /* keeps the octets that it points at */
    PyObject *names[KEYS_MAX];
};

static void release_shape(PyObject *capsule) {
    struct held_shape *held = PyCapsule_GetPointer(capsule, SHAPE);
    if (!held)
        return;
    for (unsigned at = 0; at < KEYS_MAX; at++)
        Py_XDECREF(held->names[at]);
    Py_XDECREF(held->owner);
    free(held);
}

/* (name, packed name, kind, least, most, allowed or b"", required, may be nil) */
static int field_of(PyObject *object, struct field *field, PyObject **name) {
    const char *key, *allowed;
    Py_ssize_t key_size, allowed_size;
    unsigned long long least, most;
    if (!PyTuple_Check(object)) {
        PyErr_SetString(PyExc_TypeError, "a field is a tuple");
        return 0;
    }
    if (!PyArg_ParseTuple(object, "Uy#IKKy#pp:field", name, &key, &key_size, &field->kind, &least, &most,
                          &allowed, &allowed_size, &field->required, &field->may_be_nil))
        return 0;
    if (field->kind > WORD) {
        PyErr_SetString(PyExc_ValueError, "a kind of field that there is none of");
        return 0;
    }
    if (field->kind == TEXT && allowed_size && allowed_size != 256) {
        PyErr_SetString(PyExc_ValueError, "a table of another size");
        return 0;
    }
    field->key.data = (const uint8_t *)key;
    field->key.size = (size_t)key_size;
    field->least = least;
    field->most = most;
    field->allowed.data = allowed_size ? (const uint8_t *)allowed : NULL;
    field->allowed.size = (size_t)allowed_size;
    return 1;
}

PyObject *make_shape(PyObject *module, PyObject *args) {
    (void)module;
    Py_ssize_t count = PyTuple_Size(args);
    if (count > KEYS_MAX) {
        PyErr_SetString(PyExc_ValueError, "more fields than there is room for");
        return NULL;
    }
    struct held_shape *held = calloc(1, sizeof *held);
    if (!held)
        return PyErr_NoMemory();
    PyObject *capsule = PyCapsule_New(held, SHAPE, release_shape);
    if (!capsule) {
        free(held);
        return NULL;
    }
    Py_INCREF(args);
    held->owner = args;
    held->shape.count = (unsigned)count;
    for (Py_ssize_t at = 0; at < count; at++) {
        PyObject *name;
        if (!field_of(PyTuple_GetItem(args, at), &held->shape.fields[at], &name)) {
            Py_DECREF(capsule);
            return NULL;
        }
        Py_INCREF(name);
        held->names[at] = name;
    }
    return capsule;
}

static PyObject *object_of(struct octets value, const struct field *field) {
    struct octets found;
    uint64_t number;
    if (!value.data || *value.data == 0xc0)
        return Py_NewRef(Py_None);
    switch (field->kind) {
    case NUMBER:
        read_number(&value, UINT64_MAX, &number);
        return PyLong_FromUnsignedLongLong(number);
    case FLAG:
        return PyBool_FromLong(*value.data & 1);
    case OCTETS:
        read_octets(&value, &found);
        return PyBytes_FromStringAndSize((const char *)found.data, (Py_ssize_t)found.size);
    default:
        read_text(&value, &found);
        return PyUnicode_FromStringAndSize((const char *)found.data, (Py_ssize_t)found.size);
    }
}

/* The shape, the octets of the records and their count; 0 with an error set, or with none where it is for Python. */
static int begun(PyObject *capsule, PyObject *payload, struct held_shape **held, struct octets *octets,
                 unsigned *count) {
    char *data;
    Py_ssize_t size;
    if (!(*held = PyCapsule_GetPointer(capsule, SHAPE)) || PyBytes_AsStringAndSize(payload, &data, &size) < 0)
        return 0;
    octets->data = (const uint8_t *)data;
    octets->size = (size_t)size;
    return read_array_header(octets, count) && *count <= octets->size;
}

static PyObject *none_unless_wrong(void) { return PyErr_Occurred() ? NULL : Py_NewRef(Py_None); }

PyObject *count_records(PyObject *module, PyObject *args) {
    PyObject *capsule, *payload;
    struct held_shape *held;
    struct octets octets, values[KEYS_MAX];
    unsigned count;
    (void)module;
    if (!PyArg_ParseTuple(args, "OO:count", &capsule, &payload))
        return NULL;
    if (!begun(capsule, payload, &held, &octets, &count))
        return none_unless_wrong();
    for (unsigned left = count; left; left--)
        if (!read_record(&octets, &held->shape, values))
            Py_RETURN_NONE;
    if (octets.size)
        Py_RETURN_NONE;
    return PyLong_FromUnsignedLong(count);
}

static PyObject *record_of(const struct held_shape *held, const struct octets *values) {
    PyObject *record = PyDict_New();
    for (unsigned at = 0; record && at < held->shape.count; at++) {
        if (!values[at].data)
            continue;
        PyObject *value = object_of(values[at], &held->shape.fields[at]);
        if (!value || PyDict_SetItem(record, held->names[at], value) < 0)
            Py_CLEAR(record);
        Py_XDECREF(value);
    }
    return record;
}

PyObject *read_records(PyObject *module, PyObject *args) {
    PyObject *capsule, *payload;
    struct held_shape *held;
    struct octets octets, values[KEYS_MAX];
    unsigned count;
    (void)module;
    if (!PyArg_ParseTuple(args, "OO:records", &capsule, &payload))
        return NULL;
    if (!begun(capsule, payload, &held, &octets, &count))
        return none_unless_wrong();
    PyObject *list = PyList_New(count);
    for (unsigned at = 0; list && at < count; at++) {
        PyObject *record = read_record(&octets, &held->shape, values) ? record_of(held, values) : NULL;
        if (!record || PyList_SetItem(list, at, record) < 0)
            Py_CLEAR(list);
    }
    if (octets.size)
        Py_CLEAR(list);
    return list ? list : none_unless_wrong();
}

PyObject *read_one(PyObject *module, PyObject *args) {
    PyObject *capsule;
    struct held_shape *held;
    struct octets octets, values[KEYS_MAX];
    const char *data;
    Py_ssize_t size;
    (void)module;
    if (!PyArg_ParseTuple(args, "Oy#:record", &capsule, &data, &size) ||
        !(held = PyCapsule_GetPointer(capsule, SHAPE)))
        return NULL;
    octets.data = (const uint8_t *)data;
    octets.size = (size_t)size;
    if (!read_record(&octets, &held->shape, values) || octets.size)
        Py_RETURN_NONE;
    return record_of(held, values);
}

static int put_values(PyObject *columns, Py_ssize_t at, const struct held_shape *held,
                      const struct octets *values, const unsigned *places) {
    for (Py_ssize_t number = 0; number < PyTuple_Size(columns); number++) {
        unsigned place = places[number];
        PyObject *value = object_of(values[place], &held->shape.fields[place]);
        if (!value || PyList_SetItem(PyTuple_GetItem(columns, number), at, value) < 0)
            return 0;
    }
    return 1;
}

/* So many lists of so many places. */
static PyObject *empty_columns(Py_ssize_t columns, Py_ssize_t count) {
    PyObject *made = PyTuple_New(columns);
    for (Py_ssize_t number = 0; made && number < columns; number++) {
        PyObject *list = PyList_New(count);
        if (!list || PyTuple_SetItem(made, number, list) < 0)
            Py_CLEAR(made);
    }
    return made;
}

/* Numbers of fields, of which one may be wanted more than once: free them. NULL and an error where one is none. */
static unsigned *places_of(PyObject *wanted, const struct shape *shape) {
    Py_ssize_t size = PyTuple_Size(wanted);
    unsigned *places = calloc((size_t)size + 1, sizeof *places);
    if (!places)
        PyErr_NoMemory();
    for (Py_ssize_t number = 0; !PyErr_Occurred() && number < size; number++) {
        unsigned long place = PyLong_AsUnsignedLong(PyTuple_GetItem(wanted, number));
        places[number] = (unsigned)place;
        if (!PyErr_Occurred() && place >= shape->count)
            PyErr_SetString(PyExc_ValueError, "no such field");
    }
    if (!PyErr_Occurred())
        return places;
    free(places);
    return NULL;
}

PyObject *read_columns(PyObject *module, PyObject *args) {
    PyObject *capsule, *payload, *wanted;
    struct held_shape *held;
    struct octets octets, values[KEYS_MAX];
    unsigned count;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOO!:columns", &capsule, &payload, &PyTuple_Type, &wanted))
        return NULL;
    if (!begun(capsule, payload, &held, &octets, &count))
        return none_unless_wrong();
    unsigned *places = places_of(wanted, &held->shape);
    if (!places)
        return NULL;
    PyObject *columns = empty_columns(PyTuple_Size(wanted), count);
    for (unsigned at = 0; columns && at < count; at++)
        if (!read_record(&octets, &held->shape, values) || !put_values(columns, at, held, values, places))
            Py_CLEAR(columns);
    free(places);
    if (octets.size)
        Py_CLEAR(columns);
    return columns ? columns : none_unless_wrong();
}
