#include "data/remote/http_client.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <curl/curl.h>

#include "core/crypto.h"
#include "core/text.h"
#include "core/wiped.h"

#define STEP_MS 50        /* how often the watch is asked */
#define STALLED_SECONDS 30 /* without a byte, when there is no other limit */
#define UNIX_PREFIX "unix:"
#define PIN_PREFIX "sha256//"
#define PIN_PREFIX_LENGTH 8
#define PIN_DIGITS 43
/* RFC 6750 */
#define TOKEN_CHARACTERS                                                                           \
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~+/="

struct http_client {
    CURLM *multi;
    CURL *easy;
    char url[HTTP_CLIENT_URL_SIZE];  /* as given, without the last / */
    char base[HTTP_CLIENT_URL_SIZE]; /* what a path is put behind */
    const char *socket;              /* into url; NULL: TCP */
    char *authorization;             /* the header's line, owned; NULL: none */
    char ca_file[512], pin[512];
    char staff[256]; /* the header's line; "": none */
    bool is_local;
    bool met; /* it has answered once */
    int connect_timeout_ms, timeout_ms;
    int64_t ends_at_ms; /* of the call at hand, monotonic; 0: no limit */
    struct store_watch watch;
    char problem[CURL_ERROR_SIZE];
    enum tk_code broken; /* by what came: TK_NO_MEMORY, TK_DISK_FULL, TK_IO, TK_BAD_DATA */
};

int64_t http_client_clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

const char *http_client_url(const struct http_client *client)
{
    return client->url;
}

bool http_client_is_url(const char *text)
{
    return strncasecmp(text, "http://", 7) == 0 || strncasecmp(text, "https://", 8) == 0 ||
           strncmp(text, UNIX_PREFIX, strlen(UNIX_PREFIX)) == 0;
}

/* --- the address --- */

static bool has_part(CURLU *url, CURLUPart part)
{
    char *text = NULL;
    bool has = curl_url_get(url, part, &text, 0) == CURLUE_OK && *text;

    curl_free(text);
    return has;
}

static bool is_loopback(const char *host)
{
    return strcasecmp(host, "localhost") == 0 || strncmp(host, "127.", 4) == 0 ||
           strcmp(host, "[::1]") == 0;
}

/* What curl makes of the address, when it names a host and nothing else. */
/* TK_CONFIG when it is none. */
static enum tk_code read_address(struct http_client *client, CURLU *url)
{
    char *host = NULL, *path = NULL;
    CURLUcode why = strstr(client->url, ":///") /* of which curl would make another */
                        ? CURLUE_MALFORMED_INPUT
                        : curl_url_set(url, CURLUPART_URL, client->url, 0);
    bool good;

    if (!why)
        why = curl_url_get(url, CURLUPART_HOST, &host, 0);
    if (!why)
        why = curl_url_get(url, CURLUPART_PATH, &path, 0);
    good = !why && strcmp(path, "/") == 0 && !has_part(url, CURLUPART_USER) &&
           !has_part(url, CURLUPART_PASSWORD) && !has_part(url, CURLUPART_QUERY) &&
           !has_part(url, CURLUPART_FRAGMENT);
    client->is_local = good && is_loopback(host);
    curl_free(host);
    curl_free(path);
    if (why == CURLUE_OUT_OF_MEMORY)
        return TK_NO_MEMORY;
    return good ? TK_OK : TK_CONFIG;
}

static enum tk_code set_address(struct http_client *client, const char *text,
                                struct tk_error *error)
{
    CURLU *url = curl_url();
    size_t length = strlen(text);
    enum tk_code code = TK_CONFIG;

