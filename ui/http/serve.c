#include "ui/http/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/text.h"
#include "ui/http/listen.h"
#include "ui/http/service.h"
#include "ui/options.h"

#define PEM_MAX (1u << 20)  /* bytes of a certificate file */
#define GRACE_S 60          /* to answer what is in hand at the end */
#define ADDRESS_SIZE 256
#define DATABASE_BATCH 64
#define LOG_NS 200000000 /* for the log's thread to write its last line */

struct serve_options {
#define X(member, name, argument, help) const char *member;
    SERVE_OPTION_TABLE(X)
#undef X
};

static const struct option_definition definitions[] = {
#define X(member, name, argument, help)                                                            \
    {name, argument, help, offsetof(struct serve_options, member)},
    SERVE_OPTION_TABLE(X)
#undef X
};

static const struct option_set option_set = {
    definitions, sizeof definitions / sizeof definitions[0], "ticketly serve", NULL};

/* What is held while serving. */
struct server {
    struct session *session;
    struct serve_options options;
    struct box_office office;
    struct service_log *log;
    struct service *service;
    struct buffer certificate, key;
    int listener;
    bool handed_over; /* the listener, by systemd, which keeps the socket's file */
    bool listens_locally; /* nobody beyond this machine reaches it */
    char address[ADDRESS_SIZE];
};

static enum tk_code parse(struct serve_options *options, char **argv, struct tk_error *error)
{
    int at = 1;
    enum tk_code code = options_take(&option_set, options, argv, &at, error);

    if (!code && argv[at])
        code = options_refuse(&option_set, "This is not understood:", argv[at], error);
    if (!code && !options->help && !options->tls_cert != !options->tls_key)
        code = tk_fail(error, TK_USAGE, "--tls-cert and --tls-key belong together.");
    return code;
}

static void print_help(void)
{
    puts("Usage: ticketly [OPTION …] serve [OPTION …]\n"
         "\n"
         "Serves the box office over HTTP until it is told to stop (SIGTERM).\n");
    options_print(&option_set);
}

/* --- starting --- */

static enum tk_code read_pem(const char *path, struct buffer *text, struct tk_error *error)
{
    char block[4096];
    FILE *file = fopen(path, "re");
    size_t length;

    if (!file)
        return tk_fail(error, TK_NO_INPUT, "%.300s cannot be read: %s.", path, strerror(errno));
    buffer_init(text, PEM_MAX);
    while ((length = fread(block, 1, sizeof block, file)) > 0)
        buffer_add(text, block, length);
    crypto_wipe(block, sizeof block);
    fclose(file);
    if (text->failed || !text->length)
        return tk_fail(error, TK_CONFIG, "%.300s is not a PEM file.", path);
    return TK_OK;
}

static enum tk_code read_certificate(struct server *server, struct tk_error *error)
{
    const struct settings *settings = &server->session->settings;
    const char *certificate = server->options.tls_cert
                                  ? server->options.tls_cert
                                  : settings_text(settings, SETTING_service_tls_cert);
    const char *key = server->options.tls_key ? server->options.tls_key
                                              : settings_text(settings, SETTING_service_tls_key);
    enum tk_code code;

    if (!*certificate && !*key)
        return TK_OK;
    if (!*certificate || !*key)
        return tk_fail(error, TK_CONFIG,
                       "service.tls_cert and service.tls_key belong together.");
    code = read_pem(certificate, &server->certificate, error);
    return code ? code : read_pem(key, &server->key, error);
}

static enum tk_code open_listener(struct server *server, struct tk_error *error)
{
    const char *address = server->options.listen
                              ? server->options.listen
                              : settings_text(&server->session->settings, SETTING_service_listen);
    enum tk_code code = TK_OK;

