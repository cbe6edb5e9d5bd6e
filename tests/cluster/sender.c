#include "tests/cluster/sender.h"

#include <poll.h>

#include "core/json.h"
#include "tests/sim/dice.h"

#define BODY_MAX ((size_t)1 << 20)
#define ANSWER_MAX ((size_t)4 << 20)
#define PAUSE_FIRST_MS 20 /* between two sendings; doubled each time … */
#define PAUSE_LAST_MS 400 /* … up to this, and a part of it by chance */

/* One request and what it is about. */
struct request {
    struct buffer body;
    char key[64];
    const struct operation *operations;
    const size_t *places;
    size_t count;
};

void sender_init(struct sender *sender, const struct http_client_options *service,
                 struct history *history, uint64_t seed)
{
    *sender = (struct sender){.service = service, .history = history, .dice = seed};
    buffer_init(&sender->answer, ANSWER_MAX);
}

static void hang_up(struct sender *sender)
{
    http_client_close(sender->client);
    sender->client = NULL;
}

void sender_release(struct sender *sender)
{
    hang_up(sender);
    buffer_release(&sender->answer);
}

struct operation sender_operation(struct sender *sender, enum op_kind kind)
{
    struct operation operation = {.kind = kind, .actor = "rounds"};
    uint64_t chance[2] = {dice_roll(&sender->dice), dice_roll(&sender->dice)};
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    operation.at = (int64_t)now.tv_sec * TIME_SECOND + now.tv_nsec / 1000;
    operation.id = op_id_make(operation.at / TIME_MILLISECOND, (const uint8_t *)chance);
    return operation;
}

static struct noted record_of(const struct operation *operation)
{
    struct noted record = {.id = operation->id, .kind = operation->kind, .count = 1};

    switch (operation->kind) {
    case OP_SCHEDULE:
        record.count = operation->schedule.capacity;
        break;
    case OP_BOOK:
        record.slot_id = operation->book.slot.id;
        record.count = operation->book.count;
        break;
    case OP_REISSUE:
        record.slot_id = operation->reissue.slot.id;
        record.ticket_id = operation->reissue.ticket_id;
        break;
    case OP_CANCEL:
        record.ticket_id = operation->cancel.ticket_id;
        break;
    case OP_ADMIT:
        record.ticket_id = operation->admit.ticket_id;
        break;
    default:
        break;
    }
    return record;
}

/* --- one sending --- */

static void fill_request(struct request *request)
{
    char id[OP_ID_TEXT_MAX];

    buffer_init(&request->body, BODY_MAX);
    buffer_add_text(&request->body, "{\"operations\":[");
    for (size_t i = 0; i < request->count; i++)
        operation_print(&request->body, &request->operations[i], OP_PRINT_WHOLE);
    buffer_add_text(&request->body, "]}");
    op_id_print(id, &request->operations[0].id);
    snprintf(request->key, sizeof request->key, "%s", id);
}

/* What is told of one operation. True when it is an answer. */
static bool take_outcome(struct sender *sender, const struct request *request, size_t i,
                         const struct json *told)
{
    struct outcome outcome;
    struct op_id id;
    const char *text = json_text(json_member(told, "id"));

    if (outcome_read(told, &outcome) || !text || !op_id_parse(&id, text) ||
        !op_id_equal(&id, &request->operations[i].id)) {
        history_lost(sender->history, request->places[i]);
        return false;
    }
    if (history_is_final(outcome.code)) {
        history_answered(sender->history, request->places[i], &outcome);
        return true;
    }
    if (outcome.code == TK_ID_REUSED)
        history_denied(sender->history, request->places[i]);
    if (outcome.code == TK_UNKNOWN)
        history_lost(sender->history, request->places[i]);
    return false;
}

/* The request as a whole was refused, or something else was told. */
static void take_failure(struct sender *sender, const struct request *request, int status,
                         const struct json *told)
{
    const char *text = json_text(json_member(told, "code"));
    enum tk_code code = tk_code_parse(text ? text : "");
    bool refused = status == 409 || status == 429 || (status == 503 && code != TK_UNKNOWN);

    if (status >= 400 && status < 500 && status != 408 && !refused) {
        fprintf(stderr, "A request was refused with %d: %s\n", status,
                buffer_text(&sender->answer));
        sender->wrong = true;
    }
    for (size_t i = 0; i < request->count; i++) {
        if (code == TK_ID_REUSED)
            history_denied(sender->history, request->places[i]);
        else if (!refused)
            history_lost(sender->history, request->places[i]);
    }
}

/* True when all were answered. */
static bool take_answer(struct sender *sender, const struct request *request, int status)
{
    struct json *told = NULL, *outcomes;
    bool all;

    json_read(buffer_text(&sender->answer), sender->answer.length, &told, NULL);
    outcomes = status == 200 ? json_member(told, "outcomes") : NULL;
    all = outcomes != NULL;
    if (!outcomes)
        take_failure(sender, request, status, told);
    for (size_t i = 0; outcomes && i < request->count; i++)
        all = take_outcome(sender, request, i, json_item(outcomes, i)) && all;
    json_free(told);
    return all;
}

/* True when all were answered. */
static bool send_once(struct sender *sender, const struct request *request)
{
    struct http_call call = {.method = "POST",
                             .path = "/v1/operations",
                             .body = buffer_text(&request->body),
                             .body_length = request->body.length,
                             .key = request->key,
                             .file = -1,
                             .answer = &sender->answer};
    bool all = false;
    enum tk_code code;

    if (!sender->client && http_client_open(sender->service, &sender->client, NULL))
        return false;
    code = http_client_call(sender->client, &call, NULL);
    if (!code)
        all = take_answer(sender, request, call.status);
    else if (call.sent)
        take_failure(sender, request, 0, NULL);
    if (!all)
        hang_up(sender); /* a balancer may lead the next one elsewhere */
    return all;
}

/* --- until all is told --- */

static void rest(struct sender *sender, int *pause_ms)
{
    poll(NULL, 0, (int)(*pause_ms / 2 + dice_below(&sender->dice, *pause_ms)));
    if (*pause_ms < PAUSE_LAST_MS)
        *pause_ms *= 2;
}

static bool send_until_told(struct sender *sender, const struct request *request)
{
    int64_t until = history_now() + SENDER_PATIENCE_S * TIME_SECOND;
    int pause_ms = PAUSE_FIRST_MS;

    sender->wrong = false;
    while (!send_once(sender, request)) {
        if (sender->wrong || history_now() > until)
            return false;
        rest(sender, &pause_ms);
        for (size_t i = 0; i < request->count; i++)
            history_again(sender->history, request->places[i]);
    }
    return true;
}

bool sender_send(struct sender *sender, const struct operation *operations, size_t count,
                 size_t *places)
{
    struct request request = {.operations = operations, .places = places, .count = count};
    bool told;

    for (size_t i = 0; i < count; i++) {
        struct noted record = record_of(&operations[i]);

        places[i] = history_sent(sender->history, &record);
    }
    fill_request(&request);
    told = send_until_told(sender, &request);
    buffer_release(&request.body);
    return told;
}

void sender_repeat(struct sender *sender, const struct operation *operation, size_t place)
{
    struct request request = {.operations = operation, .places = &place, .count = 1};

    fill_request(&request);
    /* with a key of its own, or the service would answer from its memory of requests */
    snprintf(request.key, sizeof request.key, "again-%016llx",
             (unsigned long long)dice_roll(&sender->dice));
    history_again(sender->history, place);
    send_until_told(sender, &request);
    buffer_release(&request.body);
}
