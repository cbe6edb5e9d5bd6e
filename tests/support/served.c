#include "tests/support/served.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "core/text.h"
#include "data/group_commit.h"
#include "data/remote/remote_store.h"
#include "data/sqlite/sqlite_store.h"
#include "ui/http/listen.h"
#include "ui/http/service.h"

/* One that is in use has a store, whose ops are ours but for close. */
static struct served {
    struct served_options options;
    char path[256];
    char url[300];
    struct crypto_key site_key;
    struct service *service;
    struct store *store;
    const struct store_ops *original;
    struct store_ops ops;
} all[SERVED_MAX];

static unsigned made; /* names of sockets */

static void served_random(void *context, void *data, size_t size)
{
    (void)context;
    while (getrandom(data, size, 0) != (ssize_t)size)
        ;
}

static enum tk_code open_file(void *context, struct store **store, struct tk_error *error)
{
    struct served *served = context;
    struct sqlite_options options = {.path = served->path,
                                     .rules = served->options.rules,
                                     .now = served->options.now,
                                     .random = served_random,
                                     .context = served->options.context};

    return sqlite_store_open(&options, store, error);
}

static enum tk_code open_queue(void *context, const struct queue_options *options,
                               struct store_queue **queue, struct tk_error *error)
{
    struct group_options group_options = {.queue = *options};
    struct group_commit *group = NULL;
    enum tk_code code = open_file(context, &group_options.store, error);

    if (!code)
        code = group_commit_open(&group_options, &group, error);
    if (!code)
        *queue = group_commit_as_queue(group);
    return code;
}

static enum tk_code start(struct served *served, char *url, size_t size, struct tk_error *error)
{
    struct box_office office = {.ports = {served->options.now, served_random,
                                          served->options.context, {0}},
                                .rules = served->options.rules,
                                .keys = key_ring_of_site(&served->site_key)};
    struct service_options options = {.office = &office,
                                      .open_store = open_file,
                                      .open_queue = open_queue,
                                      .context = served,
                                      .site_key = served->site_key,
                                      .open = true,
                                      .log = served->options.log,
                                      .allotment = ALLOTMENT_RULE_DEFAULT,
                                      .threads = 1,
                                      .workers = 2};
    char address[300];
    enum tk_code code;

    snprintf(address, sizeof address, "unix:%s.%u.sock", served->path, made++);
    text_copy(office.actor, sizeof office.actor, "service");
    text_copy(office.device, sizeof office.device, "service");
    code = listen_open(address, &options.listener, url, size, error);
    return code ? code : service_start(&options, &served->service, error);
}

static void served_close(struct store *store)
{
    for (size_t i = 0; i < SERVED_MAX; i++)
        if (all[i].store == store) {
            all[i].original->close(store);
            service_drain(all[i].service, 1000000);
            service_stop(all[i].service);
            all[i].store = NULL;
        }
}

static enum tk_code open_in(struct served *served, const struct served_options *options,
                            struct tk_error *error)
{
    struct remote_options remote = {.timeout_ms = 20000};
    struct store *file = NULL;
    enum tk_code code;

    *served = (struct served){.options = *options, .site_key = {{42}}};
    text_copy(served->path, sizeof served->path, options->path);
    code = open_file(served, &file, error); /* so that it is there */
    store_close(file);
    if (!code)
        code = start(served, served->url, sizeof served->url, error);
    remote.url = served->url;
    if (!code)
        code = remote_store_open(&remote, &served->store, error);
    if (code) {
        service_stop(served->service);
        return code;
    }
    served->original = served->store->ops;
    served->ops = *served->original;
    served->ops.close = served_close;
    served->store->ops = &served->ops;
    return TK_OK;
}

struct store *served_open(const struct served_options *options)
{
    struct tk_error error = {.message = "too many at a time"};
    size_t at = 0;

    while (at < SERVED_MAX && all[at].store)
        at++;
    if (at < SERVED_MAX && open_in(&all[at], options, &error) == TK_OK)
        return all[at].store;
    printf("\n    %s\n", error.message);
    return NULL;
}

struct service *served_service(const struct store *store, const char **address)
{
    for (size_t i = 0; i < SERVED_MAX; i++)
        if (all[i].store == store) {
            *address = all[i].url;
            return all[i].service;
        }
    return NULL;
}
