/* Two hash tables, a new and an old generation. What is put or found goes into the new one; once that holds half
   of the bound it becomes the old one, and what that still held is forgotten. What is found in the old one is
   copied, and what is left there is never found again. The hash is keyed (SipHash-1-3 of Aumasson and Bernstein,
   2012), since strangers pick the keys. */

#include <stdlib.h>
#include <string.h>

#include "recent.h"

/* Octets of an entry with a name and denials of the longest, and what chunks waste at their ends. */
enum { ENTRY_MOST = 2560 };

static uint64_t rotated(uint64_t word, int by) { return word << by | word >> (64 - by); }

static inline void round_of(uint64_t v[4]) {
    v[0] += v[1]; v[1] = rotated(v[1], 13) ^ v[0]; v[0] = rotated(v[0], 32);
    v[2] += v[3]; v[3] = rotated(v[3], 16) ^ v[2];
    v[0] += v[3]; v[3] = rotated(v[3], 21) ^ v[0];
    v[2] += v[1]; v[1] = rotated(v[1], 17) ^ v[2]; v[2] = rotated(v[2], 32);
}

static uint32_t hash_of(const uint64_t secret[2], struct octets key) {
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
    return (uint32_t)(v[0] ^ v[1] ^ v[2] ^ v[3]);
}

static void *at_place(const struct generation *generation, uint32_t place) {
    return generation->chunks[place / CHUNK_UNITS] + (size_t)(place % CHUNK_UNITS) * UNIT;
}

/* So many octets, not cleared, and their place; NULL where there is no memory. */
static void *give(struct generation *generation, size_t octets, uint32_t *place) {
    size_t units = (octets + UNIT - 1) / UNIT, left = CHUNK_UNITS - generation->units % CHUNK_UNITS;
    if (units > left)
        generation->units += left;
    uint8_t **chunk = &generation->chunks[generation->units / CHUNK_UNITS];
    if (!*chunk && !(*chunk = malloc((size_t)CHUNK_UNITS * UNIT)))
        return NULL;
    *place = (uint32_t)generation->units;
    generation->units += units;
    return at_place(generation, *place);
}

static size_t chunks_max(const struct recent *recent) { return recent->units_max / CHUNK_UNITS + 2; }

static void free_generation(const struct recent *recent, struct generation *generation) {
    for (size_t at = 0; generation->chunks && at < chunks_max(recent); at++)
        free(generation->chunks[at]);
    free(generation->chunks);
    free(generation->slots);
}

/* The entry of a key, or NULL. */
static struct entry *find(const struct generation *generation, struct key key) {
    if (!generation->slots)
        return NULL;
    for (size_t at = key.hash & generation->mask;; at = (at + 1) & generation->mask) {
        const struct slot *slot = &generation->slots[at];
        if (!slot->place)
            return NULL;
        if (slot->hash != key.hash)
            continue;
        struct entry *entry = at_place(generation, slot->place);
        if (entry->key_size == key.octets.size && !memcmp(entry->key, key.octets.data, key.octets.size))
            return entry;
    }
}

static void place_slot(struct generation *generation, struct slot slot) {
    size_t at = slot.hash & generation->mask;
    while (generation->slots[at].place)
        at = (at + 1) & generation->mask;
    generation->slots[at] = slot;
}

/* Nothing is ever taken out of a generation. */
static int make_room(struct generation *generation) {
    size_t size = generation->slots ? generation->mask + 1 : 0, twice = size ? size * 2 : 64;
    if (generation->count * 2 < size)
        return 1;
    struct generation larger = *generation;
    larger.mask = twice - 1;
    if (!(larger.slots = calloc(twice, sizeof *larger.slots)))
        return 0;
    for (size_t at = 0; at < size; at++)
        if (generation->slots[at].place)
            place_slot(&larger, generation->slots[at]);
    free(generation->slots);
    *generation = larger;
    return 1;
}

/* A new entry of the newer generation, of which only the key is set; NULL where there is no memory. */
static struct entry *add(struct recent *recent, struct key key) {
    struct slot slot = {key.hash, 0};
    struct generation *newer = &recent->newer;
    struct entry *entry = make_room(newer) ? give(newer, sizeof *entry + key.octets.size, &slot.place) : NULL;
    if (!entry)
        return NULL;
    entry->key_size = (uint16_t)key.octets.size;
    memcpy(entry->key, key.octets.data, key.octets.size);
    place_slot(newer, slot);
    newer->count++;
    return entry;
}

