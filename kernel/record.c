/* Records as msgpack maps: keys in the order of the models, those that may be left out at the end. */

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "putting.h"

/* Places of keys that come later, in the tables. */
enum { ERROR_KEYS = 16, ERROR_ZONE = 16, NXDOMAIN_KEYS = 7, NXDOMAIN_ZONE = 7, NXDOMAIN_DENIED = 10, NXDOMAIN_BY };

enum { ROOM = 1024 }; /* octets of the first piece of memory: that of the few records of a small batch */

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
    put(to, place, sizeof place);
}

/* Text of a name in uncompressed wire form: see schemas/names.py. */
static void put_name(struct growing *to, struct octets name) {
    char text[4 * NAME_MAX_OCTETS], *at = text;
    for (size_t from = 0; name.data[from]; from += name.data[from] + 1u) {
        for (unsigned left = name.data[from], next = 1; left; left--, next++) {
            unsigned octet = name.data[from + next];
            if (octet == '.' || octet == '\\') {
                *at++ = '\\';
                *at++ = (char)octet;
            } else if (octet > 0x20 && octet < 0x7f) {
                *at++ = (char)octet;
            } else {
                *at++ = '\\';
                *at++ = (char)('0' + octet / 100);
                *at++ = (char)('0' + octet / 10 % 10);
                *at++ = (char)('0' + octet % 10);
            }
        }
        *at++ = '.';
    }
    if (at == text)
        *at++ = '.';
    put_text(to, text, (size_t)(at - text));
}

static char *put_decimal(char *at, unsigned octet) {
    if (octet >= 100)
        *at++ = (char)('0' + octet / 100);
    if (octet >= 10)
        *at++ = (char)('0' + octet / 10 % 10);
    *at++ = (char)('0' + octet % 10);
    return at;
}

static void put_ipv4(struct growing *to, const uint8_t *data) {
    char text[INET_ADDRSTRLEN], *at = text;
    for (unsigned place = 0; place < 4; place++) {
        at = put_decimal(at, data[place]);
        *at++ = '.';
    }
    put_text(to, text, (size_t)(at - 1 - text));
}

/* Text of an address of 4 or 16 octets: RFC 5952, an IPv4-mapped one as the IPv4 host that it is. */
static void put_address(struct growing *to, struct octets address) {
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    if (address.size == 4) {
        put_ipv4(to, address.data);
        return;
    }
    if (!memcmp(address.data, mapped, sizeof mapped)) {
        put_ipv4(to, address.data + sizeof mapped);
        return;
    }
    char text[INET6_ADDRSTRLEN];
    if (inet_ntop(AF_INET6, address.data, text, sizeof text))
        put_text(to, text, strlen(text));
    else
        to->failed = 1;
}

static int is_told(struct octets address) {
    static const uint8_t nobody[16];
    return address.data && memcmp(address.data, nobody, address.size) != 0;
}

static void put_key(struct growing *to, struct octets key) { put(to, key.data, key.size); }

static void put_map_header(struct growing *to, unsigned count) {
    if (count < 16)
        put_octet(to, 0x80 | count);
    else
        put_big_endian(to, 0xde, count, 2);
}

/* What is told of a frame besides, and how many keys that is. */
static unsigned count_told(const struct tables *tables, const struct frame *frame) {
    return (frame->zone.data != NULL) + ((frame->marks & tables->minimised) != 0) +
           ((frame->marks & tables->forwarder) != 0u);
}