    if (!url)
        return tk_fail_code(error, TK_NO_MEMORY);
    if (length && text[length - 1] == '/' && length < sizeof client->url)
        length--;
    if (http_client_is_url(text) && length < sizeof client->url) {
        snprintf(client->url, sizeof client->url, "%.*s", (int)length, text);
        if (strncmp(text, UNIX_PREFIX, strlen(UNIX_PREFIX)) == 0) {
            client->socket = client->url + strlen(UNIX_PREFIX);
            client->is_local = true;
            text_copy(client->base, sizeof client->base, "http://localhost");
            code = *client->socket ? TK_OK : TK_CONFIG;
        } else {
            text_copy(client->base, sizeof client->base, client->url);
            code = read_address(client, url);
        }
    }
    curl_url_cleanup(url);
    if (code == TK_NO_MEMORY)
        return tk_fail_code(error, code);
    if (!code)
        return TK_OK;
    /* not shown: somebody may have put a password into it */
    return tk_fail(error, TK_CONFIG, "The address of a service is written http://HOST:PORT, "
                                     "https://HOST:PORT or unix:PATH, and nothing more.");
}

/* --- open and close --- */

static void start_curl(void)
{
    curl_global_init_mem(CURL_GLOBAL_DEFAULT, malloc, wiped_free, wiped_realloc, strdup, calloc);
}

static enum tk_code set_token(struct http_client *client, const char *token,
                              struct tk_error *error)
{
    size_t size;

    if (!token || !*token)
        return TK_OK;
    if (token[strspn(token, TOKEN_CHARACTERS)])
        return tk_fail(error, TK_CONFIG, "The token holds characters that no token has.");
    size = strlen(token) + sizeof "Authorization: Bearer ";
    client->authorization = malloc(size);
    if (!client->authorization)
        return tk_fail_code(error, TK_NO_MEMORY);
    snprintf(client->authorization, size, "Authorization: Bearer %s", token);
    return TK_OK;
}

/* Whether one begins here; *length is how long it is. 32 bytes are 43 characters and a '='. */
static bool is_one_pin(const char *text, size_t *length)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    *length = PIN_PREFIX_LENGTH + PIN_DIGITS + 1;
    return strncmp(text, PIN_PREFIX, PIN_PREFIX_LENGTH) == 0 &&
           strspn(text + PIN_PREFIX_LENGTH, digits) == PIN_DIGITS &&
           text[PIN_PREFIX_LENGTH + PIN_DIGITS] == '=';
}

bool http_client_is_pin(const char *text)
{
    size_t length;

    while (is_one_pin(text, &length)) {
        text += length;
        if (!*text)
            return true;
        if (*text++ != ';')
            return false;
    }
    return false;
}

/* What cannot be read as a pin must not count as none. */
static enum tk_code set_pin(struct http_client *client, const char *pin, struct tk_error *error)
{
    if (!pin || !*pin)
        return TK_OK;
    if (!http_client_is_pin(pin) || !text_copy(client->pin, sizeof client->pin, pin))
        return tk_fail(error, TK_CONFIG,
                       "A pin (store.pin) is sha256// and 44 characters, as `ticketly admin device "
                       "add` shows it.");
    return TK_OK;
}

void http_client_set_staff(struct http_client *client, const char *session)
{
    crypto_wipe(client->staff, sizeof client->staff);
    if (session && *session)
        snprintf(client->staff, sizeof client->staff, "Ticketly-Staff: %s", session);
}

enum tk_code http_client_open(const struct http_client_options *options,
                              struct http_client **client, struct tk_error *error)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct http_client *made = calloc(1, sizeof *made);
    enum tk_code code = made ? TK_OK : tk_fail_code(error, TK_NO_MEMORY);

    pthread_once(&once, start_curl);
    if (!code)
        code = set_address(made, options->url, error);
    if (!code)
        code = set_token(made, options->token, error);
    if (code)
        goto out;
    made->connect_timeout_ms = options->connect_timeout_ms;
    made->timeout_ms = options->timeout_ms;
    text_copy(made->ca_file, sizeof made->ca_file, options->ca_file ? options->ca_file : "");
    code = set_pin(made, options->pin, error);
    if (code)
        goto out;
    made->multi = curl_multi_init();
    made->easy = curl_easy_init();
    if (!made->multi || !made->easy)
        code = tk_fail_code(error, TK_NO_MEMORY);
out:
    if (code)
        http_client_close(made);
    else
        *client = made;
    return code;
}

void http_client_close(struct http_client *client)
{
    if (!client)
        return;
    curl_easy_cleanup(client->easy);
    curl_multi_cleanup(client->multi);
    if (client->authorization)
        crypto_wipe(client->authorization, strlen(client->authorization));
    free(client->authorization);
    crypto_wipe(client->staff, sizeof client->staff);
    free(client);
}

