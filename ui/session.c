#include "ui/session_internal.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/seal.h"
#include "core/text.h"
#include "data/group_commit.h"
#include "data/remote/remote_store.h"
#include "data/remote/token_file.h"
#include "data/sign_on_file.h"
#include "data/site_ring.h"
#include "data/sqlite/sqlite_store.h"

/* What a checkpoint takes is felt by all who wait for the commit that it follows: with 200 pages the
   99th percentile of 64 sellers is two thirds of what it is with SQLite's 1000, at the same rate. */
#define QUEUE_CHECKPOINT_PAGES 200

bool session_is_network_filesystem(long type)
{
    return sqlite_is_network_filesystem(type);
}

static enum tk_code open_file(struct session *session, bool look_only, int checkpoint_pages,
                              struct store **store, struct tk_error *error)
{
    struct crypto_key root = site_ring_root(session->ring);
    struct sqlite_options options = {
        .path = session->store_path,
        .look_only = look_only,
        .rules = settings_rules(&session->settings),
        .digest_key = crypto_derive(&root, "digest\0\0", 0),
        .seal_seed = session->ring ? seal_seed(&root) : (struct crypto_key){{0}},
        .now = session->ports.now,
        .random = session->ports.random,
        .context = session->ports.context,
        .new_key = session->new_key,
        .checkpoint_pages = checkpoint_pages,
        .mirror = *session->central != '\0',
        .busy_timeout_ms = (int)settings_number(&session->settings, SETTING_store_wait) * 1000,
    };
    enum tk_code code = sqlite_store_open(&options, store, error);

    crypto_wipe(&root, sizeof root);
    crypto_wipe(&options.digest_key, sizeof options.digest_key);
    crypto_wipe(&options.seal_seed, sizeof options.seal_seed);
    return code;
}

/* checkpoint_pages: of a file. */
static enum tk_code open_tuned(struct session *session, int checkpoint_pages, struct store **store,
                               struct tk_error *error)
{
    if (session->kind == SESSION_DATABASE)
        return session_open_database(session, store, error);
    return open_file(session, false, checkpoint_pages, store, error);
}

static enum tk_code open_store(struct session *session, struct store **store,
                               struct tk_error *error)
{
    return open_tuned(session, 0, store, error);
}

enum tk_code session_look_at_store(struct session *session, struct store **store,
                                  struct tk_error *error)
{
    return open_file(session, true, 0, store, error);
}

void session_name_office(struct session *session)
{
    const char *clerk = settings_text(&session->settings, SETTING_till_clerk);
    struct box_office *office = &session->office;
    const struct passwd *user = *clerk ? NULL : getpwuid(geteuid());

    if (user && user->pw_name[0] != '#') /* as members of staff alone are called */
        clerk = user->pw_name;
    text_display(office->actor, sizeof office->actor, *clerk ? clerk : "clerk");
    text_display(office->device, sizeof office->device,
                 settings_text(&session->settings, SETTING_till_name));
}

/* The box office of a file, with the store and the keys that there are. */
static void make_office(struct session *session)
{
    session->office = (struct box_office){.store = session->store,
                                          .ports = session->ports,
                                          .rules = settings_rules(&session->settings),
                                          .keys = site_ring_keys(session->real_ring
                                                                     ? session->real_ring
                                                                     : session->ring)};
    session->office.keys.training = session->training;
    session_name_office(session);
    session_wire_sign_on(session);
    session_wire_seals(session);
}

static enum tk_code look_for_slots(struct session *session, struct tk_error *error)
{
    struct slot_query query = SLOT_QUERY_ALL;
    struct slot_list list = {0};
    enum tk_code code;

    query.limit = 1;
    code = office_slots(&session->office, &query, &list, error);
    session->store_is_new = !code && list.count == 0;
    slot_list_release(&list);
    return code;
}

enum tk_code session_find_key(const struct session *session, struct keyfile *key,
                              struct tk_error *error)
{
    char path[SESSION_PATH_SIZE];

    if (session->kind == SESSION_DATABASE)
        return keyfile_of_node(key, session_key_path(session, path), error);
    return keyfile_beside(key, session->store_path, error);
}

