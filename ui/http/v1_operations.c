/* /v1/operations: a batch of operations, and what became of each. */
#include <stdlib.h>
#include <string.h>

#include "ui/http/service_internal.h"
#include "ui/http/v1.h"

#define QUICK_MAX 32 /* outcomes that the writer itself may print */

/* What was sent, in its order; those that the role may not send are not among x->operations. */
struct batch {
    size_t count;
    struct item {
        struct op_id id;
        enum op_kind kind;
        bool forbidden;
        size_t at; /* in x->operations */
    } items[];
};

/* Reads one. What is not as a store keeps it is brought into that form. */
static enum tk_code read_operation(struct exchange *x, const struct json *object, size_t place,
                                   struct operation *operation, struct tk_error *error)
{
    enum tk_code code;

    *operation = (struct operation){0};
    office_stamp(&x->office, OP_BOOK, operation);
    operation->id = op_id_derive(&x->key_id, place);
    code = operation_read_stamped(object, &x->office.ports.zone, office_now(&x->office), operation,
                                  error);
    if (!code && x->has_device) /* nobody speaks for another till */
        memcpy(operation->device, x->device.name, sizeof operation->device);
    if (!code)
        code = guard_claim(x, operation, error);
    if (!code && operation_check(operation))
        code = operation_clean(operation, error);
    return code;
}

static enum tk_code read_batch(struct exchange *x, const struct json *list, struct batch *batch,
                               struct tk_error *error)
{
    size_t allowed = 0;

    for (size_t i = 0; i < batch->count; i++) {
        struct operation *operation = &x->operations[allowed];
        struct tk_error why = {0};
        enum tk_code code = read_operation(x, json_item(list, i), i, operation, &why);

        if (code)
            return tk_fail(error, code, "operations[%zu]: %s", i, why.message);
        batch->items[i].id = operation->id;
        batch->items[i].kind = operation->kind;
        batch->items[i].forbidden = !guard_may(x, operation->kind);
        batch->items[i].at = allowed;
        allowed += !batch->items[i].forbidden;
    }
    x->operation_count = allowed;
    return TK_OK;
}

/* --- the answer --- */

enum tk_code v1_forbid(const struct exchange *x, enum op_kind kind, struct tk_error *error)
{
    static const char *const doings[OP_KIND_COUNT] = {
        [OP_SCHEDULE] = "Scheduling", [OP_BOOK] = "Booking",    [OP_REISSUE] = "Reissuing",
        [OP_CANCEL] = "Canceling",    [OP_EXPIRE] = "Expiring", [OP_ARCHIVE] = "Archiving",
        [OP_ENROL] = "Enrolling",     [OP_REVOKE] = "Revoking", [OP_ADMIT] = "Admitting",
        [OP_UNADMIT] = "Taking an admission back",
        [OP_PRINT] = "Printing",      [OP_ROTATE] = "Making a new key",
        [OP_JOIN] = "Beginning a till's copy",
        [OP_GRANT] = "Giving a till places",
        [OP_RETURN] = "Giving a till's places back",
        [OP_WRITE_OFF] = "Writing a till's places off",
        [OP_BLOCK] = "Giving a till numbers",
        [OP_MARK] = "Marking a till's queue",
        [OP_QUARANTINE] = "Putting a till's queue aside",
        [OP_VOID] = "Voiding an operation",
        [OP_CLOSE] = "Closing a dispute",
        [OP_STAFF] = "Changing the staff",
        [OP_PIN] = "Giving a PIN",
        [OP_SIGN] = "Signing on",
        [OP_SHIFT_OPEN] = "Opening a shift",
        [OP_SHIFT_CLOSE] = "Closing a shift",
        [OP_LIMIT] = "Setting a limit",
        [OP_INVITE] = "Inviting a device",
        [OP_REDEEM] = "Redeeming a code",
        [OP_TIER] = "Choosing a tier",
        [OP_ERASE] = "Erasing a customer",
        [OP_SEAL] = "Signing the journal",
    };
    enum role least = ROLE_READER;

    while (least < ROLE_ADMIN && !role_may(least, kind))
        least++;
    if (role_may(x->acts, kind))
        return tk_fail(error, TK_FORBIDDEN, "%s is a person's own doing: sign on first.", doings[kind]);
    return tk_fail(error, TK_FORBIDDEN,
                   "%s needs a token of the role %s; that of “%.64s” is %s.", doings[kind],
                   role_name(least), x->device.name, role_name(x->acts));
}