    server->listener = notify_listener();
    server->handed_over = server->listener >= 0;
    if (server->handed_over)
        listen_name(server->listener, server->address, sizeof server->address);
    else
        code = listen_open(address, &server->listener, server->address, sizeof server->address,
                           error);
    server->listens_locally = !code && listen_is_local(server->listener);
    if (!code && server->options.open && !server->listens_locally)
        code = tk_fail(error, TK_USAGE,
                       "--open lets everybody in who can reach %s: it is for 127.0.0.1, [::1] and "
                       "Unix sockets only. Make tokens with `ticketly admin token add` instead.",
                       server->address);
    return code;
}

static enum log_level log_level(const struct settings *settings)
{
    const char *level = settings_text(settings, SETTING_service_log);

    return strcmp(level, "all") == 0 ? LOG_ALL
           : strcmp(level, "changes") == 0 ? LOG_CHANGES
                                           : LOG_PROBLEMS;
}

static unsigned number(const struct server *server, enum setting setting)
{
    return (unsigned)settings_number(&server->session->settings, setting);
}

/* A row that many want is locked until the end of a batch, so nodes take turns in smaller ones. */
static size_t batch_max(const struct server *server)
{
    const struct settings *settings = &server->session->settings;
    bool is_set = strcmp(settings->values[SETTING_service_batch].origin, "default") != 0;

    return server->session->kind == SESSION_DATABASE && !is_set
               ? DATABASE_BATCH
               : number(server, SETTING_service_batch);
}

static enum tk_code start(struct server *server, struct tk_error *error)
{
    const struct settings *settings = &server->session->settings;
    struct service_options options = {
        .office = &server->office,
        .open_store = session_open_store,
        .open_queue = session_open_queue,
        .context = server->session,
        .site_key = session_site_key(server->session),
        .guards = {session_guard_load, session_guard_save, server->session},
        .open = server->options.open,
        .docs_open = server->options.open || number(server, SETTING_service_open_docs),
        .listener = server->listener,
        .tls_certificate = server->certificate.length ? buffer_text(&server->certificate) : NULL,
        .tls_key = server->key.length ? buffer_text(&server->key) : NULL,
        .threads = number(server, SETTING_service_threads),
        .connections_max = number(server, SETTING_service_connections),
        .idle_ms = number(server, SETTING_service_idle) * 1000,
        .request_ms = number(server, SETTING_service_request) * 1000,
        .queue_max = number(server, SETTING_service_queue),
        .batch_max = batch_max(server),
        .far = server->session->kind == SESSION_DATABASE,
        .rate_per_second = server->options.open ? 0 : number(server, SETTING_service_rate),
        .upkeep_every_us = settings_number(settings, SETTING_upkeep_every) * TIME_SECOND,
        .archive_after_us = settings_number(settings, SETTING_upkeep_archive_after) * TIME_DAY,
        .allotment = settings_allotments(settings),
        .log = server->log,
    };
    enum tk_code code;

    server->listener = -1;
    code = service_start(&options, &server->service, error);
    crypto_wipe(&options.site_key, sizeof options.site_key);
    return code;
}

/* --- running --- */

/* Nobody can ask anything of a service that has no token. */
static void warn_without_tokens(struct server *server, struct box_office *office)
{
    struct device_list devices = {0};

    if (!server->options.open && office_devices(office, &devices, NULL) == TK_OK && !devices.count)
        service_log_say(server->log, "warning", "no_tokens",
                        "There is no token yet: `ticketly admin token add --name till-1 --role "
                        "clerk` makes one.");
    device_list_release(&devices);
}

static void tell_without_showings(struct server *server, struct box_office *office)
{
    struct slot_query query = SLOT_QUERY_ALL;
    int64_t count;

    if (office_count_slots(office, &query, &count, NULL) == TK_OK && !count)
        service_log_say(server->log, "info", "no_showings",
                        "There is no showing yet: `ticketly admin import FILE` puts a programme in.");
}

static void look_into_store(struct server *server)
{
    struct box_office office = server->office;

    if (session_open_store(server->session, &office.store, NULL))
        return;
    warn_without_tokens(server, &office);
    tell_without_showings(server, &office);
    store_close(office.store);
}

