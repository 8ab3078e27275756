/* How random a label looks, as consumers/questions/dga/lexical.py has it, rule for rule; that says why. It brings
   the tables, also those of what arithmetic gives, so that both come to the same score to the last bit. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdlib.h>
#include <string.h>

#include "looks.h"

static const char CAPSULE[] = "nxcast.kernel.looks";

/* In the order of `lexical.KINDS`; the last are syllables that begin with a vowel. */
enum kind { LETTERS, SYLLABLES, ALPHANUMERIC, HEX, FROM_A_VOWEL, DRAWN_ROWS };
enum { CODES = 37, LABEL_MAX = 63, LEVELS_MAX = 16, NONE = -1 };

struct looks {
    PyObject *owner;      /* keeps the octets that `costs` points at */
    const uint8_t *costs; /* of a character after the two before it, by code */
    double steps;         /* of a cost to a nat */
    double drawn[DRAWN_ROWS][LABEL_MAX + 1], edges[LEVELS_MAX - 1];
    unsigned edges_count;
    Py_ssize_t length_min, hex_min, syllables_min;
};

static void release(PyObject *capsule) {
    struct looks *looks = PyCapsule_GetPointer(capsule, CAPSULE);
    if (looks) {
        Py_XDECREF(looks->owner);
        free(looks);
    }
}

PyObject *make_looks(PyObject *module, PyObject *args) {
    const char *costs, *drawn, *edges;
    Py_ssize_t costs_size, drawn_size, edges_size;
    struct looks *looks = calloc(1, sizeof *looks);
    (void)module;
    if (!looks)
        return PyErr_NoMemory();
    if (!PyArg_ParseTuple(args, "y#dy#y#nnn:looks", &costs, &costs_size, &looks->steps, &drawn, &drawn_size, &edges,
                          &edges_size, &looks->length_min, &looks->hex_min, &looks->syllables_min))
        goto wrong;
    /* A label is looked at from its third character on. */
    if (costs_size != CODES * CODES * CODES || drawn_size != sizeof looks->drawn || edges_size % sizeof(double) ||
        (size_t)edges_size > sizeof looks->edges || looks->length_min < 1 || looks->syllables_min < 3) {
        PyErr_SetString(PyExc_ValueError, "tables of another size");
        goto wrong;
    }
    looks->costs = (const uint8_t *)costs;
    memcpy(looks->drawn, drawn, sizeof looks->drawn);
    memcpy(looks->edges, edges, (size_t)edges_size);
    looks->edges_count = (unsigned)((size_t)edges_size / sizeof(double));
    Py_INCREF(args);
    looks->owner = args;
    PyObject *capsule = PyCapsule_New(looks, CAPSULE, release);
    if (capsule)
        return capsule;
    Py_DECREF(args);
wrong:
    free(looks);
    return NULL;
}

/* 1 to 26 letters, then digits; 0 for what is neither. */
static unsigned code_of(char one) {
    if (one >= 'a' && one <= 'z')
        return (unsigned)(one - 'a') + 1;
    return one >= '0' && one <= '9' ? (unsigned)(one - '0') + 27 : 0;
}

static int is_vowel(char one) { return strchr("aeiouy", one) != NULL; }

static int alternates(const char *label, Py_ssize_t size) {
    for (Py_ssize_t at = 1; at < size; at++)
        if (is_vowel(label[at - 1]) == is_vowel(label[at]))
            return 0;
    return 1;
}

/* Its row of `drawn`, and what its characters cost; NONE for a label that no generator makes. */
static int read_label(const struct looks *looks, const char *label, Py_ssize_t size, unsigned *cost) {
    unsigned last_two = 0, letters = 0, hex = 0;
    *cost = 0;
    if (size < looks->length_min || size > LABEL_MAX)
        return NONE;
    for (Py_ssize_t at = 0; at < size; at++) {
        unsigned code = code_of(label[at]);
        if (!code)
            return NONE;
        letters += code <= 26;
        hex += code <= 6 || code > 26;
        *cost += looks->costs[last_two * CODES + code];
        last_two = last_two % CODES * CODES + code;
    }
    if (!letters)
        return NONE;
    if (letters < (unsigned)size)
        return size >= looks->hex_min && hex == (unsigned)size ? HEX : ALPHANUMERIC;
    if (size < looks->syllables_min || !alternates(label, size))
        return LETTERS;
    return is_vowel(label[0]) ? FROM_A_VOWEL : SYLLABLES;
}

PyObject *look_at_label(PyObject *module, PyObject *args) {
    PyObject *capsule, *text;
    unsigned cost, level = 0;
    (void)module;
    if (!PyArg_ParseTuple(args, "OU:look", &capsule, &text))
        return NULL;
    const struct looks *looks = PyCapsule_GetPointer(capsule, CAPSULE);
    if (!looks)
        return NULL;
    Py_ssize_t size;
    const char *label = PyUnicode_AsUTF8AndSize(text, &size);
    if (!label) { /* half a surrogate pair is in no label either */
        if (!PyErr_ExceptionMatches(PyExc_UnicodeEncodeError))
            return NULL;
        PyErr_Clear();
        return PyLong_FromLong(NONE);
    }
    int row = read_label(looks, label, size, &cost);
    if (row == NONE)
        return PyLong_FromLong(NONE);
    double score = cost / looks->steps - looks->drawn[row][size];
    while (level < looks->edges_count && score >= looks->edges[level])
        level++;
    return PyLong_FromLong((long)((unsigned)(row == FROM_A_VOWEL ? SYLLABLES : row) * LEVELS_MAX + level));
}
