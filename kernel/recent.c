/* Two generations, a new and an old one. What is put or found goes into the new one; once that holds half of the
   bound it becomes the old one, and what that still held is forgotten. What is found in the old one is copied, and
   is found there no more. One hash table is the index of both, and of other mappings. The hash is keyed (SipHash-1-3
   of Aumasson and Bernstein, 2012), since strangers pick the keys. */

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "recent.h"

/* A place below the mark of a kind and a generation; of no kind: a slot whose entry was forgotten, which a search
   goes on behind, as it does not behind one that is empty. */
enum { PLACE_BITS = 29, GONE = 1 };
static const uint32_t OTHER = UINT32_C(1) << PLACE_BITS, PLACES = (UINT32_C(1) << PLACE_BITS) - 1;

/* RFC 1035 section 3.2, 3596, 2782 and 9460. */
enum {
    TYPE_A = 1, TYPE_PTR = 12, TYPE_MX = 15, TYPE_TXT = 16, TYPE_AAAA = 28, TYPE_SRV = 33, TYPE_HTTPS = 65,
    CLASS_IN = 1
};

enum { LINE = 64, SLOTS_MIN = 64, LARGE_PAGE = 2 << 20 }; /* octets that memory is fetched in, and mapped */

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
    uint32_t four;
    uint16_t two;
    for (uint64_t word; key.size - at >= 8; at += 8) {
        memcpy(&word, key.data + at, 8); /* in the machine's own order: the hash goes nowhere */
        v[3] ^= word;
        round_of(v);
        v[0] ^= word;
    }
    if (key.size & 4) {
        memcpy(&four, key.data + at, 4);
        last |= four;
        at += 4;
    }
    if (key.size & 2) {
        memcpy(&two, key.data + at, 2);
        last |= (uint64_t)two << 32;
        at += 2;
    }
    if (key.size & 1)
        last |= (uint64_t)key.data[at] << 48;
    v[3] ^= last;
    round_of(v);
    v[0] ^= last;
    v[2] ^= 0xff;
    for (int rounds = 0; rounds < 3; rounds++)
        round_of(v);
    return (uint32_t)(v[0] ^ v[1] ^ v[2] ^ v[3]);
}

static void *at_place(const struct generation *generation, uint32_t place) {
    place &= PLACES;
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
}

static int make_slots(struct index *index, size_t size) {
    size_t octets = size * sizeof *index->slots;
    if (!(index->slots = aligned_alloc(octets < LARGE_PAGE ? LINE : LARGE_PAGE, octets)))
        return 0;
#ifdef MADV_HUGEPAGE
    if (octets >= LARGE_PAGE) /* else it is mostly the address of its page that a search waits for */
        madvise(index->slots, octets, MADV_HUGEPAGE);
#endif
    memset(index->slots, 0, octets);
    index->mask = size - 1;
    index->taken = 0;
    return 1;
}

int make_index(struct index *index, const uint64_t secret[2]) {
    memcpy(index->secret, secret, sizeof index->secret);
    return make_slots(index, SLOTS_MIN);
}

void free_index(struct index *index) { free(index->slots); }

static int is_free(const struct slot *slot) { return slot->place <= GONE; }

void expect(const struct index *index, uint32_t hash) {
#ifdef __GNUC__
    __builtin_prefetch(&index->slots[hash & index->mask], 1);
#else
    (void)index, (void)hash;
#endif
}

static struct entry *entry_of(const struct recent *recent, const struct slot *slot) {
    return at_place((slot->place ^ recent->mark) & OTHER ? &recent->older : &recent->newer, slot->place);
}

/* Where a key is, or would be. */
static struct slot *seek(const struct recent *recent, struct key key) {
    const struct index *index = recent->index;
    struct slot *gone = NULL;
    for (size_t at = key.hash & index->mask;; at = (at + 1) & index->mask) {
        struct slot *slot = &index->slots[at];
        if (!slot->place)
            return gone ? gone : slot;
        if (slot->hash == key.hash && !((slot->place ^ recent->mark) >> PLACE_BITS >> 1)) {
            const struct entry *entry = entry_of(recent, slot);
            if (entry->key_size == key.octets.size && !memcmp(entry->key, key.octets.data, key.octets.size))
                return slot;
        }
        if (slot->place == GONE && !gone)
            gone = slot;
    }
}

/* So that three slots of eight are empty at least; those of what is forgotten are given back. */
static int make_room(struct index *index) {
    size_t size = index->mask + 1, live = 0;
    if (index->taken * 8 < size * 5)
        return 1;
    for (size_t at = 0; at < size; at++)
        live += !is_free(&index->slots[at]);
    struct index larger = *index;
    if (!make_slots(&larger, live * 2 < size ? size : size * 2))
        return 0;
    for (size_t from = 0; from < size; from++) {
        size_t at = index->slots[from].hash & larger.mask;
        if (is_free(&index->slots[from]))
            continue;
        while (larger.slots[at].place)
            at = (at + 1) & larger.mask;
        larger.slots[at] = index->slots[from];
    }
    larger.taken = live;
    free(index->slots);
    *index = larger;
    return 1;
}

