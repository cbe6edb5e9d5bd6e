#include "data/replica/file_line.h"

#include <stdlib.h>
#include <time.h>

#include "core/text.h"

#define UPKEEP_EVERY_MS 60000
#define CLOSE_MS 50
#define NEVER (100 * 365 * TIME_DAY)

struct file_line {
    struct sync_line line; /* first */
    struct file_line_options options;
    struct store *store; /* owned; NULL: to be opened */
    struct key_ring keys;
    struct store_watch watch; /* of whoever uses the line */
    int64_t deadline_ms; /* monotonic, of the exchange at work; 0: there is none */
    bool late;           /* it was given up for that */
    int64_t upkeep_ms;   /* monotonic; when upkeep is due */
};

static int64_t clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- the store --- */

/* The centre's store asks while it waits. */
static bool give_up(void *context, int64_t waited_ms)
{
    struct file_line *file = context;

    file->late = file->deadline_ms && clock_ms() >= file->deadline_ms;
    return file->late ||
           (file->watch.give_up && file->watch.give_up(file->watch.context, waited_ms));
}

static enum tk_code fail_late(struct tk_error *error)
{
    return tk_fail(error, TK_BUSY, "The box office file is in use by another program, and did "
                                   "not answer in time: nothing was done.");
}

/* The store keeps the time with which it was opened, and a lock that is not the gate's asks nobody: so
   that is what a person waits, also when the first exchange may take longer. */
static enum tk_code require_open(struct file_line *file, struct tk_error *error)
{
    struct store_watch watch = {give_up, file};
    enum tk_code code;

    if (file->store)
        return TK_OK;
    code = file->options.open(file->options.context, SYNC_ANSWER_MS, &file->store, &file->keys,
                              error);
    if (!code)
        file->store->ops->set_watch(file->store, &watch);
    return code;
}

/* Closing waits for the gate to tidy up the log: not for long, for the next one can do that. */
static void close_store(struct file_line *file)
{
    if (!file->store)
        return;
    file->deadline_ms = clock_ms() + CLOSE_MS;
    store_close(file->store);
    file->store = NULL;
    if (file->options.closed)
        file->options.closed(file->options.context);
}

/* Whether the file has to be opened anew: all but what a good one says, too. */
static bool is_broken(enum tk_code code)
{
    return code && !tk_code_is_refusal(code) && code != TK_FORBIDDEN && code != TK_BUSY &&
           code != TK_INTERRUPTED && code != TK_NO_MEMORY;
}

/* --- an exchange --- */

static struct box_office office_of(const struct file_line *file, const char *device)
{
    struct box_office office = {.store = file->store,
                                .ports = file->options.ports,
                                .rules = file->options.rules,
                                .keys = file->keys};

    text_copy(office.actor, sizeof office.actor, "upkeep");
    text_copy(office.device, sizeof office.device, device);
    return office;
}

/* Nobody else looks after a file, so those who work with it do, one small step at a time; never while
   somebody waits for a sale. That it failed is seen by the exchange after it. */
static void keep_up(struct file_line *file, struct box_office *office)
{
    int64_t archive_after = file->options.archive_after ? file->options.archive_after : NEVER;
    struct upkeep_result result = {0};
    enum tk_code code;

    if (clock_ms() < file->upkeep_ms)
        return;
    file->deadline_ms = clock_ms() + SYNC_ANSWER_MS;
    code = office_upkeep(office, archive_after, &result, NULL);
    if (code || !result.more)
        file->upkeep_ms = clock_ms() + UPKEEP_EVERY_MS;
    if (is_broken(code))
        close_store(file);
}

static enum tk_code serve(struct file_line *file, const struct sync_request *request,
                          struct sync_reply *reply, struct tk_error *error)
{
    struct box_office office = office_of(file, request->device);
    struct sync_centre centre = {.office = &office, .allotment = file->options.allotment};
    struct sync_request ours = *request; /* who may write the file may do everything with it */
    enum tk_code code;

    ours.role = ROLE_ADMIN;
    code = sync_serve(&centre, &ours, reply, error);
    if (code == TK_INTERRUPTED && file->late)
        code = fail_late(error);
    if (is_broken(code))
        close_store(file);
    else if (!code && !request->operations.count)
        keep_up(file, &office);
    return code;
}

static enum tk_code file_exchange(struct sync_line *line, const struct sync_request *request,
                                  struct sync_reply *reply, int timeout_ms,
                                  struct tk_error *error)
{
    struct file_line *file = (struct file_line *)line;
    enum tk_code code;

    file->late = false;
    file->deadline_ms = clock_ms() + timeout_ms;
    code = require_open(file, error);
    if (!code && clock_ms() >= file->deadline_ms)
        code = fail_late(error);
    if (!code)
        code = serve(file, request, reply, error);
    file->deadline_ms = 0;
    return code;
}

/* --- the rest of the port --- */

static enum tk_code file_store(struct sync_line *line, struct store **store,
                               struct tk_error *error)
{
    struct file_line *file = (struct file_line *)line;
    enum tk_code code = require_open(file, error);

    if (!code)
        *store = file->store;
    return code;
}

static void file_set_watch(struct sync_line *line, const struct store_watch *watch)
{
    ((struct file_line *)line)->watch = watch ? *watch : (struct store_watch){0};
}

static void file_close(struct sync_line *line)
{
    close_store((struct file_line *)line);
    free(line);
}

static const struct sync_line_ops file_ops = {
    .exchange = file_exchange,
    .store = file_store,
    .set_watch = file_set_watch,
    .close = file_close,
};

enum tk_code file_line_open(const struct file_line_options *options, struct sync_line **line,
                            struct tk_error *error)
{
    struct file_line *file = calloc(1, sizeof *file);

    if (!file)
        return tk_fail_code(error, TK_NO_MEMORY);
    file->line.ops = &file_ops;
    file->options = *options;
    *line = &file->line;
    return TK_OK;
}
