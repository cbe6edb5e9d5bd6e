/* /v1/slots: showings. */
#include <ctype.h>
#include <string.h>

#include "ui/http/v1.h"

#define OTHER_DAY_US (400 * TIME_DAY + 5 * TIME_HOUR + 17 * TIME_MINUTE)

/* Whether a time in the query means another moment on another day ("19:45", "tomorrow"): then the
   query, read as of that day, is another one. The ids in `room` stay what they are. */
static bool has_relative_time(const struct exchange *x, struct query_room *room,
                              const struct slot_query *query)
{
    struct query_context context = v1_context(x);
    struct slot_query other;

    context.now += OTHER_DAY_US;
    return query_read_slots(&x->form, &context, room, &other, NULL) ||
           other.starts_at != query->starts_at || other.from != query->from ||
           other.to != query->to || other.starts_after != query->starts_after ||
           other.ends_after != query->ends_after;
}

static void link_slots(struct exchange *x, struct slot_query *query, const struct slot *last)
{
    struct buffer next;

    query->after_given = true;
    query->after_starts_at = query->by_id ? 0 : last->starts_at;
    query->after_id = last->id;
    buffer_init(&next, HTTP_HEAD_MAX);
    query_put_slots(&next, query);
    v1_link_next(x, "/v1/slots", &next);
}

static void list_slots(struct exchange *x)
{
    struct query_context context = v1_context(x);
    struct slot_query query;
    struct query_room room;
    struct slot_list list = {0};
    struct tk_error error = {0};
    size_t limit = 0;
    enum tk_code code = query_read_slots(&x->form, &context, &room, &query, &error);

    if (!code) {
        if (has_relative_time(x, &room, &query))
            x->valid_until = 1; /* long ago */
        limit = query.ids ? QUERY_IDS_MAX : v1_limit(x, query.limit);
        query.limit = limit + 1;
        code = office_slots(&x->office, &query, &list, &error);
    }
    if (code) {
        exchange_fail(x, code, &error);
        goto out;
    }
    if (list.count > limit) {
        list.count = limit;
        query.limit = limit;
        link_slots(x, &query, &list.items[limit - 1]);
    }
    json_put_open(exchange_body(x), NULL, '{');
    json_put_open(exchange_body(x), "slots", '[');
    for (size_t i = 0; i < list.count; i++)
        v1_put_slot(x, NULL, &list.items[i]);
    json_put_close(exchange_body(x), ']');
    json_put_close(exchange_body(x), '}');
    exchange_answer(x, 200);
out:
    slot_list_release(&list);
}

void v1_list_slots(struct exchange *x)
{
    if (v1_accepts(x))
        exchange_work(x, list_slots);
}

static void count_slots(struct exchange *x)
{
    struct query_context context = v1_context(x);
    struct slot_query query;
    struct query_room room;
    struct tk_error error = {0};
    int64_t count = 0;
    enum tk_code code = query_read_slots(&x->form, &context, &room, &query, &error);

    if (!code && query.starts_after && query.ends_after)
        code = tk_fail(&error, TK_BAD_REQUEST,
                       "Give one of the parameters “startsAfter” and “endsAfter”.");
    if (!code)
        code = office_count_slots(&x->office, &query, &count, &error);
    if (code) {
        exchange_fail(x, code, &error);
        return;
    }
    json_put_open(exchange_body(x), NULL, '{');
    json_put_int(exchange_body(x), "count", count);
    json_put_close(exchange_body(x), '}');
    exchange_answer(x, 200);
}

void v1_count_slots(struct exchange *x)
{
    if (v1_accepts(x))
        exchange_work(x, count_slots);
}

static void show_new_slot(struct exchange *x)
{
    struct tk_error error = {0};
    struct slot slot;
    enum tk_code code;

    if (v1_refused(x))
        return;
    code = office_slot(&x->office, x->outcomes[0].slot_id, &slot, &error);
    if (code) {
        v1_fail_to_show(x, code);
        return;
    }
    v1_put_slot(x, NULL, &slot);
    http_response_field(&x->request->response, "Location", "/v1/slots/%lld", (long long)slot.id);
    exchange_answer(x, 201);
}

void v1_post_slot(struct exchange *x)
{
    struct operation model = {0};
    struct json *body;

    if (v1_accepts(x) && v1_body(x, &body))
        v1_change(x, OP_SCHEDULE, &model, body, show_new_slot);
}

static void show_slot(struct exchange *x)
{
    struct tk_error error = {0};
    struct slot slot;
    int64_t id;
    enum tk_code code;

    if (!v1_path_slot(x, &id))
        return;
    code = office_slot(&x->office, id, &slot, &error);
    if (code) {
        exchange_fail(x, code, &error);
        return;
    }
    v1_put_slot(x, NULL, &slot);
    exchange_answer(x, 200);
}

void v1_get_slot(struct exchange *x)
{
    if (v1_accepts(x))
        exchange_work(x, show_slot);
}

/* Clerks and above get any key. */
static enum tk_code check_key(const struct exchange *x, const struct slot *slot,
                              struct tk_error *error)
{
    char name[SLOT_NAME_SIZE + TIME_TEXT_MAX];

    if (role_reads(x->role, ROLE_CLERK) || v1_is_for_doors(x, slot))
        return TK_OK;
    office_name_slot(&x->office, slot, name, sizeof name);
    if (slot->expired_at || office_now(&x->office) >= slot->ends_at)
        return tk_fail(error, TK_FORBIDDEN, "A door gets no key of a showing that is over: %s.",
                       name);
    return tk_fail(error, TK_FORBIDDEN,
                   "A door gets a key %d hours before admission opens: it is too early for %s.",
                   V1_DOOR_AHEAD_HOURS, name);
}

/* The key that a slot's passes have; of one that sold no ticket, the one that it would take now, which
   another program may just have made. */
static enum tk_code find_slot_key(struct exchange *x, const struct slot *slot,
                                  struct crypto_key *key, struct tk_error *error)
{
    struct key_ring *keys = &x->office.keys;
    struct store_facts facts = {.key_generation = slot->key_generation};
    enum tk_code code = TK_OK;

    if (!slot->key_generation)
        code = office_facts(&x->office, &facts, error);
    return code ? code
                : keys->slot_key(keys->context, slot->id, facts.key_generation, key, error);
}

static void show_slot_key(struct exchange *x)
{
    struct tk_error error = {0};
    struct crypto_key key;
    struct slot slot;
    char hex[2 * CRYPTO_KEY_SIZE + 1];
    int64_t id;
    enum tk_code code;

    if (!v1_path_slot(x, &id))
        return;
    code = office_slot(&x->office, id, &slot, &error);
    if (!code)
        code = check_key(x, &slot, &error);
    if (!code)
        code = find_slot_key(x, &slot, &key, &error);
    if (code) {
        exchange_fail(x, code, &error);
        return;
    }
    hex_print(hex, key.bytes, sizeof key.bytes);
    json_put_open(exchange_body(x), NULL, '{');
    json_put_int(exchange_body(x), "slotId", id);
    json_put_int(exchange_body(x), "generation", slot.key_generation);
    json_put_text(exchange_body(x), "key", hex);
    json_put_close(exchange_body(x), '}');
    crypto_wipe(&key, sizeof key);
    crypto_wipe(hex, sizeof hex);
    http_response_field(&x->request->response, "Cache-Control", "no-store");
    exchange_answer_as(x, 200, "application/json");
}

void v1_get_slot_key(struct exchange *x)
{
    if (v1_accepts(x))
        exchange_work(x, show_slot_key);
}