static void clear(struct generation *generation) {
    if (generation->slots)
        memset(generation->slots, 0, (generation->mask + 1) * sizeof *generation->slots);
    generation->count = 0;
    generation->units = 1; /* place 0 is none */
}

/* Once the newer generation is full. Its octets are half of the bound's at worst; what denials that were replaced by
   longer ones leave behind may fill them before their time. */
static void turn(struct recent *recent) {
    if (recent->newer.count < recent->half && recent->newer.units < recent->units_max)
        return;
    struct generation older = recent->older;
    recent->older = recent->newer;
    recent->newer = older;
    clear(&recent->newer);
    memset(recent->front, 0, sizeof recent->front);
}

int make_recent(struct recent *recent, size_t most, int denials, const uint64_t secret[2]) {
    memset(recent, 0, sizeof *recent);
    recent->half = most / 2;
    recent->denials = denials;
    memcpy(recent->secret, secret, sizeof recent->secret);
    /* So that no walk up a name has what it found forgotten, and that places have 32 bits. */
    if (recent->half < 2 * NAME_MAX_OCTETS || recent->half > UINT32_MAX / ENTRY_MOST)
        return 0;
    recent->units_max = recent->half * (ENTRY_MOST / UNIT);
    recent->newer.chunks = calloc(chunks_max(recent), sizeof *recent->newer.chunks);
    recent->older.chunks = calloc(chunks_max(recent), sizeof *recent->older.chunks);
    clear(&recent->newer);
    clear(&recent->older);
    return recent->newer.chunks && recent->older.chunks;
}

void free_recent(struct recent *recent) {
    free_generation(recent, &recent->newer);
    free_generation(recent, &recent->older);
}

/* By octets that strangers pick: it costs a search if they pick them alike. */
static struct entry **front_of(struct recent *recent, const uint8_t *key, size_t size) {
    return &recent->front[(size + 3u * key[size / 4] + 5u * key[size / 2]) % FRONT];
}

struct entry *find_in_front(struct recent *recent, struct octets key) {
    turn(recent);
    struct entry *entry = *front_of(recent, key.data, key.size);
    return entry && entry->key_size == key.size && !memcmp(entry->key, key.data, key.size) ? entry : NULL;
}

void keep_in_front(struct recent *recent, struct entry *entry) {
    *front_of(recent, entry->key, entry->key_size) = entry;
}

struct heard *heard_at(const struct recent *recent, uint32_t place) { return at_place(&recent->newer, place); }

struct heard *room_for_heard(struct recent *recent, size_t octets, uint32_t *place) {
    size_t size = sizeof(struct heard) + octets;
    struct heard *heard = *place ? heard_at(recent, *place) : NULL;
    if (heard && (size_t)heard->units * UNIT >= size)
        return heard;
    if ((heard = give(&recent->newer, size, place)))
        heard->units = (uint8_t)((size + UNIT - 1) / UNIT);
    return heard;
}

/* Copies of the denials of an entry of the older generation; 0 where there is no memory, with those that are. */
static int copy_denials(struct recent *recent, struct entry *to) {
    for (unsigned at = 0; at < to->value.denials.count; at++) {
        uint32_t *place = &to->value.denials.each[at];
        const struct heard *from = at_place(&recent->older, *place);
        size_t size = (size_t)from->units * UNIT;
        struct heard *heard = give(&recent->newer, size, place);
        if (!heard) {
            to->value.denials.count = at;
            return 0;
        }
        memcpy(heard, from, size);
    }
    return 1;
}

struct key key_in(const struct recent *recent, struct octets octets) {
    return (struct key){octets, hash_of(recent->secret, octets)};
}

/* Copied to the newer generation where it is in the older one. */
struct entry *get_recent(struct recent *recent, struct key key) {
    turn(recent);
    struct entry *entry = find(&recent->newer, key);
    if (entry)
        return entry;
    const struct entry *from = find(&recent->older, key);
    if (!from || !(entry = add(recent, key)))
        return NULL;
    entry->value = from->value;
    if (recent->denials && !copy_denials(recent, entry))
        return NULL;
    return entry;
}

struct entry *use_recent(struct recent *recent, struct key key) {
    struct entry *entry = get_recent(recent, key);
    if (!entry && (entry = add(recent, key)))
        memset(&entry->value, 0, sizeof entry->value);
    return entry;
}
