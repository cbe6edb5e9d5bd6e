/* /v1/records and /v1/tallies: small things of the house, and what happened in it, counted. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/box_office_staff.h"
#include "core/text.h"
#include "ui/http/v1.h"

/* --- who may read which records --- */

/* A key or prefix belongs to the first that it begins with; all others are nobody's, invitations
 * too. */
static const struct {
    const char *prefix;
    enum role role; /* the least that may */
} rights[] = {
    {LIMITS_KEY, ROLE_READER},   {STAFF_PREFIX, ROLE_CLERK}, {DUTY_PREFIX, ROLE_CLERK},
    {SHIFT_PREFIX, ROLE_CLERK},  {TIER_PREFIX, ROLE_CLERK},  {DEVICE_NOTE_PREFIX, ROLE_MANAGER},
    {SEAL_PREFIX, ROLE_MANAGER},
};

static enum tk_code check_right(const struct exchange *x, const char *asked, struct tk_error *error)
{
    for (size_t i = 0; asked && i < sizeof rights / sizeof rights[0]; i++) {
        if (strncmp(asked, rights[i].prefix, strlen(rights[i].prefix)) != 0)
            continue;
        return role_reads(x->role, rights[i].role)
                   ? TK_OK
                   : tk_fail(error, TK_FORBIDDEN, "Records of “%s” are for the role %s.",
                             rights[i].prefix, role_name(rights[i].role));
    }
    return tk_fail(error, TK_FORBIDDEN,
                   "Give a key or a prefix that begins with limits, staff/, duty/, shift/, tier/, "
                   "device/ or seal/.");
}

/* --- records --- */

/* Verifiers of PINs leave no service. */
static enum tk_code put_record(struct exchange *x, const struct record *record)
{
    struct record shown = *record;
    enum tk_code code = staff_blank(&shown);

    if (!code) {
        json_put_open(exchange_body(x), NULL, '{');
        json_put_text(exchange_body(x), "key", shown.key);
        json_put_int(exchange_body(x), "seq", shown.seq);
        v1_put_time(x, "changedAt", shown.changed_at);
        json_put_raw(exchange_body(x), "value", shown.value);
        json_put_close(exchange_body(x), '}');
    }
    crypto_wipe(&shown, sizeof shown);
    return code;
}

static enum tk_code put_records(struct exchange *x, const struct record_list *list, size_t count)
{
    enum tk_code code = TK_OK;

    json_put_open(exchange_body(x), NULL, '{');
    json_put_open(exchange_body(x), "records", '[');
    for (size_t i = 0; !code && i < count; i++)
        code = put_record(x, &list->items[i]);
    json_put_close(exchange_body(x), ']');
    json_put_close(exchange_body(x), '}');
    return code;
}

static void link_records(struct exchange *x, struct record_query *query, size_t limit,
                         const char *last)
{
    struct buffer next;

    query->after_key = last;
    query->limit = limit;
    buffer_init(&next, HTTP_HEAD_MAX);
    query_put_records(&next, query);
    v1_link_next(x, "/v1/records", &next);
}

static void release_records(struct record_list *list)
{
    if (list->items)
        crypto_wipe(list->items, list->count * sizeof *list->items);
    record_list_release(list);
}

static void show_records(struct exchange *x)
{
    struct query_context context = v1_context(x);
    struct record_list list = {0};
    struct tk_error error = {0};
    struct record_query query;
    size_t limit = 0, count = 0;
    enum tk_code code = query_read_records(&x->form, &context, &query, &error);

    if (!code)
        code = check_right(x, query.key ? query.key : query.prefix, &error);
    if (!code) {
        limit = v1_limit(x, query.limit);
        query.limit = limit + 1;
        code = office_records(&x->office, &query, &list, &error);
    }
    if (!code) {
        count = list.count < limit ? list.count : limit;
        code = put_records(x, &list, count);
    }
    if (!code && list.count > count)
        link_records(x, &query, limit, list.items[count - 1].key);
    if (code)
        exchange_fail(x, code, &error);
    else
        exchange_answer(x, 200);
    release_records(&list);
}

void v1_get_records(struct exchange *x)
{
    exchange_work(x, show_records);
}

/* --- tallies --- */

static void put_tally(struct exchange *x, const struct tally *tally)
{
    struct buffer *out = exchange_body(x);

    json_put_open(out, NULL, '{');
    if (tally->slot_id) {
        json_put_int(out, "slotId", tally->slot_id);
    } else {
        v1_put_time(x, "spanAt", tally->span_at);
        json_put_text(out, "actor", tally->actor);
        json_put_text(out, "deviceName", tally->device);
    }
    json_put_text(out, "genre", genre_name(tally->genre));
#define X(member, name, help) json_put_int(out, name, tally->member);
    TALLY_TABLE(X)
#undef X
    json_put_close(out, '}');
}

/* By showing it goes on after a start, which a tally does not tell. */
static enum tk_code go_on_after(struct exchange *x, struct tally_query *query,
                                const struct tally *last, struct tk_error *error)
{
    struct slot slot;
    enum tk_code code = TK_OK;

    if (query->by_slot) {
        code = office_slot(&x->office, last->slot_id, &slot, error);
        if (code)
            return code;
        query->after_starts_at = slot.starts_at;
        query->after_slot = slot.id;
        return TK_OK;
    }
    query->after_given = true;
    query->after_span = last->span_at;
    query->after_actor = last->actor;
    query->after_device = last->device;
    query->after_genre = (int)last->genre;
    return code;
}

static enum tk_code link_tallies(struct exchange *x, struct tally_query *query, size_t limit,
                                 const struct tally *last, struct tk_error *error)
{
    enum tk_code code = go_on_after(x, query, last, error);
    struct buffer next;

    if (code)
        return code;
    query->limit = limit;
    buffer_init(&next, HTTP_HEAD_MAX);
    query_put_tallies(&next, query);
    v1_link_next(x, "/v1/tallies", &next);
    return TK_OK;
}

static void show_tallies(struct exchange *x)
{
    struct query_context context = v1_context(x);
    struct tally_list list = {0};
    struct tk_error error = {0};
    struct tally_query query;
    size_t limit = 0, count;
    enum tk_code code = query_read_tallies(&x->form, &context, &query, &error);

    if (!code) {
        limit = v1_limit(x, query.limit);
        query.limit = limit + 1;
        code = office_tallies(&x->office, &query, &list, &error);
    }
    count = list.count < limit ? list.count : limit;
    json_put_open(exchange_body(x), NULL, '{');
    json_put_open(exchange_body(x), "tallies", '[');
    for (size_t i = 0; i < count; i++)
        put_tally(x, &list.items[i]);
    json_put_close(exchange_body(x), ']');
    json_put_close(exchange_body(x), '}');
    if (!code && list.count > count)
        code = link_tallies(x, &query, limit, &list.items[count - 1], &error);
    if (code)
        exchange_fail(x, code, &error);
    else
        exchange_answer(x, 200);
    tally_list_release(&list);
}

void v1_get_tallies(struct exchange *x)
{
    exchange_work(x, show_tallies);
}
