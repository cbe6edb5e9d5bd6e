/* /v1/store and what belongs to the box office as a whole: upkeep, journal, verify, backup, devices. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/text.h"
#include "ui/http/v1.h"

static void put_store(struct exchange *x, const struct store_facts *facts, uint64_t version)
{
    struct buffer *out = exchange_body(x);

    json_put_open(out, NULL, '{');
    json_put_text(out, "uuid", facts->uuid);
    json_put_int(out, "era", facts->era);
    json_put_int(out, "version", (int64_t)version);
    json_put_text(out, "engine", facts->engine);
    json_put_int(out, "schemaVersion", facts->schema_version);
    json_put_int(out, "size", facts->size);
    json_put_open(out, "rules", '{');
    json_put_int(out, "expireAfter", x->office.rules.expire_after);
    json_put_bool(out, "closeAtStart", x->office.rules.close_at_start);
    json_put_int(out, "closeAfter", x->office.rules.close_after);
    json_put_int(out, "admitBefore", x->office.rules.admit_before);
    json_put_close(out, '}');
    v1_put_time(x, "serverTime", office_now(&x->office));
    json_put_close(out, '}');
}

static void show_store(struct exchange *x)
{
    struct tk_error error = {0};
    struct store_facts facts;
    uint64_t version = 0;
    enum tk_code code = office_facts(&x->office, &facts, &error);

    if (!code)
        code = office_version(&x->office, &version, &error);
    if (code) {
        exchange_fail(x, code, &error);
        return;
    }
    put_store(x, &facts, version);
    /* the time is another one with every answer: an ETag would never match */
    http_response_field(&x->request->response, "Cache-Control", "no-store");
    exchange_answer_as(x, 200, "application/json");
}

void v1_get_store(struct exchange *x)
{
    if (v1_accepts(x))
        exchange_work(x, show_store);
}

/* --- upkeep --- */

static void show_due(struct exchange *x)
{
    struct query_context context = v1_context(x);
    struct tk_error error = {0};
    struct due_query query;
    struct id_list list = {0};
    enum tk_code code;

    context.most = STORE_LIST_MAX; /* what is due has no pages: it is asked for again when done */
    code = query_read_due(&x->form, &context, &query, &error);
    query.limit = v1_limit(x, query.limit);
    if (!code)
        code = office_due(&x->office, &query, &list, &error);
    if (code) {
        exchange_fail(x, code, &error);
    } else {
        json_put_open(exchange_body(x), NULL, '{');
        json_put_open(exchange_body(x), "slotIds", '[');
        for (size_t i = 0; i < list.count; i++)
            json_put_int(exchange_body(x), NULL, list.items[i]);
        json_put_close(exchange_body(x), ']');
        json_put_close(exchange_body(x), '}');
        exchange_answer(x, 200);
    }
    id_list_release(&list);
}

void v1_get_due(struct exchange *x)
{
    if (v1_accepts(x))
        exchange_work(x, show_due);
}

/* The time of the body's asOf; 0 when there is none. */
static enum tk_code read_as_of(struct exchange *x, const struct json *body, int64_t *as_of,
                               struct tk_error *error)
{
    static const char *const known[] = {"asOf", NULL};
    const char *stranger = body ? json_unknown_member(body, known) : NULL;
    const struct json *value = json_member(body, "asOf");

    if (stranger)
        return tk_fail(error, TK_BAD_REQUEST, "There is no member “%.60s” here.", stranger);
    if (!value || json_is_null(value))
        return TK_OK;
    if (json_text(value))
        return office_parse_time(&x->office, json_text(value), as_of, error);
    if (json_whole(value, as_of) && *as_of > 0 && *as_of <= TIME_MAX)
        return TK_OK;
    return tk_fail(error, TK_BAD_TIME, "The member “asOf” is not a time.");
}

