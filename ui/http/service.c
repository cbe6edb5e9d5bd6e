/* service: its parts put together, and taken apart again. */
#include "ui/http/service.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ui/http/service_internal.h"
#include "ui/http/v1.h"

#define READY_US 5000000      /* so long may the store be silent */
#define FAILED_IN_A_ROW 3     /* commits: then others had better be asked … */
#define FAILED_REST_US 5000000 /* … until nobody has tried for so long */
#define FAILURE_SAID_US 5000000 /* between two lines of the log with the same failure */
#define REFUSALS_PER_SECOND 1 /* wrong tokens from one address … */
#define REFUSALS_BURST 20
#define RATE_NAMES 4096
#define FAR_SILENT_US 2000000 /* a far store that is asked for so long is away */
#define FAR_WAIT_US 5000000 /* changes wait for a far store so long at most, and then once more for their try */
#define IDLE_END_US 300000 /* at the end idle connections are waited for so long */

void exchange_list_add(struct exchange_list *list, struct exchange *x)
{
    x->next = NULL;
    if (list->last)
        list->last->next = x;
    else
        list->first = x;
    list->last = x;
    list->count++;
}

struct exchange *exchange_list_take(struct exchange_list *list)
{
    struct exchange *x = list->first;

    if (!x)
        return NULL;
    list->first = x->next;
    if (!list->first)
        list->last = NULL;
    list->count--;
    return x;
}

bool service_thread(pthread_t *thread, const char *name, void *(*run)(void *), void *argument)
{
    sigset_t all, before;
    bool started;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    started = pthread_create(thread, NULL, run, argument) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (started)
        pthread_setname_np(*thread, name);
    return started;
}

/* What was looked up of a far store is trusted for a while, but not against our own commits. */
static void forget_stale(struct service *service, enum op_kind kind)
{
    if (kind == OP_ENROL || kind == OP_REVOKE || kind == OP_REDEEM)
        peek_forget_devices(service);
    else if (kind == OP_STAFF)
        peek_forget_members(service);
}

static void on_committed(void *context, const struct operation *operations,
                         const struct outcome *outcomes, size_t count, int64_t took_us)
{
    struct service *service = context;

    atomic_store(&service->commits_failed, 0);
    for (size_t i = 0; service->options.far && i < count; i++)
        forget_stale(service, operations[i].kind);
    metrics_commit(service->metrics, operations, outcomes, count, took_us);
    watcher_commit(service, operations, outcomes, count);
}

static void say_failure(struct service *service, const struct tk_error *error, size_t count,
                        int64_t now)
{
    int64_t *said = &service->failure_said_us[error->code];

    if (!service->options.log || (*said && now - *said < FAILURE_SAID_US))
        return;
    *said = now;
    service_log_say(service->options.log, "err", "commit_failed", "%s (%s, operations: %zu)",
                    error->message, tk_code_name(error->code), count);
}

static void on_failed(void *context, const struct tk_error *error, size_t count)
{
    struct service *service = context;
    int64_t now = exchange_clock_us();

    if (tk_code_is_refusal(error->code)) /* an import, or what cannot be planned */
        return;
    metrics_commit_failed(service->metrics, error->code);
    say_failure(service, error, count, now);
    if (!metrics_is_trouble(error->code))
        return;
    atomic_store(&service->commit_failed_us, now);
    atomic_fetch_add(&service->commits_failed, 1);
}

/* Whether the last commits all failed. After a rest it counts as healed, so that somebody tries: one
   that fails is enough then. */
static bool commits_fail(const struct service *service)
{
    return atomic_load(&service->commits_failed) >= FAILED_IN_A_ROW &&
           exchange_clock_us() - atomic_load(&service->commit_failed_us) < FAILED_REST_US;
}

static unsigned or_processors(unsigned wanted, unsigned most)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned number = wanted ? wanted : processors > 2 ? (unsigned)processors : 2;

    return number < most ? number : most;
}

static bool make_conditions(struct service *service)
{
    pthread_condattr_t monotonic;

    if (pthread_condattr_init(&monotonic))
        return false;
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&service->device_lock, NULL);
    pthread_mutex_init(&service->cache_lock, NULL);
    pthread_mutex_init(&service->work_lock, NULL);
    pthread_mutex_init(&service->wait_lock, NULL);
    pthread_mutex_init(&service->upkeep_lock, NULL);
    pthread_cond_init(&service->work_there, NULL);
    pthread_cond_init(&service->wait_wake, &monotonic);
    pthread_cond_init(&service->upkeep_wake, &monotonic);
    for (unsigned i = 0; i < PEEKS_MAX; i++)
        pthread_mutex_init(&service->peeks[i].lock, NULL);
    pthread_condattr_destroy(&monotonic);
    return true;
}

