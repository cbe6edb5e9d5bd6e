/* upkeep: expires and archives at the start and on its timer, a small step at a time. */
#include <time.h>

#include "ui/http/service_internal.h"

/* Does all there is, until the end is wanted. */
static enum tk_code do_all(struct service *service, struct box_office *office,
                           struct upkeep_result *all, struct tk_error *error)
{
    struct upkeep_result step = {.more = true};
    enum tk_code code = TK_OK;

    while (!code && step.more && !atomic_load(&service->draining)) {
        code = office_upkeep(office, service->options.archive_after_us, &step, error);
        all->slots += step.slots;
        all->tickets += step.tickets;
    }
    return code;
}

static void upkeep_once(struct service *service)
{
    struct box_office *office = &service->upkeep_office;
    struct upkeep_result all = {0};
    struct tk_error error = {0};
    enum tk_code code = do_all(service, office, &all, &error);

    metrics_upkeep(service->metrics, office_now(office), code != TK_OK);
    if (code)
        service_log_say(service->options.log, "err", "upkeep", "%s", error.message);
    else if (all.slots)
        service_log_say(service->options.log, "info", "upkeep",
                        "Expired %lld tickets of %lld showings.", (long long)all.tickets,
                        (long long)all.slots);
}

/* Nodes that were started at once do not all look at once. */
static int64_t rest_us(struct service *service)
{
    const struct office_ports *ports = &service->office.ports;
    int64_t every = service->options.upkeep_every_us;
    uint32_t random = 0;

    if (!service->options.far)
        return every;
    ports->random(ports->context, &random, sizeof random);
    return every * 3 / 4 + (int64_t)((uint64_t)every / 2 * random >> 32);
}

static bool rest(struct service *service)
{
    int64_t until = exchange_clock_us() + rest_us(service);
    struct timespec time = {.tv_sec = until / 1000000, .tv_nsec = until % 1000000 * 1000};
    bool goes_on;

    pthread_mutex_lock(&service->upkeep_lock);
    while (!service->upkeep_ends && exchange_clock_us() < until)
        pthread_cond_timedwait(&service->upkeep_wake, &service->upkeep_lock, &time);
    goes_on = !service->upkeep_ends;
    pthread_mutex_unlock(&service->upkeep_lock);
    return goes_on;
}

static void *run(void *argument)
{
    struct service *service = argument;

    do {
        if (service_is_cut_off(service, NULL)) /* the next time will do */
            continue;
        upkeep_once(service);
        peek_touch_devices(service, &service->upkeep_office, false);
    } while (rest(service));
    peek_touch_devices(service, &service->upkeep_office, true);
    return NULL;
}

enum tk_code upkeep_start(struct service *service, struct tk_error *error)
{
    struct store *reader;
    enum tk_code code;

    if (!service->options.upkeep_every_us)
        return TK_OK;
    code = service->options.open_store(service->options.context, &reader, error);
    if (!code)
        code = service->queue->ops->attach(service->queue, reader, &service->upkeep_office.store, error);
    if (code)
        return code;
    service->upkeep_runs = service_thread(&service->upkeep, "upkeep", run, service);
    return service->upkeep_runs ? TK_OK
                                : tk_fail(error, TK_NO_MEMORY, "No thread can be started.");
}

void upkeep_stop(struct service *service)
{
    pthread_mutex_lock(&service->upkeep_lock);
    service->upkeep_ends = true;
    pthread_cond_signal(&service->upkeep_wake);
    pthread_mutex_unlock(&service->upkeep_lock);
    if (service->upkeep_runs)
        pthread_join(service->upkeep, NULL);
    service->upkeep_runs = false;
    store_close(service->upkeep_office.store);
    service->upkeep_office.store = NULL;
}
