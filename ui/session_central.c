/* session: a till's own copy of its centre's box office. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/seal.h"
#include "core/text.h"
#include "data/remote/remote_line.h"
#include "data/remote/token_file.h"
#include "data/replica/file_line.h"
#include "data/replica/replica_store.h"
#include "data/site_ring.h"
#include "data/sqlite/sqlite_store.h"
#include "ui/session_internal.h"

#define READABLE_MAX 40 /* bytes of a name that its file shows */
#define SUM_DIGITS 8

/* --- where things lie --- */

void session_name_file(char *file, size_t size, const char *what, const char *name,
                       const char *more)
{
    char shown[READABLE_MAX + 1], hex[2 * CRYPTO_HASH_SIZE + 1];
    char whole[2 * SESSION_PATH_SIZE + SETTING_TEXT_SIZE];
    uint8_t hash[CRYPTO_HASH_SIZE];
    size_t used = 0;

    for (const char *c = name; *c && used + 1 < sizeof shown; c++)
        shown[used++] = isalnum((unsigned char)*c) && (unsigned char)*c < 0x80 ? *c : '-';
    shown[used] = '\0';
    snprintf(whole, sizeof whole, "%s%s%s", name, *more ? "\n" : "", more);
    crypto_digest(hash, NULL, whole, strlen(whole));
    hex_print(hex, hash, sizeof hash);
    snprintf(file, size, "%s-%s-%.*s", what, shown, SUM_DIGITS, hex);
}

/* From wherever it is started, the same file has one name. */
static void make_absolute(char path[SESSION_PATH_SIZE])
{
    char given[SESSION_PATH_SIZE], folder[SESSION_PATH_SIZE];

    text_copy(given, sizeof given, path);
    if (*given == '/' || !getcwd(folder, sizeof folder))
        return;
    if (snprintf(path, SESSION_PATH_SIZE, "%s/%s", folder, given) >= SESSION_PATH_SIZE)
        text_copy(path, SESSION_PATH_SIZE, given);
}

/* Whether the copy lies where somebody chose: a service's address is no place. */
static bool is_placed(const struct session *session)
{
    const char *file = settings_text(&session->settings, SETTING_store_file);

    return *file && !remote_is_url(file);
}

/* Of which centre a copy is, and by whose token: two tokens are two tills, also when both have one name. */
static void print_owner(const struct session *session, char *text, size_t size)
{
    const char *given = settings_text(&session->settings, SETTING_store_token_file);
    char token_file[SESSION_PATH_SIZE] = "";

    if (*given && remote_is_url(session->central)) {
        text_copy(token_file, sizeof token_file, given);
        make_absolute(token_file);
    }
    snprintf(text, size, "%s%s%s", session->central, *token_file ? "\n" : "", token_file);
}

/* Two centres, or two tills on one machine, have two copies. */
static enum tk_code place_copy(struct session *session, struct tk_error *error)
{
    char file[160], owner[2 * SESSION_PATH_SIZE];

    if (is_placed(session))
        return TK_OK; /* session->store_path was made of it */
    print_owner(session, owner, sizeof owner);
    session_name_file(file, sizeof file - 4, "replica",
                      settings_text(&session->settings, SETTING_till_name), owner);
    text_copy(file + strlen(file), 4, ".db");
    if (settings_default_data(session->store_path, sizeof session->store_path, file))
        return TK_OK;
    return tk_fail(error, TK_CONFIG,
                   "There is no home folder to keep this till's copy in: name a file with --db.");
}

enum tk_code session_place_central(struct session *session, struct tk_error *error)
{
    enum tk_code code = TK_OK;