static void expire(struct exchange *x)
{
    struct upkeep_result result = {0};
    struct tk_error error = {0};
    struct json *body;
    int64_t as_of = 0;
    enum tk_code code;

    if (!v1_body(x, &body))
        return;
    code = read_as_of(x, body, &as_of, &error);
    json_free(body);
    if (!code)
        code = office_expire(&x->office, as_of, &result, &error);
    if (code) {
        exchange_fail(x, code, &error);
        return;
    }
    json_put_open(exchange_body(x), NULL, '{');
    json_put_int(exchange_body(x), "slots", result.slots);
    json_put_int(exchange_body(x), "tickets", result.tickets);
    json_put_close(exchange_body(x), '}');
    exchange_answer(x, 200);
}

void v1_post_expiries(struct exchange *x)
{
    if (v1_accepts(x))
        exchange_work(x, expire);
}

/* --- journal, verify, devices --- */

static void link_journal(struct exchange *x, struct journal_query *query, int64_t last)
{
    struct buffer next;

    query->after_seq = last;
    buffer_init(&next, HTTP_HEAD_MAX);
    query_put_journal(&next, query);
    v1_link_next(x, "/v1/journal", &next);
}

static void put_entry(struct exchange *x, const struct journal_entry *entry)
{
    struct wire_record record;

    wire_journal_entry(&record, entry, &x->office.ports.zone);
    wire_put_json(exchange_body(x), NULL, &record);
}

static void show_journal(struct exchange *x)
{
    struct query_context context = v1_context(x);
    struct tk_error error = {0};
    struct query_room room;
    struct journal_query query;
    struct journal_list list = {0};
    size_t limit = 0, put = 0;
    enum tk_code code = query_read_journal(&x->form, &context, &room, &query, &error);

    if (!code) {
        limit = v1_limit(x, query.limit);
        query.limit = limit + 1;
        code = office_journal(&x->office, &query, &list, &error);
    }
    if (code) {
        exchange_fail(x, code, &error);
        goto out;
    }
    json_put_open(exchange_body(x), NULL, '{');
    json_put_open(exchange_body(x), "entries", '[');
    for (; put < list.count && put < limit; put++)
        put_entry(x, &list.items[put]);
    json_put_close(exchange_body(x), ']');
    json_put_close(exchange_body(x), '}');
    query.limit = limit;
    if (list.count > limit)
        link_journal(x, &query, list.items[limit - 1].seq);
    exchange_answer(x, 200);
out:
    journal_list_release(&list);
}

void v1_get_journal(struct exchange *x)
{
    if (v1_accepts(x))
        exchange_work(x, show_journal);
}

static void put_report(struct buffer *out, const struct verify_report *report)
{
    json_put_open(out, NULL, '{');
    json_put_open(out, "problems", '[');
    for (size_t i = 0; i < report->count; i++) {
        json_put_open(out, NULL, '{');
        json_put_text(out, "check", report->items[i].check);
        json_put_text(out, "text", report->items[i].text);
        json_put_close(out, '}');
    }
    json_put_close(out, ']');
    json_put_int(out, "found", report->found);
    json_put_int(out, "slots", report->slots);
    json_put_int(out, "tickets", report->tickets);
    json_put_int(out, "customers", report->customers);
    json_put_int(out, "entries", report->entries);
    json_put_close(out, '}');
}

static void verify(struct exchange *x)
{
    struct verify_report report = {0};
    struct tk_error error = {0};
    enum tk_code code = office_verify(&x->office, &report, &error);

    if (code) {
        exchange_fail(x, code, &error);
    } else {
        put_report(exchange_body(x), &report);
        exchange_answer(x, 200);
    }
    verify_report_release(&report);
}

void v1_get_verify(struct exchange *x)
{
    if (v1_accepts(x))
        exchange_work(x, verify);
}

/* What devices are asked for. */
struct wanted_device {
    const char *name, *hash;
    uint8_t token_hash[CRYPTO_HASH_SIZE];
};

