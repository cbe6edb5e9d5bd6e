#include "tests/bench/branch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "core/sync.h"
#include "core/text.h"
#include "data/sqlite/sqlite_store.h"
#include "tests/bench/house.h"
#include "ui/session_internal.h"

#define SETTINGS "[service]\nlog = problems\nrate_per_second = 0\n"
#define DAYS 7
#define SALES_A_COMMIT 500

/* --- the centre --- */

bool centre_is_served(const struct centre *centre)
{
    return strcmp(centre->kind, "http") == 0;
}

static enum tk_code start_service(struct centre *centre, struct tk_error *error)
{
    struct process_options options = {
        .folder = centre->bench->folder, .store = centre->file, .settings = SETTINGS};

    if (!process_start(&centre->service, &options))
        return tk_fail(error, TK_UNAVAILABLE, "The service does not start.");
    text_copy(centre->address, sizeof centre->address, centre->service.url);
    text_copy(centre->listen, sizeof centre->listen, centre->address + strlen("http://"));
    return TK_OK;
}

enum tk_code centre_open(struct centre *centre, struct bench *bench, const char *name, bool served,
                         struct tk_error *error)
{
    char file[80];
    enum tk_code code;

    *centre = (struct centre){.bench = bench, .kind = served ? "http" : "file"};
    snprintf(centre->name, sizeof centre->name, "%s-%s", name, centre->kind);
    snprintf(file, sizeof file, "%s.db", centre->name);
    bench_path(bench, centre->file, file);
    text_copy(centre->address, sizeof centre->address, centre->file);
    code = session_init_plain(&centre->house, centre->file, error);
    if (!code)
        code = session_office(&centre->house, &centre->office, error);
    return code || !served ? code : start_service(centre, error);
}

void centre_close(struct centre *centre)
{
    process_release(&centre->service);
    session_release(&centre->house);
}

enum tk_code centre_cut(struct centre *centre, struct tk_error *error)
{
    return process_stop(&centre->service)
               ? TK_OK
               : tk_fail(error, TK_UNAVAILABLE, "The service does not stop.");
}

enum tk_code centre_mend(struct centre *centre, struct tk_error *error)
{
    centre->service.options.listen = centre->listen;
    return process_start_again(&centre->service)
               ? TK_OK
               : tk_fail(error, TK_UNAVAILABLE, "The service does not start again.");
}

enum tk_code centre_schedule(struct centre *centre, size_t slots, int64_t capacity,
                             struct tk_error *error)
{
    int64_t now = office_now(centre->office);
    struct programme programme = {.slots = slots,
                                  .from = now + 2 * TIME_HOUR,
                                  .until = now + DAYS * TIME_DAY,
                                  .capacity = capacity};
    struct till till = {.office = *centre->office, .store = centre->office->store};

    return house_import(centre->bench, &till, &programme, NULL, error);
}

/* Applies operations of the centre's own; all of them have to go well. */
static enum tk_code apply(struct centre *centre, struct operation *operations, size_t count,
                          struct tk_error *error)
{
    struct outcome *outcomes = calloc(count, sizeof *outcomes);
    enum tk_code code = outcomes ? TK_OK : tk_fail_code(error, TK_NO_MEMORY);

    if (!code)
        code = store_apply(centre->office->store, operations, count, outcomes, error);
    for (size_t i = 0; !code && i < count; i++)
        if (outcomes[i].code)
            code = office_refuse(centre->office, &operations[i], &outcomes[i], error);
    free(outcomes);
    return code ? code : bench_check_time(centre->bench, error);
}

static void stamp(struct centre *centre, enum op_kind kind, struct operation *operation)
{
    *operation = (struct operation){0};
    office_stamp(centre->office, kind, operation);
    operation->id = office_make_id(centre->office);
}

enum tk_code centre_sell(struct centre *centre, int64_t slot, size_t count, size_t *customers,
                         struct tk_error *error)
{
    struct operation *operations = calloc(count, sizeof *operations);
    enum tk_code code = operations ? TK_OK : tk_fail_code(error, TK_NO_MEMORY);

    for (size_t i = 0; !code && i < count; i++) {
        struct op_book *book = &operations[i].book;

        stamp(centre, OP_BOOK, &operations[i]);
        *book = (struct op_book){.slot = {.id = slot}, .count = 1};
        if (i % 3)
            continue;
        snprintf(book->customer_name, sizeof book->customer_name, "Ada Nr. %zu", ++*customers);
        snprintf(book->customer_phone, sizeof book->customer_phone, "0300%06zu", *customers);
        code = operation_clean(&operations[i], error);
    }
    if (!code)
        code = apply(centre, operations, count, error);
    free(operations);
    return code;
}

/* --- tills --- */

void post_path(const struct centre *centre, const char *name, char path[BENCH_PATH_SIZE])
{
    char file[160];

    snprintf(file, sizeof file, "%s-%s.db", centre->name, name);
    bench_path(centre->bench, path, file);
}

