/* roles: the whole table of who may do what; limits: how far clerks may go. */
#include <inttypes.h>
#include <string.h>

#include "core/box_office_staff.h"
#include "core/text.h"
#include "ui/admin/command.h"

/* --- roles --- */

static void put_roles(struct buffer *out)
{
    json_put_open(out, NULL, '{');
    json_put_open(out, "roles", '[');
    for (int role = 0; role < ROLE_COUNT; role++) {
        json_put_open(out, NULL, '{');
        json_put_text(out, "role", role_name((enum role)role));
        json_put_text(out, "for", role_is_for_staff((enum role)role) ? "people" : "devices");
        json_put_text(out, "help", role_help((enum role)role));
        json_put_bool(out, "limited", role_is_limited((enum role)role));
        json_put_bool(out, "approves", role_approves((enum role)role));
        json_put_close(out, '}');
    }
    json_put_close(out, ']');
    json_put_open(out, "operations", '[');
    for (int kind = 0; kind < OP_KIND_COUNT; kind++) {
        json_put_open(out, NULL, '{');
        json_put_text(out, "operation", op_kind_name((enum op_kind)kind));
        json_put_open(out, "roles", '[');
        for (int role = 0; role < ROLE_COUNT; role++)
            if (role_may((enum role)role, (enum op_kind)kind))
                json_put_text(out, NULL, role_name((enum role)role));
        json_put_close(out, ']');
        json_put_close(out, '}');
    }
    json_put_close(out, ']');
    json_put_close(out, '}');
    buffer_add_char(out, '\n');
}

static void print_roles(struct buffer *out)
{
    const char *heads[ROLE_COUNT + 2] = {"Operation"};
    struct table table;

    for (int role = 0; role < ROLE_COUNT; role++)
        heads[role + 1] = role_name((enum role)role);
    table_init(&table, heads);
    for (int kind = 0; kind < OP_KIND_COUNT; kind++) {
        table_add(&table, op_kind_name((enum op_kind)kind));
        for (int role = 0; role < ROLE_COUNT; role++)
            table_add(&table, role_may((enum role)role, (enum op_kind)kind) ? "yes" : "-");
    }
    table_print(&table, out);
    table_release(&table);
    buffer_add_char(out, '\n');
    for (int role = 0; role < ROLE_COUNT; role++)
        put_field(out, role_name((enum role)role), "%s", role_help((enum role)role));
}

enum tk_code command_roles(struct call *call, struct tk_error *error)
{
    (void)error;
    if (call->json)
        put_roles(&call->out.text);
    else
        print_roles(&call->out.text);
    return TK_OK;
}

/* --- limits --- */

static const char *const heads[] = {"Limit", ">Value", "What it says", NULL};

static void put_limit(struct buffer *out, const void *context, size_t at)
{
    const struct limits *limits = context;

    json_put_open(out, NULL, '{');
    json_put_text(out, "limit", limit_name((enum limit)at));
    json_put_int(out, "value", limits->values[at]);
    json_put_int(out, "least", limit_least((enum limit)at));
    json_put_int(out, "greatest", limit_greatest((enum limit)at));
    json_put_text(out, "help", limit_help((enum limit)at));
    json_put_close(out, '}');
}

static void add_limit(struct table *table, const void *context, size_t at)
{
    const struct limits *limits = context;

    table->whole = true;
    table_add(table, limit_name((enum limit)at));
    table_addf(table, "%" PRId64, limits->values[at]);
    table_add(table, limit_help((enum limit)at));
}

enum tk_code command_limits(struct call *call, struct tk_error *error)
{
    struct limits limits;
    struct rows rows = {.heads = heads,
                        .put = put_limit,
                        .add = add_limit,
                        .context = &limits,
                        .count = LIMIT_COUNT,
                        .empty = ""};
    struct box_office *office;
    enum tk_code code = call_office(call, &office, error);

    if (!code)
        code = office_limits(office, &limits, error);
    if (!code)
        show_rows(call, &rows);
    return code;
}

enum tk_code command_set_limit(struct call *call, struct tk_error *error)
{
    int64_t value = call_number(call, OPT_VALUE, 0);
    struct buffer *out = &call->out.text;
    struct box_office *office;
    enum limit limit;
    enum tk_code code = TK_OK;

    if (!limit_parse(call->argument, &limit))
        return tk_fail(error, TK_BAD_LIMIT,
                       "There is no limit “%.40s”: `ticketly admin limits` shows them.",
                       call->argument);
    code = call_office(call, &office, error);
    if (!code)
        code = office_set_limit(office, limit, value, error);
    if (code)
        return code;
    if (!call->json) {
        buffer_addf(out, "%s is %" PRId64 " (%s).\n", limit_name(limit), value, limit_help(limit));
        return TK_OK;
    }
    json_put_open(out, NULL, '{');
    json_put_text(out, "limit", limit_name(limit));
    json_put_int(out, "value", value);
    json_put_close(out, '}');
    buffer_add_char(out, '\n');
    return TK_OK;
}
