/* See join.h. An answer's octets are copied where it waits, and nothing else of a payload outlasts a call. */

#include <stdlib.h>
#include <string.h>

#include "join.h"

static const int64_t SECOND_NS = 1000000000;

static void set_address(struct address *to, struct octets from) {
    to->size = (uint8_t)from.size;
    if (from.size == 4)
        memcpy(to->octets, from.data, 4);
    else if (from.size)
        memcpy(to->octets, from.data, 16);
}

static struct octets octets_of(const struct address *address) {
    struct octets octets = {address->size ? address->octets : NULL, address->size};
    return octets;
}

static int is_same(struct octets one, struct octets other) {
    return one.size == other.size && (!one.size || !memcmp(one.data, other.data, one.size));
}

/* The zone of a name, not empty, however it is written; `make`: where there is none a new one, else NULL. */
static struct entry *zone_of(struct join *join, struct octets name, int make) {
    uint8_t lower[NAME_MAX_OCTETS];
    struct entry *zone = find_in_front(&join->zones, name);
    if (zone)
        return zone;
    struct key key = key_in(&join->index, fold(name, lower));
    if ((zone = make ? use_recent(&join->zones, key) : get_recent(&join->zones, key)))
        keep_in_front(&join->zones, zone);
    return zone;
}

void join_heard(struct join *join, int64_t time_ns, struct octets server, struct octets zone) {
    join->heard_ns = time_ns;
    if (!zone.size || zone.size > NAME_MAX_OCTETS)
        return;
    struct entry *entry = zone_of(join, zone, 1);
    if (entry)
        set_address(&entry->value.zone.server, server);
}

static struct octets soa_of(const struct heard *heard) {
    struct octets soa = {heard->octets, heard->soa_size};
    return soa;
}

static struct octets qname_of(const struct heard *heard) {
    struct octets qname = {heard->octets + heard->soa_size, heard->qname_size};
    return qname;
}

/* Which of a name's denials this server gave just now; their count: none. */
static unsigned same_denial(const struct join *join, const struct entry *entry, int64_t time_ns, struct octets server,
                            struct octets soa) {
    unsigned at = 0;
    for (; at < entry->value.denials.count; at++) {
        const struct heard *each = heard_at(&join->denials, entry->value.denials.each[at]);
        if (each->first_ns - join->numbers.fresh_ns <= time_ns && time_ns <= each->last_ns + join->numbers.fresh_ns &&
            is_same(octets_of(&each->server), server) && is_same(soa_of(each), soa))
            break;
    }
    return at;
}

/* Takes one of a name's denials out, and gives its place. */
static uint32_t take_out(struct entry *entry, unsigned at) {
    uint32_t place = entry->value.denials.each[at];
    for (entry->value.denials.count--; at < entry->value.denials.count; at++)
        entry->value.denials.each[at] = entry->value.denials.each[at + 1];
    return place;
}

static int add_denial(struct join *join, const struct heard *made, struct key key, struct octets soa,
                      struct octets qname) {
    struct entry *entry = use_recent(&join->denials, key);
    /* One that has denials was found, and is put: a use of its own, where finding it filled the generation. */
    if (entry && entry->value.denials.count)
        entry = use_recent(&join->denials, key);
    if (!entry)
        return 0;
    int64_t first_ns = made->first_ns, last_ns = made->last_ns, until_ns = made->until_ns;
    uint32_t place = 0;
    unsigned at = same_denial(join, entry, first_ns, octets_of(&made->server), soa);
    if (at < entry->value.denials.count) {
        place = take_out(entry, at);
        const struct heard *before = heard_at(&join->denials, place);
        first_ns = before->first_ns < first_ns ? before->first_ns : first_ns;
        last_ns = before->last_ns > last_ns ? before->last_ns : last_ns;
        until_ns = before->until_ns > until_ns ? before->until_ns : until_ns;
    } else if (at == join->numbers.times_max) {
        place = take_out(entry, 0);
    }
    struct heard *heard = room_for_heard(&join->denials, soa.size + qname.size, &place);
    if (!heard)
        return 0;
    heard->first_ns = first_ns;
    heard->last_ns = last_ns;
    heard->until_ns = until_ns;
    heard->server = made->server;
    heard->soa_size = (uint8_t)soa.size;
    heard->qname_size = (uint8_t)qname.size;
    memcpy(heard->octets, soa.data, soa.size);
    memcpy(heard->octets + soa.size, qname.data, qname.size);
    entry->value.denials.each[entry->value.denials.count++] = place;
    return 1;
}

struct key join_expect(const struct join *join, struct octets name) {
    struct key key = key_in(&join->index, name);
    expect(&join->index, key.hash);
    return key;
}

