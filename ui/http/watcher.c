/* watcher: sees that the store changed, whoever changed it, and sends those who wait to look. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "ui/http/service_internal.h"

#define LOOK_EVERY_US 100000  /* at changes of other programs, while somebody waits … */
#define CHECK_EVERY_US 1000000 /* … and else, whether the store answers */
#define REST_US 20000         /* between two looks at our own changes */

bool wait_add(struct service *service, struct exchange *x)
{
    bool added;

    pthread_mutex_lock(&service->wait_lock);
    added = service->waiting.count < WAITING_MAX;
    if (added) {
        exchange_list_add(&service->waiting, x);
        pthread_cond_signal(&service->wait_wake);
    }
    pthread_mutex_unlock(&service->wait_lock);
    return added;
}

size_t wait_depth(struct service *service)
{
    size_t depth;

    pthread_mutex_lock(&service->wait_lock);
    depth = service->waiting.count;
    pthread_mutex_unlock(&service->wait_lock);
    return depth;
}

/* Under wait_lock. */
static void wake(struct service *service)
{
    if (!service->committed) {
        service->committed = true;
        if (service->waiting.first)
            pthread_cond_signal(&service->wait_wake);
    }
}

void watcher_wake(struct service *service)
{
    pthread_mutex_lock(&service->wait_lock);
    wake(service);
    pthread_mutex_unlock(&service->wait_lock);
}

/* --- which showings changed (struct touched) --- */

static uint64_t *slot_word(struct touched *touched, int64_t slot_id, uint64_t *bit)
{
    uint64_t place = (uint64_t)slot_id % TOUCHED_BITS;

    *bit = UINT64_C(1) << place % 64;
    return &touched->slots[place / 64];
}

/* Marks what an operation changed. One that was known already changed nothing and has no entry. */
static void mark(struct touched *touched, const struct operation *operation,
                 const struct outcome *outcome)
{
    uint64_t bit, *word;

    if (outcome->replayed)
        return;
    touched->entries++;
    if (outcome->code)
        return;
    word = slot_word(touched, outcome->slot_id, &bit);
    *word |= bit;
    if (operation->kind == OP_REISSUE) /* also of the old ticket's showing, which is not told */
        touched->all = true;
}

void watcher_commit(struct service *service, const struct operation *operations,
                    const struct outcome *outcomes, size_t count)
{
    struct touched *touched = &service->touched;
    uint64_t version = 0;
    /* asking a far store takes the writer as long as half a commit */
    bool known = !service->options.far && peek_version(service, &version, NULL) == TK_OK;

    pthread_mutex_lock(&service->wait_lock);
    for (size_t i = 0; i < count; i++)
        mark(touched, &operations[i], &outcomes[i]);
    if (!count || !known || !touched->known || version - touched->entries != touched->others)
        touched->all = true;
    touched->known = known;
    if (known) {
        touched->version = version;
        touched->others = version - touched->entries;
    }
    wake(service);
    pthread_mutex_unlock(&service->wait_lock);
}

/* Whether a request that looked at an older version may find something now. */
static bool may_find(struct touched *touched, const struct exchange *x)
{
    uint64_t bit, *word = slot_word(touched, x->wait_slot, &bit);

    return touched->all || !x->wait_slot || x->store_version < touched->seen || (*word & bit);
}

/* Takes out of those who wait the ones who have something to look at. The others have as good as
   looked: what happened up to that version is not theirs. */
static struct exchange_list take_ready(struct service *service, bool known, uint64_t version)
{
    struct exchange_list ready = {0}, rest = {0};
    struct touched *touched = &service->touched;
    int64_t now = exchange_clock_us();
    bool draining = atomic_load(&service->draining);
    struct exchange *x;

    pthread_mutex_lock(&service->wait_lock);
    if (known && touched->known && touched->version > version)
        version = touched->version; /* committed since it was asked */
    if (known && (!touched->known || version != touched->version) && version != touched->seen)
        touched->all = true;
    while ((x = exchange_list_take(&service->waiting))) {
        bool finds = known && version != x->store_version && may_find(touched, x);

        x->last_look = draining || now >= x->wait_until_us;
        if (known && !finds && x->store_version < version)
            x->store_version = version;
        exchange_list_add(x->last_look || finds ? &ready : &rest, x);
    }
    service->waiting = rest;
    if (known) {
        touched->seen = version;
        touched->all = false;
        memset(touched->slots, 0, sizeof touched->slots);
    }
    pthread_mutex_unlock(&service->wait_lock);
    metrics_woken(service->metrics, ready.count);
    return ready;
}

static void send_to_look(struct service *service, struct exchange_list ready)
{
    struct exchange *x;

    while ((x = exchange_list_take(&ready)))
        if (!work_add(service, x))
            exchange_fail(x, TK_OVERLOADED, NULL);
}

/* Tells systemd, when it wants to know, that the store answers; of a far one, that it is looked after. */
static void pat_watchdog(struct service *service)
{
    int64_t now = exchange_clock_us();

    if (!service->watchdog_us || now - service->watchdog_told_us < service->watchdog_us)
        return;
    service->watchdog_told_us = now;
    notify_systemd("WATCHDOG=1");
}

