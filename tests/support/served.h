/*
 * served: a store behind a service of its own, all in this process: a SQLite file, a service on a
 * Unix socket beside it, and a store that asks the service. Closing the store stops the service.
 */
#ifndef TK_TESTS_SUPPORT_SERVED_H
#define TK_TESTS_SUPPORT_SERVED_H

#include "core/box_office.h"

struct service;
struct service_log;

struct served_options {
    const char *path; /* of the box office file */
    struct plan_rules rules;
    int64_t (*now)(void *context); /* asked by the service's threads */
    void *context;
    struct service_log *log; /* borrowed; may be NULL */
};

/* NULL when it cannot be opened; why is printed. SERVED_MAX at a time. */
#define SERVED_MAX 4
struct store *served_open(const struct served_options *options);
/* The service behind such a store, and where it listens (as http_call takes it). Borrowed. */
struct service *served_service(const struct store *store, const char **address);

#endif
