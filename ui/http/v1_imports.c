/*
 * /v1/imports: many operations, applied in one transaction or not at all.
 *
 *   POST /v1/imports ──▶ open ── POST …/operations?at=N (as often as needed) ──▶ open
 *                          │ POST …/commit: applied ──▶ done, kept for a repeat of the commit
 *                          │ POST …/commit: refused, or with dryRun=true ──▶ open
 *                          └ DELETE, or 10 minutes without use ──▶ gone
 *
 * Operations lie in a file without a name, one a line, as operation_print writes them, so a service
 * that dies leaves nothing behind. Only whoever opened an import may use it.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ui/http/service_internal.h"
#include "ui/http/v1.h"

#define IMPORTS_MAX 4
#define IMPORT_BYTES_MAX ((off_t)512 << 20)
#define IMPORT_REST_US (600 * INT64_C(1000000))
#define LINE_BYTES_MAX 8192 /* of one operation */

struct import {
    struct op_id id; /* zero: free */
    char device[DEVICE_SIZE]; /* of whoever opened it … */
    int64_t member;           /* … and who was signed on there; 0: nobody */
    bool busy; /* a worker has it: everything else but `used_us` is that worker's */
    bool done;
    FILE *file; /* owned */
    size_t count;            /* operations in the file … */
    off_t length;            /* … and their bytes */
    size_t applied, replayed; /* done */
    int64_t used_us;          /* monotonic */
};

struct imports {
    pthread_mutex_t lock;
    int64_t (*clock)(void); /* monotonic µs */
    struct import items[IMPORTS_MAX];
};

struct imports *imports_new(void)
{
    struct imports *imports = calloc(1, sizeof *imports);

    if (!imports)
        return NULL;
    pthread_mutex_init(&imports->lock, NULL);
    imports->clock = exchange_clock_us;
    return imports;
}

void imports_set_clock(struct imports *imports, int64_t (*clock)(void))
{
    pthread_mutex_lock(&imports->lock);
    imports->clock = clock;
    pthread_mutex_unlock(&imports->lock);
}

static void import_clear(struct import *import)
{
    if (import->file)
        fclose(import->file);
    *import = (struct import){.busy = false};
}

void imports_free(struct imports *imports)
{
    if (!imports)
        return;
    for (size_t i = 0; i < IMPORTS_MAX; i++)
        import_clear(&imports->items[i]);
    pthread_mutex_destroy(&imports->lock);
    free(imports);
}

static const char *device_of(const struct exchange *x)
{
    return x->has_device ? x->device.name : "";
}

/* --- taking and giving back --- */

/* Under the lock. */
static void give_up_old(struct imports *imports)
{
    int64_t now = imports->clock();

    for (size_t i = 0; i < IMPORTS_MAX; i++)
        if (!imports->items[i].busy && now - imports->items[i].used_us > IMPORT_REST_US)
            import_clear(&imports->items[i]);
}

/* Under the lock. */
static struct import *import_find(struct imports *imports, const struct exchange *x,
                                  const struct op_id *id)
{
    for (size_t i = 0; i < IMPORTS_MAX; i++)
        if (op_id_equal(&imports->items[i].id, id) &&
            imports->items[i].member == x->office.member.number &&
            strcmp(imports->items[i].device, device_of(x)) == 0)
            return &imports->items[i];
    return NULL;
}

/* The import that the path names, for this worker alone; NULL: answered. */
static struct import *import_take(struct exchange *x)
{
    struct imports *imports = x->service->imports;
    struct tk_error error;
    struct import *import = NULL;
    struct op_id id;
    enum tk_code code = TK_OK;

    pthread_mutex_lock(&imports->lock);
    give_up_old(imports);
    if (op_id_parse(&id, x->variables[0]) && !op_id_is_zero(&id))
        import = import_find(imports, x, &id);
    if (!import)
        code = tk_fail(&error, TK_NOT_FOUND, "There is no such import, or no longer.");
    else if (import->busy)
        code = tk_fail(&error, TK_BUSY, "Another request is at work on this import.");
    else
        import->busy = true;
    pthread_mutex_unlock(&imports->lock);
    if (!code)
        return import;
    exchange_fail(x, code, &error);
    return NULL;
}