int join_denied(struct join *join, int64_t time_ns, struct octets server, struct octets qname, struct key name,
                struct octets soa, uint32_t ttl_s, int covers) {
    struct entry *entry = zone_of(join, soa, 1);
    if (!entry)
        return 0;
    set_address(&entry->value.zone.server, server);
    entry->value.zone.ttl_s = ttl_s;
    entry->value.zone.told = 1;
    if (!covers)
        return 1;
    struct heard made = {.first_ns = time_ns, .last_ns = time_ns, .until_ns = time_ns + ttl_s * SECOND_NS};
    set_address(&made.server, server);
    return add_denial(join, &made, name, soa, qname);
}

/* A question, folded, by that and by its name. */
struct asking {
    struct key name, question;
    uint8_t octets[KEY_MAX];
};

static void set_asking(const struct join *join, struct octets folded, unsigned qtype, unsigned qclass,
                       struct asking *asking) {
    uint8_t *octets = asking->octets;
    memcpy(octets, folded.data, folded.size);
    octets[folded.size] = (uint8_t)(qtype >> 8);
    octets[folded.size + 1] = (uint8_t)qtype;
    octets[folded.size + 2] = (uint8_t)(qclass >> 8);
    octets[folded.size + 3] = (uint8_t)qclass;
    asking->name = key_in(&join->index, (struct octets){octets, folded.size});
    asking->question = (struct key){{octets, folded.size + 4},
                                    hash_of_question(&join->index, asking->name.hash, qtype, qclass)};
}

static int is_repeated(struct join *join, int64_t time_ns, struct key asked) {
    const struct entry *before = get_recent(&join->asked, asked);
    if (!before)
        return 0;
    int64_t apart_ns = time_ns - before->value.period.time_ns;
    return (apart_ns < 0 ? -apart_ns : apart_ns) < before->value.period.long_ns;
}

int join_is_repeated(struct join *join, int64_t time_ns, struct octets folded, unsigned qtype, unsigned qclass) {
    struct asking asking;
    set_asking(join, folded, qtype, qclass, &asking);
    return is_repeated(join, time_ns, asking.question);
}

static struct octets folded_soa(const struct answer *answer, uint8_t lower[NAME_MAX_OCTETS]) {
    if (is_end(answer->soa, answer->qname))
        return end_of(answer->folded, answer->soa.size);
    return fold(answer->soa, lower);
}

/* Puts a question out, and in the negative cache. */
static enum join_said give(struct join *join, struct key asked, struct entry *zone, const struct question *question) {
    const struct answer *answer = question->answer;
    if (!zone->value.zone.told && answer->ttl_s > zone->value.zone.ttl_s)
        zone->value.zone.ttl_s = answer->ttl_s;
    struct entry *entry = use_recent(&join->asked, asked);
    if (!entry)
        return JOIN_NO_MEMORY;
    entry->value.period.time_ns = answer->time_ns;
    entry->value.period.long_ns = zone->value.zone.ttl_s * SECOND_NS;
    join->questions++;
    return JOIN_QUESTION;
}

static int is_fresh(const struct join *join, const struct heard *heard, int64_t time_ns) {
    return heard->first_ns - join->numbers.slack_ns <= time_ns && time_ns <= heard->last_ns + join->numbers.fresh_ns;
}

/* A denial of this very name that can have caused the answer, the latest. */
static const struct heard *fresh_of(struct join *join, const struct answer *answer, struct key asked,
                                    struct octets soa) {
    struct key name = is_same(answer->name, asked.octets) ? asked : key_in(&join->index, answer->name);
    const struct entry *entry = get_recent(&join->denials, name);
    for (unsigned at = entry ? entry->value.denials.count : 0; at--;) {
        const struct heard *heard = heard_at(&join->denials, entry->value.denials.each[at]);
        if (is_fresh(join, heard, answer->time_ns) && is_same(soa_of(heard), soa))
            return heard;
    }
    return NULL;
}

/* A fresh denial of a name or of one above it in the zone; else `cached` may be one whose TTL is not over. */
static const struct heard *covering(struct join *join, int64_t time_ns, struct octets name, struct octets soa,
                                    const struct heard **cached) {
    const struct heard *older = NULL;
    for (;; name.size -= name.data[0] + 1u, name.data += name.data[0] + 1u) {
        const struct entry *entry = get_recent(&join->denials, key_in(&join->index, name));
        for (unsigned at = entry ? entry->value.denials.count : 0; at--;) {
            const struct heard *heard = heard_at(&join->denials, entry->value.denials.each[at]);
            if (!is_same(soa_of(heard), soa))
                continue;
            if (is_fresh(join, heard, time_ns))
                return heard;
            if (!older && heard->first_ns <= time_ns && time_ns < heard->until_ns)
                older = heard;
        }
        if (name.size <= soa.size)
            break;
    }
    if (!*cached)
        *cached = older;
    return NULL;
}