static enum tk_code init(struct post *post, const struct centre *centre, const char *name,
                         enum session_use use, struct tk_error *error)
{
    enum tk_code code;

    *post = (struct post){0};
    post_path(centre, name, post->copy);
    code = session_init(&post->session, NULL, post->copy, centre->address, error);
    if (!code)
        code = settings_set(&post->session.settings, SETTING_till_name, name, "bench", error);
    post->session.use = use;
    return code;
}

enum tk_code post_open(struct post *post, const struct centre *centre, const char *name,
                       enum session_use use, struct tk_error *error)
{
    enum tk_code code = init(post, centre, name, use, error);

    return code ? code : session_office(&post->session, &post->office, error);
}

enum tk_code post_open_direct(struct post *post, const struct centre *centre,
                              struct tk_error *error)
{
    enum tk_code code;

    *post = (struct post){0};
    code = session_init(&post->session, NULL, centre->address, "", error);
    post->session.use = SESSION_COUNTER;
    return code ? code : session_office(&post->session, &post->office, error);
}

void post_close(struct post *post)
{
    session_release(&post->session);
    *post = (struct post){0};
}

struct sync_status post_status(const struct post *post)
{
    struct sync_status status;

    post->office->line.status(post->office->line.context, &status);
    return status;
}

enum tk_code post_grant(struct post *post, struct centre *centre, size_t slots, int64_t places,
                        struct tk_error *error)
{
    size_t blocks = slots * (size_t)places / NUMBER_BLOCK_SIZE + 2, count = 0;
    struct operation *operations = calloc(slots + blocks, sizeof *operations);
    struct sync_report report;
    enum tk_code code = operations ? TK_OK : tk_fail_code(error, TK_NO_MEMORY);

    for (size_t i = 0; !code && i < slots; i++) {
        struct op_grant *grant = &operations[count].grant;

        stamp(centre, OP_GRANT, &operations[count++]);
        *grant = (struct op_grant){.slot_id = SLOT_ID_FIRST + (int64_t)i, .granted = places};
        text_copy(grant->holder, sizeof grant->holder, post->office->device);
    }
    for (size_t i = 0; !code && i < blocks; i++) {
        stamp(centre, OP_BLOCK, &operations[count]);
        text_copy(operations[count++].block.holder, DEVICE_SIZE, post->office->device);
    }
    if (!code)
        code = apply(centre, operations, count, error);
    if (!code)
        code = post->office->line.sync(post->office->line.context, &report, error);
    free(operations);
    return code;
}

enum tk_code post_prepare(const char *name, struct centre *centre, size_t slots, int64_t places,
                          struct tk_error *error)
{
    struct post post;
    enum tk_code code = post_open(&post, centre, name, SESSION_COMMAND, error);

    if (!code && places)
        code = post_grant(&post, centre, slots, places, error);
    post_close(&post);
    return code;
}

static void make_sale(const struct session *session, const struct mirror_state *state, int64_t slot,
                      struct operation *operation)
{
    struct box_office office = {.ports = session->ports};

    *operation = (struct operation){.book = {.slot = {.id = slot}, .count = 1}};
    text_copy(office.actor, sizeof office.actor, "Priya");
    text_copy(office.device, sizeof office.device, state->device);
    office_stamp(&office, OP_BOOK, operation);
    operation->id = office_make_id(&office);
    operation->cut_off = true;
}

static enum tk_code queue_sales(struct mirror *mirror, const struct session *session, size_t slots,
                                size_t first, size_t count, struct tk_error *error)
{
    static struct operation operations[SALES_A_COMMIT];
    static struct outcome outcomes[SALES_A_COMMIT];
    struct mirror_state state;
    enum tk_code code = mirror->ops->state(mirror, &state, error);

    for (size_t i = 0; !code && i < count; i++)
        make_sale(session, &state, SLOT_ID_FIRST + (int64_t)((first + i) % slots), &operations[i]);
    if (!code)
        code = mirror->ops->apply(mirror, operations, count, operations[0].at, outcomes, error);
    for (size_t i = 0; !code && i < count; i++)
        if (outcomes[i].code)
            code = tk_fail(error, TK_INTERNAL, "A sale for the queue was refused: %s.",
                           tk_code_name(outcomes[i].code));
    return code;
}

enum tk_code post_queue(const struct centre *centre, const char *name, size_t slots, size_t count,
                        struct tk_error *error)
{
    struct post post;
    struct store *store = NULL;
    enum tk_code code = init(&post, centre, name, SESSION_COMMAND, error);

    if (!code)
        code = session_open_copy(&post.session, &store, error);
    for (size_t at = 0; !code && at < count; at += SALES_A_COMMIT) {
        size_t part = count - at < SALES_A_COMMIT ? count - at : SALES_A_COMMIT;

        code = queue_sales(sqlite_store_mirror(store), &post.session, slots, at, part, error);
    }
    store_close(store);
    post_close(&post);
    return code;
}

int64_t post_ask(const char *copy, const char *sql)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    int64_t number = -1;

    if (sqlite3_open_v2(copy, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
        sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return number;
}
