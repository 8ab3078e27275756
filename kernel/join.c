/* See join.h. An answer's octets are copied where it waits, and nothing else of a payload outlasts a call. */

#include <stdlib.h>
#include <string.h>

#include "join.h"

static const int64_t SECOND_NS = 1000000000;

static void set_address(struct address *to, struct octets from) {
    to->size = (uint8_t)from.size;
    if (from.size)
        memcpy(to->octets, from.data, from.size);
}

static struct octets octets_of(const struct address *address) {
    struct octets octets = {address->size ? address->octets : NULL, address->size};
    return octets;
}

static int is_same(struct octets one, struct octets other) {
    return one.size == other.size && (!one.size || !memcmp(one.data, other.data, one.size));
}

void join_heard(struct join *join, int64_t time_ns, struct octets server, struct octets zone) {
    uint8_t lower[NAME_MAX_OCTETS];
    join->heard_ns = time_ns;
    if (!zone.size || zone.size > NAME_MAX_OCTETS)
        return;
    struct octets folded = fold(zone, lower);
    struct entry *entry = use_recent(&join->zones, folded);
    if (entry)
        set_address(&entry->value.zone.server, server);
}

static struct heard *make_heard(int64_t time_ns, struct octets server, struct octets qname, struct octets soa,
                                uint32_t ttl_s) {
    struct heard *heard = malloc(sizeof *heard + soa.size + qname.size);
    if (!heard)
        return NULL;
    heard->first_ns = heard->last_ns = time_ns;
    heard->until_ns = time_ns + ttl_s * SECOND_NS;
    set_address(&heard->server, server);
    heard->soa_size = (uint8_t)soa.size;
    heard->qname_size = (uint8_t)qname.size;
    memcpy(heard->octets, soa.data, soa.size);
    memcpy(heard->octets + soa.size, qname.data, qname.size);
    return heard;
}

static struct octets soa_of(const struct heard *heard) {
    struct octets soa = {heard->octets, heard->soa_size};
    return soa;
}

static struct octets qname_of(const struct heard *heard) {
    struct octets qname = {heard->octets + heard->soa_size, heard->qname_size};
    return qname;
}

/* Takes one of a name's denials out. */
static void take_out(struct entry *entry, unsigned at) {
    free(entry->value.denials.each[at]);
    for (entry->value.denials.count--; at < entry->value.denials.count; at++)
        entry->value.denials.each[at] = entry->value.denials.each[at + 1];
}

static int add_denial(struct join *join, int64_t time_ns, struct octets name, struct heard *made) {
    struct entry *entry = use_recent(&join->denials, name);
    if (!entry)
        return 0;
    for (unsigned at = 0; at < entry->value.denials.count; at++) {
        const struct heard *each = entry->value.denials.each[at];
        if (each->first_ns - join->numbers.fresh_ns <= time_ns && time_ns <= each->last_ns + join->numbers.fresh_ns &&
            is_same(octets_of(&each->server), octets_of(&made->server)) && is_same(soa_of(each), soa_of(made))) {
            if (each->first_ns < made->first_ns)
                made->first_ns = each->first_ns;
            if (each->last_ns > made->last_ns)
                made->last_ns = each->last_ns;
            if (each->until_ns > made->until_ns)
                made->until_ns = each->until_ns;
            take_out(entry, at);
            break;
        }
    }
    if (entry->value.denials.count == join->numbers.times_max)
        take_out(entry, 0);
    entry->value.denials.each[entry->value.denials.count++] = made;
    return 1;
}

int join_denied(struct join *join, int64_t time_ns, struct octets server, struct octets qname, struct octets name,
                struct octets soa, uint32_t ttl_s, int covers) {
    struct entry *entry = use_recent(&join->zones, soa);
    if (!entry)
        return 0;
    set_address(&entry->value.zone.server, server);
    entry->value.zone.ttl_s = ttl_s;
    entry->value.zone.told = 1;
    if (!covers)
        return 1;
    struct heard *made = make_heard(time_ns, server, qname, soa, ttl_s);
    if (made && add_denial(join, time_ns, name, made))
        return 1;
    free(made);
    return 0;
}

static struct octets key_of(struct octets folded, unsigned qtype, unsigned qclass, uint8_t key[KEY_MAX]) {
    memcpy(key, folded.data, folded.size);
    key[folded.size] = (uint8_t)(qtype >> 8);
    key[folded.size + 1] = (uint8_t)qtype;
    key[folded.size + 2] = (uint8_t)(qclass >> 8);
    key[folded.size + 3] = (uint8_t)qclass;
    struct octets octets = {key, folded.size + 4};
    return octets;
}