void http_client_set_watch(struct http_client *client, const struct store_watch *watch)
{
    client->watch = watch ? *watch : (struct store_watch){0};
}

static bool gives_up(const struct http_client *client, int64_t waited_ms)
{
    return client->watch.give_up && client->watch.give_up(client->watch.context, waited_ms);
}

enum tk_code http_client_pause(struct http_client *client, int64_t ms, int64_t waited_ms,
                               struct tk_error *error)
{
    int64_t began = http_client_clock_ms(), passed = 0;

    while (passed < ms) {
        if (gives_up(client, waited_ms + passed))
            return tk_fail_code(error, TK_INTERRUPTED);
        poll(NULL, 0, (int)(ms - passed < STEP_MS ? ms - passed : STEP_MS));
        passed = http_client_clock_ms() - began;
    }
    return TK_OK;
}

/* --- what comes --- */

struct arrival {
    struct http_client *client;
    struct http_call *call;
};

static size_t keep_in_file(struct arrival *arrival, const char *data, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t written = write(arrival->call->file, data + done, size - done);

        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0) {
            arrival->client->broken = errno == ENOSPC || errno == EDQUOT ? TK_DISK_FULL : TK_IO;
            return 0;
        }
        done += (size_t)written;
    }
    return size;
}

static size_t take_body(char *data, size_t one, size_t size, void *context)
{
    struct arrival *arrival = context;
    struct buffer *answer = arrival->call->answer;
    long status = 0;

    (void)one;
    curl_easy_getinfo(arrival->client->easy, CURLINFO_RESPONSE_CODE, &status);
    if (arrival->call->file >= 0 && status == 200)
        return keep_in_file(arrival, data, size);
    buffer_add(answer, data, size);
    if (!answer->failed)
        return size;
    arrival->client->broken = answer->length + size > answer->limit ? TK_BAD_DATA : TK_NO_MEMORY;
    return 0;
}

/* The value when the line is a header of that name; it begins after the spaces. */
static bool header_value(const char *line, size_t length, const char *name, char *value,
                         size_t size)
{
    size_t at = strlen(name);

    if (length <= at || strncasecmp(line, name, at) != 0 || line[at] != ':')
        return false;
    at++;
    while (at < length && (line[at] == ' ' || line[at] == '\t'))
        at++;
    while (length > at && strchr("\r\n \t", line[length - 1]))
        length--;
    if (length - at >= size)
        return false;
    memcpy(value, line + at, length - at);
    value[length - at] = '\0';
    return true;
}

/* </v1/slots?after=7>; rel="next" (RFC 8288), as this service writes it: other forms are passed by */
static void take_link(struct http_call *call, const char *value)
{
    const char *next = strstr(value, ">; rel=\"next\""), *begin = next;

    while (begin && begin > value && *begin != '<')
        begin--;
    if (begin && *begin == '<' && begin[1] == '/' && (size_t)(next - begin) <= sizeof call->next)
        snprintf(call->next, sizeof call->next, "%.*s", (int)(next - begin - 1), begin + 1);
}

static size_t take_header(char *line, size_t one, size_t length, void *context)
{
    struct http_call *call = ((struct arrival *)context)->call;
    char value[1200];
    int64_t seconds;

    (void)one;
    if (header_value(line, length, "Content-Type", value, sizeof value)) {
        value[strcspn(value, "; ")] = '\0';
        text_copy(call->content_type, sizeof call->content_type, value);
    } else if (header_value(line, length, "Retry-After", value, sizeof value)) {
        if (text_parse_int(value, &seconds) && seconds >= 0 && seconds <= 3600)
            call->retry_after_s = (int)seconds;
    } else if (header_value(line, length, "Link", value, sizeof value)) {
        take_link(call, value);
    }
    return length;
}

static int tell_progress(void *context, curl_off_t total, curl_off_t done, curl_off_t up_total,
                         curl_off_t up)
{
    struct http_call *call = ((struct arrival *)context)->call;

    (void)up_total;
    (void)up;
    if (call->progress && call->file >= 0 && done > 0)
        call->progress(call->context, done, total);
    return 0;
}