static enum tk_code make_parts(struct service *service, struct tk_error *error)
{
    unsigned rate = service->options.rate_per_second;

    service->metrics = metrics_new();
    service->keys = idempotency_new();
    service->imports = imports_new();
    service->rate_tokens = rate_limit_new(rate, rate * 2, RATE_NAMES);
    service->rate_addresses = rate_limit_new(rate, rate * 2, RATE_NAMES);
    service->rate_refusals = rate_limit_new(REFUSALS_PER_SECOND, REFUSALS_BURST, RATE_NAMES);
    service->rate_passes =
        rate_limit_new(TIME_SECOND / WRONG_PASS_PAUSE, WRONG_PASSES_FREE, RATE_NAMES);
    if (!service->metrics || !service->keys || !service->imports || !service->rate_tokens ||
        !service->rate_addresses || !service->rate_refusals || !service->rate_passes)
        return tk_fail_code(error, TK_NO_MEMORY);
    return TK_OK;
}

static enum tk_code open_queue(struct service *service, struct tk_error *error)
{
    struct queue_options options = {.queue_max = service->options.queue_max,
                                    .batch_max = service->options.batch_max,
                                    .wait_max_us = service->options.far ? FAR_WAIT_US : 0,
                                    .committed = on_committed,
                                    .failed = on_failed,
                                    .context = service};

    return service->options.open_queue(service->options.context, &options, &service->queue, error);
}

static enum tk_code open_peeks(struct service *service, struct tk_error *error)
{
    enum tk_code code = TK_OK;

    for (unsigned i = 0; !code && i < or_processors(service->options.threads, PEEKS_MAX); i++) {
        code = service->options.open_store(service->options.context,
                                           &service->peeks[i].office.store, error);
        service->peek_count += code == TK_OK;
    }
    return code;
}

static enum tk_code start_server(struct service *service, struct tk_error *error)
{
    const struct service_options *options = &service->options;
    struct http_server_options server = {
        .listener = options->listener,
        .threads = or_processors(options->threads, 8),
        .connections_max = options->connections_max,
        .idle_ms = options->idle_ms,
        .request_ms = options->request_ms,
        .tls_certificate = options->tls_certificate,
        .tls_key = options->tls_key,
        .handler = dispatch_handler(service),
    };

    service->options.listener = -1;
    return http_server_start(&server, &service->server, error);
}

enum tk_code service_start(const struct service_options *options, struct service **result,
                           struct tk_error *error)
{
    struct service *service = calloc(1, sizeof *service);
    enum tk_code code;

    if (!service || !make_conditions(service)) {
        free(service);
        close(options->listener);
        return tk_fail_code(error, TK_NO_MEMORY);
    }
    service->options = *options;
    service->office = *options->office;
    service->office.store = NULL;
    service->watch_office = service->upkeep_office = service->office;
    for (unsigned i = 0; i < PEEKS_MAX; i++)
        service->peeks[i].office = service->office;
    service->started_us = exchange_clock_us();
    atomic_store(&service->keys_there, true);
    service->watchdog_us = notify_watchdog_us();
    service->worker_count = or_processors(options->workers, WORKERS_MAX);
    service->staff_key = staff_token_key(&options->site_key);
    service->opened_at = office_now(&service->office);
    code = make_parts(service, error);
    if (!code)
        code = open_queue(service, error);
    if (!code)
        code = open_peeks(service, error);
    if (!code)
        code = workers_start(service, error);
    if (!code)
        code = pin_desk_open(service, error);
    if (!code)
        code = watcher_start(service, error);
    if (!code)
        code = upkeep_start(service, error);
    if (!code)
        code = start_server(service, error);
    if (code) {
        service_stop(service);
        return code;
    }
    *result = service;
    return TK_OK;
}

void service_unready(struct service *service)
{
    atomic_store(&service->unready, true);
}