static void import_give(struct exchange *x, struct import *import)
{
    struct imports *imports = x->service->imports;

    pthread_mutex_lock(&imports->lock);
    import->busy = false;
    import->used_us = imports->clock();
    pthread_mutex_unlock(&imports->lock);
}

/* --- opening and closing --- */

/* Under the lock: a free place, or that of one that is done. */
static struct import *place_for(struct imports *imports)
{
    struct import *place = NULL;

    for (size_t i = 0; i < IMPORTS_MAX; i++) {
        struct import *import = &imports->items[i];

        if (op_id_is_zero(&import->id))
            return import;
        if (!import->busy && import->done && (!place || import->used_us < place->used_us))
            place = import;
    }
    if (place)
        import_clear(place);
    return place;
}

static enum tk_code import_open(struct exchange *x, FILE **spool, struct tk_error *error)
{
    struct imports *imports = x->service->imports;
    struct import *import;
    enum tk_code code = TK_OK;

    pthread_mutex_lock(&imports->lock);
    give_up_old(imports);
    if (!import_find(imports, x, &x->key_id)) { /* else it is asked for once more */
        import = place_for(imports);
        if (import) {
            *import = (struct import){
                .id = x->key_id, .member = x->office.member.number, .file = *spool,
                .used_us = imports->clock()};
            memcpy(import->device, device_of(x), strlen(device_of(x)) + 1);
            *spool = NULL;
        } else {
            code = tk_fail(error, TK_OVERLOADED, "There are %d imports already: wait for one.",
                           IMPORTS_MAX);
        }
    }
    pthread_mutex_unlock(&imports->lock);
    return code;
}

int v1_open_spool(struct exchange *x)
{
    char folder[1024], path[1100];
    int fd;

    if (!v1_make_folder(x, folder, sizeof folder))
        return -1;
    snprintf(path, sizeof path, "%s/import", folder);
    fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    unlink(path);
    rmdir(folder);
    return fd;
}

static void open_import(struct exchange *x)
{
    char id[OP_ID_TEXT_MAX];
    struct tk_error error = {0};
    int fd = v1_open_spool(x);
    FILE *spool = fd < 0 ? NULL : fdopen(fd, "w+");
    enum tk_code code = spool ? import_open(x, &spool, &error) : TK_CANNOT_CREATE;

    if (spool)
        fclose(spool);
    else if (code == TK_CANNOT_CREATE && fd >= 0)
        close(fd);
    if (code) {
        exchange_fail(x, code, &error);
        return;
    }
    op_id_print(id, &x->key_id);
    json_put_open(exchange_body(x), NULL, '{');
    json_put_text(exchange_body(x), "importId", id);
    json_put_close(exchange_body(x), '}');
    http_response_field(&x->request->response, "Location", "/v1/imports/%s", id);
    exchange_answer(x, 201);
}

void v1_post_import(struct exchange *x)
{
    if (v1_accepts(x))
        exchange_work(x, open_import);
}

static void drop_import(struct exchange *x)
{
    struct imports *imports = x->service->imports;
    struct import *import = import_take(x);

    if (!import)
        return;
    pthread_mutex_lock(&imports->lock);
    import_clear(import);
    pthread_mutex_unlock(&imports->lock);
    exchange_answer_as(x, 204, NULL);
}

void v1_delete_import(struct exchange *x)
{
    if (v1_accepts(x))
        exchange_work(x, drop_import);
}

/* --- adding operations --- */

/* Reads one, at `place` of the body, as it goes into the spool: as /v1/operations does. */
static enum tk_code read_line(struct exchange *x, const struct json *object, size_t place,
                              struct buffer *lines, struct tk_error *error)
{
    struct operation operation = {0};
    struct tk_error why = {0};
    enum tk_code code;