/* --- a call --- */

static bool add_header(struct curl_slist **headers, const char *line)
{
    struct curl_slist *longer = curl_slist_append(*headers, line);

    if (longer)
        *headers = longer;
    return longer != NULL;
}

/* NULL: no memory */
static struct curl_slist *make_headers(const struct http_client *client,
                                       const struct http_call *call)
{
    struct curl_slist *headers = NULL;
    char key[160];
    bool good = add_header(&headers, "Accept: application/json, application/problem+json, */*") &&
                add_header(&headers, "Expect:");

    if (good && call->body)
        good = add_header(&headers, "Content-Type: application/json");
    if (good && call->key) {
        snprintf(key, sizeof key, "Idempotency-Key: %s", call->key);
        good = add_header(&headers, key);
    }
    if (good && client->authorization)
        good = add_header(&headers, client->authorization);
    if (good && client->staff[0])
        good = add_header(&headers, client->staff);
    if (good && call->approval && *call->approval) {
        snprintf(key, sizeof key, "Ticketly-Approval: %s", call->approval);
        good = add_header(&headers, key);
        crypto_wipe(key, sizeof key);
    }
    if (good)
        return headers;
    curl_slist_free_all(headers);
    return NULL;
}

static void free_headers(struct curl_slist *headers)
{
    for (struct curl_slist *at = headers; at; at = at->next)
        crypto_wipe(at->data, strlen(at->data));
    curl_slist_free_all(headers);
}

static bool set_time_limits(struct http_client *client, const struct http_call *call)
{
    CURL *easy = client->easy;
    long whole = call->timeout_ms ? call->timeout_ms : client->timeout_ms;

    if (curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)client->connect_timeout_ms))
        return false;
    client->ends_at_ms = whole > 0 ? http_client_clock_ms() + whole : 0;
    if (whole > 0)
        return !curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, whole);
    return !curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L) &&
           !curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)STALLED_SECONDS);
}

static bool set_target(struct http_client *client, const struct http_call *call)
{
    CURL *easy = client->easy;
    char url[HTTP_CLIENT_URL_SIZE + 8192];

    if (snprintf(url, sizeof url, "%s%s", client->base, call->path) >= (int)sizeof url)
        return false;
    if (curl_easy_setopt(easy, CURLOPT_URL, url) ||
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, call->method))
        return false;
    if (call->body && (curl_easy_setopt(easy, CURLOPT_POSTFIELDS, call->body) ||
                       curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                                        (curl_off_t)call->body_length)))
        return false;
    if (client->socket && curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, client->socket))
        return false;
    return !client->is_local || !curl_easy_setopt(easy, CURLOPT_PROXY, "");
}

static bool set_safety(struct http_client *client)
{
    CURL *easy = client->easy;

    return !curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) &&
           !curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") &&
           !curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) &&
           !curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, client->pin[0] ? 0L : 1L) &&
           !curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, client->pin[0] ? 0L : 2L) &&
           (!client->pin[0] || !curl_easy_setopt(easy, CURLOPT_PINNEDPUBLICKEY, client->pin)) &&
           !curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) &&
           !curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) &&
           !curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L) &&
           !curl_easy_setopt(easy, CURLOPT_USERAGENT, "ticketly/" TICKETLY_VERSION) &&
           !curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, client->problem) &&
           (!client->ca_file[0] || !curl_easy_setopt(easy, CURLOPT_CAINFO, client->ca_file));
}

static bool set_ears(struct http_client *client, struct arrival *arrival)
{
    CURL *easy = client->easy;

    return !curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body) &&
           !curl_easy_setopt(easy, CURLOPT_WRITEDATA, arrival) &&
           !curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header) &&
           !curl_easy_setopt(easy, CURLOPT_HEADERDATA, arrival) &&
           !curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L) &&
           !curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, tell_progress) &&
           !curl_easy_setopt(easy, CURLOPT_XFERINFODATA, arrival);
}

