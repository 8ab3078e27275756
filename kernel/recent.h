/* recent.c: a bounded mapping that keeps what was used lately, as producers/dnstap/recent.py has it. */

#ifndef NXCAST_RECENT_H
#define NXCAST_RECENT_H

#include "kernel.h"

enum { KEY_MAX = NAME_MAX_OCTETS + 4, HEARD_ROOM = 4 };

/* 4 or 16 octets; 0: not known. */
struct address {
    uint8_t size, octets[16];
};

/* One name's denials by one server; after it the SOA's owner, folded, and the qname as it was written. */
struct heard {
    int64_t first_ns, last_ns, until_ns;
    struct address server;
    uint8_t soa_size, qname_size, octets[];
};

struct zone {
    struct address server;
    uint32_t ttl_s;
    uint8_t told;
};

struct period {
    int64_t time_ns, long_ns;
};

/* What is kept of a key: of three mappings each one kind. */
struct entry {
    union {
        struct zone zone;
        struct period period;
        struct {
            struct heard *each[HEARD_ROOM]; /* the oldest first; how many there may be the models say */
            unsigned count;
        } denials;
    } value;
    uint16_t key_size;
    uint8_t key[];
};

/* A key's hash stands here, so that a search need not look into the entries of other keys. */
struct slot {
    uint64_t hash;
    struct entry *entry;
};

struct generation {
    struct slot *slots;
    size_t mask, count, used; /* used: slots that are not empty, be it by what was taken out */
};

struct recent {
    struct generation newer, older;
    size_t half;
    int denials; /* whether entries have denials, which are freed with them */
    uint64_t secret[2];
};

int make_recent(struct recent *recent, size_t most, int denials, const uint64_t secret[2]);
void free_recent(struct recent *recent);
void free_heard(struct entry *entry);
/* NULL where there is none, or there was no memory for the move that its use brings: it is lost then. */
struct entry *get_recent(struct recent *recent, struct octets key);
/* The entry, or one that is new; NULL where there is no memory. */
struct entry *use_recent(struct recent *recent, struct octets key);

#endif
