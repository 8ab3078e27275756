/* dnstap payloads in, frames out, as schemas/dnstap.py has it; and of NXDOMAIN what it denies, as
   producers/dnstap/denials.py has it. See producers/dnstap/payload_reading.py, its only user, for what it promises.
   Only what is whole, plain and right is taken here. All else is odd and Python's, which knows what is wrong. */

#include "kernel.h"

enum {
    HEADER_SIZE = 12, RECORD_SIZE = 10, TYPE_NS = 2, RCODE_NXDOMAIN = 3,
    FLAGS = 0xf8, RESPONSE = 0x80, RD = 0x01, /* QR and OPCODE, and RD, in octet 2: RFC 1035 section 4.1.1 */
    SOA_RDATA_MIN = 22
};

/* dnstap.proto: fields of Dnstap and of Message, types of Message. */
enum { IDENTITY = 1, VERSION, EXTRA, MESSAGE = 14, KIND };
enum {
    TYPE = 1, FAMILY, PROTOCOL, QUERY_ADDRESS, RESPONSE_ADDRESS, QUERY_PORT, RESPONSE_PORT, QUERY_SEC, QUERY_NSEC,
    QUERY_MESSAGE, QUERY_ZONE, RESPONSE_SEC, RESPONSE_NSEC, RESPONSE_MESSAGE, FIELDS = 16, HTTP_PROTOCOL = 16
};
enum { RESOLVER_RESPONSE = 4, CLIENT_RESPONSE = 6, FORWARDER_RESPONSE = 8 };
enum { VARINT = 0, LENGTH = 2, FIXED32 = 5 };

static const uint64_t SECOND_NS = 1000000000, SECONDS_MAX = 18446744072; /* of 64 bits of nanoseconds */

/* A Message: numbers and octets by field, set only where it has them: clearing all took longer than reading. */
struct said {
    uint32_t given; /* bits by field */
    uint64_t numbers[FIELDS + 1];
    struct octets octets[FIELDS + 1];
};

/* What is absent is 0, as protobuf reads it. */
static uint64_t number_in(const struct said *said, unsigned field) {
    return said->given >> field & 1 ? said->numbers[field] : 0;
}

static struct octets octets_in(const struct said *said, unsigned field) {
    return said->given >> field & 1 ? said->octets[field] : (struct octets){NULL, 0};
}

/* Octets of a varint: 63 bits of a number; of a tag and of a length protobuf takes no more. */
enum { NUMBER_MAX = 9, TAG_MAX = 5, LENGTH_MAX = 5 };

static int read_varint(struct octets *from, unsigned octets_max, uint64_t *value) {
    *value = 0;
    for (unsigned shift = 0; from->size && shift < 7 * octets_max; shift += 7) {
        uint8_t octet = *from->data++;
        from->size--;
        *value |= (uint64_t)(octet & 0x7f) << shift;
        if (octet < 0x80)
            return 1;
    }
    return 0;
}

static int read_length(struct octets *from, struct octets *value) {
    uint64_t size;
    if (!read_varint(from, LENGTH_MAX, &size) || size > from->size)
        return 0;
    value->data = from->data;
    value->size = (size_t)size;
    from->data += size;
    from->size -= (size_t)size;
    return 1;
}

static int read_field(struct octets *from, unsigned number, unsigned form, struct said *said) {
    uint64_t *value = &said->numbers[number];
    said->given |= 1u << number;
    if (number == QUERY_NSEC || number == RESPONSE_NSEC) { /* little-endian */
        if (form != FIXED32 || from->size < 4)
            return 0;
        const uint8_t *at = from->data;
        *value = at[0] | (uint64_t)at[1] << 8 | (uint64_t)at[2] << 16 | (uint64_t)at[3] << 24;
        from->data += 4;
        from->size -= 4;
        return 1;
    }
    switch (number) {
    case QUERY_ADDRESS: case RESPONSE_ADDRESS: case QUERY_MESSAGE: case QUERY_ZONE: case RESPONSE_MESSAGE:
        return form == LENGTH && read_length(from, &said->octets[number]);
    case QUERY_SEC: case RESPONSE_SEC:
        return form == VARINT && read_varint(from, NUMBER_MAX, value) && *value <= SECONDS_MAX - 4;
    case QUERY_PORT: case RESPONSE_PORT:
        return form == VARINT && read_varint(from, NUMBER_MAX, value) && *value <= 0xffff;
    case TYPE:
        return form == VARINT && read_varint(from, NUMBER_MAX, value) && *value && *value < DNSTAP_TYPES;
    case FAMILY: case PROTOCOL: case HTTP_PROTOCOL:
        return form == VARINT && read_varint(from, NUMBER_MAX, value) && *value && *value < 8;
    }
    return 0;
}

static int read_message(struct octets from, struct said *said) {
    while (from.size) {
        uint64_t tag;
        if (!read_varint(&from, TAG_MAX, &tag) || tag >> 3 > FIELDS || !(tag >> 3) ||
            !read_field(&from, (unsigned)(tag >> 3), tag & 7, said))
            return 0;
    }
    return number_in(said, TYPE) != 0;
}

static int read_payload(struct octets from, struct said *said) {
    struct octets message = {NULL, 0}, other;
    uint64_t tag, kind = 0;
    while (from.size) {
        if (!read_varint(&from, TAG_MAX, &tag))
            return 0;
        if (tag == (KIND << 3 | VARINT)) {
            if (!read_varint(&from, NUMBER_MAX, &kind) || kind != 1)
                return 0;
        } else if (tag == (MESSAGE << 3 | LENGTH)) {
            if (message.data || !read_length(&from, &message)) /* two would be merged */
                return 0;
        } else if (tag != (IDENTITY << 3 | LENGTH) && tag != (VERSION << 3 | LENGTH) && tag != (EXTRA << 3 | LENGTH)) {
            return 0;
        } else if (!read_length(&from, &other)) {
            return 0;
        }
    }
    return kind && message.data && read_message(message, said);
}