static void put_told(struct growing *to, const struct octets *keys, const struct tables *tables,
                     const struct frame *frame) {
    if (frame->zone.data) {
        put_key(to, keys[0]);
        put_name(to, frame->zone);
    }
    if (frame->marks & tables->minimised) {
        put_key(to, keys[1]);
        put_octet(to, 0xc3);
    }
    if (frame->marks & tables->forwarder) {
        put_key(to, keys[2]);
        put_octet(to, 0xc3);
    }
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

/* A record is whole: note where it ends, and its time. */
static void end_record(struct topic *topic, uint64_t time_ns) {
    uint32_t end = (uint32_t)topic->records.size;
    put(&topic->ends, &end, sizeof end);
    put(&topic->times, &time_ns, sizeof time_ns);
    topic->count++;
}

void put_error(struct results *results, const struct tables *tables, const struct frame *frame,
               struct octets sensor, const struct asked *asked, unsigned rcode, int told) {
    struct topic *topic = choose(results, tables->error_topics[rcode]);
    struct growing *to = &topic->records;
    const struct octets *key = tables->error_keys;
    const uint8_t *response = frame->response.data;
    put_map_header(to, ERROR_KEYS + (told ? count_told(tables, frame) : 0));
    put_key(to, *key++), put_number(to, frame->time_ns);
    put_key(to, *key++), put_text(to, sensor.data, sensor.size);
    put_key(to, *key++), put_number(to, frame->type);
    put_key(to, *key++), put_address(to, frame->response_ip);
    put_key(to, *key++), put_number(to, frame->response_port);
    put_key(to, *key++), put_number(to, frame->proto);
    put_key(to, *key++);
    if (is_told(frame->query_ip))
        put_address(to, frame->query_ip);
    else
        put_nil(to);
    put_key(to, *key++);
    if (frame->query_port)
        put_number(to, frame->query_port);
    else
        put_nil(to);
    put_key(to, *key++), put_number(to, (unsigned)response[0] << 8 | response[1]);
    put_key(to, *key++), put_number(to, response[2] >> 3 & 0x0f);
    put_key(to, *key++);
    if (asked)
        put_name(to, asked->name);
    else
        put_nil(to);
    put_key(to, *key++);
    if (asked)
        put_number(to, asked->qclass);
    else
        put_nil(to);
    put_key(to, *key++);
    if (asked)
        put_number(to, asked->qtype);
    else
        put_nil(to);
    put_key(to, *key++), put_number(to, rcode);
    put_key(to, *key++), put_octets(to, frame->query);
    put_key(to, *key++), put_octets(to, frame->response);
    if (told)
        put_told(to, tables->error_keys + ERROR_ZONE, tables, frame);
    end_record(topic, frame->time_ns);
}

static void put_asked(struct growing *to, const struct octets *key, struct octets name, unsigned qclass,
                      unsigned qtype) {
    put_key(to, *key++), put_name(to, name);
    put_key(to, *key++), put_number(to, qclass);
    put_key(to, *key++), put_number(to, qtype);
}

void put_nxdomain(struct results *results, const struct tables *tables, const struct frame *frame,
                  struct octets sensor, const struct asked *asked, struct octets soa, int told) {
    struct topic *topic = choose(results, tables->nxdomain_topics[asked->qtype]);
    struct growing *to = &topic->records;
    const struct octets *key = tables->nxdomain_keys;
    put_map_header(to, NXDOMAIN_KEYS + (told ? count_told(tables, frame) : 0));
    put_asked(to, key, asked->name, asked->qclass, asked->qtype);
    put_key(to, key[3]), put_address(to, frame->response_ip);
    put_key(to, key[4]);
    if (soa.data)
        put_name(to, soa);
    else
        put_nil(to);
    put_key(to, key[5]), put_number(to, frame->time_ns);
    put_key(to, key[6]), put_text(to, sensor.data, sensor.size);
    if (told)
        put_told(to, key + NXDOMAIN_ZONE, tables, frame);
    end_record(topic, frame->time_ns);
}

void put_question(struct results *results, const struct tables *tables, const struct frame *frame,
                  struct octets sensor) {
    struct topic *topic = choose(results, tables->nxdomain_topics[frame->qtype]);
    struct growing *to = &topic->records;
    const struct octets *key = tables->nxdomain_keys;
    static const uint8_t unknown[16];
    struct octets nobody = {unknown, sizeof unknown};
    put_map_header(to, NXDOMAIN_KEYS + 2 + (frame->denied.data != NULL));
    put_asked(to, key, frame->qname, frame->qclass, frame->qtype);
    put_key(to, key[3]), put_address(to, frame->response_ip.data ? frame->response_ip : nobody);
    put_key(to, key[4]), put_name(to, frame->zone);
    put_key(to, key[5]), put_number(to, frame->time_ns);
    put_key(to, key[6]), put_text(to, sensor.data, sensor.size);
    put_key(to, key[NXDOMAIN_ZONE]), put_name(to, frame->zone);
    if (frame->denied.data)
        put_key(to, key[NXDOMAIN_DENIED]), put_name(to, frame->denied);
    put_key(to, key[NXDOMAIN_BY]), put(to, tables->by[frame->by].data, tables->by[frame->by].size);
    end_record(topic, frame->time_ns);
}
