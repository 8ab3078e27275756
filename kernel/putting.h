/* msgpack into growing memory, in the fewest octets, as Python's packer has it. */

#ifndef NXCAST_PUTTING_H
#define NXCAST_PUTTING_H

#include <string.h>

#include "kernel.h"

static inline void put(struct growing *to, const void *data, size_t size) {
    if (size && (to->room - to->size >= size || grow(to, size))) {
        memcpy(to->data + to->size, data, size);
        to->size += size;
    }
}

static inline void put_octet(struct growing *to, unsigned octet) {
    if (to->room != to->size || grow(to, 1))
        to->data[to->size++] = (uint8_t)octet;
}

static inline void put_big_endian(struct growing *to, unsigned form, uint64_t value, unsigned size) {
    uint8_t octets[9] = {(uint8_t)form};
    for (unsigned at = size; at; at--, value >>= 8)
        octets[at] = (uint8_t)value;
    put(to, octets, size + 1);
}

static inline void put_number(struct growing *to, uint64_t value) {
    if (value < 0x80)
        put_octet(to, (unsigned)value);
    else if (value <= 0xff)
        put_big_endian(to, 0xcc, value, 1);
    else if (value <= 0xffff)
        put_big_endian(to, 0xcd, value, 2);
    else if (value <= 0xffffffff)
        put_big_endian(to, 0xce, value, 4);
    else
        put_big_endian(to, 0xcf, value, 8);
}

static inline void put_nil(struct growing *to) { put_octet(to, 0xc0); }

static inline void put_octets(struct growing *to, struct octets value) {
    if (!value.data) {
        put_nil(to);
        return;
    }
    if (value.size <= 0xff)
        put_big_endian(to, 0xc4, value.size, 1);
    else
        put_big_endian(to, 0xc5, value.size, 2);
    put(to, value.data, value.size);
}

/* The same, with nil where there are none. */
static inline void put_some(struct growing *to, struct octets value) {
    if (value.size)
        put_octets(to, value);
    else
        put_nil(to);
}

static inline void put_text(struct growing *to, const void *text, size_t size) {
    if (size < 32)
        put_octet(to, 0xa0 | (unsigned)size);
    else if (size <= 0xff)
        put_big_endian(to, 0xd9, size, 1);
    else
        put_big_endian(to, 0xda, size, 2);
    put(to, text, size);
}

#endif