int join_is_repeated(struct join *join, int64_t time_ns, struct octets folded, unsigned qtype, unsigned qclass) {
    uint8_t key[KEY_MAX];
    const struct entry *before = get_recent(&join->asked, key_of(folded, qtype, qclass, key));
    if (!before)
        return 0;
    int64_t apart_ns = time_ns - before->value.period.time_ns;
    return (apart_ns < 0 ? -apart_ns : apart_ns) < before->value.period.long_ns;
}

/* Puts a question out, and in the negative cache. */
static enum join_said give(struct join *join, const struct answer *answer, struct entry *zone, struct octets server,
                           struct octets denied, enum join_by by, struct question *question) {
    uint8_t key[KEY_MAX];
    if (!zone->value.zone.told && answer->ttl_s > zone->value.zone.ttl_s)
        zone->value.zone.ttl_s = answer->ttl_s;
    struct octets asked = key_of(answer->folded, answer->qtype, answer->qclass, key);
    struct entry *entry = use_recent(&join->asked, asked);
    if (!entry)
        return JOIN_NO_MEMORY;
    entry->value.period.time_ns = answer->time_ns;
    entry->value.period.long_ns = zone->value.zone.ttl_s * SECOND_NS;
    join->questions++;
    question->answer = answer;
    question->server = server;
    question->denied = denied;
    question->by = by;
    return JOIN_QUESTION;
}

static int is_fresh(const struct join *join, const struct heard *heard, int64_t time_ns) {
    return heard->first_ns - join->numbers.slack_ns <= time_ns && time_ns <= heard->last_ns + join->numbers.fresh_ns;
}

/* A denial of this very name that can have caused the answer, the latest. */
static const struct heard *fresh_of(struct join *join, const struct answer *answer, struct octets soa) {
    const struct entry *entry = get_recent(&join->denials, answer->name);
    for (unsigned at = entry ? entry->value.denials.count : 0; at--;) {
        const struct heard *heard = entry->value.denials.each[at];
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
        const struct entry *entry = get_recent(&join->denials, name);
        for (unsigned at = entry ? entry->value.denials.count : 0; at--;) {
            const struct heard *heard = entry->value.denials.each[at];
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
    if (join_is_repeated(join, answer->time_ns, answer->folded, answer->qtype, answer->qclass)) {
        join->repeated++;
        return JOIN_NOTHING;
    }
    struct octets soa = fold(answer->soa, lower);
    /* What was denied by this very name, and just now, can't find a closer denial by waiting. */
    const struct heard *heard = fresh_of(join, answer, soa);
    struct entry *zone = heard ? get_recent(&join->zones, soa) : NULL;
    if (zone)
        return give(join, answer, zone, octets_of(&heard->server), qname_of(heard), BY_AUTHORITY, question);
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
    const struct octets none = {NULL, 0};
    struct octets soa = fold(answer->soa, lower);
    struct entry *zone = get_recent(&join->zones, soa);
    if (!zone) {
        if (!join->local || is_local(join, soa)) {
            join->locally++;
            return JOIN_NOTHING;
        }
        if (!(zone = use_recent(&join->zones, soa)))
            return JOIN_NO_MEMORY;
    }
    if (join_is_repeated(join, answer->time_ns, answer->folded, answer->qtype, answer->qclass)) {
        join->repeated++;
        return JOIN_NOTHING;
    }
    /* The end of the aliases, or else the name that was asked for. */
    const struct heard *fresh = NULL, *cached = NULL;
    if (is_within(answer->name, soa))
        fresh = covering(join, answer->time_ns, answer->name, soa, &cached);
    if (!fresh && !is_same(answer->folded, answer->name) && is_within(answer->folded, soa))
        fresh = covering(join, answer->time_ns, answer->folded, soa, &cached);
    if (fresh)
        return give(join, answer, zone, octets_of(&fresh->server), qname_of(fresh), BY_AUTHORITY, question);
    if (cached)
        return give(join, answer, zone, octets_of(&zone->value.zone.server), qname_of(cached), BY_CACHE, question);
    return give(join, answer, zone, octets_of(&zone->value.zone.server), none, BY_PROOF, question);
}

void free_join(struct join *join) {
    while (join->first)
        free(take_first(join));
    free_recent(&join->zones);
    free_recent(&join->denials);
    free_recent(&join->asked);
}