static bool is_wanted(const struct wanted_device *wanted, const struct device *device)
{
    if (wanted->name && strcmp(wanted->name, device->name) != 0)
        return false;
    return !wanted->hash || (!device->revoked_at && crypto_equal(wanted->token_hash,
                                                                 device->token_hash,
                                                                 CRYPTO_HASH_SIZE));
}

static void put_devices(struct exchange *x, const struct device_list *list,
                        const struct wanted_device *wanted)
{
    struct wire_record record;

    json_put_open(exchange_body(x), NULL, '{');
    json_put_open(exchange_body(x), "devices", '[');
    for (size_t i = 0; i < list->count; i++) {
        if (!is_wanted(wanted, &list->items[i]))
            continue;
        wire_device(&record, &list->items[i], &x->office.ports.zone);
        wire_put_json(exchange_body(x), NULL, &record);
    }
    json_put_close(exchange_body(x), ']');
    json_put_close(exchange_body(x), '}');
}

static void show_devices(struct exchange *x)
{
    struct wanted_device wanted = {.name = NULL};
    struct device_list list = {0};
    struct tk_error error = {0};
    enum tk_code code = TK_OK;

    if (!v1_text(x, "deviceName", &wanted.name) || !v1_text(x, "tokenHash", &wanted.hash))
        return;
    if (wanted.hash && !hex_parse(wanted.token_hash, CRYPTO_HASH_SIZE, wanted.hash))
        code = tk_fail(&error, TK_BAD_REQUEST,
                       "The parameter “tokenHash” is not %d hexadecimal digits.",
                       2 * CRYPTO_HASH_SIZE);
    if (!code)
        code = office_devices(&x->office, &list, &error);
    if (code) {
        exchange_fail(x, code, &error);
    } else {
        put_devices(x, &list, &wanted);
        exchange_answer(x, 200);
    }
    device_list_release(&list);
}

void v1_get_devices(struct exchange *x)
{
    if (v1_accepts(x))
        exchange_work(x, show_devices);
}

/* --- backup --- */

/* Opens a file and takes its name away: it is gone when it is closed, whatever happens. */
static int open_unlinked(const char *path, uint64_t *length)
{
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    if (fd >= 0 && fstat(fd, &info) == 0) {
        *length = (uint64_t)info.st_size;
    } else if (fd >= 0) {
        close(fd);
        fd = -1;
    }
    unlink(path);
    return fd;
}

static void send_copy(struct exchange *x, int fd, uint64_t length)
{
    struct http_response *response = &x->request->response;

    response->file = fd;
    response->file_length = length;
    http_response_field(response, "Content-Disposition", "attachment; filename=\"ticketly.db\"");
    http_response_field(response, "Cache-Control", "no-store");
    exchange_answer_as(x, 200, "application/vnd.sqlite3");
}

static void backup(struct exchange *x)
{
    char folder[1024], path[1100];
    struct tk_error error = {0};
    uint64_t length = 0;
    int fd = -1;
    enum tk_code code;

    if (!v1_make_folder(x, folder, sizeof folder)) {
        tk_fail(&error, TK_CANNOT_CREATE, "There is no folder in which a copy could be made.");
        exchange_fail(x, TK_CANNOT_CREATE, &error);
        return;
    }
    snprintf(path, sizeof path, "%s/copy.db", folder);
    code = office_backup(&x->office, path, NULL, NULL, &error);
    if (!code)
        fd = open_unlinked(path, &length);
    else
        unlink(path);
    rmdir(folder);
    if (!code && fd < 0)
        code = tk_fail(&error, TK_IO, "The copy cannot be read.");
    if (code)
        exchange_fail(x, code, &error);
    else
        send_copy(x, fd, length);
}

void v1_get_backup(struct exchange *x)
{
    if (v1_accepts(x))
        exchange_work(x, backup);
}
