/* msgpack into growing memory, in the fewest octets, as Python's packer has it. */

#ifndef NXCAST_PUTTING_H
#define NXCAST_PUTTING_H

#include <string.h>

#include "kernel.h"

/* Where so many octets may be written; NULL where there is no memory for them. */
static inline uint8_t *room_for(struct growing *to, size_t size) {
    return to->room - to->size >= size || grow(to, size) ? to->data + to->size : NULL;
}

static inline void put(struct growing *to, const void *data, size_t size) {
    uint8_t *at = size ? room_for(to, size) : NULL;
    if (at) {
        memcpy(at, data, size);
        to->size += size;
    }
}

static inline void put_octet(struct growing *to, unsigned octet) {
    uint8_t *at = room_for(to, 1);
    if (at) {
        *at = (uint8_t)octet;
        to->size++;
    }
}

/* The last so many octets of a value, behind one. Eight are written always: that has no loop. */
static inline void put_big_endian(struct growing *to, unsigned form, uint64_t value, unsigned size) {
    uint8_t *at = room_for(to, 9);
    if (!at)
        return;
    value <<= 64 - 8 * size;
    at[0] = (uint8_t)form;
    at[1] = (uint8_t)(value >> 56);
    at[2] = (uint8_t)(value >> 48);
    at[3] = (uint8_t)(value >> 40);
    at[4] = (uint8_t)(value >> 32);
    at[5] = (uint8_t)(value >> 24);
    at[6] = (uint8_t)(value >> 16);
    at[7] = (uint8_t)(value >> 8);
    at[8] = (uint8_t)value;
    to->size += size + 1;
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
    unsigned wide = value.size > 0xff;
    uint8_t *at = room_for(to, value.size + 3);
    if (!at)
        return;
    at[0] = (uint8_t)(0xc4 + wide);
    at[1] = (uint8_t)(wide ? value.size >> 8 : value.size);
    at[2] = (uint8_t)value.size;
    memcpy(at + 2 + wide, value.data, value.size);
    to->size += 2 + wide + value.size;
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
