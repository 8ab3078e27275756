/* Records as msgpack maps: keys in the order of the models, those that may be left out at the end. */

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "putting.h"

/* Places of keys that come later, in the tables. */
enum { ERROR_KEYS = 16, ERROR_ZONE = 16, NXDOMAIN_KEYS = 7, NXDOMAIN_ZONE = 7, NXDOMAIN_DENIED = 10, NXDOMAIN_BY };

/* Octets: the first piece of memory, the text of a name, and the most that a record has beside keys, its sensor's name
   and messages: twelve numbers, two addresses and four names. */
enum { ROOM = 1024, NAME_ROOM = SIZE_ROOM + 4 * NAME_MAX_OCTETS };
enum { RECORD_ROOM = 12 * NUMBER_ROOM + 2 * (SIZE_ROOM + INET6_ADDRSTRLEN) + 4 * NAME_ROOM + 3 * SIZE_ROOM + SLACK };

int grow(struct growing *to, size_t more) {
    size_t room = to->room ? to->room : ROOM;
    while (room - to->size < more)
        room *= 2;
    uint8_t *data = realloc(to->data, room);
    if (!data) {
        to->failed = 1;
        return 0;
    }
    to->data = data;
    to->room = room;
    return 1;
}

/* From and to of something, in octets. */
void put_place(struct growing *to, uint32_t start, uint32_t end) {
    uint32_t place[2] = {start, end};
    add(to, place, sizeof place);
}

/* Text of a name of which an octet has to be escaped. */
static uint8_t *put_escaped(uint8_t *to, struct octets name) {
    uint8_t text[4 * NAME_MAX_OCTETS], *at = text;
    for (size_t from = 0; name.data[from]; from += name.data[from] + 1u) {
        for (unsigned left = name.data[from], next = 1; left; left--, next++) {
            unsigned octet = name.data[from + next];
            if (octet == '.' || octet == '\\') {
                *at++ = '\\';
                *at++ = (uint8_t)octet;
            } else if (octet > 0x20 && octet < 0x7f) {
                *at++ = (uint8_t)octet;
            } else {
                *at++ = '\\';
                *at++ = (uint8_t)('0' + octet / 100);
                *at++ = (uint8_t)('0' + octet / 10 % 10);
                *at++ = (uint8_t)('0' + octet % 10);
            }
        }
        *at++ = '.';
    }
    return put_text(to, (struct octets){text, (size_t)(at - text)});
}

/* Text of a name in uncompressed wire form: see schemas/names.py. */
static uint8_t *put_name(uint8_t *to, struct octets name) {
    const uint8_t *from = name.data;
    if (!*from)
        return put_octet(put_text_size(to, 1), '.');
    uint8_t *at = put_text_size(to, name.size - 1); /* each size becomes a dot, but for that of the root */
    while (*from) {
        for (unsigned left = *from++; left; left--) {
            unsigned octet = *from++;
            if (octet <= 0x20 || octet >= 0x7f || octet == '.' || octet == '\\')
                return put_escaped(to, name);
            *at++ = (uint8_t)octet;
        }
        *at++ = '.';
    }
    return at;
}

static uint8_t *put_decimal(uint8_t *at, unsigned octet) {
    if (octet >= 100)
        *at++ = (uint8_t)('0' + octet / 100);
    if (octet >= 10)
        *at++ = (uint8_t)('0' + octet / 10 % 10);
    *at++ = (uint8_t)('0' + octet % 10);
    return at;
}

static uint8_t *put_ipv4(uint8_t *to, const uint8_t *data) {
    uint8_t *at = to + 1; /* with at most 15 octets its size takes one */
    for (unsigned place = 0; place < 4; place++) {
        at = put_decimal(at, data[place]);
        *at++ = '.';
    }
    put_text_size(to, (size_t)(at - to - 2));
    return at - 1;
}

/* Text of an address of 4 or 16 octets: RFC 5952, an IPv4-mapped one as the IPv4 host that it is. */
static uint8_t *put_address(uint8_t *at, struct octets address) {
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    if (address.size == 4)
        return put_ipv4(at, address.data);
    if (!memcmp(address.data, mapped, sizeof mapped))
        return put_ipv4(at, address.data + sizeof mapped);
    char text[INET6_ADDRSTRLEN];
    inet_ntop(AF_INET6, address.data, text, sizeof text); /* there is room for any */
    return put_text(at, (struct octets){(const uint8_t *)text, strlen(text)});
}

