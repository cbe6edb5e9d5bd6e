#include "ui/http/v1.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/text.h"

/* --- what was asked --- */

static bool is_parameter(const struct route *route, const struct form_pair *pair)
{
    for (const struct query_parameter *p = route->parameters; p && p->name; p++)
        if (strlen(p->name) == pair->name_length &&
            memcmp(p->name, pair->name, pair->name_length) == 0)
            return true;
    return false;
}

bool v1_accepts(struct exchange *x)
{
    struct tk_error error;

    for (size_t i = 0; i < x->form.count; i++) {
        char name[40];

        if (is_parameter(x->route, &x->form.pairs[i]))
            continue;
        text_display(name, sizeof name, x->form.pairs[i].name);
        tk_fail(&error, TK_BAD_REQUEST, "There is no parameter “%s” here.", name);
        exchange_fail(x, TK_BAD_REQUEST, &error);
        return false;
    }
    if (x->request->body_length && !x->route->body_schema) {
        tk_fail(&error, TK_BAD_REQUEST, "This takes no body.");
        exchange_fail(x, TK_BAD_REQUEST, &error);
        return false;
    }
    return true;
}

static bool fail_path(struct exchange *x, enum tk_code code, const char *what)
{
    struct tk_error error;

    tk_fail(&error, code, "“%.40s” is not a %s's number.", x->variables[0], what);
    exchange_fail(x, code, &error);
    return false;
}

bool v1_path_slot(struct exchange *x, int64_t *id)
{
    return slot_id_parse(x->variables[0], id) || fail_path(x, TK_BAD_ID, "showing");
}

bool v1_path_ticket(struct exchange *x, uint64_t *id)
{
    return id_parse(ID_TICKET, x->variables[0], id) || fail_path(x, TK_BAD_ID, "ticket");
}

bool v1_path_customer(struct exchange *x, uint64_t *id)
{
    return id_parse(ID_CUSTOMER, x->variables[0], id) || fail_path(x, TK_BAD_ID, "customer");
}

bool v1_number(struct exchange *x, const char *name, int64_t least, int64_t most, int64_t *number)
{
    const struct form_pair *pair = form_find(&x->form, name);
    struct tk_error error;
    int64_t read;

    if (!pair)
        return true;
    if (strlen(pair->value) == pair->value_length && text_parse_int(pair->value, &read) &&
        read >= least && read <= most) {
        *number = read;
        return true;
    }
    tk_fail(&error, TK_BAD_REQUEST, "The parameter “%s” is a whole number from %lld to %lld.", name,
            (long long)least, (long long)most);
    exchange_fail(x, TK_BAD_REQUEST, &error);
    return false;
}

bool v1_text(struct exchange *x, const char *name, const char **text)
{
    const struct form_pair *pair = form_find(&x->form, name);
    struct tk_error error;
    char clean[1024];

    if (!pair)
        return true;
    if (strlen(pair->value) == pair->value_length &&
        text_clean(clean, sizeof clean, pair->value) == TK_OK) {
        *text = pair->value;
        return true;
    }
    tk_fail(&error, TK_BAD_TEXT, "The parameter “%s” is too long or not text.", name);
    exchange_fail(x, TK_BAD_TEXT, &error);
    return false;
}

bool v1_wait_until(struct exchange *x, int64_t *until_us)
{
    int64_t wait = 0;

    if (!v1_number(x, "wait", 0, INT64_MAX, &wait))
        return false;
    if (wait > V1_WAIT_MAX)
        wait = V1_WAIT_MAX;
    *until_us = exchange_clock_us() + wait * 1000000;
    return true;
}

struct query_context v1_context(const struct exchange *x)
{
    return (struct query_context){
        .zone = &x->office.ports.zone, .now = office_now(&x->office), .most = V1_PAGE_MAX};
}

size_t v1_limit(const struct exchange *x, size_t limit)
{
    return form_find(&x->form, "limit") ? limit : V1_PAGE_DEFAULT;
}

static bool is_json(const char *type)
{
    static const char json[] = "application/json";
    size_t length = sizeof json - 1;

    return type && strncasecmp(type, json, length) == 0 && strchr("; \t", type[length]);
}

bool v1_body(struct exchange *x, struct json **document)
{
    const struct http_request *request = x->request;
    struct tk_error error = {0};
    enum tk_code code;

    *document = NULL;
    if (!request->body_length)
        return true;
    if (!is_json(http_request_field(request, "Content-Type"))) {
        exchange_fail(x, TK_BAD_MEDIA_TYPE, NULL);
        return false;
    }
    code = json_read(request->body, request->body_length, document, &error);
    if (!code && !json_is_object(*document)) {
        json_free(*document);
        *document = NULL;
        code = tk_fail(&error, TK_BAD_REQUEST, "The body is not a JSON object.");
    }
    if (code)
        exchange_fail(x, code == TK_BAD_DATA ? TK_BAD_REQUEST : code, &error);
    return !code;
}

