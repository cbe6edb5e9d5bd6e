/* session: where settings and box office lie. */
#include "ui/session_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/text.h"
#include "data/postgres/postgres_store.h"
#include "data/remote/remote_store.h"
#include "ui/ports.h"

#define SCHEME_CHARACTERS                                                                          \
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-." /* RFC 3986 */
#define NODE_KEY_FILE "ticketly.key"
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

/* As a shell has it. */
void session_expand(char path[SESSION_PATH_SIZE], const char *given)
{
    const char *home = getenv("HOME");

    if (strncmp(given, "~/", 2) != 0 || !home || *home != '/')
        text_copy(path, SESSION_PATH_SIZE, given);
    else if (snprintf(path, SESSION_PATH_SIZE, "%s/%s", home, given + 2) >= SESSION_PATH_SIZE)
        *path = '\0';
}

enum session_kind session_kind_of(const char *place)
{
    return remote_is_url(place) ? SESSION_REMOTE
           : postgres_is_uri(place) ? SESSION_DATABASE
                                    : SESSION_FILE;
}

const char *session_key_path(const struct session *session, char path[SESSION_PATH_SIZE])
{
    const char *file = settings_text(&session->settings, SETTING_store_key_file);
    bool found = true;

    if (session->kind == SESSION_FILE)
        found = snprintf(path, SESSION_PATH_SIZE, "%s.key", session->store_path) < SESSION_PATH_SIZE;
    else if (session->kind == SESSION_REMOTE)
        found = false;
    else if (*file)
        session_expand(path, file);
    else
        found = settings_default_data(path, SESSION_PATH_SIZE, NODE_KEY_FILE);
    if (!found)
        path[0] = '\0';
    return path;
}

/* The path of the store. */
static void find_store(struct session *session)
{
    const char *file = settings_text(&session->settings, SETTING_store_file);

    if (*file)
        session_expand(session->store_path, file);
    else if (!settings_default_store(session->store_path, sizeof session->store_path))
        session->store_path[0] = '\0';
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

/* Whether it was meant as the address of a database, as libpq has it or nearly. */
static bool is_like_database(const char *text)
{
    static const char *const starts[] = {"postgresql:", "postgres:", "host=",    "hostaddr=",
                                         "dbname=",     "port=",     "service=", "user="};

    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++)
        if (strncmp(text, starts[i], strlen(starts[i])) == 0)
            return true;
    return false;
}

/* What was meant as the address of a service must not become a box office file of that name. */
enum tk_code session_check_place(const char *place, struct tk_error *error)
{
    size_t scheme = strspn(place, SCHEME_CHARACTERS);

    if (is_like_database(place) && access(place, F_OK) != 0)
        return tk_fail(error, TK_CONFIG,
                       "That is no address of a database: write postgresql://HOST/DATABASE, or "
                       "postgresql:///DATABASE for a server on this machine.");
    if (scheme && strncmp(place + scheme, "://", 3) == 0)
        return tk_fail(error, TK_CONFIG,
                       "There is no way to a box office by “%.*s”: http, https, unix: and postgresql are "
                       "known.",
                       scheme < 20 ? (int)scheme : 20, place);
    if (is_host_and_port(place) && access(place, F_OK) != 0)
        return tk_fail(error, TK_CONFIG,
                       "There is no box office file %.200s: did you mean http://%.200s?", place,
                       place);
    return TK_OK;
}

/* When the settings are known. */
static enum tk_code complete(struct session *session, const char *db, const char *central,
                             struct tk_error *error)
{
    enum tk_code code = TK_OK;

    if (db)
        code = *db ? settings_set(&session->settings, SETTING_store_file, db, "--db", error)
                   : tk_fail(error, TK_USAGE, "--db needs the name of a file, or an address.");
    if (!code && central) /* "": none, whatever is set */
        code = settings_set(&session->settings, SETTING_central_address, central, "--central",
                            error);
    if (code)
        return code;
    find_store(session);
    session->kind = session_kind_of(session->store_path);
    if (session->kind == SESSION_DATABASE)
        code = postgres_check_uri(session->store_path, error);
    if (!code && *settings_text(&session->settings, SETTING_central_address))
        code = session_place_central(session, error);
    else if (!code && session->kind == SESSION_FILE)
        code = session_check_place(session->store_path, error);
    if (code)
        return code;
    return ports_init(&session->ports, settings_text(&session->settings, SETTING_venue_zone),
                      error);
}

enum tk_code session_init(struct session *session, const char *config, const char *db,
                          const char *central, struct tk_error *error)
{
    enum tk_code code = begin(session, error);

    if (!code)
        code = read_settings(session, config, error);
    return code ? code : complete(session, db, central, error);
}

enum tk_code session_init_plain(struct session *session, const char *db, struct tk_error *error)
{
    enum tk_code code = begin(session, error);

    return code ? code : complete(session, db, NULL, error);
}

enum tk_code session_make_folders(const char *file, struct tk_error *error)
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

enum tk_code session_make_folder(struct session *session, struct tk_error *error)
{
    if (!session->store_path[0])
        return tk_fail(error, TK_CONFIG,
                       "There is no home folder to keep the box office in: name a file with --db.");
    if (*settings_text(&session->settings, SETTING_store_file))
        return TK_OK;
    return session_make_folders(session->store_path, error);
}