static int is_told(struct octets address) {
    static const uint8_t nobody[16];
    return address.data && memcmp(address.data, nobody, address.size) != 0;
}

/* So many octets are copied always: that calls nobody. */
static inline uint8_t *put_key(uint8_t *at, struct octets key) {
    memcpy(at, key.data, KEY_ROOM);
    return at + key.size;
}

static uint8_t *put_map_header(uint8_t *at, unsigned count) {
    return count < 16 ? put_octet(at, 0x80 | count) : put_big_endian(at, 0xde, count, 2);
}

/* What is told of a frame besides, and how many keys that is. */
static unsigned count_told(const struct tables *tables, const struct frame *frame) {
    return (frame->zone.data != NULL) + ((frame->marks & tables->minimised) != 0) +
           ((frame->marks & tables->forwarder) != 0u);
}

static uint8_t *put_told(uint8_t *at, const struct octets *keys, const struct tables *tables,
                         const struct frame *frame) {
    if (frame->zone.data)
        at = put_name(put_key(at, keys[0]), frame->zone);
    if (frame->marks & tables->minimised)
        at = put_octet(put_key(at, keys[1]), 0xc3);
    if (frame->marks & tables->forwarder)
        at = put_octet(put_key(at, keys[2]), 0xc3);
    return at;
}

static struct topic *choose(struct results *results, unsigned number) {
    struct topic *topic = &results->topics[number];
    if (!topic->chosen) {
        topic->chosen = 1;
        results->chosen[results->chosen_count++] = (uint8_t)number;
    }
    return topic;
}

int results_failed(const struct results *results) {
    int failed = results->odd.failed | results->good.failed | results->denied.failed;
    for (unsigned at = 0; at < results->chosen_count; at++) {
        const struct topic *topic = &results->topics[results->chosen[at]];
        failed |= topic->records.failed | topic->ends.failed | topic->times.failed;
    }
    return failed;
}

static void clear(struct growing *made, size_t *kept, size_t kept_max) {
    made->size = 0;
    made->failed = 0;
    *kept -= made->kept;
    if (*kept + made->room > kept_max) {
        free(made->data);
        made->data = NULL;
        made->room = 0;
    }
    made->kept = made->room;
    *kept += made->kept;
}

/* Empty again; of all memory so many octets at most are kept for the next batch. */
void clear_results(struct results *results, size_t kept_max) {
    for (unsigned at = 0; at < results->chosen_count; at++) {
        struct topic *topic = &results->topics[results->chosen[at]];
        clear(&topic->records, &results->kept, kept_max);
        clear(&topic->ends, &results->kept, kept_max);
        clear(&topic->times, &results->kept, kept_max);
        topic->count = 0;
        topic->chosen = 0;
    }
    results->chosen_count = 0;
    clear(&results->odd, &results->kept, kept_max);
    clear(&results->good, &results->kept, kept_max);
    clear(&results->denied, &results->kept, kept_max);
}

/* Where a record of a topic is written, with so many octets of messages and of its sensor's name. */
static uint8_t *begin_record(struct topic *topic, const struct tables *tables, size_t octets) {
    return room_for(&topic->records, RECORD_ROOM + tables->keys_room + octets);
}

/* A record is whole: note where it ends, and its time. */
static void end_record(struct topic *topic, const uint8_t *at, uint64_t time_ns) {
    uint32_t end = (uint32_t)(at - topic->records.data);
    topic->records.size = end;
    add(&topic->ends, &end, sizeof end);
    add(&topic->times, &time_ns, sizeof time_ns);
    topic->count++;
}

static uint8_t *put_number_or_nil(uint8_t *at, int is_there, unsigned number) {
    return is_there ? put_number(at, number) : put_nil(at);
}

