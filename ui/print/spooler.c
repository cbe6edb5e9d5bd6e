#include "ui/print/spooler.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "core/text.h"
#include "ui/print/detached.h"

/* A ring: `told` ≤ `ended` ≤ `added`, counted from the start. The job at `ended` is the one at the
   printer, or the next. */
struct spooler {
    pthread_mutex_t lock;
    pthread_cond_t changed; /* a job came, a job ended, or the end */
    struct spooler_job jobs[SPOOLER_JOBS_MAX];
    struct spooler_result results[SPOOLER_JOBS_MAX];
    uint64_t told, ended, added;
    int failed;   /* of those that ended */
    bool closing; /* the counter went: take no more jobs, and free all this */
};

static void spooler_free(struct spooler *spooler)
{
    for (uint64_t i = spooler->ended; i < spooler->added; i++)
        buffer_release(&spooler->jobs[i % SPOOLER_JOBS_MAX].bytes);
    pthread_cond_destroy(&spooler->changed);
    pthread_mutex_destroy(&spooler->lock);
    free(spooler);
}

/* Takes the next job; false at the end. */
static bool take_job(struct spooler *spooler, struct spooler_job *job)
{
    bool found;

    pthread_mutex_lock(&spooler->lock);
    while (!spooler->closing && spooler->ended == spooler->added)
        pthread_cond_wait(&spooler->changed, &spooler->lock);
    found = !spooler->closing;
    if (found) {
        struct spooler_job *next = &spooler->jobs[spooler->ended % SPOOLER_JOBS_MAX];

        *job = *next;
        next->bytes = (struct buffer){0};
    }
    pthread_mutex_unlock(&spooler->lock);
    return found;
}

/* Puts a result where it will be told. */
static void end_job(struct spooler *spooler, const struct spooler_result *result)
{
    pthread_mutex_lock(&spooler->lock);
    spooler->results[spooler->ended % SPOOLER_JOBS_MAX] = *result;
    spooler->ended++;
    spooler->failed += result->code != TK_OK;
    pthread_cond_broadcast(&spooler->changed);
    pthread_mutex_unlock(&spooler->lock);
}

static void print_job(struct spooler_job *job, struct spooler_result *result)
{
    struct printer_job printed = {.where = job->where,
                                  .bytes = job->bytes.data,
                                  .size = job->bytes.length,
                                  .timeout_ms = job->timeout_ms,
                                  .pause_ms = job->pause_ms};

    *result = (struct spooler_result){0};
    text_copy(result->name, sizeof result->name, job->name);
    result->code = printer_print(&printed, &result->error);
    buffer_release(&job->bytes);
}

static void *run(void *context)
{
    struct spooler *spooler = context;
    struct spooler_result result;
    struct spooler_job job;

    while (take_job(spooler, &job)) {
        print_job(&job, &result);
        end_job(spooler, &result);
    }
    spooler_free(spooler);
    return NULL;
}

static void init_locks(struct spooler *spooler)
{
    pthread_condattr_t attributes;

    pthread_mutex_init(&spooler->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&spooler->changed, &attributes);
    pthread_condattr_destroy(&attributes);
}

enum tk_code spooler_new(struct spooler **spooler, struct tk_error *error)
{
    struct spooler *made = calloc(1, sizeof *made);

    if (!made)
        return tk_fail_code(error, TK_NO_MEMORY);
    init_locks(made);
    if (!detached_start(run, made)) {
        spooler_free(made);
        return tk_fail_code(error, TK_NO_MEMORY);
    }
    *spooler = made;
    return TK_OK;
}

enum tk_code spooler_check_room(struct spooler *spooler, struct tk_error *error)
{
    bool full;

    pthread_mutex_lock(&spooler->lock);
    full = spooler->added - spooler->told == SPOOLER_JOBS_MAX;
    pthread_mutex_unlock(&spooler->lock);
    if (!full)
        return TK_OK;
    return tk_fail(error, TK_PRINTER,
                   "The printer has %d jobs to do already: look at it before you print more.",
                   SPOOLER_JOBS_MAX);
}

enum tk_code spooler_add(struct spooler *spooler, struct spooler_job *job, struct tk_error *error)
{
    enum tk_code code = spooler_check_room(spooler, error); /* only this thread adds */

    if (code)
        return code;
    pthread_mutex_lock(&spooler->lock);
    spooler->jobs[spooler->added % SPOOLER_JOBS_MAX] = *job;
    spooler->added++;
    pthread_cond_broadcast(&spooler->changed);
    pthread_mutex_unlock(&spooler->lock);
    job->bytes = (struct buffer){0};
    return TK_OK;
}

bool spooler_poll(struct spooler *spooler, struct spooler_result *result)
{
    bool found;

    pthread_mutex_lock(&spooler->lock);
    found = spooler->told < spooler->ended;
    if (found) {
        *result = spooler->results[spooler->told % SPOOLER_JOBS_MAX];
        spooler->told++;
    }
    pthread_mutex_unlock(&spooler->lock);
    return found;
}

/* Until all jobs ended, or the moment is over. */
static void wait_for_jobs(struct spooler *spooler)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += SPOOLER_END_MS / 1000;
    while (spooler->ended < spooler->added &&
           pthread_cond_timedwait(&spooler->changed, &spooler->lock, &until) != ETIMEDOUT)
        ;
}

int spooler_end(struct spooler *spooler)
{
    int lost;

    if (!spooler)
        return 0;
    pthread_mutex_lock(&spooler->lock);
    spooler->failed = 0; /* those before were told, or could have been */
    wait_for_jobs(spooler);
    lost = spooler->failed + (int)(spooler->added - spooler->ended);
    spooler->closing = true;
    pthread_cond_broadcast(&spooler->changed);
    pthread_mutex_unlock(&spooler->lock);
    return lost;
}
