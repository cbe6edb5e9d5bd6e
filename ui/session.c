#include "ui/session.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/text.h"
#include "data/group_commit.h"
#include "data/keyfile.h"
#include "data/remote/remote_store.h"
#include "data/remote/token_file.h"
#include "data/sqlite/sqlite_store.h"
#include "ui/ports.h"

/* What a checkpoint takes is felt by all who wait for the commit that it follows: with 200 pages the
   99th percentile of 64 sellers is two thirds of what it is with SQLite's 1000, at the same rate. */
#define QUEUE_CHECKPOINT_PAGES 200
#define SCHEME_CHARACTERS                                                                          \
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-." /* RFC 3986 */
#define HOST_CHARACTERS                                                                            \
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.[]:"

static enum tk_code read_settings(struct session *session, const char *config,
                                  struct tk_error *error)
{
    char path[SESSION_PATH_SIZE];
    enum tk_code code = TK_OK;

    if (!config && settings_default_file(path, sizeof path) && access(path, F_OK) == 0)
        config = path;
    if (config) {
        code = settings_read(&session->settings, config, error);
        text_copy(session->config_path, sizeof session->config_path, config);
    }
    return code ? code : settings_read_environment(&session->settings, error);
}

/* The path of the store; a leading "~/" is the home folder, as a shell has it. */
static void find_store(struct session *session)
{
    const char *file = settings_text(&session->settings, SETTING_store_file);
    const char *home = getenv("HOME");
    char *path = session->store_path;
    size_t size = sizeof session->store_path;

    if (!*file) {
        if (!settings_default_store(path, size))
            *path = '\0';
    } else if (strncmp(file, "~/", 2) == 0 && home && *home == '/') {
        if (snprintf(path, size, "%s/%s", home, file + 2) >= (int)size)
            *path = '\0';
    } else {
        text_copy(path, size, file);
    }
}

/* Before anything that can fail: the session can be released from now on. */
static enum tk_code begin(struct session *session, struct tk_error *error)
{
    *session = (struct session){0};
    settings_init(&session->settings);
    ports_init(&session->ports, "", NULL);
    if (!crypto_init())
        return tk_fail(error, TK_INTERNAL, "libsodium cannot be used on this machine.");
    return TK_OK;
}

/* Whether the text is HOST:PORT and nothing more. */
static bool is_host_and_port(const char *text)
{
    size_t host = *text == '[' ? strcspn(text, "]") + 1 : strcspn(text, ":");
    const char *port = strlen(text) > host ? text + host : "";

    return host && *port == ':' && strspn(text, HOST_CHARACTERS) >= host && port[1] &&
           strlen(port + 1) <= 5 && port[1 + strspn(port + 1, "0123456789")] == '\0';
}

/* What was meant as the address of a service must not become a box office file of that name. */
static enum tk_code check_place(const char *place, struct tk_error *error)
{
    size_t scheme = strspn(place, SCHEME_CHARACTERS);

    if (scheme && strncmp(place + scheme, "://", 3) == 0)
        return tk_fail(error, TK_CONFIG,
                       "There is no way to a box office by “%.*s”: http, https and unix: are known.",
                       scheme < 20 ? (int)scheme : 20, place);
    if (is_host_and_port(place) && access(place, F_OK) != 0)
        return tk_fail(error, TK_CONFIG,
                       "There is no box office file %.200s: did you mean http://%.200s?", place,
                       place);
    return TK_OK;
}

/* When the settings are known. */
static enum tk_code complete(struct session *session, const char *db, struct tk_error *error)
{
    enum tk_code code = TK_OK;

    if (db)
        code = *db ? settings_set(&session->settings, SETTING_store_file, db, "--db", error)
                   : tk_fail(error, TK_USAGE, "--db needs the name of a file.");
    if (code)
        return code;
    find_store(session);
    session->remote = remote_is_url(session->store_path);
    if (!session->remote)
        code = check_place(session->store_path, error);
    if (code)
        return code;
    return ports_init(&session->ports, settings_text(&session->settings, SETTING_venue_zone),
                      error);
}

