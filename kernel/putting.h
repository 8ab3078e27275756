/* msgpack in the fewest octets, as Python's packer has it, into memory with room for it: see `room_for`. Each gives
   the place behind what it wrote. */

#ifndef NXCAST_PUTTING_H
#define NXCAST_PUTTING_H

#include <string.h>

#include "kernel.h"

/* Octets: of a number, of what stands before text or octets, and so many more as may be written behind the last. */
enum { NUMBER_ROOM = 9, SIZE_ROOM = 3, SLACK = 16 };

/* Where so many octets may be written; NULL where there is no memory for them. */
static inline uint8_t *room_for(struct growing *to, size_t size) {
    return to->room - to->size >= size || grow(to, size) ? to->data + to->size : NULL;
}

/* What has a size of its own, behind what there is. */
static inline void add(struct growing *to, const void *data, size_t size) {
    uint8_t *at = size ? room_for(to, size) : NULL;
    if (at) {
        memcpy(at, data, size);
        to->size += size;
    }
}

static inline uint8_t *put(uint8_t *at, struct octets value) {
    memcpy(at, value.data, value.size);
    return at + value.size;
}

static inline uint8_t *put_octet(uint8_t *at, unsigned octet) {
    *at = (uint8_t)octet;
    return at + 1;
}

/* The last so many octets of a value, behind one. Eight are written always: that has no loop. */
static inline uint8_t *put_big_endian(uint8_t *at, unsigned form, uint64_t value, unsigned size) {
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
    return at + size + 1;
}

static inline uint8_t *put_number(uint8_t *at, uint64_t value) {
    if (value < 0x80)
        return put_octet(at, (unsigned)value);
    if (value <= 0xff)
        return put_big_endian(at, 0xcc, value, 1);
    if (value <= 0xffff)
        return put_big_endian(at, 0xcd, value, 2);
    if (value <= 0xffffffff)
        return put_big_endian(at, 0xce, value, 4);
    return put_big_endian(at, 0xcf, value, 8);
}

static inline uint8_t *put_nil(uint8_t *at) { return put_octet(at, 0xc0); }

static inline uint8_t *put_octets(uint8_t *at, struct octets value) {
    if (!value.data)
        return put_nil(at);
    unsigned wide = value.size > 0xff;
    at[0] = (uint8_t)(0xc4 + wide);
    at[1] = (uint8_t)(wide ? value.size >> 8 : value.size);
    at[2] = (uint8_t)value.size;
    return put(at + 2 + wide, value);
}

/* The same, with nil where there are none. */
static inline uint8_t *put_some(uint8_t *at, struct octets value) {
    return value.size ? put_octets(at, value) : put_nil(at);
}

/* What stands before text of so many octets. */
static inline uint8_t *put_text_size(uint8_t *at, size_t size) {
    if (size < 32)
        return put_octet(at, 0xa0 | (unsigned)size);
    return size <= 0xff ? put_big_endian(at, 0xd9, size, 1) : put_big_endian(at, 0xda, size, 2);
}

static inline uint8_t *put_text(uint8_t *at, struct octets text) {
    return put(put_text_size(at, text.size), text);
}

#endif
