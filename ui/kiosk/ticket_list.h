/* ticket_list: tickets as rows, for the views that list them. */
#ifndef TK_UI_KIOSK_TICKET_LIST_H
#define TK_UI_KIOSK_TICKET_LIST_H

#include "ui/kiosk/form.h"
#include "ui/kiosk/view.h"

struct ticket_rows {
    struct ticket_view_list tickets;
    size_t selected;
    bool with_slot; /* show which showing each is for */
};

/* Takes over a new list; the selection stays on its ticket when that is still there. */
void ticket_rows_set(struct ticket_rows *rows, struct ticket_view_list *tickets);
void ticket_rows_release(struct ticket_rows *rows);
const struct ticket_view *ticket_rows_ticket(const struct ticket_rows *rows);
void ticket_rows_paint(const struct ticket_rows *rows, const struct counter *counter,
                       struct canvas *canvas, struct area area);
/* Moves, opens, reissues, cancels; true when the action was the list's. */
bool ticket_rows_act(struct ticket_rows *rows, struct counter *counter, enum action action);
void ticket_rows_scroll(struct ticket_rows *rows, int by);

/* A view that looks tickets up by what is typed: first member of the views that do, and their functions
   but recalc and paint. */
struct ticket_search {
    struct view view; /* first */
    struct form form; /* one field */
    struct ticket_rows rows;
};

/* Everything but Enter, unless the list answers it. */
void ticket_search_act(struct view *view, struct counter *counter, enum action action, int number);
void ticket_search_type(struct view *view, struct counter *counter, const char *text);
void ticket_search_point(struct view *view, struct counter *counter, const struct event *event);
struct form *ticket_search_form(struct view *view);
void ticket_search_leave(struct view *view);

/* The first of `rows` rows to show so that `selected` is seen, near the middle of long lists. */
size_t list_first_shown(size_t count, size_t selected, int rows);

#endif