    if (session->kind != SESSION_FILE)
        return tk_fail(error, TK_CONFIG,
                       "With a centre, --db (store.file) is where this till's copy of it lies, and "
                       "%.200s is the address of a %s: leave it out, or name a file.",
                       session->store_path,
                       session->kind == SESSION_DATABASE ? "database" : "service");
    session_expand(session->central, settings_text(&session->settings, SETTING_central_address));
    if (session_kind_of(session->central) == SESSION_DATABASE) /* it may have a password: not shown */
        return tk_fail(error, TK_CONFIG,
                       "A till's centre is a service, not its database: give --central (central.address) "
                       "http://… of a node, or of the balancer before the nodes.");
    if (!remote_is_url(session->central)) {
        code = session_check_place(session->central, error);
        make_absolute(session->central);
    }
    session->kind = SESSION_REMOTE;
    return code ? code : place_copy(session, error);
}

static bool is_same_file(const char *a, const char *b)
{
    struct stat one, other;

    return strcmp(a, b) == 0 || (stat(a, &one) == 0 && stat(b, &other) == 0 &&
                                 one.st_dev == other.st_dev && one.st_ino == other.st_ino);
}

/* --- a centre that is a box office file --- */

static enum tk_code look_for_centre(const char *path, struct tk_error *error)
{
    char folder[SESSION_PATH_SIZE], *slash;
    struct stat info;

    /* a fresh one in its place, or a key beside it, would be the worst of all */
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode))
        return tk_fail(error, TK_NOT_A_STORE, "%.300s is a folder: name the box office file in it.",
                       path);
    if (stat(path, &info) == 0 && info.st_size > 0)
        return TK_OK;
    text_copy(folder, sizeof folder, path);
    slash = strrchr(folder, '/');
    if (slash && slash != folder)
        *slash = '\0';
    if (slash && slash != folder && stat(folder, &info) != 0)
        return tk_fail(error, TK_NO_INPUT,
                       "There is no box office file %.300s: the folder %.300s is not there either.",
                       path, folder);
    return tk_fail(error, TK_NO_INPUT, "There is no box office file %.300s.", path);
}

/* A key is missed beside a file that is no box office, too: then that is what has to be said. */
static enum tk_code open_keys(const struct session *session, struct sqlite_options options,
                              struct site_ring **ring, struct tk_error *error)
{
    struct store *store = NULL;
    struct tk_error reason = {0}, worse = {0};
    struct keyfile key;
    enum tk_code code = keyfile_beside(&key, session->central, &reason);

    if (!code)
        code = site_ring_open(&key, false, &session->ports, ring, &reason);
    if (!code)
        return TK_OK;
    options.look_only = true;
    if (sqlite_store_open(&options, &store, &worse) == TK_NOT_A_STORE) {
        code = TK_NOT_A_STORE;
        reason = worse;
    }
    store_close(store);
    return tk_fail(error, code, "%s", reason.message);
}

enum tk_code session_open_centre(void *context, int timeout_ms, struct store **store,
                                 struct key_ring *keys, struct tk_error *error)
{
    struct session_centre *centre = context;
    const struct session *session = centre->session;
    struct sqlite_options options = {.path = session->central,
                                     .rules = settings_rules(&session->settings),
                                     .now = session->ports.now,
                                     .random = session->ports.random,
                                     .context = session->ports.context,
                                     .busy_timeout_ms = timeout_ms,
                                     .must_exist = true};
    struct crypto_key root;
    enum tk_code code = look_for_centre(session->central, error);

    if (!code)
        code = open_keys(session, options, &centre->ring, error);
    if (code)
        return code;
    root = site_ring_root(centre->ring);
    options.digest_key = crypto_derive(&root, "digest\0\0", 0);
    options.seal_seed = seal_seed(&root);
    code = sqlite_store_open(&options, store, error);
    crypto_wipe(&root, sizeof root);
    crypto_wipe(&options.digest_key, sizeof options.digest_key);
    crypto_wipe(&options.seal_seed, sizeof options.seal_seed);
    if (!code) {
        *keys = site_ring_keys(centre->ring);
        return TK_OK;
    }
    site_ring_close(centre->ring);
    centre->ring = NULL;
    return code;
}

void session_close_centre(void *context)
{
    struct session_centre *centre = context;

    site_ring_close(centre->ring);
    centre->ring = NULL;
}

