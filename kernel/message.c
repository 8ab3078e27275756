/* The walk through a DNS message, as schemas/message.py has it, rule for rule: no read past the end, a pointer
   leads back before the name's own start and before the pointer's last target, nothing recurses. */

#include <string.h>

#include "kernel.h"

enum { HEADER_SIZE = 12, POINTER = 0xc0, RECORD_SIZE = 10, TYPE_SOA = 6, TYPE_OPT = 41 };

static unsigned u16_at(struct octets message, size_t at) {
    return (unsigned)message.data[at] << 8 | message.data[at + 1];
}

/* Whether so many octets can be read there. */
static int has(struct octets message, size_t at, size_t count) {
    return at <= message.size && message.size - at >= count;
}

/* The offset after a name, compressed or not; 0 where it can't be read. */
static size_t skip_name(struct octets message, size_t at, unsigned label_max) {
    while (has(message, at, 1)) {
        unsigned length = message.data[at];
        if (!length)
            return at + 1;
        if (length >= POINTER)
            return at + 2;
        if (length > label_max)
            return 0;
        at += length + 1;
    }
    return 0;
}

static size_t skip_questions(struct octets message, unsigned label_max) {
    size_t at = HEADER_SIZE;
    for (unsigned left = u16_at(message, 4); left; left--) {
        if (!(at = skip_name(message, at, label_max)))
            return 0;
        at += 4;
    }
    return at;
}

static size_t skip_records(struct octets message, size_t at, unsigned count, unsigned label_max) {
    for (; count; count--) {
        at = skip_name(message, at, label_max);
        if (!at || !has(message, at, RECORD_SIZE))
            return 0;
        at += RECORD_SIZE + u16_at(message, at + 8);
    }
    return at;
}

/* RFC 6891 section 6.1.3: the top 8 bits of the first OPT's TTL, then the header's 4. */
unsigned full_rcode(struct octets message, unsigned label_max) {
    unsigned low = message.data[3] & 0x0f;
    size_t at = HEADER_SIZE;
    /* Without an OPT whose TTL begins with something else than 0 the header has it all. */
    for (;; at++) {
        if (!has(message, at, 4))
            return low;
        const uint8_t *found = memchr(message.data + at, TYPE_OPT, message.size - at);
        if (!found)
            return low;
        at = (size_t)(found - message.data);
        if (at > HEADER_SIZE && !message.data[at - 1] && has(message, at, 4) && message.data[at + 3])
            break;
    }
    at = skip_questions(message, label_max);
    if (at)
        at = skip_records(message, at, u16_at(message, 6) + u16_at(message, 8), label_max);
    for (unsigned left = u16_at(message, 10); at && left; left--) {
        at = skip_name(message, at, label_max);
        if (!at || !has(message, at, RECORD_SIZE))
            return low;
        if (u16_at(message, at) == TYPE_OPT)
            return (unsigned)message.data[at + 4] << 4 | low;
        at += RECORD_SIZE + u16_at(message, at + 8);
    }
    return low;
}

/* The offset after an uncompressed name at `from` of at most 255 octets; 0 where there is none. */
static size_t end_of_name(struct octets message, size_t from, unsigned label_max) {
    size_t at = from;
    while (has(message, at, 1) && message.data[at]) {
        if (message.data[at] > label_max)
            return 0;
        at += message.data[at] + 1u;
    }
    return has(message, at, 1) && at + 1 - from <= NAME_MAX_OCTETS ? at + 1 : 0;
}

int question_of(struct octets message, unsigned label_max, struct asked *asked) {
    if (!has(message, 4, 2) || u16_at(message, 4) != 1)
        return 0;
    size_t end = end_of_name(message, HEADER_SIZE, label_max);
    if (!end || !has(message, end, 4))
        return 0;
    asked->name.data = message.data + HEADER_SIZE;
    asked->name.size = end - HEADER_SIZE;
    asked->qtype = u16_at(message, end);
    asked->qclass = u16_at(message, end + 2);
    asked->end = end + 4;
    return 1;
}

static uint8_t lower(uint8_t octet) { return octet >= 'A' && octet <= 'Z' ? octet + 32 : octet; }