/* A key is missed beside a file that is no box office, too: then that is what has to be said. One of
   an older version (TK_CONFIG) is one. */
static enum tk_code load_key(struct session *session, struct tk_error *error)
{
    struct store *store = NULL;
    struct tk_error reason = {0}, worse = {0};
    struct keyfile key;
    enum tk_code code = session_find_key(session, &key, error);

    if (code)
        return code;
    if (session->kind == SESSION_DATABASE && session->new_key)
        return tk_fail(error, TK_USAGE,
                       "Of a box office in a database --new-key is for `ticketly admin migrate`.");
    site_ring_close(session->ring);
    session->ring = NULL;
    code = site_ring_open(&key, session->new_key, &session->ports, &session->ring, &reason);
    if (!code)
        return TK_OK;
    if (session->kind == SESSION_FILE && access(session->store_path, F_OK) == 0 && session_look_at_store(session, &store, &worse) &&
        worse.code != TK_CONFIG)
        return tk_fail(error, worse.code, "%s", worse.message);
    store_close(store);
    if (session->kind == SESSION_DATABASE)
        return session_miss_key(session, &reason, error);
    return tk_fail(error, code, "%s", reason.message);
}

enum tk_code session_check_generations(struct session *session, struct store *store,
                                       struct tk_error *error)
{
    struct box_office office = {.store = store};
    struct store_facts facts;
    enum tk_code code = office_facts(&office, &facts, error);

    if (!code && !session->new_key)
        code = site_ring_require(session->ring, facts.key_generation, error);
    while (!code && session->new_key && session_key_count(session) < facts.key_generation)
        code = session_add_key(session, session_key_count(session), error);
    return code;
}

enum tk_code session_open_both(struct session *session, struct store **store,
                               struct tk_error *error)
{
    struct store *opened = NULL;
    enum tk_code code = load_key(session, error);

    if (!code) /* makes it when it is not there; a new key is taken over now */
        code = open_store(session, &opened, error);
    if (!code)
        code = session_check_generations(session, opened, error);
    if (code)
        store_close(opened);
    else
        *store = opened;
    return code;
}

enum tk_code session_open_copy(struct session *session, struct store **store,
                               struct tk_error *error)
{
    enum tk_code code = session->ring ? TK_OK : load_key(session, error);

    return code ? code : open_store(session, store, error);
}

bool session_store_is_there(const struct session *session)
{
    struct stat info;

    return stat(session->store_path, &info) == 0 && info.st_size > 0;
}

static bool key_is_there(const struct session *session)
{
    char path[SESSION_PATH_SIZE];
    struct stat info;

    return lstat(session_key_path(session, path), &info) == 0 || errno != ENOENT;
}

static enum tk_code remote_slot_key(void *store, int64_t slot_id, int64_t generation,
                                    struct crypto_key *key, struct tk_error *error)
{
    return remote_store_slot_key(store, slot_id, generation, key, error);
}

enum tk_code session_remote_options(const struct session *session, const char *url, char *token,
                                    struct remote_options *options, struct tk_error *error)
{
    const char *token_file = settings_text(&session->settings, SETTING_store_token_file);
    const char *ca_file = settings_text(&session->settings, SETTING_store_ca_file);

    *options = (struct remote_options){.url = url,
                                       .token = token,
                                       .token_file = token_file,
                                       .ca_file = *ca_file ? ca_file : NULL,
                                       .pin = settings_text(&session->settings, SETTING_store_pin)};
    *token = '\0';
    return *token_file ? token_file_read(token_file, token, error) : TK_OK;
}

/* The box office of a service: rules and keys are the service's, and so is the upkeep. */
static enum tk_code open_remote(struct session *session, struct tk_error *error)
{
    struct remote_options options;
    char token[TOKEN_FILE_SIZE];
    enum tk_code code =
        session_remote_options(session, session->store_path, token, &options, error);

    if (!code)
        code = remote_store_open(&options, &session->store, error);
    crypto_wipe(token, sizeof token);
    if (code)
        return code;
    session->office = (struct box_office){.store = session->store,
                                          .ports = session->ports,
                                          .rules = remote_store_rules(session->store),
                                          .keys = {.slot_key = remote_slot_key,
                                                   .context = session->store},
                                          .upkept_elsewhere = true};
    session_name_office(session);
    session_wire_sign_on_at_service(session);
    return TK_OK;
}