    office_stamp(&x->office, OP_SCHEDULE, &operation);
    operation.id = (struct op_id){{0}}; /* must be given: a batch may be sent twice */
    code = operation_read_stamped(object, &x->office.ports.zone, office_now(&x->office), &operation,
                                  &why);
    if (!code && !guard_may(x, operation.kind))
        code = v1_forbid(x, operation.kind, &why);
    if (!code && x->has_device)
        memcpy(operation.device, x->device.name, sizeof operation.device);
    if (!code)
        code = guard_claim(x, &operation, &why);
    if (!code && operation_check(&operation))
        code = operation_clean(&operation, &why);
    if (code)
        return tk_fail(error, code, "operations[%zu]: %s", place, why.message);
    operation_print(lines, &operation, OP_PRINT_WHOLE);
    buffer_add_char(lines, '\n');
    return lines->failed ? tk_fail_code(error, TK_NO_MEMORY) : TK_OK;
}

/* The operations of the body from `skip` on, as lines. */
static enum tk_code read_lines(struct exchange *x, const struct json *body, size_t skip,
                               struct buffer *lines, struct tk_error *error)
{
    const struct json *list = json_member(body, "operations");
    enum tk_code code = TK_OK;

    if (x->has_approval)
        return tk_fail(error, TK_NOT_APPROVED,
                       "An approval is for a single operation, and an import is many.");
    for (size_t i = skip; !code && i < json_count(list); i++)
        code = read_line(x, json_item(list, i), i, lines, error);
    return code;
}

/* Writes behind what is there for certain; what a failure leaves behind that is written over. */
static enum tk_code append_lines(struct import *import, const struct buffer *lines, size_t count,
                                 struct tk_error *error)
{
    if (import->length + (off_t)lines->length > IMPORT_BYTES_MAX)
        return tk_fail(error, TK_BODY_TOO_LARGE, "An import has %lld MiB at most.",
                       (long long)(IMPORT_BYTES_MAX >> 20));
    if (fseeko(import->file, import->length, SEEK_SET) ||
        fwrite(buffer_text(lines), 1, lines->length, import->file) != lines->length ||
        fflush(import->file))
        return tk_fail(error, errno == ENOSPC ? TK_DISK_FULL : TK_IO,
                       "The import cannot be kept: %s.", strerror(errno));
    import->length += (off_t)lines->length;
    import->count += count;
    return TK_OK;
}

/* A batch that is there already is passed over, wholly or in part. */
static enum tk_code add_batch(struct exchange *x, struct import *import, const struct json *body,
                              int64_t at, struct tk_error *error)
{
    static const char *const known[] = {"operations", NULL};
    size_t count = json_count(json_member(body, "operations")), skip;
    struct buffer lines;
    enum tk_code code;

    if (!json_is_array(json_member(body, "operations")) || json_unknown_member(body, known))
        return tk_fail(error, TK_BAD_REQUEST,
                       "The body has the member “operations”, a list, and no other.");
    if (import->done)
        return tk_fail(error, TK_ID_REUSED, "This import has been applied.");
    if (at > (int64_t)import->count)
        return tk_fail(error, TK_BAD_REQUEST, "The import has %zu operations: %lld is not next.",
                       import->count, (long long)at);
    skip = import->count - (size_t)at;
    if (skip >= count)
        return TK_OK;
    buffer_init(&lines, 4 * BODY_BATCH_MAX);
    code = read_lines(x, body, skip, &lines, error);
    if (!code)
        code = append_lines(import, &lines, count - skip, error);
    buffer_release(&lines);
    return code;
}

static void add_operations(struct exchange *x)
{
    struct tk_error error = {0};
    struct import *import;
    struct json *body;
    int64_t at = -1;
    size_t count;
    enum tk_code code;

    if (!v1_number(x, "at", 0, INT64_MAX, &at) || !v1_body(x, &body))
        return;
    import = import_take(x);
    if (import) {
        code = at < 0 ? tk_fail(&error, TK_BAD_REQUEST, "The parameter “at” is missing.")
                      : add_batch(x, import, body, at, &error);
        count = import->count;
        import_give(x, import);
        json_put_open(exchange_body(x), NULL, '{');
        json_put_int(exchange_body(x), "operations", (int64_t)count);
        json_put_close(exchange_body(x), '}');
        if (code)
            exchange_fail(x, code, &error);
        else
            exchange_answer(x, 200);
    }
    json_free(body);
}