static void put_forbidden(struct exchange *x, struct buffer *out, enum op_kind kind)
{
    struct tk_error error = {0};

    v1_forbid(x, kind, &error);
    json_put_text(out, "message", error.message);
}

static void put_refusal(struct exchange *x, struct buffer *out, const struct operation *operation,
                        const struct outcome *outcome)
{
    struct tk_error error = {0};

    office_refuse(&x->office, operation, outcome, &error);
    json_put_text(out, "message",
                  error.message[0] ? error.message : tk_code_sentence(outcome->code));
}

/* {"id":…,"code":…,…}: the outcome as it is printed everywhere, with more members. */
static void put_outcome(struct exchange *x, const struct item *item)
{
    static const struct outcome forbidden = {.code = TK_FORBIDDEN};
    const struct outcome *outcome = item->forbidden ? &forbidden : &x->outcomes[item->at];
    struct buffer *out = exchange_body(x);
    struct buffer printed;
    char id[OP_ID_TEXT_MAX];

    buffer_init(&printed, 1024);
    op_id_print(id, &item->id);
    outcome_print(&printed, outcome);
    json_put_open(out, NULL, '{');
    json_put_text(out, "id", id);
    if (printed.failed) { /* no memory: the answer as a whole has failed */
        out->failed = true;
    } else { /* its members, without the brackets */
        buffer_add_char(out, ',');
        buffer_add(out, printed.data + 1, printed.length - 2);
    }
    json_put_bool(out, "replayed", outcome->replayed);
    if (item->forbidden)
        put_forbidden(x, out, item->kind);
    else if (outcome->code)
        put_refusal(x, out, &x->operations[item->at], outcome);
    json_put_close(out, '}');
    buffer_release(&printed);
}

static void answer_outcomes(struct exchange *x)
{
    const struct batch *batch = x->state;

    json_put_open(exchange_body(x), NULL, '{');
    json_put_open(exchange_body(x), "outcomes", '[');
    for (size_t i = 0; i < batch->count; i++)
        put_outcome(x, &batch->items[i]);
    json_put_close(exchange_body(x), ']');
    json_put_close(exchange_body(x), '}');
    if (exchange_body(x)->failed)
        v1_fail_to_show(x, TK_NO_MEMORY);
    else
        exchange_answer(x, 200);
}

/* A short batch in which nothing was refused needs no store for its answer. */
static bool answer_quickly(struct exchange *x)
{
    const struct batch *batch = x->state;

    if (batch->count > QUICK_MAX)
        return false;
    for (size_t i = 0; i < x->operation_count; i++)
        if (x->outcomes[i].code)
            return false;
    answer_outcomes(x);
    return true;
}

/* --- the request --- */

static enum tk_code check_body(const struct json *body, struct tk_error *error)
{
    static const char *const known[] = {"operations", NULL};
    const struct json *list = json_member(body, "operations");
    const char *stranger = body ? json_unknown_member(body, known) : NULL;

    if (stranger)
        return tk_fail(error, TK_BAD_REQUEST, "There is no member “%.60s” here.", stranger);
    if (!json_is_array(list) || !json_count(list) || json_count(list) > OP_BATCH_MAX)
        return tk_fail(error, TK_BAD_REQUEST,
                       "The member “operations” is a list of 1 to %d operations.", OP_BATCH_MAX);
    return TK_OK;
}

static void start_batch(struct exchange *x, const struct json *list)
{
    size_t count = json_count(list);
    struct batch *batch = calloc(1, sizeof *batch + count * sizeof *batch->items);
    struct tk_error error = {0};
    enum tk_code code;

    if (!batch) {
        exchange_fail(x, TK_NO_MEMORY, NULL);
        return;
    }
    batch->count = count;
    x->state = batch;
    x->free_state = free;
    if (!exchange_operations(x, count))
        return;
    code = read_batch(x, list, batch, &error);
    if (code)
        exchange_fail(x, code, &error);
    else if (!x->operation_count)
        answer_outcomes(x);
    else
        exchange_apply(x, answer_quickly, answer_outcomes);
}

void v1_post_operations(struct exchange *x)
{
    struct tk_error error = {0};
    struct json *body;
    enum tk_code code;

    if (!v1_accepts(x) || !v1_body(x, &body))
        return;
    code = check_body(body, &error);
    if (code)
        exchange_fail(x, code, &error);
    else
        start_batch(x, json_member(body, "operations"));
    json_free(body);
}
