/*
 * /v1/admissions: the door. A scan is judged on a worker, applied in the writer's next commit where
 * it leads to operations, and told by a worker:
 *
 *   post ─▶ judge ── the verdict is there ────────────────────▶ answer
 *             └── operations ─ exchange_apply ─▶ tell ──────────▶ answer
 */
#include <stdlib.h>
#include <string.h>

#include "core/door.h"
#include "ui/http/service_internal.h"
#include "ui/http/v1.h"

/* A request in hand: x->state. */
struct scan {
    struct json *body; /* owned; the code stands in it */
    int64_t slot_ids[DOOR_SLOTS_MAX];
    struct admission_request request;
    struct admission admission;
    struct admission_plan plan;
};

static void scan_free(void *state)
{
    struct scan *scan = state;

    json_free(scan->body);
    free(scan);
}

/* --- the body --- */

/* NULL when it is missing, which null says as well. */
static const struct json *member_of(const struct json *body, const char *name)
{
    const struct json *value = json_member(body, name);

    return json_is_null(value) ? NULL : value;
}

static enum tk_code fail_member(const char *name, const char *must_be, struct tk_error *error)
{
    return tk_fail(error, TK_BAD_OPERATION, "The member “%s” must be %s.", name, must_be);
}

static enum tk_code check_names(const struct json *body, struct tk_error *error)
{
    static const char *const known[] = {"code", "ticketId", "slotIds", "numTickets", NULL};
    const char *stranger = body ? json_unknown_member(body, known) : NULL;
    char shown[80];

    if (!body)
        return tk_fail(error, TK_BAD_REQUEST, "The body is missing.");
    if (!stranger)
        return TK_OK;
    text_display(shown, sizeof shown, stranger);
    return tk_fail(error, TK_BAD_OPERATION, "There is no member “%s” here.", shown);
}

/* What was scanned, or which ticket a person looked up. */
static enum tk_code read_what(const struct json *body, struct admission_request *request,
                              struct tk_error *error)
{
    const struct json *code = member_of(body, "code"), *ticket = member_of(body, "ticketId");
    const char *text = json_text(ticket);

    if (code && ticket)
        return tk_fail(error, TK_BAD_OPERATION, "Give “code” or “ticketId”, not both.");
    if (!code && !ticket)
        return tk_fail(error, TK_BAD_OPERATION, "The member “code” or “ticketId” is missing.");
    request->code = json_text(code);
    if (code)
        return request->code ? TK_OK
                             : fail_member("code", "a text: what was scanned or typed", error);
    if (!text || !id_parse(ID_TICKET, text, &request->ticket_id))
        return fail_member("ticketId", "a text: a ticket's number", error);
    return TK_OK;
}

static enum tk_code read_slots(const struct json *body, struct scan *scan, struct tk_error *error)
{
    const struct json *list = member_of(body, "slotIds");
    size_t count = json_count(list);

    if (!list)
        return TK_OK;
    if (!json_is_array(list) || !count || count > DOOR_SLOTS_MAX)
        return tk_fail(error, TK_BAD_OPERATION,
                       "The member “slotIds” must be a list of 1 to %d showings.", DOOR_SLOTS_MAX);
    for (size_t i = 0; i < count; i++)
        if (!json_whole(json_item(list, i), &scan->slot_ids[i]) || scan->slot_ids[i] < 1)
            return tk_fail(error, TK_BAD_OPERATION,
                           "slotIds[%zu] must be a whole number: a showing's.", i);
    scan->request.slot_ids = scan->slot_ids;
    scan->request.slot_count = count;
    return TK_OK;
}

static enum tk_code read_count(const struct json *body, struct admission_request *request,
                               struct tk_error *error)
{
    const struct json *count = member_of(body, "numTickets");

    request->count = 1;
    if (!count || (json_whole(count, &request->count) && request->count >= 1 &&
                   request->count <= ADMIT_MAX))
        return TK_OK;
    return tk_fail(error, TK_BAD_OPERATION,
                   "The member “numTickets” must be a whole number from 1 to %d.", ADMIT_MAX);
}