enum tk_code session_init(struct session *session, const char *config, const char *db,
                          struct tk_error *error)
{
    enum tk_code code = begin(session, error);

    if (!code)
        code = read_settings(session, config, error);
    return code ? code : complete(session, db, error);
}

enum tk_code session_init_plain(struct session *session, const char *db, struct tk_error *error)
{
    enum tk_code code = begin(session, error);

    return code ? code : complete(session, db, error);
}

bool session_is_network_filesystem(long type)
{
    return sqlite_is_network_filesystem(type);
}

/* Makes the folders above a file that are missing, for this user only. */
static enum tk_code make_folders(const char *file, struct tk_error *error)
{
    char path[SESSION_PATH_SIZE];

    text_copy(path, sizeof path, file);
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(path, 0700) && errno != EEXIST)
            return tk_fail(error, TK_CANNOT_CREATE, "The folder %.300s cannot be made: %s.", path,
                           strerror(errno));
        *slash = '/';
    }
    return TK_OK;
}

static enum tk_code make_default_folder(struct session *session, struct tk_error *error)
{
    if (!session->store_path[0])
        return tk_fail(error, TK_CONFIG,
                       "There is no home folder to keep the box office in: name a file with --db.");
    if (*settings_text(&session->settings, SETTING_store_file))
        return TK_OK;
    return make_folders(session->store_path, error);
}

static enum tk_code open_file(struct session *session, bool look_only, int checkpoint_pages,
                              struct store **store, struct tk_error *error)
{
    struct sqlite_options options = {
        .path = session->store_path,
        .look_only = look_only,
        .rules = settings_rules(&session->settings),
        .digest_key = crypto_derive(&session->site_key, "digest\0\0", 0),
        .now = session->ports.now,
        .random = session->ports.random,
        .context = session->ports.context,
        .new_key = session->new_key,
        .checkpoint_pages = checkpoint_pages,
        .busy_timeout_ms = (int)settings_number(&session->settings, SETTING_store_wait) * 1000,
    };
    enum tk_code code = sqlite_store_open(&options, store, error);

    crypto_wipe(&options.digest_key, sizeof options.digest_key);
    return code;
}

static enum tk_code open_store(struct session *session, struct store **store,
                               struct tk_error *error)
{
    return open_file(session, false, 0, store, error);
}

static enum tk_code look_at_store(struct session *session, struct store **store,
                                  struct tk_error *error)
{
    return open_file(session, true, 0, store, error);
}