static struct answer *copied(const struct answer *answer) {
    const struct octets from[] = {answer->qname, answer->folded, answer->name, answer->soa};
    struct answer *copy = malloc(sizeof *copy + from[0].size + from[1].size + from[2].size + from[3].size);
    if (!copy)
        return NULL;
    *copy = *answer;
    copy->next = NULL;
    struct octets *to[] = {&copy->qname, &copy->folded, &copy->name, &copy->soa};
    uint8_t *at = (uint8_t *)(copy + 1);
    for (int part = 0; part < 4; at += from[part++].size) {
        memcpy(at, from[part].data, from[part].size);
        to[part]->data = at;
    }
    return copy;
}

enum join_said join_answered(struct join *join, const struct answer *answer, struct question *question) {
    uint8_t lower[NAME_MAX_OCTETS];
    struct asking asking;
    set_asking(join, answer->folded, answer->qtype, answer->qclass, &asking);
    struct octets soa = folded_soa(answer, lower);
    if (is_repeated(join, answer->time_ns, asking.question)) {
        join->repeated++;
        return JOIN_NOTHING;
    }
    /* What was denied by this very name, and just now, can't find a closer denial by waiting. */
    const struct heard *heard = fresh_of(join, answer, asking.name, soa);
    struct entry *zone = heard ? zone_of(join, soa, 0) : NULL;
    if (zone) {
        *question = (struct question){answer, octets_of(&heard->server), qname_of(heard), BY_AUTHORITY};
        return give(join, asking.question, zone, question);
    }
    struct answer *copy = copied(answer);
    if (!copy)
        return JOIN_NO_MEMORY;
    *(join->first ? join->last : &join->first) = copy;
    join->last = &copy->next;
    join->held++;
    return JOIN_WAITS;
}

static struct answer *take_first(struct join *join) {
    struct answer *answer = join->first;
    join->first = answer->next;
    join->held--;
    return answer;
}

struct answer *join_due(struct join *join, int64_t now_ns) {
    const struct answer *answer = join->first;
    if (!answer || (join->heard_ns - answer->time_ns < join->numbers.hold_ns &&
                    now_ns - answer->came_ns < join->numbers.patience_ns))
        return NULL;
    return take_first(join);
}

struct answer *join_too_many(struct join *join) {
    if (join->held <= join->numbers.held_max)
        return NULL;
    join->hurried++;
    return take_first(join);
}

struct answer *join_finish(struct join *join) { return join->first ? take_first(join) : NULL; }

static int is_local(const struct join *join, struct octets soa) {
    for (size_t at = 0; at < join->locals; at++)
        if (is_within(soa, join->local[at]))
            return 1;
    return 0;
}

enum join_said join_judge(struct join *join, const struct answer *answer, struct question *question) {
    uint8_t lower[NAME_MAX_OCTETS];
    struct octets soa = folded_soa(answer, lower);
    struct asking asking;
    set_asking(join, answer->folded, answer->qtype, answer->qclass, &asking);
    struct entry *zone = zone_of(join, soa, 0);
    if (!zone) {
        if (!join->local || is_local(join, soa)) {
            join->locally++;
            return JOIN_NOTHING;
        }
        if (!(zone = zone_of(join, soa, 1)))
            return JOIN_NO_MEMORY;
    }
    if (is_repeated(join, answer->time_ns, asking.question)) {
        join->repeated++;
        return JOIN_NOTHING;
    }
    /* The end of the aliases, or else the name that was asked for. */
    const struct heard *fresh = NULL, *cached = NULL;
    if (is_within(answer->name, soa))
        fresh = covering(join, answer->time_ns, answer->name, soa, &cached);
    if (!fresh && !is_same(answer->folded, answer->name) && is_within(answer->folded, soa))
        fresh = covering(join, answer->time_ns, answer->folded, soa, &cached);
    *question = (struct question){answer, octets_of(&zone->value.zone.server), {NULL, 0}, BY_PROOF};
    if (fresh)
        *question = (struct question){answer, octets_of(&fresh->server), qname_of(fresh), BY_AUTHORITY};
    else if (cached)
        *question = (struct question){answer, question->server, qname_of(cached), BY_CACHE};
    return give(join, asking.question, zone, question);
}

void free_join(struct join *join) {
    while (join->first)
        free(take_first(join));
    free_recent(&join->zones);
    free_recent(&join->denials);
    free_recent(&join->asked);
    free_index(&join->index);
}