static enum tk_code read_scan(struct scan *scan, struct tk_error *error)
{
    enum tk_code code = check_names(scan->body, error);

    if (!code)
        code = read_what(scan->body, &scan->request, error);
    if (!code)
        code = read_slots(scan->body, scan, error);
    return code ? code : read_count(scan->body, &scan->request, error);
}

/* --- wrong passes: a bucket for each door, or each address where there are no tokens --- */

static void name_door(const struct exchange *x, char name[GUARD_NAME_SIZE])
{
    if (x->has_device)
        text_copy(name, GUARD_NAME_SIZE, x->device.name);
    else
        guard_name_address(x->request->peer, name);
}

static enum tk_code refuse_wrong_passes(struct tk_error *error)
{
    return tk_fail(error, TK_RATE_LIMITED,
                   "Too many wrong passes came from this door: wait a second.");
}

/* Whether a pass of this door may be judged: whoever must wait takes up no worker. */
static enum tk_code check_wrong_passes(struct exchange *x, struct tk_error *error)
{
    char name[GUARD_NAME_SIZE];

    name_door(x, name);
    return rate_limit_has(x->service->rate_passes, name, exchange_clock_us(), &x->retry_s)
               ? TK_OK
               : refuse_wrong_passes(error);
}

/* While a pass is judged it counts as wrong, so that of many at once no more are judged than one
   after another. Fewer are judged at once (WORKERS_MAX) than may be wrong, so good ones do not meet
   here. */
static enum tk_code take_wrong_pass(struct exchange *x, struct tk_error *error)
{
    char name[GUARD_NAME_SIZE];

    name_door(x, name);
    return rate_limit_take(x->service->rate_passes, name, exchange_clock_us(), &x->retry_s)
               ? TK_OK
               : refuse_wrong_passes(error);
}

static void give_wrong_pass(struct exchange *x)
{
    char name[GUARD_NAME_SIZE];

    name_door(x, name);
    rate_limit_give(x->service->rate_passes, name);
}

/* One of which only the store could say that its ticket is nobody's. */
static void note_wrong_pass(struct exchange *x)
{
    char name[GUARD_NAME_SIZE];
    unsigned retry_s;

    name_door(x, name);
    rate_limit_take(x->service->rate_passes, name, exchange_clock_us(), &retry_s);
}

_Static_assert(WORKERS_MAX < WRONG_PASSES_FREE, "good passes judged at once would be held up");

/* --- the verdict --- */

/* A verdict that is told again counts once. */
static void count_verdict(struct exchange *x, enum verdict verdict)
{
    if (!x->operation_count || !x->outcomes[0].replayed)
        metrics_admission(x->service->metrics, verdict, verdict_is_wrong_pass(verdict));
}

/* A door is told who comes to showings that are near, as when it looks them up. */
static void hide_name(const struct exchange *x, struct scan *scan)
{
    if (!v1_sees_people(x) && !v1_is_for_doors(x, &scan->plan.ticket.slot))
        memset(scan->admission.customer_name, 0, sizeof scan->admission.customer_name);
}

static void answer(struct exchange *x)
{
    struct scan *scan = x->state;
    struct wire_record record;

    count_verdict(x, scan->admission.verdict);
    hide_name(x, scan);
    wire_admission(&record, &scan->admission, true, &x->office.ports.zone);
    wire_put_json(exchange_body(x), NULL, &record);
    exchange_answer(x, 200);
}

/* What the store made of it. */
static void tell(struct exchange *x)
{
    struct scan *scan = x->state;
    struct tk_error error = {0};
    enum tk_code code;

    memcpy(scan->plan.outcomes, x->outcomes, scan->plan.count * sizeof *x->outcomes);
    code = admission_end(&x->office, &scan->plan, &scan->admission, &error);
    if (!code && verdict_is_wrong_pass(scan->admission.verdict))
        note_wrong_pass(x);
    if (code)
        exchange_fail(x, code, &error); /* told as unknown when somebody is in by it */
    else
        answer(x);
}

