/* keys: which generations of the site's key there are, and a new one. Never a key itself. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ui/admin/command.h"

#define PAGE 1000

static const char *const heads[] = {">Key", ">Showings", "Use", NULL};

struct keys {
    int count;                             /* in the key file */
    int64_t current;                       /* that showings take with their first ticket */
    int64_t slots[KEY_GENERATION_MAX + 1]; /* showings of each; 0: no ticket sold yet */
};

static enum tk_code count_slots(struct box_office *office, struct keys *keys,
                                struct tk_error *error)
{
    struct slot_query query = SLOT_QUERY_ALL;
    struct slot_list page = {0};
    enum tk_code code;

    query.by_id = true;
    query.limit = PAGE;
    do {
        slot_list_clear(&page);
        code = office_slots(office, &query, &page, error);
        for (size_t i = 0; !code && i < page.count; i++) {
            int64_t generation = page.items[i].key_generation;

            query.after_id = page.items[i].id;
            if (generation >= 0 && generation <= KEY_GENERATION_MAX)
                keys->slots[generation]++;
        }
    } while (!code && page.count == PAGE);
    slot_list_release(&page);
    return code;
}

static enum tk_code look(struct call *call, struct box_office *office, struct keys *keys,
                         struct tk_error *error)
{
    struct store_facts facts;
    enum tk_code code = office_facts(office, &facts, error);

    *keys = (struct keys){.count = session_key_count(call->session),
                          .current = code ? 0 : facts.key_generation};
    return code;
}

static void show_json(struct buffer *out, const struct keys *keys)
{
    json_put_open(out, NULL, '{');
    json_put_int(out, "current", keys->current);
    json_put_int(out, "slotsWithoutTickets", keys->slots[0]);
    json_put_open(out, "keys", '[');
    for (int i = 1; i <= keys->count; i++) {
        json_put_open(out, NULL, '{');
        json_put_int(out, "generation", i);
        json_put_bool(out, "current", i == keys->current);
        json_put_int(out, "slots", keys->slots[i]);
        json_put_close(out, '}');
    }
    json_put_close(out, ']');
    json_put_close(out, '}');
    buffer_add_char(out, '\n');
}

static void show_text(struct buffer *out, const struct keys *keys)
{
    struct table table;

    table_init(&table, heads);
    for (int i = 1; i <= keys->count; i++) {
        table_addf(&table, "%d", i);
        table_addf(&table, "%lld", (long long)keys->slots[i]);
        table_add(&table, i == keys->current  ? "current"
                          : i < keys->current ? "as long as its showings"
                                              : "not yet: keys rotate goes on with it");
    }
    table_print(&table, out);
    table_release(&table);
    buffer_addf(out, "%lld %s without tickets.\n", (long long)keys->slots[0],
                keys->slots[0] == 1 ? "showing is" : "showings are");
}

static enum tk_code list_keys(struct call *call, struct box_office *office, struct tk_error *error)
{
    struct keys keys;
    enum tk_code code = look(call, office, &keys, error);

    if (!code)
        code = count_slots(office, &keys, error);
    if (!code && call->json)
        show_json(&call->out.text, &keys);
    else if (!code)
        show_text(&call->out.text, &keys);
    return code;
}

/* --- rotate --- */

/* Who sits there is asked; a script knows what it does. */
static enum tk_code ask(const struct call *call, const char *file, struct tk_error *error)
{
    char answer[16] = "";

    if (call->json || !isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
        return TK_OK;
    fprintf(
        stderr,
        "Showings that have sold no ticket yet will take a new key with their first one. Passes "
        "made until then stay good, and so do the old keys.\n"
        "%s changes, for good: a new copy of it has to be kept where the old one is, and "
        "given to all machines that hold one.\n"
        "Type yes to go on: ",
        file);
    if (fgets(answer, sizeof answer, stdin) && strcmp(answer, "yes\n") == 0)
        return TK_OK;
    return tk_fail(error, TK_INTERRUPTED, "No key was made, as you did not type yes.");
}

static void show_changed(struct call *call, int64_t generation, bool in_use, const char *file)
{
    struct buffer *out = &call->out.text;

    if (!call->json && in_use)
        buffer_addf(out,
                    "Key %lld is in use now: showings without tickets take it with their first one; "
                    "passes made before stay good.\n",
                    (long long)generation);
    else if (!call->json)
        buffer_addf(out,
                    "Key %lld is in %s, and not in use yet: copy the file to every machine that has one, "
                    "then run `ticketly admin keys rotate`.\n",
                    (long long)generation, file);
    if (!call->json) {
        buffer_addf(out, "Keep a new copy of %s apart and safe: the old copy lacks this key.\n", file);
        return;
    }
    json_put_open(out, NULL, '{');
    json_put_int(out, "generation", generation);
    json_put_text(out, "file", file);
    json_put_close(out, '}');
    buffer_add_char(out, '\n');
}

/* Other nodes would sell without a pass to give until they have the key, too. */
static enum tk_code check_made(const struct call *call, const struct keys *keys,
                               struct tk_error *error)
{
    if (call->session->kind != SESSION_DATABASE || keys->count > keys->current)
        return TK_OK;
    return tk_fail(error, TK_CONFIG,
                   "The new key has to be on every node before it is used: run `ticketly admin keys make` on one, "
                   "copy its key file to the others, then run this again.");
}

static enum tk_code make(struct call *call, struct box_office *office, struct tk_error *error)
{
    char path[SESSION_PATH_SIZE], place[OUTPUT_PATH_SIZE];
    struct keys keys;
    enum tk_code code = look(call, office, &keys, error);

    if (!code)
        code = session_add_key(call->session, (int)keys.current, error);
    if (!code)
        show_changed(call, keys.current + 1, false,
                     path_shown(session_key_path(call->session, path), place));
    return code;
}

/* The key is in the file before the store may give it to a slot. One that is there already, because
   somebody was stopped between the two, is used. */
static enum tk_code rotate(struct call *call, struct box_office *office, struct tk_error *error)
{
    char path[SESSION_PATH_SIZE], place[OUTPUT_PATH_SIZE];
    const char *file = path_shown(session_key_path(call->session, path), place);
    struct keys keys;
    enum tk_code code = look(call, office, &keys, error);

    if (!code)
        code = check_made(call, &keys, error);
    if (!code)
        code = ask(call, file, error);
    if (!code)
        code = session_add_key(call->session, (int)keys.current, error);
    if (!code)
        code = office_rotate(office, keys.current + 1, NULL, error);
    if (!code)
        show_changed(call, keys.current + 1, true, file);
    return code;
}

enum tk_code command_keys(struct call *call, struct tk_error *error)
{
    struct box_office *office;
    enum tk_code code;

    if (call->session->central[0])
        return tk_fail(error, TK_CONFIG,
                       "The keys are the centre's: run `ticketly --db … admin keys %s` with its "
                       "box office itself.",
                       call->argument);
    if (call->session->kind == SESSION_REMOTE)
        return tk_fail(
            error, TK_CONFIG,
            "The keys are the service's: run `ticketly --db … admin keys %s` where it "
            "runs, with the box office itself.",
            call->argument);
    code = call_office(call, &office, error);
    if (code)
        return code;
    return strcmp(call->argument, "list") == 0   ? list_keys(call, office, error)
           : strcmp(call->argument, "make") == 0 ? make(call, office, error)
                                                 : rotate(call, office, error);
}