/* Runs what was set up; *interrupted when the watch gave up. */
static CURLcode perform(struct http_client *client, bool *interrupted)
{
    int64_t began = http_client_clock_ms();
    CURLcode result = CURLE_OUT_OF_MEMORY;
    int running = 1, left;
    CURLMsg *message;

    if (curl_multi_add_handle(client->multi, client->easy))
        return result;
    while (running && !*interrupted) {
        if (curl_multi_perform(client->multi, &running))
            break;
        if (running && curl_multi_poll(client->multi, NULL, 0, STEP_MS, NULL))
            break;
        *interrupted = running && gives_up(client, http_client_clock_ms() - began);
    }
    while ((message = curl_multi_info_read(client->multi, &left)))
        if (message->msg == CURLMSG_DONE)
            result = message->data.result;
    curl_multi_remove_handle(client->multi, client->easy);
    return result;
}

/* Whether the service may have seen some of the request. */
static bool was_sent(const struct http_client *client)
{
    long sent = 0;

    return curl_easy_getinfo(client->easy, CURLINFO_REQUEST_SIZE, &sent) || sent > 0;
}

static bool is_https(const struct http_client *client)
{
    return strncasecmp(client->base, "https:", 6) == 0;
}

static size_t pass_by(char *data, size_t one, size_t size, void *context)
{
    (void)data;
    (void)one;
    (void)context;
    return size;
}

/* How long a second look may take: not longer than the call itself. */
static long look_ms(const struct http_client *client)
{
    int64_t left = client->ends_at_ms ? client->ends_at_ms - http_client_clock_ms() : INT32_MAX;

    return left < client->connect_timeout_ms ? (long)(left > 0 ? left : 0)
                                             : (long)client->connect_timeout_ms;
}

/* Whether the place answers when it is spoken to the other way, with TLS or without: then http was
   written for https or the reverse. Only that is looked at; nothing of ours is sent. */
static bool answers_otherwise(struct http_client *client)
{
    bool with_tls = !is_https(client), interrupted = false;
    CURL *easy = client->easy;
    char url[HTTP_CLIENT_URL_SIZE + 16];
    long status = 0, most_ms = look_ms(client);

    if (client->met || client->socket || !most_ms)
        return false;
    snprintf(url, sizeof url, "%s%s/livez", with_tls ? "https" : "http",
             strchr(client->base, ':'));
    curl_easy_reset(easy);
    if (curl_easy_setopt(easy, CURLOPT_URL, url) || curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) ||
        curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, most_ms) ||
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, pass_by) ||
        (client->is_local && curl_easy_setopt(easy, CURLOPT_PROXY, "")) ||
        curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, with_tls ? 1L : 0L) ||
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L) ||
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L) || perform(client, &interrupted))
        return false;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    return !interrupted && (with_tls || (status && status != 400));
}

static enum tk_code fail_scheme(const struct http_client *client, enum tk_code code,
                                struct tk_error *error)
{
    return tk_fail(error, code,
                   is_https(client) ? "What answers at %.200s does not speak HTTPS: write http://."
                                    : "What answers at %.200s speaks HTTPS: write https://.",
                   client->url);
}

/* Whether the certificate is somebody's whom nobody here knows yet: not of another name, not over. */
static bool is_unknown_issuer(const struct http_client *client)
{
    return strcasestr(client->problem, "self-signed") ||
           strcasestr(client->problem, "self signed") || strcasestr(client->problem, "issuer");
}

static enum tk_code fail_tls(const struct http_client *client, struct tk_error *error)
{
    return tk_fail(error, TK_UNAVAILABLE,
                   "The service at %.150s cannot be trusted, so nothing was sent to it: %.150s.%s",
                   client->url, client->problem,
                   is_unknown_issuer(client)
                       ? " If its certificate is your own, name it in store.ca_file."
                       : "");
}

static enum tk_code fail_pin(const struct http_client *client, struct tk_error *error)
{
    return tk_fail(error, TK_UNAVAILABLE,
                   "What answers at %.200s has another key than store.pin says, so nothing was sent to "
                   "it: ask an administrator whether the certificate was changed.",
                   client->url);
}

