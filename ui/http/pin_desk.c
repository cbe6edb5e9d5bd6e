/* pin_desk: two threads that try PINs and passwords, each of which takes a tenth of a second and 64
 * MiB. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/box_office_staff.h"
#include "ui/http/service_internal.h"

#define DESKS 2
#define PLACES_KEPT 1024 /* places where somebody failed, that are kept in memory */

/* What is kept of a place when there is no port for it. */
struct kept_guard {
    char place[GUARD_NAME_SIZE]; /* "": free */
    int64_t used_at;
    struct sign_on_guard guard;
};

struct pin_desk {
    struct service *service;
    struct crypto_key pepper;
    pthread_mutex_t lock;
    pthread_cond_t there;
    struct exchange_list waiting;
    const char *busy[DESKS]; /* the place that each is at; NULL: none */
    bool ends;
    pthread_t threads[DESKS];
    unsigned started;
    pthread_mutex_t keep_lock;
    struct kept_guard kept[PLACES_KEPT];
};

/* --- who failed --- */

/* The one of that place, or the one not used for longest. */
static struct kept_guard *kept_place(struct pin_desk *desk, const char *place)
{
    struct kept_guard *oldest = &desk->kept[0];

    for (size_t i = 0; i < PLACES_KEPT; i++) {
        if (strcmp(desk->kept[i].place, place) == 0)
            return &desk->kept[i];
        if (desk->kept[i].used_at < oldest->used_at)
            oldest = &desk->kept[i];
    }
    return oldest;
}

static enum tk_code load_guard(struct pin_desk *desk, const char *place,
                               struct sign_on_guard *guard, struct tk_error *error)
{
    const struct guard_port *port = &desk->service->options.guards;
    const struct kept_guard *kept;

    *guard = (struct sign_on_guard){0};
    if (port->load)
        return port->load(port->context, place, guard, error);
    pthread_mutex_lock(&desk->keep_lock);
    kept = kept_place(desk, place);
    if (strcmp(kept->place, place) == 0)
        *guard = kept->guard;
    pthread_mutex_unlock(&desk->keep_lock);
    return TK_OK;
}

static enum tk_code save_guard(struct pin_desk *desk, const char *place,
                               const struct sign_on_guard *guard, int64_t now,
                               struct tk_error *error)
{
    const struct guard_port *port = &desk->service->options.guards;
    struct kept_guard *kept;

    if (port->save)
        return port->save(port->context, place, guard, error);
    pthread_mutex_lock(&desk->keep_lock);
    kept = kept_place(desk, place);
    *kept = (struct kept_guard){.used_at = now, .guard = *guard};
    text_copy(kept->place, sizeof kept->place, place);
    pthread_mutex_unlock(&desk->keep_lock);
    return TK_OK;
}

/* --- trying --- */

static void make_verifier(struct pin_desk *desk, struct desk_work *work)
{
    work->code = secret_make(work->verifier, &desk->pepper, work->number, work->secret);
    if (work->code)
        tk_fail_code(&work->error, work->code);
}

static void refuse_to_wait(struct exchange *x, struct desk_work *work, int64_t wait, bool locked)
{
    int64_t seconds = (wait + TIME_SECOND - 1) / TIME_SECOND;

    x->retry_s = (unsigned)seconds;
    work->code = tk_fail(&work->error, TK_SIGN_ON_WAIT,
                         locked ? "Too many tries: this device is locked. A supervisor can sign on "
                                  "at it in %" PRId64 " seconds."
                                : "Too many tries: wait %" PRId64 " seconds.",
                         seconds);
}

/* A wrong secret, and a right one of who may not at a locked device, are answered alike. */
static void judge(struct desk_work *work, struct sign_on_guard *guard, bool fits, bool locked,
                  int64_t now)
{
    if (fits) {
        work->code = sign_on_note_success(guard, work->number, work->role, now);
    } else {
        work->locked = sign_on_note_failure(guard, work->number, now) && !locked;
        work->code = locked ? TK_SIGN_ON_LOCKED : TK_WRONG_PIN;
    }
    if (work->code)
        tk_fail_code(&work->error, work->code);
}

static void try_secret(struct pin_desk *desk, struct exchange *x, struct desk_work *work)
{
    int64_t now = office_now(&x->office), next_at;
    struct sign_on_guard guard;
    bool locked = false, fits = false;

    work->code = load_guard(desk, work->place, &guard, &work->error);
    if (work->code)
        return;
    next_at = sign_on_next_at(&guard, now, &locked);
    if (next_at > now) {
        refuse_to_wait(x, work, next_at - now, locked);
        return;
    }
    work->code = secret_try(work->verifier, &desk->pepper, work->number, work->secret, &fits);
    if (work->code) {
        tk_fail_code(&work->error, work->code);
        return;
    }
    work->tried = true;
    judge(work, &guard, fits, locked, now);
    if (save_guard(desk, work->place, &guard, now, &work->error))
        work->code = work->error.code; /* who could try on without being counted is not let in */
}

