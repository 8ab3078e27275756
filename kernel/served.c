/* What servers answered well, by address and zone, as Python holds it: a bounded table that is emptied when it is
   told. See broker/served_minutes.py for what it promises. Strangers pick the zones, so the hash is keyed: NH of
   Black and others (UMAC, 1999), whose key has an octet for each of what is hashed. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "putting.h"
#include "served.h"

static const char CAPSULE[] = "nxcast.kernel.served";

/* KEY_MAX: octets of an address with its size and of a zone, in words of eight. */
enum { KEY_MAX = (1 + 16 + NAME_MAX_OCTETS + 7) / 8 * 8, SLOTS_MIN = 64, WAY = 2 * sizeof(uint32_t), SOME = 16 };

#ifdef __GNUC__
#define PREFETCH(at) __builtin_prefetch(at)
#else
#define PREFETCH(at) ((void)0)
#endif

/* In front of its key in `pairs`: the size of its address, that, and its zone. */
struct pair {
    uint32_t noerror, nxdomain, key_size;
};

struct slot {
    uint32_t hash, place; /* place: one more than the offset in `pairs`; 0: empty */
};

struct served {
    struct growing pairs, told; /* counted; and those of before, that are given out, up to `given` */
    struct slot *slots;
    size_t given, mask, count, most, octets_max;
    uint64_t beyond;
    uint32_t secret[KEY_MAX / sizeof(uint32_t)];
};

static void empty(struct growing *pairs) {
    free(pairs->data);
    memset(pairs, 0, sizeof *pairs);
}

static void release(PyObject *capsule) {
    struct served *served = PyCapsule_GetPointer(capsule, CAPSULE);
    if (served) {
        empty(&served->pairs);
        empty(&served->told);
        free(served->slots);
        free(served);
    }
}

/* Room for so many more, half of the slots empty; 0 where there is no memory. */
static int make_room(struct served *served, size_t more) {
    size_t size = served->slots ? served->mask + 1 : 0, larger = size ? size * 2 : SLOTS_MIN;
    if ((served->count + more) * 2 <= size)
        return 1;
    struct slot *slots = calloc(larger, sizeof *slots);
    if (!slots)
        return 0;
    for (size_t from = 0; from < size; from++) {
        size_t at = served->slots[from].hash & (larger - 1);
        if (!served->slots[from].place)
            continue;
        while (slots[at].place)
            at = (at + 1) & (larger - 1);
        slots[at] = served->slots[from];
    }
    free(served->slots);
    served->slots = slots;
    served->mask = larger - 1;
    return 1;
}

/* A pair that is to be counted: the size of its address, that, and its zone. */
struct key {
    uint32_t hash, size;
    uint8_t octets[KEY_MAX + sizeof(uint64_t)];
};

static uint32_t hash_of(const struct served *served, const struct key *key) {
    uint64_t sum = key->size;
    const uint32_t *secret = served->secret;
    for (size_t at = 0; at < key->size; at += 8, secret += 2) {
        uint32_t words[2]; /* in the machine's own order: the hash goes nowhere */
        memcpy(words, key->octets + at, sizeof words);
        sum += (uint64_t)(words[0] + secret[0]) * (uint32_t)(words[1] + secret[1]);
    }
    return (uint32_t)(sum * 0x9e3779b97f4a7c15u >> 32);
}

/* A few octets: a call of memcpy costs more. */
static void copy(uint8_t *to, const uint8_t *from, size_t size) {
    for (; size >= 8; size -= 8, to += 8, from += 8)
        memcpy(to, from, 8);
    if (size & 4) {
        memcpy(to, from, 4);
        to += 4, from += 4;
    }
    if (size & 2) {
        memcpy(to, from, 2);
        to += 2, from += 2;
    }
    if (size & 1)
        *to = *from;
}

/* The key of an address and a zone that stand in a payload, each with its size in front. */
static void make_key(const struct served *served, struct octets payload, const uint8_t *way, struct key *key) {
    uint32_t places[2];
    memcpy(places, way, sizeof places);
    const uint8_t *address = payload.data + places[0], *zone = payload.data + places[1];
    size_t of_address = address[-1], of_zone = zone[-1];
    key->octets[0] = (uint8_t)of_address;
    copy(key->octets + 1, address, of_address);
    copy(key->octets + 1 + of_address, zone, of_zone);
    key->size = (uint32_t)(1 + of_address + of_zone);
    memset(key->octets + key->size, 0, sizeof(uint64_t));
    key->hash = hash_of(served, key);
}

static int is_at(const struct served *served, uint32_t place, const struct key *key) {
    const uint8_t *at = served->pairs.data + place - 1;
    struct pair pair;
    memcpy(&pair, at, sizeof pair);
    return pair.key_size == key->size && !memcmp(at + sizeof pair, key->octets, key->size);
}

/* Where a pair's counts are; NULL where it is one too many, or there is no memory for it. */
static uint8_t *counts_of(struct served *served, const struct key *key) {
    struct growing *pairs = &served->pairs;
    size_t at = key->hash & served->mask;
    for (; served->slots[at].place; at = (at + 1) & served->mask)
        if (served->slots[at].hash == key->hash && is_at(served, served->slots[at].place, key))
            return pairs->data + served->slots[at].place - 1;
    if (served->count >= served->most || pairs->size - served->count * sizeof(struct pair) + key->size > served->octets_max)
        return NULL;
    struct pair pair = {0, 0, key->size};
    size_t place = pairs->size;
    add(pairs, &pair, sizeof pair), add(pairs, key->octets, key->size);
    if (pairs->failed) {
        pairs->size = place;
        pairs->failed = 0;
        return NULL;
    }
    served->slots[at] = (struct slot){key->hash, (uint32_t)place + 1};
    served->count++;
    return pairs->data + place;
}

