/* Two hash tables, a new and an old generation. What is put or found goes into the new one; once that holds half
   of the bound it becomes the old one, and what that still held is forgotten. The hash is keyed (SipHash-1-3 of
   Aumasson and Bernstein, 2012), since strangers pick the keys. */

#include <stdlib.h>
#include <string.h>

#include "recent.h"

static struct entry TAKEN; /* stands in a slot whose entry has been taken out */

static uint64_t rotated(uint64_t word, int by) { return word << by | word >> (64 - by); }

static inline void round_of(uint64_t v[4]) {
    v[0] += v[1]; v[1] = rotated(v[1], 13) ^ v[0]; v[0] = rotated(v[0], 32);
    v[2] += v[3]; v[3] = rotated(v[3], 16) ^ v[2];
    v[0] += v[3]; v[3] = rotated(v[3], 21) ^ v[0];
    v[2] += v[1]; v[1] = rotated(v[1], 17) ^ v[2]; v[2] = rotated(v[2], 32);
}

static uint64_t hash_of(const uint64_t secret[2], struct octets key) {
    uint64_t v[4] = {secret[0] ^ 0x736f6d6570736575, secret[1] ^ 0x646f72616e646f6d,
                     secret[0] ^ 0x6c7967656e657261, secret[1] ^ 0x7465646279746573};
    uint64_t last = (uint64_t)key.size << 56;
    size_t at = 0;
    for (uint64_t word; key.size - at >= 8; at += 8) {
        memcpy(&word, key.data + at, 8); /* in the machine's own order: the hash goes nowhere */
        v[3] ^= word;
        round_of(v);
        v[0] ^= word;
    }
    for (unsigned shift = 0; at < key.size; shift += 8)
        last |= (uint64_t)key.data[at++] << shift;
    v[3] ^= last;
    round_of(v);
    v[0] ^= last;
    v[2] ^= 0xff;
    for (int rounds = 0; rounds < 3; rounds++)
        round_of(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

void free_heard(struct entry *entry) {
    for (unsigned at = 0; at < entry->value.denials.count; at++)
        free(entry->value.denials.each[at]);
    entry->value.denials.count = 0;
}

static void free_generation(struct generation *generation, int denials) {
    for (size_t at = 0; generation->slots && at <= generation->mask; at++) {
        struct entry *entry = generation->slots[at].entry;
        if (!entry || entry == &TAKEN)
            continue;
        if (denials)
            free_heard(entry);
        free(entry);
    }
    free(generation->slots);
    memset(generation, 0, sizeof *generation);
}

/* The slot of a key, or NULL. */
static struct slot *find(const struct generation *generation, uint64_t hash, struct octets key) {
    if (!generation->slots)
        return NULL;
    for (size_t at = hash & generation->mask;; at = (at + 1) & generation->mask) {
        struct slot *slot = &generation->slots[at];
        const struct entry *entry = slot->entry;
        if (!entry)
            return NULL;
        if (slot->hash == hash && entry != &TAKEN && entry->key_size == key.size &&
            !memcmp(entry->key, key.data, key.size))
            return slot;
    }
}

static void place(struct generation *generation, struct slot slot) {
    size_t at = slot.hash & generation->mask;
    while (generation->slots[at].entry)
        at = (at + 1) & generation->mask;
    generation->slots[at] = slot;
    generation->count++;
    generation->used++;
}

/* Nothing is ever taken out of the newer generation, which alone grows. */
static int make_room(struct generation *generation) {
    size_t size = generation->slots ? generation->mask + 1 : 0;
    if (generation->used * 2 < size)
        return 1;
    struct generation larger = {calloc(size ? size * 2 : 64, sizeof *larger.slots), (size ? size * 2 : 64) - 1, 0, 0};
    if (!larger.slots)
        return 0;
    for (size_t at = 0; at < size; at++)
        if (generation->slots[at].entry)
            place(&larger, generation->slots[at]);
    free(generation->slots);
    *generation = larger;
    return 1;
}

static int add(struct recent *recent, struct slot slot) {
    if (!make_room(&recent->newer))
        return 0;
    place(&recent->newer, slot);
    if (recent->newer.count >= recent->half) {
        free_generation(&recent->older, recent->denials);
        recent->older = recent->newer;
        memset(&recent->newer, 0, sizeof recent->newer);
    }
    return 1;
}

int make_recent(struct recent *recent, size_t most, int denials, const uint64_t secret[2]) {
    memset(recent, 0, sizeof *recent);
    recent->half = most / 2;
    recent->denials = denials;
    memcpy(recent->secret, secret, sizeof recent->secret);
    return recent->half >= 2 * NAME_MAX_OCTETS; /* so that no walk up a name has what it found forgotten */
}

void free_recent(struct recent *recent) {
    free_generation(&recent->newer, recent->denials);
    free_generation(&recent->older, recent->denials);
}

/* The entry of a key, whose hash is known, moved to the newer generation; NULL where there is none. */
static struct entry *found(struct recent *recent, uint64_t hash, struct octets key) {
    struct slot *slot = find(&recent->newer, hash, key);
    if (slot)
        return slot->entry;
    slot = find(&recent->older, hash, key);
    if (!slot)
        return NULL;
    struct entry *entry = slot->entry;
    slot->entry = &TAKEN;
    recent->older.count--;
    if (add(recent, (struct slot){hash, entry}))
        return entry;
    if (recent->denials)
        free_heard(entry);
    free(entry);
    return NULL;
}

static struct entry *made(struct recent *recent, uint64_t hash, struct octets key) {
    struct entry *entry = calloc(1, sizeof *entry + key.size);
    if (!entry)
        return NULL;
    entry->key_size = (uint16_t)key.size;
    memcpy(entry->key, key.data, key.size);
    if (add(recent, (struct slot){hash, entry}))
        return entry;
    free(entry);
    return NULL;
}

struct entry *get_recent(struct recent *recent, struct octets key) {
    return found(recent, hash_of(recent->secret, key), key);
}

struct entry *use_recent(struct recent *recent, struct octets key) {
    uint64_t hash = hash_of(recent->secret, key);
    struct entry *entry = found(recent, hash, key);
    return entry ? entry : made(recent, hash, key);
}
