#include "ui/session_copy.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "core/text.h"
#include "data/copy/copy.h"
#include "data/copy/copy_key.h"
#include "data/postgres/copy.h"
#include "data/sqlite/copy.h"
#include "ui/session_internal.h"

struct progress {
    bool (*tell)(void *context, const char *table, bool comparing, int64_t done, int64_t total);
    void *context;
};

static bool on_progress(void *context, const struct copy_progress *made)
{
    const struct progress *progress = context;

    return !progress->tell || progress->tell(progress->context, made->table, made->comparing,
                                             made->done, made->total);
}

/* One side as a session of its own, which borrows the settings and is never opened. */
static enum tk_code place_side(struct session *side, const struct session *session,
                               const char *place, struct tk_error *error)
{
    *side = (struct session){.settings = session->settings, .ports = session->ports};
    session_expand(side->store_path, place);
    side->kind = session_kind_of(side->store_path);
    if (!side->store_path[0])
        return tk_fail(error, TK_USAGE, "--from and --to need the name of a file, or an address.");
    if (side->kind == SESSION_REMOTE)
        return tk_fail(error, TK_USAGE,
                       "%.200s is a service: name the box office file or the database that it serves, where "
                       "that is.",
                       place);
    return side->kind == SESSION_FILE ? session_check_place(side->store_path, error) : TK_OK;
}

static enum tk_code check_sides(const struct session *from, const struct session *into,
                                struct tk_error *error)
{
    struct stat one = {0}, other = {0};
    bool same = strcmp(from->store_path, into->store_path) == 0;

    if (from->kind == SESSION_FILE && stat(from->store_path, &one))
        return tk_fail(error, TK_NO_INPUT, "%.300s cannot be opened: %s.", from->store_path,
                       strerror(errno));
    if (from->kind == SESSION_FILE && into->kind == SESSION_FILE &&
        stat(into->store_path, &other) == 0)
        same = same || (one.st_dev == other.st_dev && one.st_ino == other.st_ino);
    return same ? tk_fail(error, TK_USAGE, "--from and --to name the same place.") : TK_OK;
}

/* The key that both ends are opened with: the source's. */
static enum tk_code read_key(const struct session *from, struct crypto_key *digest_key,
                             struct tk_error *error)
{
    struct site_keys keys = {0};
    struct tk_error reason = {0};
    struct keyfile file;
    enum tk_code code = session_find_key(from, &file, error);

    if (!code)
        code = keyfile_read(&file, &keys, &reason);
    if (reason.code && from->kind == SESSION_DATABASE)
        code = session_miss_key(from, &reason, error);
    else if (reason.code)
        code = tk_fail(error, reason.code, "%s", reason.message);
    if (!code)
        *digest_key = crypto_derive(&keys.keys[0], "digest\0\0", 0);
    crypto_wipe(&keys, sizeof keys);
    return code;
}

static enum tk_code open_end(const struct session *side, enum copy_role role,
                             const struct crypto_key *key, struct copy_end **end,
                             struct tk_error *error)
{
    int wait_ms = (int)settings_number(&side->settings, SETTING_store_wait) * 1000;
    struct plan_rules rules = settings_rules(&side->settings);

    if (side->kind == SESSION_DATABASE)
        return postgres_copy_open(&(struct postgres_options){.uri = side->store_path,
                                                             .rules = rules,
                                                             .digest_key = *key,
                                                             .now = side->ports.now,
                                                             .random = side->ports.random,
                                                             .context = side->ports.context,
                                                             .wait_ms = wait_ms},
                                  role, end, error);
    return sqlite_copy_open(&(struct sqlite_options){.path = side->store_path,
                                                     .rules = rules,
                                                     .digest_key = *key,
                                                     .now = side->ports.now,
                                                     .random = side->ports.random,
                                                     .context = side->ports.context,
                                                     .busy_timeout_ms = wait_ms},
                            role, end, error);
}

static enum tk_code bring_key(const struct session *from, const struct session *into,
                              struct tk_error *error)
{
    struct keyfile here, there;
    enum tk_code code = session_find_key(from, &here, error);

    if (!code)
        code = session_find_key(into, &there, error);
    return code || into->kind == SESSION_DATABASE ? code : copy_key(&here, &there, error);
}

static void tell_result(const struct copy_result *result, const struct session *from,
                        const struct session *into, struct session_copied *copied)
{
    *copied = (struct session_copied){.slots = result->rows[COPY_SLOT],
                                      .tickets = result->rows[COPY_TICKET],
                                      .customers = result->rows[COPY_CUSTOMER],
                                      .entries = result->rows[COPY_JOURNAL],
                                      .tables = COPY_TABLE_COUNT,
                                      .era = result->era,
                                      .went_on = result->went_on,
                                      .anew = result->anew,
                                      .into_database = into->kind == SESSION_DATABASE};
    for (int i = 0; i < COPY_TABLE_COUNT; i++)
        copied->rows += result->rows[i];
    session_key_path(from, copied->from_key);
    session_key_path(into, copied->into_key);
}

static enum tk_code copy_sides(const struct session *from, const struct session *into,
                               struct progress *progress, struct session_copied *copied,
                               struct tk_error *error)
{
    const struct copy_options options = {on_progress, progress};
    struct copy_end *source = NULL, *destination = NULL;
    struct crypto_key key = {{0}};
    struct copy_result result;
    enum tk_code code = read_key(from, &key, error);

    if (!code)
        code = open_end(from, COPY_FROM, &key, &source, error);
    if (!code)
        code = bring_key(from, into, error);
    if (!code)
        code = open_end(into, COPY_INTO, &key, &destination, error);
    if (!code)
        code = copy_run(source, destination, &options, &result, error);
    if (!code)
        tell_result(&result, from, into, copied);
    copy_end_close(destination);
    copy_end_close(source);
    crypto_wipe(&key, sizeof key);
    return code;
}

enum tk_code session_copy(struct session *session, const char *from, const char *into,
                          bool (*progress)(void *context, const char *table, bool comparing,
                                           int64_t done, int64_t total),
                          void *context, struct session_copied *copied, struct tk_error *error)
{
    struct progress told = {progress, context};
    struct session source, destination;
    enum tk_code code = place_side(&source, session, from, error);

    if (!code)
        code = place_side(&destination, session, into, error);
    if (!code)
        code = check_sides(&source, &destination, error);
    return code ? code : copy_sides(&source, &destination, &told, copied, error);
}
