/* What the kernel's files share: octets that can't be read past their end, frames, and records going out.

   Nothing here knows a key, a mnemonic or a limit of the contract: `struct tables` brings them from the models. */

#ifndef NXCAST_KERNEL_H
#define NXCAST_KERNEL_H

#include <stddef.h>
#include <stdint.h>

/* Octets that somebody else owns; what is read is taken off the front. */
struct octets {
    const uint8_t *data; /* NULL: nil */
    size_t size;
};

/* Octets being made; `failed` where there was no memory. Between two batches `kept` is the room that it has. */
struct growing {
    uint8_t *data;
    size_t size, room, kept;
    int failed;
};

enum { NAME_MAX_OCTETS = 255, TOPICS_MAX = 256, KEYS_MAX = 32, KEY_ROOM = 16 };

/* What the models say; each key is packed already, and KEY_ROOM octets of it can be read. The order of keys is that of
   `record.c`. */
struct tables {
    struct octets error_keys[KEYS_MAX], nxdomain_keys[KEYS_MAX], by[3];
    uint8_t keys[2 * KEYS_MAX][KEY_ROOM]; /* where those stand */
    size_t keys_room;                     /* octets that all of them take */
    const uint8_t *error_topics;    /* by RCODE, 4,096 of them */
    const uint8_t *nxdomain_topics; /* by type, 65,536 of them */
    const uint8_t *kinds, *protos;  /* by number, 256 each: whether it is one */
    unsigned response_min, message_max, name_max, label_max;
    unsigned unsolicited, question, minimised, forwarder;
    unsigned odd_max, odd_size_max, nested_max; /* frames, octets of one, items of an array or map in it */
};

struct frame {
    uint64_t time_ns;
    unsigned type, response_port, proto, query_port, marks, by;
    struct octets response_ip, query_ip, query, response, zone;
    struct octets qname, denied; /* of a question */
    unsigned qtype, qclass;
};

/* A question found in a message: its name in place, uncompressed, and the offset after type and class. */
struct asked {
    struct octets name;
    unsigned qtype, qclass;
    size_t end;
};

/* Records of one topic: msgpack maps behind one another, where each ends, and its time. */
struct topic {
    struct growing records, ends, times;
    unsigned count;
    int chosen; /* whether it is among those of `results` */
};

/* What a batch gives. All but `chosen` is empty between two batches: memory is kept, and only that is cleared. */
struct results {
    struct topic topics[TOPICS_MAX];
    uint8_t chosen[TOPICS_MAX]; /* numbers of topics that have got something, in the order of that */
    unsigned chosen_count;
    size_t kept; /* octets of room in all */
    struct growing odd; /* places of frames that are odd: from and to, octets, 4 octets each */
    /* Where, in the payload, servers stand that answered with RCODE 0 or 3, and the zones: 4 octets each. */
    struct growing good, denied;
};

/* Where the frames of a batch ended. */
struct counts {
    unsigned noerror, errors, questions, unsolicited, mismatched, forwarder, nxdomains;
    unsigned top_denials, top_denials_cut;
};

enum { ACCEPT_UNSOLICITED = 1, ACCEPT_FORWARDERS = 2, ASKS = 4, OLDER = 8, SERVED = 16 };

static inline uint32_t u32_at(const uint8_t *at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* frame.c: `take` gives NULL where there are fewer, the others 0 where it is something else. */
const uint8_t *take(struct octets *from, size_t count);
int read_number(struct octets *from, uint64_t most, uint64_t *value);
int read_octets(struct octets *from, struct octets *value);

/* One frame of a batch; 0 where it is not of the plainest valid form. */
int read_array_header(struct octets *from, unsigned *count);
int read_frame(struct octets *from, const struct tables *tables, int older, struct frame *frame);
int skip_item(struct octets *from, unsigned nested_max);

/* message.c: 0 or NULL where there is none or it can't be read. */
unsigned full_rcode(struct octets message, unsigned label_max);
int question_of(struct octets message, unsigned label_max, struct asked *asked);
int same_question(struct octets query, struct octets response, size_t end);
int is_name(struct octets wire, unsigned label_max);
int is_within(struct octets name, struct octets zone);
struct octets fold(struct octets name, uint8_t folded[NAME_MAX_OCTETS]);
/* What of a name is its end, by where that stands; of what is the same as the name, such as the name folded. */
static inline int is_end(struct octets end, struct octets name) {
    return end.size <= name.size && end.data == name.data + (name.size - end.size);
}

static inline struct octets end_of(struct octets name, size_t size) {
    return (struct octets){name.data + (name.size - size), size};
}

int soa_owner(struct octets message, size_t answers, unsigned label_max, uint8_t owner[NAME_MAX_OCTETS],
              size_t *size);
/* Of so many records from this offset on, where the first SOA begins; and where its TYPE stands, after its owner. */
size_t find_soa(struct octets message, size_t at, unsigned count, unsigned label_max, size_t *fields);
/* Whether a pointer there leads to a label of a name in the message, and what of the name that is. */
int points_at_end(struct octets message, size_t at, struct octets name, struct octets *end);
int uncompress(struct octets message, size_t at, unsigned label_max, uint8_t name[NAME_MAX_OCTETS], size_t *size);

/* dnstap.c: what a payload is, and what is in it. */
enum dnstap_kind { DNSTAP_FRAME, DNSTAP_DENIAL, DNSTAP_ANSWER, DNSTAP_ODD, DNSTAP_OTHER, DNSTAP_SKIPPED };
enum { DNSTAP_FORWARDERS = 1, DNSTAP_CLIENTS = 2 };
enum { DNSTAP_TYPES = 15 }; /* of Message, 1 to 14 */

struct dnstap_numbers {
    unsigned response_min, message_max, name_max, label_max, records_max, ttl_max_s, forwarder, minimised;
};

struct dnstap {
    uint64_t time_ns;
    unsigned type, port, over_tcp, marks;
    struct octets response, query, zone, address;
    struct asked asked; /* of a DENIAL or ANSWER, as are the next */
    struct octets soa;  /* of the name where it is an end of that, else it is uncompressed: */
    uint8_t uncompressed[NAME_MAX_OCTETS];
    uint32_t ttl_s;
    int covers; /* whether the name is within the SOA's zone; of a DENIAL alone */
};

enum dnstap_kind look_at_dnstap(struct octets payload, int options, const struct dnstap_numbers *numbers,
                                struct dnstap *found);

/* record.c */
int grow(struct growing *to, size_t more);
void put_place(struct growing *to, uint32_t start, uint32_t end);
int results_failed(const struct results *results);
void clear_results(struct results *results, size_t kept_max);
void put_error(struct results *results, const struct tables *tables, const struct frame *frame,
               struct octets sensor, const struct asked *asked, unsigned rcode, int told);
void put_nxdomain(struct results *results, const struct tables *tables, const struct frame *frame,
                  struct octets sensor, const struct asked *asked, struct octets soa, int told);
void put_question(struct results *results, const struct tables *tables, const struct frame *frame,
                  struct octets sensor);

/* derive.c: 0 where the payload is for Python as a whole; then what is in `results` is to be thrown away. Of
   frames that are odd nothing but their places is told. */
int derive(struct octets payload, unsigned count, struct octets sensor, int options,
           const struct tables *tables, struct results *results, struct counts *counts);

#endif
