/* allotments: the places that tills hold to sell while they are cut off, and taking them back. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/wire.h"
#include "ui/admin/command.h"
#include "ui/dispute_words.h"

static const char *const heads[] = {"Number", "Start", "Showing",     "Till",  ">Held", ">Granted",
                                    ">Sold",  ">Back", ">Taken away", "Since", NULL};

struct allotments {
    const struct box_office *office;
    struct allotment_list list;
    struct slot_list slots; /* that they are of, as far as they are known here */
};

static void put_allotment(struct buffer *out, const void *context, size_t at)
{
    const struct allotments *allotments = context;
    struct wire_record record;

    wire_allotment(&record, &allotments->list.items[at], &allotments->office->ports.zone);
    wire_put_json(out, NULL, &record);
}

static void add_allotment(struct table *table, const void *context, size_t at)
{
    const struct allotments *allotments = context;
    const struct allotment *allotment = &allotments->list.items[at];
    const struct slot *slot = slot_list_find(&allotments->slots, allotment->slot_id);
    char start[TIME_TEXT_MAX] = "-", since[TIME_TEXT_MAX] = "-";

    if (slot)
        time_print_field(start, slot->starts_at, &allotments->office->ports.zone);
    if (allotment_held(allotment))
        time_print_field(since, allotment->granted_at, &allotments->office->ports.zone);
    table_addf(table, "%lld", (long long)allotment->slot_id);
    table_add(table, start);
    table_add(table, slot ? slot->name : "-");
    table_add(table, allotment->holder);
    table_addf(table, "%d", allotment_held(allotment));
    table_addf(table, "%d", allotment->granted);
    table_addf(table, "%d", allotment->sold);
    table_addf(table, "%d", allotment->returned);
    table_addf(table, "%d", allotment->written_off);
    table_add(table, since);
}

static enum tk_code name_slots(struct box_office *office, struct allotments *allotments,
                               struct tk_error *error)
{
    struct id_list ids = {0};
    enum tk_code code = TK_OK;

    for (size_t i = 0; !code && i < allotments->list.count; i++) { /* they come by slot */
        int64_t id = allotments->list.items[i].slot_id;

        if ((!i || id != allotments->list.items[i - 1].slot_id) && id_list_add(&ids, id))
            code = tk_fail_code(error, TK_NO_MEMORY);
    }
    if (!code)
        code = slots_by_ids(office, &ids, &allotments->slots, error);
    id_list_release(&ids);
    return code;
}

/* *till is "" when it was not given. */
static enum tk_code read_query(const struct call *call, char till[DEVICE_SIZE],
                               struct allotment_query *query, struct tk_error *error)
{
    enum tk_code code =
        call_text(call, OPT_TILL, till, DEVICE_SIZE, TK_BAD_NAME, "till's name", error);

    *query = (struct allotment_query){.held = !call->values[OPT_ALL]};
    query->holder = call->values[OPT_TILL] ? till : NULL;
    return code ? code : call_slot_id(call, &query->slot_id, error);
}

enum tk_code command_allotments(struct call *call, struct tk_error *error)
{
    struct allotments allotments = {0};
    struct rows rows = {.heads = heads,
                        .put = put_allotment,
                        .add = add_allotment,
                        .context = &allotments,
                        .empty = call->values[OPT_ALL] ? "No till ever held places."
                                                       : "No till holds places."};
    struct allotment_query query;
    struct box_office *office;
    char till[DEVICE_SIZE];
    enum tk_code code = read_query(call, till, &query, error);

    if (!code)
        code = call_office(call, &office, error);
    if (!code)
        code = office_allotments(office, &query, &allotments.list, error);
    if (!code && !call->json)
        code = name_slots(office, &allotments, error);
    if (!code) {
        allotments.office = office;
        rows.count = allotments.list.count;
        show_rows(call, &rows);
    }
    allotment_list_release(&allotments.list);
    slot_list_release(&allotments.slots);
    return code;
}

/* --- write-off --- */

/* Who sits there is asked; a script has to say --yes, for the places may be sold twice. */
static enum tk_code ask(const struct call *call, const char *till, int64_t slot_id,
                        struct tk_error *error)
{
    char answer[16] = "", which[64] = "all showings";

    if (call->values[OPT_YES])
        return TK_OK;
    if (call->json || !isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
        return tk_fail(error, TK_USAGE,
                       "Only with --yes: what “%s” sold of its places and nobody knows of yet could "
                       "be sold again.",
                       till);
    if (slot_id)
        snprintf(which, sizeof which, "showing %lld", (long long)slot_id);
    fprintf(stderr,
            "The places that “%s” holds of %s may then be sold again, those that it has sold and not "
            "told of yet, too.%s\nType yes to go on: ",
            till, which,
            slot_id ? "" : " Doors let nobody in with a ticket of it that is not known.");
    if (fgets(answer, sizeof answer, stdin) && strcmp(answer, "yes\n") == 0)
        return TK_OK;
    return tk_fail(error, TK_INTERRUPTED, "Nothing was written off, as you did not type yes.");
}

static void show_written_off(struct call *call, const char *till, int64_t slot_id, int64_t places)
{
    struct buffer *out = &call->out.text;

    if (call->json) {
        json_put_open(out, NULL, '{');
        json_put_text(out, "deviceName", till);
        json_put_int(out, "places", places);
        json_put_bool(out, "numbersDenied", slot_id == 0);
        json_put_close(out, '}');
        buffer_add_char(out, '\n');
        return;
    }
    if (!places)
        buffer_addf(out, "Nothing is held by “%s” any more.\n", till);
    else
        buffer_addf(out, "%lld %s came back from “%s”.\n", (long long)places,
                    places == 1 ? "place" : "places", till);
    if (!slot_id)
        buffer_add_text(out, "Doors let nobody in with a ticket of it that is not known. What it sends "
                             "is not taken before it has joined anew.\n");
}

enum tk_code command_write_off(struct call *call, struct tk_error *error)
{
    struct box_office *office;
    int64_t slot_id, places;
    enum tk_code code = call_slot_id(call, &slot_id, error);

    if (!code)
        code = call_office(call, &office, error);
    if (!code)
        code = ask(call, call->argument, slot_id, error);
    if (!code)
        code = office_write_off(office, call->argument, slot_id, &places, error);
    if (code == TK_NOT_JOINED)
        return tk_fail(error, code,
                       "No till “%.60s” has places of its own: see ticketly admin allotments.",
                       call->argument);
    if (!code)
        show_written_off(call, call->argument, slot_id, places);
    return code;
}
