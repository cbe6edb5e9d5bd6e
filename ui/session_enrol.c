/* session: a new device that comes to a service with a one-time code. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/text.h"
#include "data/file.h"
#include "data/remote/http_client.h"
#include "data/remote/remote_enrol.h"
#include "data/remote/token_file.h"
#include "ui/session_internal.h"

#define PENDING ".new" /* behind the name of the token's file, until the service has answered */

static enum tk_code write_token(const char *path, const char *token, struct tk_error *error)
{
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool written = file >= 0 && file_write_whole(file, token, strlen(token)) &&
                   file_write_whole(file, "\n", 1) && fsync(file) == 0;
    int failure = errno;

    if (file >= 0)
        close(file);
    if (written && file_sync_folder(path))
        return TK_OK;
    if (file >= 0)
        unlink(path);
    return tk_fail(error, TK_CANNOT_CREATE, "The token cannot be written to %.300s: %s.", path,
                   strerror(failure));
}

/* The token that was sent before, when the answer was lost; else a fresh one, kept before it is
 * sent. */
static enum tk_code take_token(const struct session *session, const char *path,
                               char token[TOKEN_FILE_SIZE], struct tk_error *error)
{
    uint8_t random[TOKEN_RANDOM_SIZE];

    if (access(path, F_OK) == 0)
        return token_file_read(path, token, error);
    session->ports.random(session->ports.context, random, sizeof random);
    token_make(token, random);
    crypto_wipe(random, sizeof random);
    return write_token(path, token, error);
}

/* The token has its own name as soon as it is good. */
static enum tk_code keep_token(const char *pending, const char *path, struct tk_error *error)
{
    if (rename(pending, path) == 0 && file_sync_folder(path))
        return TK_OK;
    return tk_fail(error, TK_IO, "The token is good, but %.200s cannot be renamed to %.200s: %s.",
                   pending, path, strerror(errno));
}

enum tk_code session_enrol(struct session *session, const struct session_enrolment *enrolment,
                           struct device *device, bool *attended, struct tk_error *error)
{
    const char *ca_file = settings_text(&session->settings, SETTING_store_ca_file);
    struct remote_options options = {
        .url = enrolment->url, .pin = enrolment->pin, .ca_file = *ca_file ? ca_file : NULL};
    char token[TOKEN_FILE_SIZE] = "", pending[SESSION_PATH_SIZE + sizeof PENDING];
    enum tk_code code;

    if (!http_client_is_url(enrolment->url))
        return tk_fail(error, TK_USAGE,
                       "The first word is the service's address: http://HOST:PORT, "
                       "https://HOST:PORT or unix:PATH.");
    if (*enrolment->pin && !http_client_is_pin(enrolment->pin))
        return tk_fail(error, TK_USAGE,
                       "--pin is sha256// and 44 characters, as they are shown "
                       "beside the code.");
    snprintf(pending, sizeof pending, "%s" PENDING, enrolment->token_file);
    code = session_make_folders(pending, error);
    if (!code)
        code = take_token(session, pending, token, error);
    if (!code)
        code = remote_enrol(&options, enrolment->code, token, device, attended, error);
    if (!code)
        code = keep_token(pending, enrolment->token_file, error);
    crypto_wipe(token, sizeof token);
    return code;
}
