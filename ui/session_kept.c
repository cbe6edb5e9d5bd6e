/* session: whom commands remember to be signed on. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/box_office_staff.h"
#include "core/text.h"
#include "data/file.h"
#include "data/remote/remote_line.h"
#include "data/secret_file.h"
#include "data/site_ring.h"
#include "ui/session_internal.h"

#define HEADER "ticketly-signed-on 1 "
#define KEPT_SIZE 512
#define TAG_SIZE REMOTE_SESSION_SIZE

_Static_assert(TAG_SIZE > 2 * CRYPTO_HASH_SIZE, "a digest fits, too");

static bool find_file(const struct session *session, char path[SESSION_PATH_SIZE])
{
    const char *folder = getenv("XDG_RUNTIME_DIR");
    char file[160];

    session_name_file(file, sizeof file, "signed-on", session->office.device,
                      *session->central ? session->central : session->store_path);
    if (folder && *folder == '/')
        return snprintf(path, SESSION_PATH_SIZE, "%s/ticketly/%s", folder, file) <
               SESSION_PATH_SIZE;
    return settings_default_data(path, SESSION_PATH_SIZE, file);
}

static bool is_at_service(const struct session *session)
{
    return session->kind == SESSION_REMOTE && !*session->central;
}

/* What a line ends with: nobody writes himself one who cannot read the keys. At a service it is the
   session that it gave out. */
static bool print_tag(const struct session *session, const char *line, size_t length,
                      char tag[TAG_SIZE])
{
    struct crypto_key root, key;
    uint8_t hash[CRYPTO_HASH_SIZE];

    if (is_at_service(session)) {
        remote_session_copy(session->store, tag);
        return *tag != '\0';
    }
    root = site_ring_root(session->ring);
    key = crypto_derive(&root, "signedon", 0);
    crypto_digest(hash, &key, line, length);
    hex_print(tag, hash, sizeof hash);
    crypto_wipe(&root, sizeof root);
    crypto_wipe(&key, sizeof key);
    return session->ring != NULL;
}

/* Whether the end of a line, without its newline, is as it should be. */
static bool check_tag(const struct session *session, const char *line, size_t length,
                      const char *end)
{
    char tag[TAG_SIZE];

    if (is_at_service(session))
        return remote_session_take(session->store, end);
    return print_tag(session, line, length, tag) && strlen(end) == strlen(tag) &&
           crypto_equal(end, tag, strlen(tag));
}

/* "NUMBER NOW ENDS " and, at a till whose centre is a service, the session that it gave out; how long it is. */
static size_t print_line(const struct session *session, char line[KEPT_SIZE], int64_t now, int64_t ends)
{
    char token[REMOTE_SESSION_SIZE] = "";
    int length;

    if (session->line)
        remote_line_session(session->line, token);
    length = snprintf(line, KEPT_SIZE, HEADER "%" PRId64 " %" PRId64 " %" PRId64 " %s%s",
                      session->office.member.number, now, ends, token, *token ? " " : "");
    crypto_wipe(token, sizeof token);
    return (size_t)length;
}

enum tk_code session_keep_member(struct session *session, int64_t lasts, int64_t *until,
                                 struct tk_error *error)
{
    int64_t now = office_now(&session->office), ends = now + lasts;
    char path[SESSION_PATH_SIZE], line[KEPT_SIZE], tag[TAG_SIZE];
    enum tk_code code;
    size_t length;
    int file;

    if (!find_file(session, path))
        return tk_fail(error, TK_CANNOT_CREATE,
                       "There is no folder to keep in who signed on: set XDG_RUNTIME_DIR or HOME.");
    code = session_make_folders(path, error);
    if (code)
        return code;
    length = print_line(session, line, now, ends);
    if (!print_tag(session, line, length, tag))
        return tk_fail_code(error, TK_CONFIG);
    snprintf(line + length, sizeof line - length, "%s\n", tag);
    unlink(path); /* whoever signed on before */
    file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file < 0)
        return tk_fail(error, TK_CANNOT_CREATE, "%.300s cannot be made: %s.", path,
                       strerror(errno));
    if (!file_write_whole(file, line, strlen(line)))
        code = tk_fail(error, file_code(errno), "%.300s cannot be written: %s.", path,
                       strerror(errno));
    close(file);
    if (code)
        unlink(path);
    else
        *until = ends;
    return code;
}

void session_forget_member(const struct session *session)
{
    char path[SESSION_PATH_SIZE];

    if (find_file(session, path))
        unlink(path);
}

/* "NUMBER NOW ENDS " behind the header; *rest is what follows. */
static bool parse_line(char *line, int64_t *number, int64_t *from, int64_t *until, char **rest)
{
    char *end;

    if (strncmp(line, HEADER, sizeof HEADER - 1) != 0)
        return false;
    *number = strtoll(line + sizeof HEADER - 1, &end, 10);
    *from = strtoll(end, &end, 10);
    *until = strtoll(end, &end, 10);
    *rest = end + 1;
    return *end == ' ';
}

int64_t session_kept_member(struct session *session)
{
    char path[SESSION_PATH_SIZE], line[KEPT_SIZE], *at, *rest;
    int64_t number, from, until, now = office_now(&session->office);
    size_t size = 0;
    int file;
    bool read;

    if (!find_file(session, path))
        return 0;
    file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
    if (file < 0)
        return 0;
    read = !secret_file_check(file, "sign-on", path, NULL) &&
           file_read_whole(file, line, sizeof line - 1, &size);
    close(file);
    line[size] = '\0';
    line[strcspn(line, "\n")] = '\0';
    at = strrchr(line, ' ');
    if (!read || !at || !parse_line(line, &number, &from, &until, &rest) || now < from || now >= until ||
        !check_tag(session, line, (size_t)(at + 1 - line), at + 1))
        number = 0;
    if (number && session->line && at > rest) {
        *at = '\0';
        remote_line_take_session(session->line, rest);
    }
    crypto_wipe(line, sizeof line);
    return number;
}

enum tk_code session_open_secret(const char *path, int *file, struct tk_error *error)
{
    int opened = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    enum tk_code code;

    if (opened < 0)
        return tk_fail(error, TK_NO_INPUT, "%.300s cannot be read: %s.", path, strerror(errno));
    code = secret_file_check(opened, "secret", path, error);
    if (code)
        close(opened);
    else
        *file = opened;
    return code;
}