void put_error(struct results *results, const struct tables *tables, const struct frame *frame,
               struct octets sensor, const struct asked *asked, unsigned rcode, int told) {
    struct topic *topic = choose(results, tables->error_topics[rcode]);
    const struct octets *key = tables->error_keys;
    const uint8_t *response = frame->response.data;
    uint8_t *at = begin_record(topic, tables, sensor.size + frame->query.size + frame->response.size);
    if (!at)
        return;
    at = put_map_header(at, ERROR_KEYS + (told ? count_told(tables, frame) : 0));
    at = put_number(put_key(at, key[0]), frame->time_ns);
    at = put_text(put_key(at, key[1]), sensor);
    at = put_number(put_key(at, key[2]), frame->type);
    at = put_address(put_key(at, key[3]), frame->response_ip);
    at = put_number(put_key(at, key[4]), frame->response_port);
    at = put_number(put_key(at, key[5]), frame->proto);
    at = put_key(at, key[6]);
    at = is_told(frame->query_ip) ? put_address(at, frame->query_ip) : put_nil(at);
    at = put_number_or_nil(put_key(at, key[7]), frame->query_port != 0, frame->query_port);
    at = put_number(put_key(at, key[8]), (unsigned)response[0] << 8 | response[1]);
    at = put_number(put_key(at, key[9]), response[2] >> 3 & 0x0f);
    at = put_key(at, key[10]);
    at = asked ? put_name(at, asked->name) : put_nil(at);
    at = put_number_or_nil(put_key(at, key[11]), asked != NULL, asked ? asked->qclass : 0);
    at = put_number_or_nil(put_key(at, key[12]), asked != NULL, asked ? asked->qtype : 0);
    at = put_number(put_key(at, key[13]), rcode);
    at = put_octets(put_key(at, key[14]), frame->query);
    at = put_octets(put_key(at, key[15]), frame->response);
    if (told)
        at = put_told(at, key + ERROR_ZONE, tables, frame);
    end_record(topic, at, frame->time_ns);
}

static uint8_t *put_asked(uint8_t *at, const struct octets *key, struct octets name, unsigned qclass, unsigned qtype) {
    at = put_name(put_key(at, key[0]), name);
    at = put_number(put_key(at, key[1]), qclass);
    return put_number(put_key(at, key[2]), qtype);
}

void put_nxdomain(struct results *results, const struct tables *tables, const struct frame *frame,
                  struct octets sensor, const struct asked *asked, struct octets soa, int told) {
    struct topic *topic = choose(results, tables->nxdomain_topics[asked->qtype]);
    const struct octets *key = tables->nxdomain_keys;
    uint8_t *at = begin_record(topic, tables, sensor.size);
    if (!at)
        return;
    at = put_map_header(at, NXDOMAIN_KEYS + (told ? count_told(tables, frame) : 0));
    at = put_asked(at, key, asked->name, asked->qclass, asked->qtype);
    at = put_address(put_key(at, key[3]), frame->response_ip);
    at = put_key(at, key[4]);
    at = soa.data ? put_name(at, soa) : put_nil(at);
    at = put_number(put_key(at, key[5]), frame->time_ns);
    at = put_text(put_key(at, key[6]), sensor);
    if (told)
        at = put_told(at, key + NXDOMAIN_ZONE, tables, frame);
    end_record(topic, at, frame->time_ns);
}

void put_question(struct results *results, const struct tables *tables, const struct frame *frame,
                  struct octets sensor) {
    struct topic *topic = choose(results, tables->nxdomain_topics[frame->qtype]);
    const struct octets *key = tables->nxdomain_keys;
    static const uint8_t unknown[16];
    struct octets nobody = {unknown, sizeof unknown};
    uint8_t *at = begin_record(topic, tables, sensor.size);
    if (!at)
        return;
    at = put_map_header(at, NXDOMAIN_KEYS + 2 + (frame->denied.data != NULL));
    at = put_asked(at, key, frame->qname, frame->qclass, frame->qtype);
    at = put_address(put_key(at, key[3]), frame->response_ip.data ? frame->response_ip : nobody);
    at = put_name(put_key(at, key[4]), frame->zone);
    at = put_number(put_key(at, key[5]), frame->time_ns);
    at = put_text(put_key(at, key[6]), sensor);
    at = put_name(put_key(at, key[NXDOMAIN_ZONE]), frame->zone);
    if (frame->denied.data)
        at = put_name(put_key(at, key[NXDOMAIN_DENIED]), frame->denied);
    at = put(put_key(at, key[NXDOMAIN_BY]), tables->by[frame->by]);
    end_record(topic, at, frame->time_ns);
}