/* A key that showings take must be here, or sales would have no passes. */
static bool has_key(const struct service *service, int64_t generation)
{
    const struct key_ring *keys = &service->office.keys;
    struct crypto_key key;
    bool found;

    if (!service->options.far || !generation)
        return true;
    found = keys->slot_key(keys->context, 1, generation, &key, NULL) == TK_OK;
    crypto_wipe(&key, sizeof key);
    return found;
}

static enum tk_code check_facts(struct service *service, struct tk_error *error)
{
    struct store_facts facts;
    enum tk_code code;

    /* of a far store not at each look */
    if (service->options.far && exchange_clock_us() - service->facts_us < CHECK_EVERY_US * 3 / 4)
        return TK_OK;
    code = office_facts(&service->watch_office, &facts, error);
    if (code)
        return code;
    service->facts_us = exchange_clock_us();
    if (!service->schema_version)
        service->schema_version = facts.schema_version;
    atomic_store(&service->schema_current, facts.schema_version == service->schema_version);
    atomic_store(&service->keys_there, has_key(service, facts.key_generation));
    if (service->options.far) {
        peek_refresh_devices(service, &service->watch_office);
        peek_refresh_members(service, &service->watch_office);
    }
    return TK_OK;
}

static enum tk_code ask_store(struct service *service, uint64_t *version, struct tk_error *error)
{
    enum tk_code code = office_version(&service->watch_office, version, error);

    return code ? code : check_facts(service, error);
}

static void say_away(struct service *service, bool away, const struct tk_error *error)
{
    if (!service->options.far || away == service->away_said)
        return;
    service->away_said = away;
    if (!service->options.log)
        return;
    if (away)
        service_log_say(service->options.log, "err", "store_away", "%s", error->message);
    else
        service_log_say(service->options.log, "info", "store_back", "The database answers again.");
}

/* A far store's line may have been cut while nothing was wrong with it: asked again, it is a new one. */
static void check_store(struct service *service, bool *known, uint64_t *version)
{
    struct tk_error error = {0};
    enum tk_code code;

    atomic_store(&service->store_asked_us, exchange_clock_us());
    code = ask_store(service, version, &error);
    if (code && service->options.far && atomic_load(&service->store_answers))
        code = ask_store(service, version, &error);
    atomic_store(&service->store_asked_us, 0);
    *known = code == TK_OK;
    atomic_store(&service->store_answers, *known);
    atomic_store(&service->store_answered_us, exchange_clock_us());
    say_away(service, !*known, &error);
    if (*known || service->options.far)
        pat_watchdog(service);
}

/* Until something was committed, somebody begins to wait or it is time to look. False at the end. */
static bool rest(struct service *service, int64_t since_us)
{
    int64_t until = since_us, wake;
    struct timespec time;
    bool goes_on;

    pthread_mutex_lock(&service->wait_lock);
    until += service->waiting.first ? LOOK_EVERY_US : CHECK_EVERY_US;
    while (!service->watch_ends && exchange_clock_us() < until) {
        bool early = service->waiting.first &&
                     (service->committed || atomic_load(&service->draining));

        wake = early ? since_us + (service->options.far ? LOOK_EVERY_US : REST_US) : until;
        if (early && exchange_clock_us() >= wake)
            break;
        time = (struct timespec){.tv_sec = wake / 1000000, .tv_nsec = wake % 1000000 * 1000};
        pthread_cond_timedwait(&service->wait_wake, &service->wait_lock, &time);
        if (service->waiting.first && until > since_us + LOOK_EVERY_US)
            until = since_us + LOOK_EVERY_US;
    }
    service->committed = false;
    goes_on = !service->watch_ends;
    pthread_mutex_unlock(&service->wait_lock);
    return goes_on;
}

static void *run(void *argument)
{
    struct service *service = argument;
    int64_t now;
    uint64_t version = 0;
    bool known;

    do {
        now = exchange_clock_us();
        check_store(service, &known, &version);
        send_to_look(service, take_ready(service, known, version));
    } while (rest(service, now));
    return NULL;
}

enum tk_code watcher_start(struct service *service, struct tk_error *error)
{
    struct box_office *office = &service->watch_office;
    enum tk_code code = service->options.open_store(service->options.context, &office->store, error);
    bool known;
    uint64_t version;

    if (code)
        return code;
    check_store(service, &known, &version);
    service->watcher_runs = service_thread(&service->watcher, "watcher", run, service);
    return service->watcher_runs ? TK_OK
                                 : tk_fail(error, TK_NO_MEMORY, "No thread can be started.");
}

void watcher_stop(struct service *service)
{
    pthread_mutex_lock(&service->wait_lock);
    service->watch_ends = true;
    pthread_cond_signal(&service->wait_wake);
    pthread_mutex_unlock(&service->wait_lock);
    if (service->watcher_runs)
        pthread_join(service->watcher, NULL);
    service->watcher_runs = false;
    store_close(service->watch_office.store);
    service->watch_office.store = NULL;
}