static void judge(struct exchange *x)
{
    struct scan *scan = x->state;
    struct tk_error error = {0};
    enum tk_code code = take_wrong_pass(x, &error);

    if (!code) {
        code = admission_begin(&x->office, &scan->request, &scan->plan, &scan->admission, &error);
        if (code || scan->plan.count || !verdict_is_wrong_pass(scan->admission.verdict))
            give_wrong_pass(x);
    }
    if (code) {
        exchange_fail(x, code, &error);
    } else if (!scan->plan.count) {
        answer(x);
    } else if (exchange_operations(x, scan->plan.count)) {
        memcpy(x->operations, scan->plan.operations, scan->plan.count * sizeof *x->operations);
        exchange_apply(x, NULL, tell);
    }
}

void v1_post_admission(struct exchange *x)
{
    struct tk_error error = {0};
    struct scan *scan;
    enum tk_code code;

    if (!v1_accepts(x))
        return;
    scan = exchange_reserve(x, sizeof *scan) ? calloc(1, sizeof *scan) : NULL;
    if (!scan) {
        exchange_fail(x, TK_OVERLOADED, NULL);
        return;
    }
    x->state = scan;
    x->free_state = scan_free;
    if (!v1_body(x, &scan->body))
        return;
    scan->request.id = x->key_id;
    code = read_scan(scan, &error);
    if (!code)
        code = check_wrong_passes(x, &error);
    if (code)
        exchange_fail(x, code, &error);
    else
        exchange_work(x, judge);
}

/* --- taking one back --- */

static void show_taken_back(struct exchange *x)
{
    struct tk_error error = {0};
    struct ticket_view view = {0};
    enum tk_code code;

    if (v1_refused(x))
        return;
    code = admission_ticket(&x->office, x->operations[0].unadmit.ticket_id, x->outcomes[0].slot_id,
                            &view, &error);
    if (code) {
        v1_fail_to_show(x, code);
        return;
    }
    v1_put_ticket(x, NULL, &view, true);
    exchange_answer(x, 200);
}

void v1_delete_admission(struct exchange *x)
{
    struct operation model = {0};

    if (v1_accepts(x) && v1_path_ticket(x, &model.unadmit.ticket_id))
        v1_change(x, OP_UNADMIT, &model, NULL, show_taken_back);
}

/* --- counts --- */

static void put_counts(struct exchange *x, const struct slot *slot,
                       const struct admission_count_list *list)
{
    struct buffer *out = exchange_body(x);

    json_put_open(out, NULL, '{');
    json_put_int(out, "slotId", slot->id);
    json_put_int(out, "expected", slot->sold);
    json_put_int(out, "admitted", slot->admitted);
    json_put_open(out, "doors", '[');
    for (size_t i = 0; i < list->count; i++) {
        json_put_open(out, NULL, '{');
        json_put_text(out, "deviceName", list->items[i].device);
        json_put_int(out, "admitted", list->items[i].count);
        v1_put_time(x, "lastAt", list->items[i].last_at);
        json_put_close(out, '}');
    }
    json_put_close(out, ']');
    json_put_close(out, '}');
}

static void show_admissions(struct exchange *x)
{
    struct admission_count_list list = {0};
    struct tk_error error = {0};
    struct slot slot;
    int64_t id;
    enum tk_code code;

    if (!v1_path_slot(x, &id))
        return;
    code = office_slot(&x->office, id, &slot, &error);
    if (!code)
        code = office_admissions(&x->office, id, &list, &error);
    if (code) {
        exchange_fail(x, code, &error);
    } else {
        put_counts(x, &slot, &list);
        exchange_answer(x, 200);
    }
    admission_count_list_release(&list);
}

void v1_get_admissions(struct exchange *x)
{
    if (v1_accepts(x))
        exchange_work(x, show_admissions);
}