/* Who sells, and where. */
static void name_office(struct session *session)
{
    const char *clerk = settings_text(&session->settings, SETTING_till_clerk);
    struct box_office *office = &session->office;
    const struct passwd *user = *clerk ? NULL : getpwuid(geteuid());

    if (user)
        clerk = user->pw_name;
    text_display(office->actor, sizeof office->actor, *clerk ? clerk : "clerk");
    text_display(office->device, sizeof office->device,
                 settings_text(&session->settings, SETTING_till_name));
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

/* A key is missed beside a file that is no box office, too: then that is what has to be said. One of
   an older version (TK_CONFIG) is one. */
static enum tk_code load_key(struct session *session, struct tk_error *error)
{
    struct store *store = NULL;
    struct tk_error reason = {0}, worse = {0};
    enum tk_code code = keyfile_load(session->store_path, session->new_key, session->ports.random,
                                     session->ports.context, &session->site_key, &reason);

    if (!code)
        return TK_OK;
    if (access(session->store_path, F_OK) == 0 && look_at_store(session, &store, &worse) &&
        worse.code != TK_CONFIG)
        return tk_fail(error, worse.code, "%s", worse.message);
    store_close(store);
    return tk_fail(error, code, "%s", reason.message);
}

static bool store_is_there(const struct session *session)
{
    struct stat info;

    return stat(session->store_path, &info) == 0 && info.st_size > 0;
}

static bool key_is_there(const struct session *session)
{
    char path[SESSION_PATH_SIZE + 8];
    struct stat info;

    snprintf(path, sizeof path, "%s.key", session->store_path);
    return lstat(path, &info) == 0 || errno != ENOENT;
}

static enum tk_code remote_slot_key(void *store, int64_t slot_id, int64_t generation,
                                    struct crypto_key *key, struct tk_error *error)
{
    return remote_store_slot_key(store, slot_id, generation, key, error);
}

/* The box office of a service: rules and keys are the service's, and so is the upkeep. */
static enum tk_code open_remote(struct session *session, struct tk_error *error)
{
    const char *token_file = settings_text(&session->settings, SETTING_store_token_file);
    const char *ca_file = settings_text(&session->settings, SETTING_store_ca_file);
    struct remote_options options = {.url = session->store_path,
                                     .ca_file = *ca_file ? ca_file : NULL};
    char token[TOKEN_FILE_SIZE] = "";
    enum tk_code code = TK_OK;

    if (*token_file)
        code = token_file_read(token_file, token, error);
    options.token = token;
    options.token_file = token_file;
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
    name_office(session);
    return TK_OK;
}

enum tk_code session_office(struct session *session, struct box_office **office,
                            struct tk_error *error)
{
    struct upkeep_result expired;
    bool was_there;
    enum tk_code code;

    if (session->store || session->remote) {
        code = session->store ? TK_OK : open_remote(session, error);
        *office = &session->office;
        return code;
    }
    session->office = (struct box_office){.ports = session->ports,
                                          .rules = settings_rules(&session->settings),
                                          .keys = key_ring_of_site(&session->site_key)};
    was_there = store_is_there(session);
    code = make_default_folder(session, error);
    if (!code)
        code = load_key(session, error);
    if (!code)
        code = open_store(session, &session->store, error);
    if (code)
        return code;
    session->store_was_made = !was_there;
    session->office.store = session->store;
    name_office(session);
    /* what is over is over for this program, too; who cannot write can still read */
    office_expire(&session->office, 0, &expired, NULL);
    code = look_for_slots(session, error);
    if (code)
        session_release(session);
    else
        *office = &session->office;
    return code;
}

enum tk_code session_look(struct session *session, struct box_office **office,
                          struct tk_error *error)
{
    enum tk_code code;

    if (session->remote || session->store || session->new_key ||
        (key_is_there(session) && store_is_there(session)))
        return session_office(session, office, error);
    code = look_at_store(session, &session->store, error);
    if (code)
        return code;
    session->keyless = true;
    session->office = (struct box_office){.ports = session->ports,
                                          .rules = settings_rules(&session->settings),
                                          .keys = key_ring_of_site(&session->site_key),
                                          .store = session->store,
                                          .upkept_elsewhere = true};
    name_office(session);
    *office = &session->office;
    return TK_OK;
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
        open_file(session, false, QUEUE_CHECKPOINT_PAGES, &group_options.store, error);

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

    if (session->remote)
        return tk_fail(error, TK_CONFIG,
                       "%.200s is a service already: `serve` needs a box office file.",
                       session->store_path);
    session->office = (struct box_office){.ports = session->ports,
                                          .rules = settings_rules(&session->settings),
                                          .keys = key_ring_of_site(&session->site_key)};
    code = make_default_folder(session, error);
    if (!code)
        code = load_key(session, error);
    if (!code) /* makes it when it is not there; a new key is taken over now */
        code = open_store(session, &store, error);
    if (code)
        return code;
    store_close(store);
    session->new_key = false;
    name_office(session);
    *office = session->office;
    return TK_OK;
}

void session_release(struct session *session)
{
    store_close(session->store);
    session->store = NULL;
    crypto_wipe(&session->site_key, sizeof session->site_key);
}