/* Eight octets: whether one is a letter shows in its top bit, and none carries into the next. */
static void fold_eight(const uint8_t *from, uint8_t *to) {
    const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;
    uint64_t word;
    memcpy(&word, from, 8);
    uint64_t low = word & ~tops, from_a = low + ones * (0x80 - 'A'), past_z = low + ones * (0x7f - 'Z');
    word |= (from_a & ~past_z & ~word & tops) >> 2;
    memcpy(to, &word, 8);
}

struct octets fold(struct octets name, uint8_t folded[NAME_MAX_OCTETS]) {
    size_t at = 0;
    for (; name.size - at >= 8; at += 8)
        fold_eight(name.data + at, folded + at);
    if (name.size >= 8)
        fold_eight(name.data + name.size - 8, folded + name.size - 8);
    else
        for (; at < name.size; at++)
            folded[at] = lower(name.data[at]);
    return (struct octets){folded, name.size};
}

static int same_name(const uint8_t *one, const uint8_t *other, size_t size) {
    for (size_t at = 0; at < size; at++)
        if (lower(one[at]) != lower(other[at]))
            return 0;
    return 1;
}

int same_question(struct octets query, struct octets response, size_t end) {
    if (query.size < end)
        return 0;
    const uint8_t *asked = query.data + HEADER_SIZE, *echoed = response.data + HEADER_SIZE;
    size_t size = end - HEADER_SIZE - 4;
    return same_name(asked, echoed, size) && !memcmp(asked + size, echoed + size, 4);
}

int is_name(struct octets wire, unsigned label_max) {
    return end_of_name(wire, 0, label_max) == wire.size;
}

int is_within(struct octets name, struct octets zone) {
    if (name.size < zone.size)
        return 0;
    size_t at = 0;
    while (name.size - at > zone.size)
        at += name.data[at] + 1u;
    return name.size - at == zone.size &&
           (!memcmp(name.data + at, zone.data, zone.size) || same_name(name.data + at, zone.data, zone.size));
}

/* A name, compressed or not, into uncompressed wire form. */
int uncompress(struct octets message, size_t at, unsigned label_max, uint8_t name[NAME_MAX_OCTETS], size_t *size) {
    size_t earliest = at;
    *size = 0;
    while (has(message, at, 1)) {
        unsigned length = message.data[at];
        if (length >= POINTER) {
            if (!has(message, at, 2))
                return 0;
            at = u16_at(message, at) & 0x3fff;
            if (at >= earliest)
                return 0;
            earliest = at;
            continue;
        }
        if (length > label_max || !has(message, at, length + 1) || *size + length + 1 > NAME_MAX_OCTETS)
            return 0;
        memcpy(name + *size, message.data + at, length + 1);
        *size += length + 1;
        if (!length)
            return 1;
        at += length + 1;
    }
    return 0;
}

int points_at_end(struct octets message, size_t at, struct octets name, struct octets *end) {
    if (!has(message, at, 2) || message.data[at] < POINTER)
        return 0;
    size_t start = (size_t)(name.data - message.data), label = start, pointed = u16_at(message, at) & 0x3fff;
    while (label < pointed && message.data[label])
        label += message.data[label] + 1u;
    *end = end_of(name, name.size - (label - start));
    return label == pointed;
}

size_t find_soa(struct octets message, size_t at, unsigned count, unsigned label_max, size_t *fields) {
    for (; count; count--) {
        size_t owner = at;
        *fields = at = skip_name(message, at, label_max);
        if (!at || !has(message, at, RECORD_SIZE))
            return 0;
        at += RECORD_SIZE + u16_at(message, at + 8);
        if (at > message.size)
            return 0;
        if (u16_at(message, *fields) == TYPE_SOA)
            return owner;
    }
    return 0;
}

int soa_owner(struct octets message, size_t answers, unsigned label_max, uint8_t owner[NAME_MAX_OCTETS],
              size_t *size) {
    unsigned nscount = u16_at(message, 8);
    if (!nscount)
        return 0;
    size_t fields, at = answers ? answers : skip_questions(message, label_max);
    if (at)
        at = skip_records(message, at, u16_at(message, 6), label_max);
    if (at)
        at = find_soa(message, at, nscount, label_max, &fields);
    return at && uncompress(message, at, label_max, owner, size);
}