/* Nanoseconds since the epoch; 0 where it does not say. */
static uint64_t time_of(const struct said *said) {
    uint64_t answered_s = number_in(said, RESPONSE_SEC), asked_s = number_in(said, QUERY_SEC);
    if (answered_s)
        return answered_s * SECOND_NS + number_in(said, RESPONSE_NSEC);
    return asked_s ? asked_s * SECOND_NS + number_in(said, QUERY_NSEC) : 0;
}

static int is_nxdomain(struct octets message, unsigned label_max) {
    return message.size >= HEADER_SIZE && (message.data[3] & 0x0f) == RCODE_NXDOMAIN &&
           (message.data[2] & FLAGS) == RESPONSE && full_rcode(message, label_max) == RCODE_NXDOMAIN;
}

/* The SOA of an NXDOMAIN without answers: its owner and negative TTL. 0 where it is not found. */
static int read_denial(const struct dnstap_numbers *numbers, struct dnstap *found) {
    struct octets message = found->response;
    unsigned ancount = (unsigned)message.data[6] << 8 | message.data[7];
    unsigned nscount = (unsigned)message.data[8] << 8 | message.data[9];
    unsigned count = nscount < numbers->records_max ? nscount : numbers->records_max;
    size_t fields, start = ancount ? 0 : find_soa(message, found->asked.end, count, numbers->label_max, &fields);
    if (!start)
        return 0;
    const uint8_t *record = message.data + fields;
    unsigned rdlength = (unsigned)record[8] << 8 | record[9];
    if (rdlength < SOA_RDATA_MIN)
        return 0;
    uint32_t minimum_s = u32_at(record + RECORD_SIZE + rdlength - 4);
    uint32_t ttl_s = u32_at(record + 4);
    if (ttl_s > minimum_s)
        ttl_s = minimum_s;
    found->ttl_s = ttl_s < numbers->ttl_max_s ? ttl_s : numbers->ttl_max_s;
    if (points_at_end(message, start, found->asked.name, &found->soa)) /* as nearly always */
        return 1;
    found->soa.data = found->uncompressed;
    return uncompress(message, start, numbers->label_max, found->uncompressed, &found->soa.size);
}

static enum dnstap_kind look_at_response(const struct said *said, int options, const struct dnstap_numbers *numbers,
                                         struct dnstap *found) {
    found->response = octets_in(said, RESPONSE_MESSAGE);
    found->query = octets_in(said, QUERY_MESSAGE);
    found->zone = octets_in(said, QUERY_ZONE);
    found->address = octets_in(said, RESPONSE_ADDRESS);
    found->port = (unsigned)number_in(said, RESPONSE_PORT);
    /* TCP, DOT, DOH, DNSCryptTCP */
    found->over_tcp = 0x5c >> number_in(said, PROTOCOL) & 1;
    found->marks = 0;
    if (found->response.size < numbers->response_min || found->response.size > numbers->message_max ||
        found->query.size > numbers->message_max || found->zone.size > numbers->name_max ||
        (found->address.size != 4 && found->address.size != 16) || !found->time_ns)
        return DNSTAP_ODD;
    if (options & DNSTAP_FORWARDERS && (found->response.data[2] & RD || number_in(said, TYPE) == FORWARDER_RESPONSE))
        found->marks |= numbers->forwarder;
    if (!is_nxdomain(found->response, numbers->label_max) ||
        !question_of(found->response, numbers->label_max, &found->asked))
        return DNSTAP_FRAME;
    if (found->asked.qtype == TYPE_NS)
        found->marks |= numbers->minimised;
    if (!(options & DNSTAP_CLIENTS))
        return DNSTAP_FRAME;
    if (!read_denial(numbers, found))
        return DNSTAP_ODD;
    found->covers = is_end(found->soa, found->asked.name) || is_within(found->asked.name, found->soa);
    /* Else a stranger's server could show a zone that is not its own, or deny names in it. */
    return (found->zone.size ? is_within(found->soa, found->zone) : found->covers) ? DNSTAP_DENIAL : DNSTAP_FRAME;
}

enum dnstap_kind look_at_dnstap(struct octets payload, int options, const struct dnstap_numbers *numbers,
                                struct dnstap *found) {
    struct said said;
    said.given = 0;
    if (!read_payload(payload, &said))
        return DNSTAP_ODD;
    found->type = (unsigned)number_in(&said, TYPE);
    found->time_ns = time_of(&said);
    if (found->time_ns >> 62) /* past 2116 */
        return DNSTAP_ODD;
    if (found->type == RESOLVER_RESPONSE || (options & DNSTAP_FORWARDERS && found->type == FORWARDER_RESPONSE))
        return look_at_response(&said, options, numbers, found);
    if (found->type != CLIENT_RESPONSE || !(options & DNSTAP_CLIENTS))
        return DNSTAP_SKIPPED;
    found->response = octets_in(&said, RESPONSE_MESSAGE);
    if (!found->response.size || !found->time_ns)
        return DNSTAP_ODD;
    if (!is_nxdomain(found->response, numbers->label_max))
        return DNSTAP_OTHER;
    if (!question_of(found->response, numbers->label_max, &found->asked))
        return DNSTAP_ODD;
    return read_denial(numbers, found) ? DNSTAP_ANSWER : DNSTAP_ODD;
}
