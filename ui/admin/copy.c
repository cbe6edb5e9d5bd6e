/* copy: a whole box office from one store to another. */
#include <signal.h>

#include "ui/admin/command.h"
#include "ui/session_copy.h"

static volatile sig_atomic_t is_stopped;

static void on_stop(int number)
{
    (void)number;
    is_stopped = 1;
}

/* Ctrl-C ends the page at hand first; the second one ends the program. Who ignores it goes on doing so. */
static void listen_for_stop(struct sigaction *before)
{
    struct sigaction action = {.sa_handler = on_stop, .sa_flags = (int)(SA_RESTART | SA_RESETHAND)};

    is_stopped = 0;
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGINT, NULL, before) == 0 && before->sa_handler != SIG_IGN)
        sigaction(SIGINT, &action, NULL);
}

static bool show_progress(void *context, const char *table, bool comparing, int64_t done,
                          int64_t total)
{
    (void)context;
    if (comparing)
        progress_show("comparing %s: %lld rows", table, (long long)done);
    else
        progress_show("copying %s: %lld of %lld rows", table, (long long)done, (long long)total);
    return !is_stopped;
}

static void show_json(struct call *call, const struct session_copied *copied)
{
    struct buffer *out = &call->out.text;

    json_put_open(out, NULL, '{');
    json_put_int(out, "slots", copied->slots);
    json_put_int(out, "tickets", copied->tickets);
    json_put_int(out, "customers", copied->customers);
    json_put_int(out, "entries", copied->entries);
    json_put_int(out, "rows", copied->rows);
    json_put_int(out, "era", copied->era);
    json_put_bool(out, "wentOn", copied->went_on);
    json_put_bool(out, "anew", copied->anew);
    json_put_text(out, "fromKeyFile", copied->from_key);
    json_put_text(out, "toKeyFile", copied->into_key);
    json_put_close(out, '}');
    buffer_add_char(out, '\n');
}

static void show_text(struct call *call, const struct session_copied *copied)
{
    char place[OUTPUT_PATH_SIZE], other[OUTPUT_PATH_SIZE];
    const char *from = path_shown(copied->from_key, place);
    const char *into = path_shown(copied->into_key, other);
    struct buffer *out = &call->out.text;

    if (copied->went_on)
        buffer_add_text(out, "Went on where an earlier copy had stopped.\n");
    if (copied->anew)
        buffer_add_text(out, "An earlier copy was of another state: it was removed, and begun anew.\n");
    buffer_addf(out,
                "Copied: %lld showings, %lld tickets, %lld customers and %lld journal entries; all %lld rows "
                "of %lld tables are the same on both sides, and both add up.\n",
                (long long)copied->slots, (long long)copied->tickets, (long long)copied->customers,
                (long long)copied->entries, (long long)copied->rows, (long long)copied->tables);
    if (copied->into_database)
        buffer_addf(out,
                    "The key that makes passes is not in the database: copy %s to the store.key_file of every "
                    "node (on this machine %s).\n",
                    from, into);
    else
        buffer_addf(out, "The key that makes passes is in %s: keep a copy apart and safe.\n", into);
    buffer_addf(out,
                "It is the same box office in era %lld: do not sell with the old one any more, and have the tills "
                "ask the new one.\n",
                (long long)copied->era);
}

enum tk_code command_copy(struct call *call, struct tk_error *error)
{
    struct session_copied copied;
    struct sigaction before;
    enum tk_code code;

    listen_for_stop(&before);
    code = session_copy(call->session, call->values[OPT_FROM], call->values[OPT_TO], show_progress,
                        NULL, &copied, error);
    sigaction(SIGINT, &before, NULL);
    progress_end();
    if (code == TK_INTERRUPTED)
        return tk_fail(error, code, "Stopped: the same command goes on where it stopped.");
    if (code)
        return code;
    if (call->json)
        show_json(call, &copied);
    else
        show_text(call, &copied);
    return TK_OK;
}
