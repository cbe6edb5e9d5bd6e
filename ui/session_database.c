/* session: a box office in a PostgreSQL server, and how one is made there. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "core/seal.h"
#include "core/text.h"
#include "data/postgres/postgres_store.h"
#include "data/site_ring.h"
#include "ui/session_internal.h"

/* To be wiped: it has a key. */
static struct postgres_options make_options(const struct session *session)
{
    struct crypto_key root = site_ring_root(session->ring);
    struct postgres_options options = {
        .uri = session->store_path,
        .rules = settings_rules(&session->settings),
        .digest_key = crypto_derive(&root, "digest\0\0", 0),
        .seal_seed = seal_seed(&root),
        .now = session->ports.now,
        .random = session->ports.random,
        .context = session->ports.context,
        .wait_ms = (int)settings_number(&session->settings, SETTING_store_wait) * 1000,
        .new_key = session->new_key,
    };

    crypto_wipe(&root, sizeof root);
    return options;
}

enum tk_code session_open_database(struct session *session, struct store **store,
                                   struct tk_error *error)
{
    struct postgres_options options = make_options(session);
    enum tk_code code = postgres_store_open(&options, store, error);

    crypto_wipe(&options, sizeof options);
    return code;
}

/* Without a key everything but whether it fits is told. */
static enum tk_code look(const struct session *session, struct postgres_look *found,
                         struct tk_error *error)
{
    struct postgres_options options = make_options(session);
    enum tk_code code = postgres_look(&options, found, error);

    crypto_wipe(&options, sizeof options);
    return code;
}

enum tk_code session_miss_key(const struct session *session, const struct tk_error *reason,
                              struct tk_error *error)
{
    struct postgres_look found = {0};

    if (look(session, &found, NULL) == TK_OK && !found.schema)
        return tk_fail(error, TK_CONFIG,
                       "There is no box office in this database yet: make one with `ticketly admin "
                       "migrate`.");
    return tk_fail(error, reason->code, "%s", reason->message);
}

/* The session's ring; `make` makes the file where it is missing. */
static enum tk_code load_key(struct session *session, bool make, bool *made, struct tk_error *error)
{
    struct keyfile key;
    struct stat info;
    enum tk_code code = session_find_key(session, &key, error);

    if (!code && make)
        code = session_make_folders(key.path, error);
    if (code)
        return code;
    *made = lstat(key.path, &info) != 0 && errno == ENOENT;
    site_ring_close(session->ring);
    session->ring = NULL;
    return site_ring_open(&key, make, &session->ports, &session->ring, error);
}

/* --new-key: keys that showings have taken are made anew, too. */
static enum tk_code check_keys(struct session *session, struct tk_error *error)
{
    struct store *store = NULL;
    enum tk_code code = session_open_database(session, &store, error);

    if (!code)
        code = session_check_generations(session, store, error);
    store_close(store);
    return code;
}

/* The key comes before the box office that it is for; it is made where there is neither. */
static enum tk_code migrate_database(struct session *session, bool restored,
                                     struct session_migration *migration, struct tk_error *error)
{
    struct postgres_migration done = {0};
    struct postgres_options options;
    struct postgres_look found = {0};
    enum tk_code code = look(session, &found, error);

    if (!code)
        code = load_key(session, !found.schema || session->new_key, &migration->key_made, error);
    if (code)
        return code;
    options = make_options(session);
    code = postgres_migrate(&options, restored, &done, error);
    crypto_wipe(&options, sizeof options);
    if (!code)
        code = check_keys(session, error);
    migration->from = done.from;
    migration->to = done.to;
    migration->era = done.era;
    return code;
}

/* A file is brought up by being opened. */
static enum tk_code migrate_file(struct session *session, struct session_migration *migration,
                                 struct tk_error *error)
{
    char path[SESSION_PATH_SIZE];
    struct store *store = NULL;
    struct box_office *office;
    struct store_facts facts;
    struct stat info;
    bool was_there = session_store_is_there(session), was_new = false;
    enum tk_code code;

    migration->key_made = lstat(session_key_path(session, path), &info) != 0;
    if (was_there)
        was_new = session_look_at_store(session, &store, NULL) == TK_OK;
    store_close(store);
    code = session_office(session, &office, error);
    if (!code)
        code = office_facts(office, &facts, error);
    if (code)
        return code;
    migration->from = !was_there ? 0 : was_new ? facts.schema_version : -1;
    migration->to = facts.schema_version;
    migration->era = facts.era;
    return TK_OK;
}

enum tk_code session_migrate(struct session *session, bool restored,
                             struct session_migration *migration, struct tk_error *error)
{
    struct session_migration done = {0};
    enum tk_code code;

    if (session->kind == SESSION_REMOTE)
        return tk_fail(error, TK_USAGE,
                       "The box office is the %s's: run `ticketly --db … admin migrate` where that runs, with "
                       "its file or database.",
                       *session->central ? "centre" : "service");
    if (session->kind == SESSION_FILE && restored)
        return tk_fail(error, TK_USAGE,
                       "--restored is for a database: a box office file that is put back needs nothing.");
    code = session->kind == SESSION_DATABASE ? migrate_database(session, restored, &done, error)
                                             : migrate_file(session, &done, error);
    if (!code)
        *migration = done;
    return code;
}

enum tk_code session_look_at_database(struct session *session, struct session_database *found,
                                      struct tk_error *error)
{
    struct postgres_look seen = {0};
    bool made;
    bool key_told = load_key(session, false, &made, NULL) == TK_OK;
    enum tk_code code = look(session, &seen, error);

    if (code)
        return code;
    *found = (struct session_database){
        .in_recovery = seen.in_recovery,
        .standby_count = seen.standby_count,
        .many_hosts = seen.many_hosts,
        .schema = seen.schema,
        .known_schema = seen.known_schema,
        .key_fits = seen.key_fits,
        .key_told = key_told && seen.schema,
        .clock_ahead = seen.clock_ahead,
        .writers = seen.writers,
    };
    text_copy(found->version, sizeof found->version, seen.version);
    text_copy(found->commit, sizeof found->commit, seen.commit);
    text_copy(found->standbys, sizeof found->standbys, seen.standbys);
    return TK_OK;
}
