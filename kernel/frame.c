/* A batch's payload, msgpack, as the plainest encoders write it. What is valid but odd (signed numbers, text
   where octets are wanted) is refused here and left to Python, which knows it all; so is what is wrong, as long
   as it can be stepped over. */

#include "kernel.h"

/* Takes so many octets off the front; NULL where there are fewer. */
const uint8_t *take(struct octets *from, size_t count) {
    const uint8_t *at = from->data;
    if (from->size < count)
        return NULL;
    from->data += count;
    from->size -= count;
    return at;
}

static uint64_t big_endian(const uint8_t *at, unsigned count) {
    uint64_t value = 0;
    while (count--)
        value = value << 8 | *at++;
    return value;
}

int read_number(struct octets *from, uint64_t most, uint64_t *value) {
    const uint8_t *at = take(from, 1);
    if (!at)
        return 0;
    if (*at < 0x80) {
        *value = *at;
    } else if (*at >= 0xcc && *at <= 0xcf) {
        unsigned size = 1u << (*at - 0xcc);
        if (!(at = take(from, size)))
            return 0;
        *value = big_endian(at, size);
    } else {
        return 0;
    }
    return *value <= most;
}

static int read_small(struct octets *from, unsigned most, unsigned *value) {
    uint64_t wide;
    if (!read_number(from, most, &wide))
        return 0;
    *value = (unsigned)wide;
    return 1;
}

int read_octets(struct octets *from, struct octets *value) {
    const uint8_t *at = take(from, 1);
    if (!at || *at < 0xc4 || *at > 0xc6)
        return 0;
    unsigned size = 1u << (*at - 0xc4);
    if (!(at = take(from, size)))
        return 0;
    value->size = (size_t)big_endian(at, size);
    return (value->data = take(from, value->size)) != NULL;
}

static int is_nil(struct octets *from) {
    if (!from->size || *from->data != 0xc0)
        return 0;
    take(from, 1);
    return 1;
}

static int read_or_nil(struct octets *from, size_t least, size_t most, struct octets *value) {
    value->data = NULL;
    value->size = 0;
    return is_nil(from) || (read_octets(from, value) && value->size >= least && value->size <= most);
}

static int read_address(struct octets *from, struct octets *value) {
    return read_octets(from, value) && (value->size == 4 || value->size == 16);
}

static int read_address_or_nil(struct octets *from, struct octets *value) {
    value->data = NULL;
    value->size = 0;
    return is_nil(from) || read_address(from, value);
}

static int read_by(struct octets *from, const struct tables *tables, unsigned *by) {
    for (*by = 0; *by < 3; ++*by) {
        struct octets word = tables->by[*by];
        size_t same = 0;
        while (same < word.size && same < from->size && from->data[same] == word.data[same])
            same++;
        if (same == word.size)
            return take(from, word.size) != NULL;
    }
    return 0;
}

static int read_question(struct octets *from, const struct tables *tables, struct frame *frame) {
    return read_or_nil(from, 1, tables->name_max, &frame->qname) && frame->qname.data &&
           read_small(from, 0xffff, &frame->qtype) && read_small(from, 0xffff, &frame->qclass) &&
           read_address_or_nil(from, &frame->response_ip) &&
           read_or_nil(from, 1, tables->name_max, &frame->zone) && frame->zone.data &&
           read_or_nil(from, 1, tables->name_max, &frame->denied) && read_by(from, tables, &frame->by);
}

int read_array_header(struct octets *from, unsigned *count) {
    const uint8_t *at = take(from, 1);
    if (!at)
        return 0;
    if ((*at & 0xf0) == 0x90) {
        *count = *at & 0x0f;
        return 1;
    }
    if (*at != 0xdc && *at != 0xdd)
        return 0;
    unsigned size = *at == 0xdc ? 2 : 4;
    if (!(at = take(from, size)))
        return 0;
    *count = (unsigned)big_endian(at, size);
    return 1;
}

