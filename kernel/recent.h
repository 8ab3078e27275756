/* recent.c: a bounded mapping that keeps what was used lately, as producers/dnstap/recent.py has it. */

#ifndef NXCAST_RECENT_H
#define NXCAST_RECENT_H

#include <string.h>

#include "kernel.h"

enum { KEY_MAX = NAME_MAX_OCTETS + 4, HEARD_ROOM = 4 };

/* 4 or 16 octets; 0: not known. */
struct address {
    uint8_t size, octets[16];
};

/* One name's denials by one server; after it the SOA's owner, folded, and the qname as it was written. */
struct heard {
    int64_t first_ns, last_ns, until_ns;
    uint8_t units, soa_size, qname_size; /* units: the room that it has */
    struct address server;
    uint8_t octets[];
};

struct zone {
    uint32_t ttl_s;
    uint8_t told;
    struct address server;
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
            uint32_t each[HEARD_ROOM]; /* places, the oldest first; how many there may be the models say */
            uint32_t count;
        } denials;
    } value;
    uint16_t key_size;
    uint8_t key[];
};

/* A key's hash stands here, so that a search need not look into the entries of other keys. A place has the mark of
   its mapping and generation on top. */
struct slot {
    uint32_t hash, place; /* place 0: empty */
};

/* Where the entries of some mappings are, of both generations: a search waits for memory once. */
struct index {
    struct slot *slots;
    size_t mask, taken; /* taken: how many are not empty */
    uint64_t secret[2];
};

/* Its entries, and what they have, stand behind one another in chunks, and are forgotten as a whole. A place counts
   units from the first chunk on; no piece lies in two, and none moves. */
struct generation {
    size_t count, units;
    uint8_t **chunks;
};

enum { UNIT = 8, CHUNK_UNITS = 1 << 15, FRONT = 256 };
enum recent_kind { ZONES = 1, DENIALS, ASKED }; /* of two bits */

struct recent {
    struct index *index;
    struct generation newer, older;
    size_t half, units_max;
    enum recent_kind kind;
    uint32_t mark; /* of the newer generation */
    struct entry *front[FRONT]; /* some of the newer generation */
};

/* A key with its hash. */
struct key {
    struct octets octets;
    uint32_t hash;
};

/* By octets that strangers pick: it costs a search if they pick them alike. */
static inline size_t front_of(struct octets key) {
    return (key.size + 3u * key.data[key.size / 4] + 5u * key.data[key.size / 2]) % FRONT;
}

int make_index(struct index *index, const uint64_t secret[2]);
void free_index(struct index *index);
int make_recent(struct recent *recent, struct index *index, enum recent_kind kind, size_t most);
void free_recent(struct recent *recent);
struct key key_in(const struct index *index, struct octets octets);
/* The hash of a question by that of its name. Types that are asked for often stand beside the name's denials. */
uint32_t hash_of_question(const struct index *index, uint32_t name, unsigned qtype, unsigned qclass);
/* The entry, in the newer generation until the next use; NULL where there is none, or there was no memory for the
   move that its use brings: it is lost then. */
struct entry *get_recent(struct recent *recent, struct key key);
/* The entry, or one that is new; NULL where there is no memory. */
struct entry *use_recent(struct recent *recent, struct key key);
/* Has memory fetched that a search will want soon. */
void expect(const struct index *index, uint32_t hash);
/* The entry, if it is among those of `keep_in_front`: without its hash, for keys that are used all the time. */
static inline struct entry *find_in_front(const struct recent *recent, struct octets key) {
    struct entry *entry = recent->front[front_of(key)];
    return entry && entry->key_size == key.size && !memcmp(entry->key, key.data, key.size) ? entry : NULL;
}

/* An entry that has just been got; not that by which the generation is full, which the next use finds as the older. */
void keep_in_front(struct recent *recent, struct entry *entry);
/* A denial of an entry that has just been got. */
struct heard *heard_at(const struct recent *recent, uint32_t place);
/* Room for one with so many octets behind it, at this place if it is enough there, else at a new one, which is
   told; NULL where there is no memory. */
struct heard *room_for_heard(struct recent *recent, size_t octets, uint32_t *place);

#endif