void v1_post_import_operations(struct exchange *x)
{
    if (v1_accepts(x))
        exchange_work(x, add_operations);
}

/* --- applying --- */

struct spool_reader {
    struct import *import;
    size_t read;
    char line[LINE_BYTES_MAX];
};

/* On the writer's thread: the spool as an operation_source. */
static enum tk_code next_line(void *context, struct operation *operation, bool *end,
                              struct tk_error *error)
{
    struct spool_reader *reader = context;
    size_t length;

    if (reader->read == reader->import->count) {
        *end = true;
        return TK_OK;
    }
    if (!fgets(reader->line, sizeof reader->line, reader->import->file))
        return tk_fail(error, TK_IO, "The import cannot be read back.");
    length = strlen(reader->line);
    reader->read++;
    return operation_parse(reader->line, length, operation, error);
}

static enum tk_code apply_import(struct exchange *x, struct import *import, bool dry_run,
                                 struct tk_error *error)
{
    struct spool_reader *reader = calloc(1, sizeof *reader);
    struct operation_source source = {.next = next_line, .context = reader, .dry_run = dry_run};
    enum tk_code code = TK_OK;

    if (!reader)
        return tk_fail_code(error, TK_NO_MEMORY);
    reader->import = import;
    rewind(import->file);
    if (import->count)
        code = office_import(&x->office, &source, &import->applied, &import->replayed, error);
    free(reader);
    return code;
}

/* A refusal tells how many operations went before it. */
static void fail_commit(struct exchange *x, enum tk_code code, size_t applied,
                        const struct tk_error *error)
{
    struct buffer *out = exchange_body(x);

    if (!tk_code_is_refusal(code)) {
        exchange_fail(x, code, error);
        return;
    }
    x->refused = code;
    json_put_open(out, NULL, '{');
    buffer_addf(out, "\"type\":\"urn:ticketly:problem:%s\"", tk_code_name(code));
    json_put_text(out, "title", tk_code_sentence(code));
    json_put_int(out, "status", tk_code_http(code));
    json_put_text(out, "detail", error->message[0] ? error->message : tk_code_sentence(code));
    json_put_text(out, "code", tk_code_name(code));
    json_put_int(out, "applied", (int64_t)applied);
    json_put_close(out, '}');
    exchange_answer_as(x, tk_code_http(code), "application/problem+json");
}

static enum tk_code read_dry_run(struct exchange *x, bool *dry_run, struct tk_error *error)
{
    const struct form_pair *pair = form_find(&x->form, "dryRun");

    *dry_run = pair && strcmp(pair->value, "true") == 0;
    if (!pair || *dry_run || strcmp(pair->value, "false") == 0)
        return TK_OK;
    return tk_fail(error, TK_BAD_REQUEST, "The parameter “dryRun” is true or false.");
}

static void commit_import(struct exchange *x)
{
    struct import *import = import_take(x);
    struct tk_error error = {0};
    enum tk_code code = TK_OK;
    size_t applied, replayed;
    bool dry_run;

    if (!import)
        return;
    code = read_dry_run(x, &dry_run, &error);
    if (code) {
        import_give(x, import);
        exchange_fail(x, code, &error);
        return;
    }
    if (import->done)
        http_response_field(&x->request->response, "Idempotency-Replayed", "true");
    else
        code = apply_import(x, import, dry_run, &error);
    applied = import->applied;
    replayed = import->replayed;
    if (!code && !import->done && !dry_run) {
        import->done = true;
        fclose(import->file);
        import->file = NULL;
    }
    import_give(x, import);
    if (code) {
        fail_commit(x, code, applied, &error);
        return;
    }
    json_put_open(exchange_body(x), NULL, '{');
    json_put_int(exchange_body(x), "applied", (int64_t)applied);
    json_put_int(exchange_body(x), "replayed", (int64_t)replayed);
    json_put_close(exchange_body(x), '}');
    exchange_answer(x, 200);
}

void v1_post_import_commit(struct exchange *x)
{
    if (v1_accepts(x))
        exchange_work(x, commit_import);
}