int read_frame(struct octets *from, const struct tables *tables, int older, struct frame *frame) {
    unsigned fields;
    if (!read_array_header(from, &fields) || !read_number(from, UINT64_MAX, &frame->time_ns) ||
        !read_small(from, 0xff, &frame->type))
        return 0;
    if (!older && frame->type == tables->question)
        return fields == 9 && read_question(from, tables, frame);
    if (fields != (older ? 9 : 11) || !tables->kinds[frame->type] ||
        !read_address(from, &frame->response_ip) || !read_small(from, 0xffff, &frame->response_port) ||
        !read_small(from, 0xff, &frame->proto) || !tables->protos[frame->proto] ||
        !read_address_or_nil(from, &frame->query_ip))
        return 0;
    frame->query_port = 0;
    if (!is_nil(from) && !read_small(from, 0xffff, &frame->query_port))
        return 0;
    if (!read_or_nil(from, 0, tables->message_max, &frame->query) || !read_octets(from, &frame->response) ||
        frame->response.size < tables->response_min || frame->response.size > tables->message_max)
        return 0;
    frame->zone.data = NULL;
    frame->zone.size = 0;
    frame->marks = 0;
    return older || (read_or_nil(from, 1, tables->name_max, &frame->zone) &&
                     read_small(from, 0xffff, &frame->marks));
}

enum { LEVELS = 8 }; /* of arrays and maps in one another; a frame has one */

/* What an octet begins: so many octets or items, after a size of so many octets. */
enum kind { PLAIN, TEXT, ARRAY, MAP, UNKNOWN };

static enum kind kind_of(unsigned form, unsigned *size_octets, uint64_t *size) {
    *size = *size_octets = 0;
    if ((form & 0xe0) == 0xa0)
        return *size = form & 0x1f, TEXT;
    if (form >= 0xd9 && form <= 0xdb)
        return *size_octets = 1u << (form - 0xd9), TEXT;
    if (form >= 0xc4 && form <= 0xc6)
        return *size_octets = 1u << (form - 0xc4), TEXT;
    if ((form & 0xf0) == 0x90)
        return *size = form & 0x0f, ARRAY;
    if ((form & 0xf0) == 0x80)
        return *size = form & 0x0f, MAP;
    if (form >= 0xdc && form <= 0xdf)
        return *size_octets = form & 1 ? 4 : 2, form < 0xde ? ARRAY : MAP;
    if (form == 0xca || form == 0xcb)
        return *size = form == 0xca ? 4 : 8, PLAIN;
    if (form >= 0xcc && form <= 0xd3)
        return *size = 1u << (form & 3), PLAIN;
    return form < 0x80 || form >= 0xe0 || form == 0xc0 || form == 0xc2 || form == 0xc3 ? PLAIN : UNKNOWN;
}

/* Steps over an item that Python's unpacker takes too; 0 where it may not. Keys of maps are text or octets. */
int skip_item(struct octets *from, unsigned nested_max) {
    uint64_t left[LEVELS] = {1}, size;
    int is_map[LEVELS] = {0}, level = 0;
    unsigned size_octets;
    while (left[level] || level) {
        if (!left[level]) {
            level--;
            continue;
        }
        int is_key = is_map[level] && left[level] % 2 == 0;
        left[level]--;
        const uint8_t *at = take(from, 1);
        if (!at)
            return 0;
        enum kind kind = kind_of(*at, &size_octets, &size);
        if (kind == UNKNOWN || (is_key && kind != TEXT))
            return 0;
        if (size_octets) {
            if (!(at = take(from, size_octets)))
                return 0;
            size = big_endian(at, size_octets);
        }
        if (kind == PLAIN || kind == TEXT) {
            if (!take(from, (size_t)size))
                return 0;
            continue;
        }
        if (size > nested_max || ++level == LEVELS)
            return 0;
        is_map[level] = kind == MAP;
        left[level] = kind == MAP ? 2 * size : size;
    }
    return 1;
}
