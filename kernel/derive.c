/* Frames in, records out, as broker/derivation/derive.py has it, rule for rule. */

#include <string.h>

#include "kernel.h"

enum { QR = 0x80, RD = 0x01, NO_ANSWER = 0x79 /* opcode or RD */, NXDOMAIN = 3, TYPE_A = 1, TYPE_NS = 2 };

/* Labels of a name, and the dots within them: as many dots as its text has. */
static unsigned dots(struct octets name) {
    unsigned count = 0;
    for (size_t at = 0; name.data[at]; at += name.data[at] + 1u) {
        count++;
        for (unsigned next = 1; next <= name.data[at]; next++)
            count += name.data[at + next] == '.';
    }
    return count;
}

/* Whether a denial by a top-level domain may be of a step of minimisation. */
static void note_cut(struct octets zone, const struct asked *asked, struct counts *counts) {
    if (!zone.data || zone.size == 1 || dots(zone) != 1)
        return;
    counts->top_denials++;
    counts->top_denials_cut += (asked->qtype == TYPE_A || asked->qtype == TYPE_NS) && dots(asked->name) == 2;
}

/* What to do with a response that fails, from what is told beside it. */
enum look { DROPPED, TAKEN, ODD };

static enum look look(struct frame *frame, int options, const struct tables *tables, struct asked *asked,
                      int *is_asked, struct counts *counts) {
    if (frame->response.data[2] & RD) {
        if (!(frame->marks & tables->forwarder) && !(options & (ACCEPT_FORWARDERS | OLDER))) {
            counts->forwarder++;
            return DROPPED;
        }
        frame->marks |= tables->forwarder;
    }
    if (frame->zone.data && !is_name(frame->zone, tables->label_max))
        return ODD;
    int matches = 1;
    if (frame->query.data) {
        if (*is_asked) {
            matches = same_question(frame->query, frame->response, asked->end);
        } else {
            *is_asked = question_of(frame->query, tables->label_max, asked);
            asked->end = 0; /* it is no place in the response */
        }
    }
    if (!matches || (frame->zone.data && *is_asked && !is_within(asked->name, frame->zone))) {
        counts->mismatched++;
        return DROPPED;
    }
    return TAKEN;
}

/* Notes who answered a query as an authority of a zone: where both stand in the payload. */
static void note_served(const struct frame *frame, const uint8_t *base, const struct tables *tables,
                        struct growing *served) {
    if (frame->zone.data && !(frame->response.data[2] & NO_ANSWER) && !(frame->marks & tables->forwarder))
        put_place(served, (uint32_t)(frame->response_ip.data - base), (uint32_t)(frame->zone.data - base));
}

/* 0, and nothing counted or made, where Python has to say what is wrong with it. */
static int derive_response(struct frame *frame, const uint8_t *base, struct octets sensor, int options,
                           const struct tables *tables, struct results *results, struct counts *counts) {
    const uint8_t *response = frame->response.data;
    if (!(response[2] & QR))
        return 0;
    if (frame->type == tables->unsolicited && !(options & ACCEPT_UNSOLICITED)) {
        counts->unsolicited++;
        return 1;
    }
    unsigned rcode = full_rcode(frame->response, tables->label_max);
    if (!rcode) {
        counts->noerror++;
        if (options & SERVED)
            note_served(frame, base, tables, &results->good);
        return 1;
    }
    struct asked asked = {{NULL, 0}, 0, 0, 0};
    int is_asked = question_of(frame->response, tables->label_max, &asked);
    int told = !(options & OLDER) || response[2] & RD || frame->query.data;
    if (told) {
        enum look found = look(frame, options, tables, &asked, &is_asked, counts);
        if (found != TAKEN)
            return found == DROPPED;
    }
    put_error(results, tables, frame, sensor, is_asked ? &asked : NULL, rcode, told);
    counts->errors++;
    if (options & SERVED && rcode == NXDOMAIN)
        note_served(frame, base, tables, &results->denied);
    if (rcode != NXDOMAIN || response[2] >> 3 & 0x0f || !is_asked || options & ASKS)
        return 1;
    uint8_t owner[NAME_MAX_OCTETS];
    struct octets soa = {NULL, 0};
    if (soa_owner(frame->response, asked.end, tables->label_max, owner, &soa.size))
        soa.data = owner;
    put_nxdomain(results, tables, frame, sensor, &asked, soa, told);
    counts->nxdomains++;
    if (told)
        note_cut(frame->zone, &asked, counts);
    return 1;
}

static int derive_question(const struct frame *frame, struct octets sensor, const struct tables *tables,
                           struct results *results, struct counts *counts) {
    if (!is_name(frame->qname, tables->label_max) || !is_name(frame->zone, tables->label_max) ||
        (frame->denied.data && !is_name(frame->denied, tables->label_max)))
        return 0;
    put_question(results, tables, frame, sensor);
    counts->questions++;
    counts->nxdomains++;
    return 1;
}

/* Notes a frame that ends where `rest` begins; 0 where that is more than Python takes out of a batch. */
static int note_odd(const struct octets *frame, const struct octets *rest, const uint8_t *base,
                    const struct tables *tables, struct growing *odd) {
    size_t start = (size_t)(frame->data - base), end = (size_t)(rest->data - base);
    if (end - start > tables->odd_size_max || odd->size / (2 * sizeof(uint32_t)) >= tables->odd_max)
        return 0;
    put_place(odd, (uint32_t)start, (uint32_t)end);
    return 1;
}

/* Questions come after the responses of their batch, in each topic: so twice through the payload, if need be. */
int derive(struct octets payload, unsigned count, struct octets sensor, int options,
           const struct tables *tables, struct results *results, struct counts *counts) {
    const uint8_t *base = payload.data;
    int older = options & OLDER;
    unsigned told, questions = 0;
    struct frame frame;
    memset(counts, 0, sizeof *counts);
    if (!read_array_header(&payload, &told) || told != count)
        return 0;
    struct octets again = payload;
    for (unsigned left = count; left; left--) {
        struct octets start = payload;
        int taken = read_frame(&payload, tables, older, &frame);
        if (!taken) {
            payload = start;
            if (!skip_item(&payload, tables->nested_max))
                return 0;
        } else if (!older && frame.type == tables->question) {
            questions++;
        } else {
            taken = derive_response(&frame, base, sensor, options, tables, results, counts);
        }
        if (!taken && !note_odd(&start, &payload, base, tables, &results->odd))
            return 0;
    }
    for (unsigned left = count; left && questions; left--) {
        struct octets start = again;
        if (!read_frame(&again, tables, 0, &frame)) {
            again = start;
            skip_item(&again, tables->nested_max);
        } else if (frame.type == tables->question && questions-- &&
                   !derive_question(&frame, sensor, tables, results, counts) &&
                   !note_odd(&start, &again, base, tables, &results->odd)) {
            return 0;
        }
    }
    return payload.size == 0;
}