/* Some at once, each looked for when its memory has been asked for: it is in no cache, as a rule. */
static void count_some(struct served *served, struct octets payload, const uint8_t *ways, unsigned some,
                       size_t counter) {
    struct key keys[SOME];
    if (!make_room(served, some)) {
        served->beyond += some;
        return;
    }
    for (unsigned at = 0; at < some; at++) {
        make_key(served, payload, ways + at * WAY, &keys[at]);
        PREFETCH(&served->slots[keys[at].hash & served->mask]);
    }
    for (unsigned at = 0; at < some; at++) {
        uint32_t place = served->slots[keys[at].hash & served->mask].place;
        if (place)
            PREFETCH(served->pairs.data + place - 1);
    }
    for (unsigned at = 0; at < some; at++) {
        uint8_t *counts = counts_of(served, &keys[at]);
        uint32_t number;
        if (!counts) {
            served->beyond++;
            continue;
        }
        memcpy(&number, counts + counter, sizeof number);
        number++;
        memcpy(counts + counter, &number, sizeof number);
    }
}

static void count(struct served *served, struct octets payload, struct octets ways, size_t counter) {
    for (size_t left = ways.size / WAY; left;) {
        unsigned some = left < SOME ? (unsigned)left : SOME;
        count_some(served, payload, ways.data, some, counter);
        ways.data += some * WAY;
        left -= some;
    }
}

static int octets_of(PyObject *object, struct octets *octets) {
    char *data;
    Py_ssize_t size;
    if (PyBytes_AsStringAndSize(object, &data, &size) < 0)
        return 0;
    *octets = (struct octets){(const uint8_t *)data, (size_t)size};
    return 1;
}

PyObject *make_served(PyObject *module, PyObject *args) {
    unsigned most, octets_max;
    PyObject *secret;
    struct octets octets;
    struct served *served;
    (void)module;
    if (!PyArg_ParseTuple(args, "IIO:served", &most, &octets_max, &secret) || !octets_of(secret, &octets))
        return NULL;
    if (octets.size != sizeof served->secret) {
        PyErr_SetString(PyExc_ValueError, "a secret of another size");
        return NULL;
    }
    if (!(served = calloc(1, sizeof *served)))
        return PyErr_NoMemory();
    served->most = most;
    served->octets_max = octets_max;
    memcpy(served->secret, octets.data, octets.size);
    PyObject *capsule = PyCapsule_New(served, CAPSULE, release);
    if (!capsule)
        free(served);
    return capsule;
}

PyObject *count_served(PyObject *module, PyObject *args) {
    PyObject *capsule, *good, *denied;
    Py_buffer payload;
    struct octets ways[2];
    (void)module;
    if (!PyArg_ParseTuple(args, "Oy*OO:served_count", &capsule, &payload, &good, &denied))
        return NULL;
    struct served *served = PyCapsule_GetPointer(capsule, CAPSULE);
    int fit = served && octets_of(good, &ways[0]) && octets_of(denied, &ways[1]);
    if (fit) {
        struct octets octets = {payload.buf, (size_t)payload.len};
        count(served, octets, ways[0], offsetof(struct pair, noerror));
        count(served, octets, ways[1], offsetof(struct pair, nxdomain));
    }
    PyBuffer_Release(&payload);
    return fit ? Py_NewRef(Py_None) : NULL;
}

/* What was counted is told from now on, and another count begins; how often there was no room. */
PyObject *turn_served(PyObject *module, PyObject *capsule) {
    struct served *served = PyCapsule_GetPointer(capsule, CAPSULE);
    (void)module;
    if (!served)
        return NULL;
    PyObject *beyond = PyLong_FromUnsignedLongLong(served->beyond);
    if (!beyond)
        return NULL;
    empty(&served->told);
    served->told = served->pairs;
    memset(&served->pairs, 0, sizeof served->pairs);
    free(served->slots);
    served->slots = NULL;
    served->given = served->mask = served->count = 0;
    served->beyond = 0;
    return beyond;
}

/* A list of so many (address, zone, noerror, nxdomain) at most, in the order in which each came first. */
PyObject *tell_served(PyObject *module, PyObject *args) {
    PyObject *capsule;
    unsigned most;
    (void)module;
    if (!PyArg_ParseTuple(args, "OI:served_told", &capsule, &most))
        return NULL;
    struct served *served = PyCapsule_GetPointer(capsule, CAPSULE);
    PyObject *list = served ? PyList_New(0) : NULL;
    for (unsigned left = most; list && left && served->given < served->told.size; left--) {
        struct pair pair;
        memcpy(&pair, served->told.data + served->given, sizeof pair);
        const uint8_t *key = served->told.data + served->given + sizeof pair;
        Py_ssize_t address = key[0], zone = (Py_ssize_t)pair.key_size - 1 - address;
        PyObject *each = Py_BuildValue("(y#y#II)", (const char *)key + 1, address, (const char *)key + 1 + address,
                                       zone, pair.noerror, pair.nxdomain);
        if (!each || PyList_Append(list, each) < 0)
            Py_CLEAR(list);
        Py_XDECREF(each);
        served->given += sizeof pair + pair.key_size;
    }
    if (list && served->given == served->told.size)
        empty(&served->told), served->given = 0;
    return list;
}