/* What is no file of ours. */
static enum tk_code open_far(struct session *session, struct tk_error *error)
{
    session_take_centre(session);
    return *session->central ? session_open_central(session, error) : open_remote(session, error);
}

enum tk_code session_office(struct session *session, struct box_office **office,
                            struct tk_error *error)
{
    bool is_file, was_there;
    enum tk_code code = session_practise(session, error);

    if (code)
        return code;
    if (session->store || session->kind == SESSION_REMOTE) {
        code = session->store ? TK_OK : open_far(session, error);
        *office = &session->office;
        return code;
    }
    is_file = session->kind == SESSION_FILE;
    was_there = !is_file || session_store_is_there(session);
    code = is_file ? session_make_folder(session, error) : TK_OK;
    if (!code)
        code = session_open_both(session, &session->store, error);
    if (code)
        return code;
    session->store_was_made = !was_there;
    make_office(session);
    /* what is over is over for this program, too; who cannot write can still read */
    office_expire(&session->office, 0, &session->expired, NULL);
    code = is_file ? look_for_slots(session, error) : TK_OK; /* no samples for many */
    if (code) {
        store_close(session->store);
        session->store = NULL;
    } else {
        *office = &session->office;
    }
    return code;
}

enum tk_code session_look(struct session *session, struct box_office **office,
                          struct tk_error *error)
{
    enum tk_code code;

    if (session->kind != SESSION_FILE || session->store || session->new_key || session->training ||
        (key_is_there(session) && session_store_is_there(session)))
        return session_office(session, office, error);
    code = session_look_at_store(session, &session->store, error);
    if (code)
        return code;
    session->keyless = true;
    make_office(session);
    session->office.upkept_elsewhere = true;
    *office = &session->office;
    return TK_OK;
}

struct crypto_key session_site_key(struct session *session)
{
    return site_ring_root(session->ring);
}

int session_key_count(struct session *session)
{
    return site_ring_count(session->ring);
}

enum tk_code session_add_key(struct session *session, int known, struct tk_error *error)
{
    return site_ring_add(session->ring, known, &session->ports, error);
}

enum tk_code session_open_store(void *session, struct store **store, struct tk_error *error)
{
    return open_store(session, store, error);
}

enum tk_code session_open_queue(void *session, const struct queue_options *options,
                                struct store_queue **queue, struct tk_error *error)
{
    struct group_options group_options = {.queue = *options};
    struct group_commit *group = NULL;
    enum tk_code code =
        open_tuned(session, QUEUE_CHECKPOINT_PAGES, &group_options.store, error);

    if (!code)
        code = group_commit_open(&group_options, &group, error);
    if (!code)
        *queue = group_commit_as_queue(group);
    return code;
}

enum tk_code session_service(struct session *session, struct box_office *office,
                             struct tk_error *error)
{
    struct store *store = NULL;
    enum tk_code code;

    if (session->training)
        return tk_fail(error, TK_USAGE,
                       "A service is for the real box office: start it without --train.");
    if (*session->central)
        return tk_fail(error, TK_CONFIG,
                       "`serve` needs the box office file itself: start it without a centre, with "
                       "--central '' where central.address is set.");
    if (session->kind == SESSION_REMOTE)
        return tk_fail(error, TK_CONFIG,
                       "%.200s is a service already: `serve` needs a box office file or a database.",
                       session->store_path);
    code = session->kind == SESSION_FILE ? session_make_folder(session, error) : TK_OK;
    if (!code)
        code = session_open_both(session, &store, error);
    if (code)
        return code;
    store_close(store);
    session->new_key = false;
    make_office(session);
    *office = session->office;
    return TK_OK;
}

void session_release(struct session *session)
{
    store_close(session->store);
    session->store = NULL;
    session->line = NULL;
    site_ring_close(session->ring);
    site_ring_close(session->real_ring);
    sign_on_file_close(session->signs);
    session->signs = NULL;
    session->ring = session->real_ring = NULL;
    training_leave(&session->practice);
}
