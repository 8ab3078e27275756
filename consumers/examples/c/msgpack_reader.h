/* Reads msgpack in place, by a cursor that can't pass the end of what it was given: nothing is allocated, nothing
 * recurses, and no length or number that the octets claim is believed before that many octets are there.
 */
#ifndef MSGPACK_READER_H
#define MSGPACK_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct octets {
    const uint8_t *at;
    size_t left;
};

enum kind { NIL, UINT, STR, BIN, ARRAY, MAP, OTHER, WRONG };

struct item {
    enum kind kind;
    uint64_t number; /* value of a UINT, octets of a STR or BIN, items of an ARRAY, pairs of a MAP */
    const uint8_t *body;
};

/* What the first octets 0xc0 to 0xdf mean: the kind, how many octets of number follow, and how many after it. */
static const struct {
    uint8_t kind, width, more;
} FIRST[] = {
    {NIL, 0, 0},   {WRONG, 0, 0}, {OTHER, 0, 0}, {OTHER, 0, 0}, /* nil, never used, false, true */
    {BIN, 1, 0},   {BIN, 2, 0},   {BIN, 4, 0},                  /* bin */
    {OTHER, 1, 1}, {OTHER, 2, 1}, {OTHER, 4, 1},                /* extensions */
    {OTHER, 0, 4}, {OTHER, 0, 8},                               /* floats */
    {UINT, 1, 0},  {UINT, 2, 0},  {UINT, 4, 0},  {UINT, 8, 0},  /* unsigned */
    {OTHER, 0, 1}, {OTHER, 0, 2}, {OTHER, 0, 4}, {OTHER, 0, 8}, /* signed */
    {OTHER, 0, 2}, {OTHER, 0, 3}, {OTHER, 0, 5}, {OTHER, 0, 9}, {OTHER, 0, 17}, /* extensions of fixed size */
    {STR, 1, 0},   {STR, 2, 0},   {STR, 4, 0},                  /* str */
    {ARRAY, 2, 0}, {ARRAY, 4, 0}, {MAP, 2, 0},   {MAP, 4, 0},
};

/* The next item; of an array or a map only its head. False if it is not all there. */
static bool next(struct octets *in, struct item *item)
{
    if (in->left == 0)
        return false;
    uint8_t first = *in->at++;
    in->left--;
    uint64_t more = 0;
    item->number = 0;
    if (first < 0x80) {
        item->kind = UINT;
        item->number = first;
    } else if (first < 0xc0) {
        item->kind = first < 0x90 ? MAP : first < 0xa0 ? ARRAY : STR;
        item->number = first & (first < 0xa0 ? 0x0f : 0x1f);
    } else if (first < 0xe0) {
        item->kind = FIRST[first - 0xc0].kind;
        more = FIRST[first - 0xc0].more;
        size_t width = FIRST[first - 0xc0].width;
        if (width > in->left)
            return false;
        in->left -= width;
        while (width-- > 0)
            item->number = item->number << 8 | *in->at++;
    } else {
        item->kind = OTHER; /* -32 to -1 */
    }
    if (item->kind == STR || item->kind == BIN || item->kind == OTHER)
        more += item->number;
    if (item->kind == WRONG || more > in->left)
        return false;
    item->body = in->at;
    in->at += more;
    in->left -= more;
    return true;
}

/* Pass over one item with all that is in it, without recursion, however deep it is. */
static bool skip(struct octets *in)
{
    struct item item;
    for (uint64_t pending = 1; pending > 0; pending--) {
        if (pending > in->left || !next(in, &item)) /* each item has an octet at least */
            return false;
        if (item.kind == ARRAY || item.kind == MAP)
            pending += item.kind == MAP ? 2 * item.number : item.number;
    }
    return true;
}

/* The value of a key; false if the map does not have it. */
static bool find(struct octets in, const char *key, struct item *value)
{
    struct item map, name;
    if (!next(&in, &map) || map.kind != MAP)
        return false;
    for (uint64_t pair = 0; pair < map.number; pair++) {
        if (!next(&in, &name) || name.kind != STR)
            return false;
        if (name.number == strlen(key) && memcmp(name.body, key, name.number) == 0)
            return next(&in, value);
        if (!skip(&in))
            return false;
    }
    return false;
}

static bool find_uint(struct octets map, const char *key, uint64_t *value)
{
    struct item item;
    bool found = find(map, key, &item) && item.kind == UINT;
    *value = found ? item.number : 0;
    return found;
}

#endif
