/*
 * service: a box office over HTTP.
 *
 *   server threads   read, check who asks, answer what needs no store        (server.h)
 *   writer           commits, many requests at a time                         (core/store_queue.h)
 *   workers          ask the store; each has one of its own                   (worker.c)
 *   watcher          sees that the store changed; wakes who waits for it      (watcher.c)
 *   upkeep           expires and archives on its timer                        (upkeep.c)
 *   pin desk         two threads that try PINs, which takes long              (pin_desk.c)
 *
 *   started ──▶ ready ─ service_drain ─▶ draining ─ no request in hand ─▶ drained ─ service_stop ─▶
 *
 * Invariants
 * 1. A server thread waits for nothing but a look into the store that takes microseconds: at its
 *    version and at a device (peek.c). What writes, lists or may take longer is done elsewhere.
 * 2. Each request that was taken on gets one answer, also while draining.
 * 3. An answer that acknowledges a change is sent after the commit.
 * 4. All queues are bounded; what does not fit is refused with 503 before any work is done.
 */
#ifndef TK_UI_HTTP_SERVICE_H
#define TK_UI_HTTP_SERVICE_H

#include "core/box_office.h"
#include "core/sign_on.h"
#include "ui/http/watch.h"

/* What is kept of who failed to sign on where (core/sign_on), so that a restart does not forget it; the
   service asks for one place at a time, and never for the same place on two threads. Zeroed: it is
   kept in memory alone. */
struct guard_port {
    /* Who never failed there: TK_OK with a zeroed guard. */
    enum tk_code (*load)(void *context, const char *place, struct sign_on_guard *guard,
                         struct tk_error *error);
    enum tk_code (*save)(void *context, const char *place, const struct sign_on_guard *guard,
                         struct tk_error *error);
    void *context;
};

struct service_options {
    /* ports, rules, keys, and the names under which it acts itself; its store is not looked at */
    const struct box_office *office;
    /* Opens the store once more; called for each thread that needs one, on the caller's thread. */
    enum tk_code (*open_store)(void *context, struct store **store, struct tk_error *error);
    /* Opens a queue onto the store; once. */
    enum tk_code (*open_queue)(void *context, const struct queue_options *options,
                               struct store_queue **queue, struct tk_error *error);
    void *context;
    bool far;       /* the store is on another machine: it may be away while this service is well */
    /* generation 1: sessions and the pepper of PINs are derived from it; wiped by service_stop */
    struct crypto_key site_key;
    struct guard_port guards;
    bool open;      /* no tokens are asked for */
    bool docs_open; /* the reference needs none */
    int listener;   /* taken, also when starting fails */
    const char *tls_certificate, *tls_key; /* PEM; NULL: none */
    unsigned threads, workers;             /* 0: by the number of processors */
    unsigned connections_max, idle_ms, request_ms; /* 0: the server's own */
    size_t queue_max, batch_max;           /* operations; 0: the queue's own */
    unsigned rate_per_second;              /* for each token and each address; 0: no limit */
    int64_t upkeep_every_us;               /* 0: no upkeep */
    int64_t archive_after_us;
    struct allotment_rule allotment; /* how many places tills hold */
    struct service_log *log; /* borrowed; may be NULL */
};

struct service;

/* Fails as opening the store does, with TK_UNAVAILABLE, TK_CONFIG or TK_NO_MEMORY. Signals should
   be blocked by the caller: the threads inherit that. */
enum tk_code service_start(const struct service_options *options, struct service **service,
                           struct tk_error *error);
/* Not ready from now on, but everything is still answered. */
void service_unready(struct service *service);
/* Closes the listener, lets go of those who wait, and waits until nothing is in hand and nobody is
   connected, or everything answered and the time is up. Returns the number of requests that were
   still in hand then (0: all were answered). */
size_t service_drain(struct service *service, int64_t grace_us);
/* Ends everything; queued changes are committed first. NULL is fine. */
void service_stop(struct service *service);

/* Whether it can take work: the store answers and takes changes, not draining. *why gets a static
   sentence. */
bool service_is_ready(const struct service *service, const char **why);
struct metrics_gauges service_gauges(const struct service *service);
struct metrics *service_metrics(const struct service *service);

#endif
