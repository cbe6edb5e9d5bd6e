/* /v1/allotments and /v1/disputes: what tills hold to sell while cut off, and what came of it. */
#include <string.h>

#include "core/text.h"
#include "ui/http/v1.h"

/* A parameter that is true or false; *flag stays when it is not given. */
static bool read_flag(struct exchange *x, const char *name, bool *flag)
{
    const struct form_pair *pair = form_find(&x->form, name);
    struct tk_error error;

    if (!pair)
        return true;
    *flag = strcmp(pair->value, "true") == 0;
    if (*flag || strcmp(pair->value, "false") == 0)
        return true;
    tk_fail(&error, TK_BAD_REQUEST, "The parameter “%s” is true or false.", name);
    exchange_fail(x, TK_BAD_REQUEST, &error);
    return false;
}

static bool read_limit(struct exchange *x, size_t *limit)
{
    int64_t number = V1_PAGE_DEFAULT;

    if (!v1_number(x, "limit", 1, V1_PAGE_MAX, &number))
        return false;
    *limit = (size_t)number;
    return true;
}

/* --- allotments --- */

static bool read_allotments(struct exchange *x, struct allotment_query *query)
{
    const char *after = "";
    struct tk_error error;

    *query = (struct allotment_query){0};
    if (!v1_number(x, "slotId", 1, SLOT_ID_MAX, &query->slot_id) ||
        !v1_text(x, "deviceName", &query->holder) || !read_flag(x, "held", &query->held) ||
        !v1_number(x, "after", 0, SLOT_ID_MAX, &query->after_slot) ||
        !v1_text(x, "afterDevice", &after) || !read_limit(x, &query->limit))
        return false;
    if (text_copy(query->after_holder, sizeof query->after_holder, after))
        return true;
    tk_fail(&error, TK_BAD_REQUEST, "The parameter “afterDevice” is longer than %d bytes.",
            DEVICE_SIZE - 1);
    exchange_fail(x, TK_BAD_REQUEST, &error);
    return false;
}

static void link_allotments(struct exchange *x, const struct allotment_query *query,
                            const struct allotment *last)
{
    struct buffer next;

    buffer_init(&next, HTTP_HEAD_MAX);
    if (query->slot_id)
        form_put_int(&next, "slotId", query->slot_id);
    if (query->holder)
        form_put(&next, "deviceName", query->holder);
    if (query->held)
        form_put(&next, "held", "true");
    form_put_int(&next, "after", last->slot_id);
    form_put(&next, "afterDevice", last->holder);
    form_put_int(&next, "limit", (int64_t)query->limit);
    v1_link_next(x, "/v1/allotments", &next);
}

static void put_allotments(struct exchange *x, const struct allotment_list *list, size_t count)
{
    struct wire_record record;

    json_put_open(exchange_body(x), NULL, '{');
    json_put_open(exchange_body(x), "allotments", '[');
    for (size_t i = 0; i < count; i++) {
        wire_allotment(&record, &list->items[i], &x->office.ports.zone);
        wire_put_json(exchange_body(x), NULL, &record);
    }
    json_put_close(exchange_body(x), ']');
    json_put_close(exchange_body(x), '}');
}

static void show_allotments(struct exchange *x)
{
    struct allotment_query query, asked;
    struct allotment_list list = {0};
    struct tk_error error = {0};
    enum tk_code code;
    size_t count;

    if (!read_allotments(x, &query))
        return;
    asked = query;
    asked.limit++; /* to see whether there are more */
    code = office_allotments(&x->office, &asked, &list, &error);
    count = list.count < query.limit ? list.count : query.limit;
    if (code) {
        exchange_fail(x, code, &error);
    } else {
        put_allotments(x, &list, count);
        if (list.count > count)
            link_allotments(x, &query, &list.items[count - 1]);
        exchange_answer(x, 200);
    }
    allotment_list_release(&list);
}

void v1_get_allotments(struct exchange *x)
{
    if (v1_accepts(x))
        exchange_work(x, show_allotments);
}

/* --- disputes --- */

static bool read_id(struct exchange *x, const char *name, struct op_id *id, bool *given)
{
    const char *text = NULL;
    struct tk_error error;

    *given = false;
    if (!v1_text(x, name, &text))
        return false;
    *given = text != NULL;
    if (!text || op_id_parse(id, text))
        return true;
    tk_fail(&error, TK_BAD_REQUEST, "The parameter “%s” is a UUID.", name);
    exchange_fail(x, TK_BAD_REQUEST, &error);
    return false;
}

static bool read_disputes(struct exchange *x, struct dispute_query *query, struct op_id *id)
{
    bool given, after;

    *query = (struct dispute_query){0};
    if (!read_flag(x, "open", &query->open) || !read_id(x, "disputeId", id, &given) ||
        !v1_number(x, "afterFound", 0, TIME_MAX, &query->after_found_at) ||
        !read_id(x, "after", &query->after_id, &after) || !read_limit(x, &query->limit))
        return false;
    query->id = given ? id : NULL;
    return true;
}

static void link_disputes(struct exchange *x, const struct dispute_query *query,
                          const struct dispute *last)
{
    char id[OP_ID_TEXT_MAX];
    struct buffer next;

    buffer_init(&next, HTTP_HEAD_MAX);
    op_id_print(id, &last->id);
    if (query->open)
        form_put(&next, "open", "true");
    form_put_int(&next, "afterFound", last->found_at);
    form_put(&next, "after", id);
    form_put_int(&next, "limit", (int64_t)query->limit);
    v1_link_next(x, "/v1/disputes", &next);
}

static void put_disputes(struct exchange *x, const struct dispute_list *list, size_t count)
{
    struct wire_record record;

    json_put_open(exchange_body(x), NULL, '{');
    json_put_open(exchange_body(x), "disputes", '[');
    for (size_t i = 0; i < count; i++) {
        wire_dispute(&record, &list->items[i], &x->office.ports.zone);
        wire_put_json(exchange_body(x), NULL, &record);
    }
    json_put_close(exchange_body(x), ']');
    json_put_close(exchange_body(x), '}');
}

static void show_disputes(struct exchange *x)
{
    struct dispute_query query, asked;
    struct dispute_list list = {0};
    struct tk_error error = {0};
    struct op_id id;
    enum tk_code code;
    size_t count;

    if (!read_disputes(x, &query, &id))
        return;
    asked = query;
    asked.limit++;
    code = office_disputes(&x->office, &asked, &list, &error);
    count = list.count < query.limit ? list.count : query.limit;
    if (code) {
        exchange_fail(x, code, &error);
    } else {
        put_disputes(x, &list, count);
        if (list.count > count)
            link_disputes(x, &query, &list.items[count - 1]);
        exchange_answer(x, 200);
    }
    dispute_list_release(&list);
}

void v1_get_disputes(struct exchange *x)
{
    if (v1_accepts(x))
        exchange_work(x, show_disputes);
}
