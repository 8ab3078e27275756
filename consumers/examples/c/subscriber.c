/* A complete subscriber of nxcast in C: prints the records of one topic on stdout, one a line, and says on
 * stderr what was lost. docs/protocol.md tells what the messages hold.
 *
 *     subscriber [TOPIC [BROKER]]     nxdomain/ and tcp://127.0.0.1:5556 unless told otherwise
 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <zmq.h>

#include "msgpack_reader.h"

enum {
    PARTS = 3,          /* topic, header, payload */
    PART_MAX = 1048576, /* octets of a part; ZeroMQ cuts off who sends more */
    HEADER_MAX = 512,   /* octets */
    TOPIC_MAX = 64,     /* octets; the longest of version 1 has 22 */
    TOPICS_MAX = 256,   /* topics accounted for; version 1 has 120, more than 256 are a hostile publisher's */
    RECEIVE_MAX = 1000, /* messages waiting; of 64 KiB each, 64 MB */
    KEEPALIVE_S = 30,   /* TCP then tells of a broker gone without a word, and ZeroMQ connects again by itself */
    WAIT_MS = 500       /* so that a signal which comes just before the wait is seen soon after */
};

static volatile sig_atomic_t stopped;
static int write_error; /* errno of what we print to: a full disk, say */

static struct {
    uint64_t messages, records, lost, restarts, malformed;
} counts;

static struct {
    uint8_t topic[TOPIC_MAX];
    size_t length;
    uint64_t sequence; /* the last one in the current epoch */
} seen[TOPICS_MAX];
static size_t topics;

/* Names are chosen by strangers and may hold what clears a screen or forges a line: whatever is not visible
 * ASCII or a blank is written \DDD, octet by octet. */
static void put(FILE *out, const uint8_t *at, size_t length)
{
    for (; length > 0; length--, at++)
        if (*at >= 0x20 && *at < 0x7f)
            putc(*at, out);
        else
            fprintf(out, "\\%03d", *at);
}

/* Another epoch is a restart: each topic then begins at 1. How much the old one had still published nobody tells
 * who does not ask for it, so that is an unknown loss. At joining, what came before can't be told, so the first
 * message of a topic is where its count begins. False if it is one topic too many. */
static bool account(struct octets topic, uint64_t epoch, uint64_t sequence)
{
    static uint64_t current;
    static bool joined;
    if (joined && epoch != current) {
        fprintf(stderr, "the broker was restarted: epoch %" PRIu64 " is now %" PRIu64 "\n", current, epoch);
        counts.restarts++;
        topics = 0;
    }
    joined = true;
    current = epoch;

    size_t i = 0;
    while (i < topics && (seen[i].length != topic.left || memcmp(seen[i].topic, topic.at, topic.left) != 0))
        i++;
    if (i == TOPICS_MAX)
        return false;
    if (i == topics) {
        memcpy(seen[i].topic, topic.at, topic.left);
        seen[i].length = topic.left;
        seen[i].sequence = counts.restarts > 0 ? 0 : sequence - 1;
        topics++;
    }
    if (sequence <= seen[i].sequence)
        return true;
    uint64_t lost = sequence - seen[i].sequence - 1;
    if (lost > 0) {
        fprintf(stderr, "lost %" PRIu64 " of ", lost);
        put(stderr, topic.at, topic.left);
        fprintf(stderr, ", messages %" PRIu64 " to %" PRIu64 "\n", seen[i].sequence + 1, sequence - 1);
        counts.lost += lost;
    }
    seen[i].sequence = sequence;
    return true;
}

/* Whether a payload is an array of `count` maps with text keys, and nothing after it. */
static bool is_sound(struct octets payload, uint64_t count)
{
    struct item array, map, key;
    if (!next(&payload, &array) || array.kind != ARRAY || array.number != count)
        return false;
    for (uint64_t record = 0; record < count; record++) {
        if (!next(&payload, &map) || map.kind != MAP)
            return false;
        for (uint64_t pair = 0; pair < map.number; pair++)
            if (!next(&payload, &key) || key.kind != STR || !skip(&payload))
                return false;
    }
    return payload.left == 0;
}

static void print_value(struct item value)
{
    if (value.kind == NIL)
        putchar('-');
    else if (value.kind == UINT)
        printf("%" PRIu64, value.number);
    else if (value.kind == STR)
        put(stdout, value.body, value.number);
    else if (value.kind == BIN)
        printf("<%" PRIu64 " octets>", value.number);
    else
        fputs("...", stdout);
}

/* Whether a record is of a frame that an operator pushed to see it come out. */
static bool is_canary(struct octets record)
{
    static const char canary[] = "nxcast-canary";
    struct item sensor;
    return find(record, "sensor", &sensor) && sensor.kind == STR && sensor.number == sizeof canary - 1 &&
           memcmp(sensor.body, canary, sizeof canary - 1) == 0;
}