/* --- changes --- */

/* What only the queue of a till says, which comes by sync. */
static enum tk_code check_own(const struct json *body, struct tk_error *error)
{
    static const char *const names[] = {"firstTicketId", "newTicketId", "cutOff"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (json_member(body, names[i]))
            return tk_fail(error, TK_BAD_OPERATION, "There is no member “%s” here.", names[i]);
    return TK_OK;
}

void v1_change(struct exchange *x, enum op_kind kind, const struct operation *model,
               struct json *body, void (*then)(struct exchange *x))
{
    struct tk_error error = {0};
    struct operation *operation;
    enum tk_code code = TK_OK;

    if (!exchange_operations(x, 1)) {
        json_free(body);
        return;
    }
    operation = x->operations;
    *operation = *model;
    operation->kind = kind;
    if (body)
        code = check_own(body, &error);
    if (body && !code)
        code = operation_read_arguments(body, &x->office.ports.zone, office_now(&x->office),
                                        operation, &error);
    else if (!body && x->route->body_schema)
        code = tk_fail(&error, TK_BAD_REQUEST, "The body is missing.");
    json_free(body);
    if (!code)
        code = office_make(&x->office, kind, &x->key_id, operation, &error);
    if (code)
        exchange_fail(x, code, &error);
    else
        exchange_apply(x, NULL, then);
}

bool v1_refused(struct exchange *x)
{
    struct tk_error error = {0};
    enum tk_code code = x->outcomes[0].code;

    if (!code)
        return false;
    office_refuse(&x->office, &x->operations[0], &x->outcomes[0], &error);
    exchange_fail(x, code, &error);
    return true;
}

void v1_fail_to_show(struct exchange *x, enum tk_code code)
{
    struct tk_error error;

    tk_fail(&error, TK_UNKNOWN,
            "This was saved, but cannot be shown (%s). Ask again with the same Idempotency-Key.",
            tk_code_name(code));
    exchange_fail(x, TK_UNKNOWN, &error);
}

/* --- what is answered --- */

bool v1_sees_people(const struct exchange *x)
{
    return role_reads(x->role, ROLE_CLERK);
}

void v1_put_slot(struct exchange *x, const char *name, const struct slot *slot)
{
    struct wire_record record;

    wire_slot(&record, slot, &x->office.ports.zone);
    wire_put_json(exchange_body(x), name, &record);
}

void v1_put_ticket(struct exchange *x, const char *name, const struct ticket_view *view,
                   bool with_pass)
{
    struct wire_record record;
    struct ticket_view nameless;
    char pass[PASS_SIZE] = "";

    if (!v1_sees_people(x) || !with_pass) {
        nameless = *view;
        nameless.customer = (struct customer){.id = view->customer.id};
        nameless.ticket.seller = 0;
        wire_ticket(&record, &nameless, NULL, &x->office.ports.zone);
    } else {
        office_pass(&x->office, view, pass);
        wire_ticket(&record, view, pass, &x->office.ports.zone);
    }
    wire_put_json(exchange_body(x), name, &record);
    crypto_wipe(pass, sizeof pass);
}

bool v1_is_for_doors(const struct exchange *x, const struct slot *slot)
{
    int64_t now = office_now(&x->office);

    return !slot->expired_at && now < slot->ends_at &&
           plan_admission_opens_at(slot, &x->office.rules) - now <= V1_DOOR_AHEAD;
}

void v1_put_time(struct exchange *x, const char *name, int64_t moment)
{
    char text[TIME_TEXT_MAX];

    time_print(text, moment, &x->office.ports.zone);
    json_put_text(exchange_body(x), name, text);
}

void v1_link_next(struct exchange *x, const char *path, struct buffer *parameters)
{
    if (!parameters->failed)
        http_response_field(&x->request->response, "Link", "<%s?%s>; rel=\"next\"", path,
                            buffer_text(parameters));
    buffer_release(parameters);
}

/* --- files --- */

bool v1_make_folder(struct exchange *x, char *path, size_t size)
{
    struct store_facts facts = {.location = ""};
    const char *folders[3] = {facts.location, getenv("TMPDIR"), "/tmp"};
    char *slash;

    if (office_facts(&x->office, &facts, NULL))
        facts.location[0] = '\0';
    slash = strrchr(facts.location, '/');
    if (slash)
        *slash = '\0';
    if (facts.location[0] != '/' || !slash)
        facts.location[0] = '\0';
    for (int i = 0; i < 3; i++) {
        if (!folders[i] || !*folders[i])
            continue;
        snprintf(path, size, "%s/ticketly-XXXXXX", folders[i]);
        if (mkdtemp(path))
            return true;
    }
    return false;
}
