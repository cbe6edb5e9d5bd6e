#include "tests/kiosk/staffed.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/box_office_staff.h"
#include "core/text.h"
#include "tests/support/test.h"
#include "ui/session.h"

/* Between two fields: what comes faster is a scanner's. */
static void pause_typing(void)
{
    poll(NULL, 0, 130);
}

static void must(enum tk_code code, const struct tk_error *error)
{
    if (!code)
        return;
    fprintf(stderr, "staffed: %s\n", error->message);
    abort();
}

static void open_office(struct session *session, const struct till *till,
                        struct box_office **office)
{
    struct tk_error error = {0};

    must(session_init(session, till->config, till->store, NULL, &error), &error);
    must(session_office(session, office, &error), &error);
}

static void put(struct box_office *office, int number, const char *name, enum role role,
                const char *pin)
{
    struct op_staff staff = {.number = number, .role = role};
    struct tk_error error = {0};

    text_copy(staff.name, sizeof staff.name, name);
    must(office_put_staff(office, &staff, NULL, &error), &error);
    must(office_set_secrets(office, number, pin, NULL, &error), &error);
}

void staffed_init(struct till *till, const char *settings)
{
    struct session session;
    struct box_office *office;

    till_init(till);
    if (settings)
        till_add_settings(till, settings);
    open_office(&session, till, &office);
    put(office, 9001, "Ada", ROLE_ADMIN, "613590");
    put(office, PRIYA, "Priya", ROLE_CLERK, PRIYA_PIN);
    put(office, TOM, "Tom", ROLE_CLERK, TOM_PIN);
    put(office, MAYA, "Maya", ROLE_SUPERVISOR, MAYA_PIN);
    put(office, NORA, "Nora", ROLE_MANAGER, NORA_PIN);
    session_release(&session);
}

void staffed_add(const struct till *till, int number, const char *name, enum role role,
                 const char *pin)
{
    struct session session;
    struct box_office *office;

    open_office(&session, till, &office);
    put(office, number, name, role, pin);
    session_release(&session);
}

void staffed_limit(const struct till *till, int limit, int value)
{
    struct session session;
    struct box_office *office;
    struct tk_error error = {0};

    open_office(&session, till, &office);
    must(office_set_limit(office, (enum limit)limit, value, &error), &error);
    session_release(&session);
}

int staffed_journal_count(const struct till *till, const char *actor, const char *kind)
{
    struct journal_query query = {.kind = kind};
    struct journal_list list = {0};
    struct session session;
    struct box_office *office;
    struct tk_error error = {0};
    int count = 0;

    open_office(&session, till, &office);
    must(office_journal(office, &query, &list, &error), &error);
    for (size_t i = 0; i < list.count; i++)
        count += strcmp(list.items[i].actor, actor) == 0;
    journal_list_release(&list);
    session_release(&session);
    return count;
}

int staffed_sold(const struct till *till)
{
    struct ticket_query query = TICKET_QUERY_ALL;
    struct ticket_view_list list = {0};
    struct session session;
    struct box_office *office;
    struct tk_error error = {0};
    int count = -1; /* Full House's */

    open_office(&session, till, &office);
    must(office_tickets(office, &query, &list, &error), &error);
    for (size_t i = 0; i < list.count; i++)
        count += list.items[i].ticket.status == TICKET_BOOKED;
    ticket_view_list_release(&list);
    session_release(&session);
    return count;
}

bool staffed_fill(struct term *term, int number, const char *pin)
{
    char text[24];

    snprintf(text, sizeof text, "%d", number);
    if (!term_wait(term, "Number", TILL_WAIT_MS))
        return false;
    pause_typing();
    term_send(term, text);
    pause_typing();
    term_key(term, "Tab");
    term_send(term, pin);
    pause_typing();
    return term_key(term, "Enter");
}

bool staffed_type(struct term *term, int number, const char *pin)
{
    if (!term_wait(term, "Number", TILL_WAIT_MS))
        return false;
    pause_typing();
    return term_key(term, "Esc") && staffed_fill(term, number, pin);
}

bool staffed_counter(const struct till *till, struct term *term, int number, const char *pin)
{
    if (!till_start(till, term, 24, 80, NULL, NULL) || !term_wait(term, "Sign on", TILL_WAIT_MS) ||
        !staffed_type(term, number, pin) || !term_wait(term, "No shift of yours", TILL_WAIT_MS))
        return false;
    term_key(term, "Esc");
    return term_wait(term, "s sign off", TILL_WAIT_MS);
}