/* Print the records of a payload that is sound, but for canaries. */
static void print_records(struct octets topic, struct octets payload)
{
    struct item array, map, key, value;
    next(&payload, &array);
    for (uint64_t record = 0; record < array.number; record++) {
        if (is_canary(payload)) {
            skip(&payload);
            continue;
        }
        counts.records++;
        put(stdout, topic.at, topic.left);
        next(&payload, &map);
        for (uint64_t pair = 0; pair < map.number; pair++) {
            next(&payload, &key);
            putchar(' ');
            put(stdout, key.body, key.number);
            putchar('=');
            struct octets inside = payload;
            next(&inside, &value);
            print_value(value);
            skip(&payload);
        }
        putchar('\n');
    }
    if (fflush(stdout) != 0 || ferror(stdout))
        write_error = errno != 0 ? errno : EIO;
}

/* Take in one message; false if it is malformed. */
static bool take_in(struct octets topic, struct octets header, struct octets payload)
{
    uint64_t version, epoch, sequence, count;
    struct octets rest = header;
    if (topic.left > TOPIC_MAX || header.left > HEADER_MAX || !skip(&rest) || rest.left > 0)
        return false;
    if (!find_uint(header, "version", &version) || !find_uint(header, "epoch", &epoch) ||
        !find_uint(header, "sequence", &sequence) || !find_uint(header, "count", &count))
        return false;
    if (version != 1 || sequence < 1 || !account(topic, epoch, sequence) || !is_sound(payload, count))
        return false;
    counts.messages++;
    print_records(topic, payload);
    return true;
}

/* Receive one message; the number of its parts, PARTS + 1 standing for more, or -1 if there was none. */
static int receive(void *subscriber, zmq_msg_t parts[])
{
    int count = 0;
    zmq_msg_t *part;
    do {
        part = &parts[count < PARTS ? count : PARTS];
        if (zmq_msg_recv(part, subscriber, 0) < 0)
            return -1;
        if (count <= PARTS)
            count++;
    } while (zmq_msg_more(part));
    return count;
}

static struct octets octets_of(zmq_msg_t *part)
{
    return (struct octets){zmq_msg_data(part), zmq_msg_size(part)};
}

static void stop(int signal)
{
    (void)signal;
    stopped = 1;
}

static bool set(void *subscriber, int option, int setting)
{
    return zmq_setsockopt(subscriber, option, &setting, sizeof setting) == 0;
}

static bool set_up(void *subscriber, const char *topic, const char *broker)
{
    return set(subscriber, ZMQ_RCVHWM, RECEIVE_MAX) && set(subscriber, ZMQ_RCVTIMEO, WAIT_MS) &&
           zmq_setsockopt(subscriber, ZMQ_MAXMSGSIZE, &(int64_t){PART_MAX}, sizeof(int64_t)) == 0 &&
           set(subscriber, ZMQ_LINGER, 0) && set(subscriber, ZMQ_IPV6, 1) &&
           set(subscriber, ZMQ_TCP_KEEPALIVE, 1) && set(subscriber, ZMQ_TCP_KEEPALIVE_IDLE, KEEPALIVE_S) &&
           zmq_connect(subscriber, broker) == 0 &&
           zmq_setsockopt(subscriber, ZMQ_SUBSCRIBE, topic, strlen(topic)) == 0;
}

int main(int argc, char **argv)
{
    const char *topic = argc > 1 ? argv[1] : "nxdomain/";
    const char *broker = argc > 2 ? argv[2] : "tcp://127.0.0.1:5556";
    if (argc > 3 || *topic == '\0' || topic[strlen(topic) - 1] != '/') {
        fprintf(stderr, "usage: %s [TOPIC [BROKER]]; a topic ends in '/', such as nxdomain/MX/\n", argv[0]);
        return 2;
    }
    struct sigaction action = {.sa_handler = stop};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);

    void *context = zmq_ctx_new();
    void *subscriber = zmq_socket(context, ZMQ_SUB);
    bool ready = set_up(subscriber, topic, broker);
    if (!ready)
        fprintf(stderr, "can't subscribe at %s: %s\n", broker, zmq_strerror(zmq_errno()));

    zmq_msg_t parts[PARTS + 1];
    for (int i = 0; i <= PARTS; i++)
        zmq_msg_init(&parts[i]);
    while (ready && !stopped && !write_error) {
        int count = receive(subscriber, parts);
        if (count < 0) /* nothing within WAIT_MS, or a signal */
            continue;
        if (count != PARTS || !take_in(octets_of(&parts[0]), octets_of(&parts[1]), octets_of(&parts[2]))) {
            counts.malformed++;
            fputs("passed over a malformed message\n", stderr);
        }
    }
    for (int i = 0; i <= PARTS; i++)
        zmq_msg_close(&parts[i]);
    zmq_close(subscriber);
    zmq_ctx_term(context);
    if (write_error)
        fprintf(stderr, "can't write: %s\n", strerror(write_error));
    if (!ready || write_error)
        return 1;
    fprintf(stderr, "messages %" PRIu64 ", records %" PRIu64 ", lost %" PRIu64, counts.messages, counts.records,
            counts.lost);
    fprintf(stderr, "%s, restarts %" PRIu64 ", malformed %" PRIu64 "\n", counts.restarts > 0 ? " and an unknown number" : "",
            counts.restarts, counts.malformed);
    return 0;
}