/* Forgets all entries with this mark. */
static void sweep(struct index *index, uint32_t mark) {
    int empty_behind = !index->slots[0].place;
    index->taken = 0;
    for (size_t at = index->mask + 1; at--;) {
        uint32_t place = index->slots[at].place;
        int gone = (place == GONE) | (place >> PLACE_BITS == mark >> PLACE_BITS);
        place = gone ? (empty_behind ? 0 : GONE) : place;
        index->slots[at].place = place;
        empty_behind = !place;
        index->taken += !!place;
    }
}

static void clear(struct generation *generation) {
    generation->count = 0;
    generation->units = 1; /* place 0 is none */
}

/* Its octets are half of the bound's at worst; what denials that were replaced by longer ones leave behind may fill
   them before their time. */
static int is_full(const struct recent *recent) {
    return recent->newer.count >= recent->half || recent->newer.units >= recent->units_max;
}

static void turn(struct recent *recent) {
    if (!is_full(recent))
        return;
    struct generation older = recent->older;
    recent->older = recent->newer;
    recent->newer = older;
    recent->mark ^= OTHER;
    sweep(recent->index, recent->mark);
    clear(&recent->newer);
    memset(recent->front, 0, sizeof recent->front);
}

int make_recent(struct recent *recent, struct index *index, enum recent_kind kind, size_t most) {
    memset(recent, 0, sizeof *recent);
    recent->index = index;
    recent->half = most / 2;
    recent->kind = kind;
    recent->mark = (uint32_t)kind << PLACE_BITS << 1;
    /* So that no walk up a name has what it found forgotten, and that places have bits enough. */
    if (recent->half < 2 * NAME_MAX_OCTETS || recent->half > PLACES / ENTRY_MOST)
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

void keep_in_front(struct recent *recent, struct entry *entry) {
    if (is_full(recent))
        memset(recent->front, 0, sizeof recent->front);
    else
        recent->front[front_of((struct octets){entry->key, entry->key_size})] = entry;
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

struct key key_in(const struct index *index, struct octets octets) {
    return (struct key){octets, hash_of(index->secret, octets)};
}

uint32_t hash_of_question(const struct index *index, uint32_t name, unsigned qtype, unsigned qclass) {
    static const uint8_t BESIDE[] = {[TYPE_A] = 1, [TYPE_AAAA] = 2, [TYPE_HTTPS] = 3, [TYPE_PTR] = 4,
                                     [TYPE_MX] = 5, [TYPE_TXT] = 6, [TYPE_SRV] = 7};
    if (qclass == CLASS_IN && qtype < sizeof BESIDE && BESIDE[qtype])
        return name ^ BESIDE[qtype];
    /* A name may be asked for in 2 to the 32nd ways: these go anywhere (multiply-shift, keyed). */
    uint64_t question = (uint64_t)qtype << 16 | qclass;
    return name + (uint32_t)(question * (index->secret[0] | 1) >> 32);
}

/* Copied to the newer generation from the older one. */
static struct entry *renew(struct recent *recent, struct slot *slot) {
    const struct entry *from = at_place(&recent->older, slot->place);
    size_t size = sizeof *from + from->key_size;
    uint32_t place;
    struct entry *entry = give(&recent->newer, size, &place);
    if (!entry)
        return NULL;
    memcpy(entry, from, size);
    slot->place = recent->mark | place;
    recent->newer.count++;
    return recent->kind != DENIALS || copy_denials(recent, entry) ? entry : NULL;
}

static struct entry *in_newer(struct recent *recent, struct slot *slot) {
    return (slot->place ^ recent->mark) & OTHER ? renew(recent, slot) : at_place(&recent->newer, slot->place);
}

struct entry *get_recent(struct recent *recent, struct key key) {
    turn(recent);
    struct slot *slot = seek(recent, key);
    return is_free(slot) ? NULL : in_newer(recent, slot);
}

struct entry *use_recent(struct recent *recent, struct key key) {
    turn(recent);
    if (!make_room(recent->index))
        return NULL;
    struct slot *slot = seek(recent, key);
    if (!is_free(slot))
        return in_newer(recent, slot);
    uint32_t place;
    struct entry *entry = give(&recent->newer, sizeof *entry + key.octets.size, &place);
    if (!entry)
        return NULL;
    memset(&entry->value, 0, sizeof entry->value);
    entry->key_size = (uint16_t)key.octets.size;
    memcpy(entry->key, key.octets.data, key.octets.size);
    recent->index->taken += !slot->place;
    *slot = (struct slot){key.hash, recent->mark | place};
    recent->newer.count++;
    return entry;
}