size_t service_drain(struct service *service, int64_t grace_us)
{
    const struct timespec moment = {.tv_nsec = 2000000};
    int64_t start = exchange_clock_us(), took = 0;
    size_t in_hand = 1;

    atomic_store(&service->unready, true);
    atomic_store(&service->draining, true);
    http_server_quiesce(service->server);
    watcher_wake(service);
    while (took < grace_us) {
        in_hand = http_server_in_hand(service->server);
        if (!in_hand && (!http_server_connections(service->server) || took > IDLE_END_US))
            break;
        nanosleep(&moment, NULL);
        took = exchange_clock_us() - start;
    }
    return in_hand;
}

static void free_parts(struct service *service)
{
    for (unsigned i = 0; i < PEEKS_MAX; i++) {
        store_close(service->peeks[i].office.store);
        pthread_mutex_destroy(&service->peeks[i].lock);
    }
    cache_release(service);
    metrics_free(service->metrics);
    idempotency_free(service->keys);
    imports_free(service->imports);
    rate_limit_free(service->rate_tokens);
    rate_limit_free(service->rate_addresses);
    rate_limit_free(service->rate_refusals);
    rate_limit_free(service->rate_passes);
    pthread_mutex_destroy(&service->device_lock);
    pthread_mutex_destroy(&service->cache_lock);
    pthread_mutex_destroy(&service->work_lock);
    pthread_mutex_destroy(&service->wait_lock);
    pthread_mutex_destroy(&service->upkeep_lock);
    pthread_cond_destroy(&service->work_there);
    pthread_cond_destroy(&service->wait_wake);
    pthread_cond_destroy(&service->upkeep_wake);
}

void service_stop(struct service *service)
{
    if (!service)
        return;
    atomic_store(&service->draining, true);
    http_server_stop(service->server);
    upkeep_stop(service);
    watcher_stop(service);
    pin_desk_close(service);
    workers_stop(service);
    if (service->queue)
        service->queue->ops->close(service->queue);
    if (service->options.listener >= 0)
        close(service->options.listener);
    free_parts(service);
    crypto_wipe(&service->options.site_key, sizeof service->options.site_key);
    crypto_wipe(&service->staff_key, sizeof service->staff_key);
    free(service);
}

bool service_is_ready(const struct service *service, const char **why)
{
    *why = NULL;
    if (atomic_load(&service->draining) || atomic_load(&service->unready))
        *why = "draining";
    else if (service_is_cut_off(service, NULL))
        *why = "no server of the database takes changes";
    else if (!atomic_load(&service->store_answers))
        *why = "the store does not answer";
    else if (!atomic_load(&service->keys_there))
        *why = "the key file lacks the newest key: copy it from the node where it was made";
    else if (!atomic_load(&service->schema_current))
        *why = "the store was upgraded by a newer program";
    else if (exchange_clock_us() - atomic_load(&service->store_answered_us) > READY_US)
        *why = "the store has not answered for seconds";
    else if (commits_fail(service))
        *why = "the store refuses changes";
    return !*why;
}

bool service_is_cut_off(const struct service *service, struct tk_error *error)
{
    int64_t asked = service->options.far ? atomic_load(&service->store_asked_us) : 0;

    if (!service->options.far ||
        (atomic_load(&service->store_answers) &&
         (!asked || exchange_clock_us() - asked < FAR_SILENT_US)))
        return false;
    tk_fail(error, TK_UNAVAILABLE, "The box office's database cannot be reached: nothing was done.");
    return true;
}

bool service_takes_changes(const struct service *service, struct tk_error *error)
{
    if (service_is_cut_off(service, error))
        return false;
    if (atomic_load(&service->keys_there))
        return true;
    tk_fail(error, TK_UNAVAILABLE,
            "This node lacks the newest site key, so it makes no passes: copy the key file here from the node "
            "where the key was made.");
    return false;
}

struct metrics_gauges service_gauges(const struct service *service)
{
    struct service *parts = (struct service *)service; /* its locks are taken */
    const char *why;

    return (struct metrics_gauges){
        .queue_depth = service->queue->ops->depth(service->queue),
        .connections = http_server_connections(service->server),
        .in_hand = http_server_in_hand(service->server),
        .waiting = wait_depth(parts),
        .work_depth = work_depth(parts),
        .uptime_s = (exchange_clock_us() - service->started_us) / 1000000,
        .log_lost = service->options.log ? service_log_lost(service->options.log) : 0,
        .ready = service_is_ready(service, &why),
    };
}

struct metrics *service_metrics(const struct service *service)
{
    return service->metrics;
}