/* The sentence for a request of which the service has seen nothing. */
static enum tk_code fail_unsent(struct http_client *client, CURLcode result,
                                struct tk_error *error)
{
    const char *url = client->url;

    switch (result) {
    case CURLE_OUT_OF_MEMORY:
        return tk_fail_code(error, TK_NO_MEMORY);
    case CURLE_COULDNT_RESOLVE_HOST:
        return tk_fail(error, TK_UNAVAILABLE,
                       "The service at %.200s cannot be found: no machine has this name.", url);
    case CURLE_COULDNT_CONNECT:
        return tk_fail(error, TK_UNAVAILABLE,
                       "The service at %.200s cannot be reached: nobody listens there.", url);
    case CURLE_OPERATION_TIMEDOUT:
        return tk_fail(error, TK_UNAVAILABLE,
                       "The service at %.200s cannot be reached: it did not answer in time.", url);
    case CURLE_SSL_CACERT_BADFILE:
        return tk_fail(error, TK_CONFIG, "The file of certificates %.200s cannot be used: %.200s.",
                       client->ca_file, client->problem);
    case CURLE_SSL_CONNECT_ERROR:
        return answers_otherwise(client) ? fail_scheme(client, TK_UNAVAILABLE, error)
                                         : fail_tls(client, error);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
        return fail_tls(client, error);
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
        return fail_pin(client, error);
    default:
        return tk_fail(error, TK_UNAVAILABLE, "The service at %.200s cannot be reached: %.200s.",
                       url, client->problem[0] ? client->problem : curl_easy_strerror(result));
    }
}

/* The sentence for a request that the service may have seen. */
static enum tk_code fail_sent(struct http_client *client, CURLcode result,
                              struct tk_error *error)
{
    const char *url = client->url;

    if (client->broken == TK_DISK_FULL || client->broken == TK_IO)
        return tk_fail_code(error, client->broken);
    if (client->broken == TK_BAD_DATA)
        return tk_fail(error, TK_UNKNOWN, "The service at %.200s gave an answer that is too long.",
                       url);
    if (result != CURLE_OPERATION_TIMEDOUT && result != CURLE_OUT_OF_MEMORY && !is_https(client) &&
        answers_otherwise(client))
        return fail_scheme(client, TK_UNKNOWN, error);
    switch (result) {
    case CURLE_OPERATION_TIMEDOUT:
        return tk_fail(error, TK_UNKNOWN, "The service at %.200s did not answer in time.", url);
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
        return tk_fail(error, TK_UNKNOWN, "What answers at %.200s is no box office.", url);
    case CURLE_OUT_OF_MEMORY:
    case CURLE_WRITE_ERROR:
        return tk_fail(error, TK_UNKNOWN, "There was no memory for the answer of %.200s.", url);
    default:
        return tk_fail(error, TK_UNKNOWN, "The line to the service at %.200s broke.", url);
    }
}

enum tk_code http_client_call(struct http_client *client, struct http_call *call,
                              struct tk_error *error)
{
    struct arrival arrival = {client, call};
    struct curl_slist *headers = make_headers(client, call);
    CURLcode result = CURLE_OUT_OF_MEMORY;
    bool interrupted = false;
    long status = 0;

    buffer_clear(call->answer);
    call->status = 0;
    call->sent = false;
    call->retry_after_s = -1;
    call->content_type[0] = call->next[0] = client->problem[0] = '\0';
    client->broken = TK_OK;
    curl_easy_reset(client->easy);
    if (headers && !curl_easy_setopt(client->easy, CURLOPT_HTTPHEADER, headers) &&
        set_safety(client) && set_target(client, call) && set_time_limits(client, call) &&
        set_ears(client, &arrival))
        result = perform(client, &interrupted);
    curl_easy_getinfo(client->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_setopt(client->easy, CURLOPT_HTTPHEADER, NULL);
    free_headers(headers);
    call->status = (int)status;
    call->sent = was_sent(client);
    if (interrupted)
        return tk_fail_code(error, TK_INTERRUPTED);
    if (result == CURLE_OK) {
        client->met = true;
        return TK_OK;
    }
    return call->sent ? fail_sent(client, result, error) : fail_unsent(client, result, error);
}
