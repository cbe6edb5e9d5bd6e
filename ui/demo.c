#include "ui/demo.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "ui/import.h"
#include "ui/qr/qr.h"
#include "ui/session.h"

#define DEMO_QUIET 2 /* modules; the paper around is light already */

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *walk)
{
    (void)info, (void)type, (void)walk;
    return remove(path);
}

static enum tk_code fill(struct box_office *office, struct tk_error *error)
{
    struct import_result result = {0};
    enum tk_code code = import_sample(office, &result, error);

    if (!code)
        printf("Imported the sample programme: %zu showings.\n", result.added);
    return code;
}

/* The next showing that can be sold and has room. */
static enum tk_code find_next(struct box_office *office, struct slot *slot, struct tk_error *error)
{
    struct slot_query query = SLOT_QUERY_ALL;
    struct slot_list list = {0};
    enum tk_code code;

    office_query_open(office, &query);
    query.starts_after = office_now(office);
    query.with_room = true;
    query.limit = 1;
    code = office_slots(office, &query, &list, error);
    if (!code && list.count)
        *slot = list.items[0];
    else if (!code)
        code = tk_fail(error, TK_SLOT_NOT_FOUND, "The sample programme has no open showing.");
    slot_list_release(&list);
    return code;
}

static void print_ticket(const struct box_office *office, const char *verb,
                         const struct ticket_view *view)
{
    char id[ID_TEXT_MAX], other[ID_TEXT_MAX], slot[SLOT_NAME_SIZE + TIME_TEXT_MAX];

    id_print(id, ID_TICKET, view->ticket.id);
    office_name_slot(office, &view->slot, slot, sizeof slot);
    printf("%s ticket %s: %s%s%s. %s.", verb, id, slot, *view->slot.screen ? ", " : "",
           view->slot.screen, ticket_status_name(view->ticket.status));
    if (view->ticket.replaces) {
        id_print(other, ID_TICKET, view->ticket.replaces);
        printf(" It replaces %s.", other);
    }
    if (view->ticket.replaced_by) {
        id_print(other, ID_TICKET, view->ticket.replaced_by);
        printf(" It is replaced by %s.", other);
    }
    putchar('\n');
}

static enum tk_code print_pass(const struct box_office *office, const struct ticket_view *ticket,
                               struct tk_error *error)
{
    char pass[PASS_SIZE], grouped[PASS_GROUPED_SIZE];
    struct buffer drawn;
    struct qr qr;
    enum tk_code code;

    if (!office_pass(office, ticket, pass))
        return tk_fail_code(error, TK_INTERNAL);
    buffer_init(&drawn, 65536);
    code = qr_make(&qr, pass, error);
    if (!code)
        code = qr_draw(&qr, QR_ASCII, DEMO_QUIET, &drawn, error);
    if (!code) {
        pass_group(grouped, pass);
        printf("Its pass, as text and as the QR that is scanned at the door:\n\n    %s\n\n%s\n",
               grouped, buffer_text(&drawn));
    }
    buffer_release(&drawn);
    return code;
}

static enum tk_code sell_and_reissue(struct box_office *office, struct tk_error *error)
{
    struct ticket_view_list sold = {0};
    struct ticket_view renewed, old;
    struct op_reissue reissue = {0};
    struct op_book book = {.count = 1};
    struct slot slot = {0};
    enum tk_code code = find_next(office, &slot, error);

    if (code)
        return code;
    book.slot.id = reissue.slot.id = slot.id;
    code = office_book(office, &book, NULL, &sold, NULL, error);
    if (!code && !sold.count)
        code = tk_fail_code(error, TK_INTERNAL);
    if (code)
        goto out;
    print_ticket(office, "Sold", &sold.items[0]);
    reissue.ticket_id = sold.items[0].ticket.id;
    code = office_reissue(office, &reissue, NULL, &renewed, &old, error);
    if (code)
        goto out;
    print_ticket(office, "Reissued:", &renewed);
    print_ticket(office, "The old", &old);
    code = print_pass(office, &renewed, error);
out:
    ticket_view_list_release(&sold);
    return code;
}

static enum tk_code run(const char *folder, struct tk_error *error)
{
    struct session session;
    struct box_office *office = NULL;
    char path[256];
    enum tk_code code;

    snprintf(path, sizeof path, "%s/box-office.db", folder);
    /* a settings file that is not right is no reason not to show the program */
    code = session_init_plain(&session, path, error);
    if (!code)
        code = session_office(&session, &office, error);
    if (!code)
        code = fill(office, error);
    if (!code)
        code = sell_and_reissue(office, error);
    session_release(&session);
    return code;
}

int demo_run(void)
{
    const char *parent = getenv("TMPDIR");
    struct tk_error error = {0};
    char folder[200];
    enum tk_code code;

    snprintf(folder, sizeof folder, "%s/ticketly-demo.XXXXXX",
             parent && *parent == '/' && strlen(parent) < 150 ? parent : "/tmp");
    if (!mkdtemp(folder)) {
        fprintf(stderr, "ticketly: The folder %s cannot be made: %s.\n", folder, strerror(errno));
        return tk_code_exit(TK_CANNOT_CREATE);
    }
    code = run(folder, &error);
    nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    if (code)
        fprintf(stderr, "ticketly: %s\n", error.message);
    else
        puts("Open the counter: run `make run` (or ./ticketly) in a terminal.");
    return tk_code_exit(code);
}