/* Whoever is on the way can read the tokens. */
static void warn_in_the_clear(struct server *server)
{
    if (!server->certificate.length && !server->listens_locally)
        service_log_say(server->log, "warning", "plain_http",
                        "Tokens travel in the clear to %s: use --tls-cert, or a proxy on this "
                        "machine.",
                        server->address);
}

static void announce(struct server *server)
{
    char state[ADDRESS_SIZE + 64];

    if (server->certificate.length && strncmp(server->address, "http:", 5) == 0)
        snprintf(state, sizeof state, "https%s", server->address + 4);
    else
        snprintf(state, sizeof state, "%s", server->address);
    text_copy(server->address, sizeof server->address, state);
    service_log_address(server->log, server->address);
    warn_in_the_clear(server);
    look_into_store(server);
    snprintf(state, sizeof state, "READY=1\nSTATUS=Serving %s", server->address);
    notify_systemd(state);
}

static void wait_for_end(const sigset_t *signals)
{
    int signal = 0;

    while (sigwait(signals, &signal) != 0 || signal == SIGHUP)
        ;
}

/* Goes on answering while balancers see that it is about to end; a second signal hurries. */
static void stay_unready(struct server *server, const sigset_t *signals)
{
    struct timespec time = {.tv_sec = number(server, SETTING_service_drain)};

    service_unready(server->service);
    if (!time.tv_sec)
        return;
    service_log_say(server->log, "info", "unready", "Going on for %lld s; /readyz says no.",
                    (long long)time.tv_sec);
    sigtimedwait(signals, NULL, &time);
}

static int drain(struct server *server, const sigset_t *signals)
{
    size_t left;

    notify_systemd("STOPPING=1");
    stay_unready(server, signals);
    service_log_say(server->log, "info", "draining", "No new connections; answering what is in hand.");
    left = service_drain(server->service, GRACE_S * TIME_SECOND);
    if (left) {
        /* their threads are at work still: nothing may be taken from under them */
        service_log_say(server->log, "err", "stopped", "Ended with %zu requests unanswered.", left);
        nanosleep(&(struct timespec){.tv_nsec = LOG_NS}, NULL);
        _exit(tk_code_exit(TK_BUSY));
    }
    service_stop(server->service);
    service_log_say(server->log, "info", "stopped", "Everything was answered.");
    return 0;
}

static enum tk_code serve(struct server *server, struct tk_error *error)
{
    struct sign_on_file *signs;
    sigset_t signals;
    enum tk_code code;

    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    code = read_certificate(server, error);
    if (!code)
        code = session_service(server->session, &server->office, error);
    if (!code)
        code = session_sign_ons(server->session, &signs, error);
    if (!code)
        code = open_listener(server, error);
    if (code)
        return code;
    server->log = service_log_open(STDERR_FILENO, log_level(&server->session->settings));
    if (!server->log)
        return tk_fail_code(error, TK_NO_MEMORY);
    code = start(server, error);
    if (code)
        return code;
    announce(server);
    wait_for_end(&signals);
    drain(server, &signals);
    return TK_OK;
}

static void release(struct server *server)
{
    service_log_close(server->log);
    if (server->listener >= 0)
        close(server->listener);
    if (!server->handed_over)
        listen_forget(server->address);
    if (server->key.data)
        crypto_wipe(server->key.data, server->key.length);
    buffer_release(&server->key);
    buffer_release(&server->certificate);
}

int serve_run(struct session *session, const struct tk_error *problem, char **argv)
{
    struct server server = {.session = session, .listener = -1};
    struct tk_error error = {0};
    char message[TK_MESSAGE_MAX * 3];
    enum tk_code code = parse(&server.options, argv, &error);

    if (!code && server.options.help) {
        print_help();
        return 0;
    }
    if (!code && problem) {
        error = *problem;
        code = problem->code;
    }
    if (!code)
        code = serve(&server, &error);
    release(&server);
    if (!code)
        return 0;
    text_display(message, sizeof message, error.message);
    fprintf(stderr, "ticketly: %s\n", message);
    return tk_code_exit(code);
}