/* --- the threads --- */

static bool is_busy(const struct pin_desk *desk, const char *place)
{
    for (unsigned i = 0; i < DESKS; i++)
        if (desk->busy[i] && strcmp(desk->busy[i], place) == 0)
            return true;
    return false;
}

/* Under the lock: the first whose place nobody is at, so that tries of one place are counted one
   after another. NULL: none. */
static struct exchange *take(struct pin_desk *desk)
{
    struct exchange *before = NULL;

    for (struct exchange *x = desk->waiting.first; x; before = x, x = x->next) {
        if (is_busy(desk, ((const struct desk_work *)x->state)->place))
            continue;
        if (before)
            before->next = x->next;
        else
            desk->waiting.first = x->next;
        if (desk->waiting.last == x)
            desk->waiting.last = before;
        desk->waiting.count--;
        return x;
    }
    return NULL;
}

static void serve(struct pin_desk *desk, struct exchange *x)
{
    struct desk_work *work = x->state;

    if (work->makes)
        make_verifier(desk, work);
    else
        try_secret(desk, x, work);
    crypto_wipe(work->secret, sizeof work->secret);
}

static void *run(void *argument)
{
    struct pin_desk *desk = argument;
    struct exchange *x;
    char place[GUARD_NAME_SIZE];
    unsigned own;

    pthread_mutex_lock(&desk->lock);
    own = desk->started++;
    for (;;) {
        while (!(x = take(desk)) && !(desk->ends && !desk->waiting.count))
            pthread_cond_wait(&desk->there, &desk->lock);
        if (!x)
            break;
        text_copy(place, sizeof place, ((const struct desk_work *)x->state)->place);
        desk->busy[own] = place;
        pthread_mutex_unlock(&desk->lock);
        serve(desk, x);
        exchange_work(x, ((const struct desk_work *)x->state)->then); /* it may be gone then */
        pthread_mutex_lock(&desk->lock);
        desk->busy[own] = NULL;
        pthread_cond_broadcast(&desk->there); /* others of that place may go on */
    }
    pthread_mutex_unlock(&desk->lock);
    return NULL;
}

/* Under the lock. */
static bool has_room(const struct pin_desk *desk, const struct exchange *x)
{
    size_t strangers = 0;

    for (const struct exchange *other = desk->waiting.first; other; other = other->next)
        strangers += !other->has_device;
    return desk->waiting.count < DESK_MAX && (x->has_device || strangers < DESK_STRANGERS_MAX);
}

bool pin_desk_add(struct service *service, struct exchange *x)
{
    struct pin_desk *desk = service->desk;
    bool added;

    pthread_mutex_lock(&desk->lock);
    added = has_room(desk, x) && !desk->ends;
    if (added)
        exchange_list_add(&desk->waiting, x);
    pthread_cond_broadcast(&desk->there);
    pthread_mutex_unlock(&desk->lock);
    return added;
}

enum tk_code pin_desk_open(struct service *service, struct tk_error *error)
{
    struct pin_desk *desk = calloc(1, sizeof *desk);

    if (!desk)
        return tk_fail_code(error, TK_NO_MEMORY);
    desk->service = service;
    desk->pepper = sign_on_pepper(&service->options.site_key);
    pthread_mutex_init(&desk->lock, NULL);
    pthread_mutex_init(&desk->keep_lock, NULL);
    pthread_cond_init(&desk->there, NULL);
    service->desk = desk;
    for (unsigned i = 0; i < DESKS; i++)
        if (!service_thread(&desk->threads[i], "desk", run, desk)) {
            desk->threads[i] = 0;
            return tk_fail(error, TK_NO_MEMORY, "No thread can be started.");
        }
    return TK_OK;
}

void pin_desk_close(struct service *service)
{
    struct pin_desk *desk = service->desk;

    if (!desk)
        return;
    pthread_mutex_lock(&desk->lock);
    desk->ends = true;
    pthread_cond_broadcast(&desk->there);
    pthread_mutex_unlock(&desk->lock);
    for (unsigned i = 0; i < DESKS; i++)
        if (desk->threads[i])
            pthread_join(desk->threads[i], NULL);
    pthread_mutex_destroy(&desk->lock);
    pthread_mutex_destroy(&desk->keep_lock);
    pthread_cond_destroy(&desk->there);
    crypto_wipe(desk, sizeof *desk);
    free(desk);
    service->desk = NULL;
}
