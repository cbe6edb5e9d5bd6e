/* worker: threads that ask a store, each with its own. */
#include "ui/http/service_internal.h"

bool work_add(struct service *service, struct exchange *x)
{
    bool is_long = x->route && (x->route->flags & ROUTE_LONG);
    bool added;

    pthread_mutex_lock(&service->work_lock);
    added = service->work.count + service->long_work.count < WORK_MAX;
    if (added)
        exchange_list_add(is_long ? &service->long_work : &service->work, x);
    if (added && is_long)
        pthread_cond_broadcast(&service->work_there); /* the first worker is among them */
    else if (added)
        pthread_cond_signal(&service->work_there);
    pthread_mutex_unlock(&service->work_lock);
    return added;
}

size_t work_depth(struct service *service)
{
    size_t depth;

    pthread_mutex_lock(&service->work_lock);
    depth = service->work.count + service->long_work.count;
    pthread_mutex_unlock(&service->work_lock);
    return depth;
}

/* NULL when there is nothing left and the service ends. What may take long is for the first worker,
   so that it never holds up the others. */
static struct exchange *work_take(struct worker *worker)
{
    struct service *service = worker->service;
    bool is_first = worker == &service->workers[0];
    struct exchange *x;

    pthread_mutex_lock(&service->work_lock);
    while (!service->work.first && !(is_first && service->long_work.first) && !service->work_ends)
        pthread_cond_wait(&service->work_there, &service->work_lock);
    x = is_first ? exchange_list_take(&service->long_work) : NULL;
    if (!x)
        x = exchange_list_take(&service->work);
    if (service->work.first)
        pthread_cond_signal(&service->work_there); /* a signal may have met the one that is busy */
    pthread_mutex_unlock(&service->work_lock);
    return x;
}

/* Looks whether what is waited for has happened; back to the others who wait if not. */
static void look(struct service *service, struct exchange *x)
{
    struct store *store = x->office.store;
    struct tk_error error = {0};
    enum tk_code code = office_version(&x->office, &x->store_version, &error);

    if (code) {
        exchange_fail(x, code, &error);
        return;
    }
    if (x->look(x))
        return;
    x->office.store = NULL;
    if (!wait_add(service, x)) {
        x->office.store = store;
        exchange_fail(x, TK_OVERLOADED, NULL);
    }
}

/* What needs no look-up. */
static bool answer_at_once(struct exchange *x)
{
    const struct service *service = x->service;
    struct tk_error error = {0};

    if (!x->applied && service_is_cut_off(service, &error)) { /* what was done is tried to be told */
        exchange_fail(x, error.code, &error);
        return true;
    }
    return service->options.far && !x->look && (x->route->flags & ROUTE_CACHED) && cache_answer(x);
}

static void *run(void *argument)
{
    struct worker *worker = argument;
    struct exchange *x;

    while ((x = work_take(worker))) {
        x->office.store = worker->store;
        if (answer_at_once(x))
            continue;
        if (x->look)
            look(worker->service, x);
        else
            x->then(x);
    }
    return NULL;
}

enum tk_code workers_start(struct service *service, struct tk_error *error)
{
    for (unsigned i = 0; i < service->worker_count; i++) {
        struct worker *worker = &service->workers[i];
        struct store *reader;
        enum tk_code code =
            service->options.open_store(service->options.context, &reader, error);

        if (!code)
            code = service->queue->ops->attach(service->queue, reader, &worker->store, error);
        if (code)
            return code;
        worker->service = service;
        worker->running = service_thread(&worker->thread, "worker", run, worker);
        if (!worker->running)
            return tk_fail(error, TK_NO_MEMORY, "No thread can be started.");
    }
    return TK_OK;
}

void workers_stop(struct service *service)
{
    pthread_mutex_lock(&service->work_lock);
    service->work_ends = true;
    pthread_cond_broadcast(&service->work_there);
    pthread_mutex_unlock(&service->work_lock);
    for (unsigned i = 0; i < service->worker_count; i++) {
        struct worker *worker = &service->workers[i];

        if (worker->running)
            pthread_join(worker->thread, NULL);
        worker->running = false;
        store_close(worker->store);
        worker->store = NULL;
    }
}