static enum tk_code open_file_line(struct session *session, struct sync_line **line,
                                   struct tk_error *error)
{
    struct session_centre *centre = &session->centres[session->centre_count++];
    struct file_line_options options = {
        .open = session_open_centre,
        .closed = session_close_centre,
        .context = centre,
        .ports = session->ports,
        .rules = settings_rules(&session->settings),
        .allotment = settings_allotments(&session->settings),
        .archive_after =
            settings_number(&session->settings, SETTING_upkeep_archive_after) * TIME_DAY,
    };

    *centre = (struct session_centre){.session = session};
    return file_line_open(&options, line, error);
}

/* --- what the copy is made of --- */

static enum tk_code open_line(void *context, struct sync_line **line, struct tk_error *error)
{
    struct session *session = context;
    struct remote_options options;
    char token[TOKEN_FILE_SIZE];
    enum tk_code code;

    if (!remote_is_url(session->central))
        return open_file_line(session, line, error);
    code = session_remote_options(session, session->central, token, &options, error);
    if (!code)
        code = remote_line_open(&options, line, error);
    if (!code && !session->line) /* that of the till's thread comes first */
        session->line = *line;
    crypto_wipe(token, sizeof token);
    return code;
}

static enum tk_code open_mirror(void *context, struct mirror **mirror, struct store **store,
                                struct tk_error *error)
{
    struct session *session = context;
    enum tk_code code = session_open_copy(session, store, error);

    if (!code)
        *mirror = sqlite_store_mirror(*store);
    return code;
}

/* --- as the office has it --- */

static void line_status(void *context, struct sync_status *status)
{
    replica_store_status(context, status);
}

static enum tk_code line_sync(void *context, struct sync_report *report, struct tk_error *error)
{
    return replica_store_sync(context, report, error);
}

static enum tk_code line_give_back(void *context, struct sync_report *report,
                                   struct tk_error *error)
{
    return replica_store_give_back(context, report, error);
}

/* Rules and keys are the centre's, and so are clock and upkeep. */
static void make_office(struct session *session)
{
    struct store *store = session->store;

    session->office = (struct box_office){
        .store = store,
        .ports = session->ports,
        .rules = replica_store_rules(store),
        .keys = {.slot_key = replica_store_slot_key, .context = store},
        .line = {line_status, line_sync, line_give_back, replica_store_admit, store},
        .upkept_elsewhere = true};
    session->office.ports.now = replica_store_now;
    session->office.ports.context = store;
    session_name_office(session);
    if (*replica_store_device(store))
        text_copy(session->office.device, sizeof session->office.device,
                  replica_store_device(store));
    session_wire_sign_on_at_centre(session);
}

static enum tk_code check_copy(struct session *session, struct tk_error *error)
{
    enum tk_code code = place_copy(session, error); /* --name came after session_init */

    if (!code && is_same_file(session->store_path, session->central))
        code = tk_fail(error, TK_CONFIG,
                       "%.300s cannot be the centre and this till's copy of it: leave --db "
                       "(store.file) out, or say --central '' to work on the file itself.",
                       session->central);
    if (!code && !is_placed(session))
        code = session_make_folders(session->store_path, error);
    return code ? code : session_check_record(session, error);
}

enum tk_code session_open_central(struct session *session, struct tk_error *error)
{
    struct replica_options options = {
        .open_mirror = open_mirror,
        .open_line = open_line,
        .context = session,
        .ports = session->ports,
        .ahead = settings_number(&session->settings, SETTING_central_days) * TIME_DAY,
        .holds = session->use == SESSION_COUNTER,
        .background = session->use != SESSION_COMMAND,
        .centre = session->central,
    };
    enum tk_code code = check_copy(session, error);

    text_display(options.device, sizeof options.device,
                 settings_text(&session->settings, SETTING_till_name));
    session->centre_count = 0;
    session->line = NULL;
    if (!code)
        code = replica_store_open(&options, &session->store, error);
    if (!code)
        make_office(session);
    else
        session->line = NULL;
    return code;
}
