/* programme: what the programme view is made of; view_programme.c acts, programme_paint.c draws. */
#ifndef TK_UI_KIOSK_PROGRAMME_H
#define TK_UI_KIOSK_PROGRAMME_H

#include "ui/kiosk/form.h"
#include "ui/kiosk/slot_window.h"
#include "ui/kiosk/view.h"

#define GENRE_WIDTH 22
#define ALL_GENRES (-1)

struct programme_view {
    struct view view;
    bool reissuing;
    struct ticket_view old; /* the ticket to reissue */
    struct op_id operation; /* of the reissue: a second Enter never does it twice */
    struct slot_window window;
    int genre; /* ALL_GENRES or a genre */
    bool in_genres; /* which pane the keys go to */
    struct form filter; /* one field */
    bool filtering;     /* it is being typed in */
    bool placed;        /* the selection is where it should be */
    struct slot sought; /* where that is; id 0: at the next showing with room */
    struct {
        int genre;
        bool in_genres, filtering;
        struct slot slot; /* id 0: none was selected */
    } mark;
    int64_t counts[GENRE_COUNT + 1]; /* [0]: all, [1 + genre]; -1: not known yet */
    int counted;                     /* how many genres are up to date */
};

/* Where the parts of the view stand. */
struct programme_layout {
    struct area genres, slots, details;
    int rule;
};

/* What is typed in the filter, "" for none. */
const char *programme_filter(const struct programme_view *view);
struct programme_layout programme_layout(const struct programme_view *view, struct area area);
/* The first line of the genres (0 is All) that is shown in so many rows. */
int programme_first_genre(const struct programme_view *view, int rows);
/* The first slot that is shown: the selection stands in the middle where the list is long enough on
   both sides. */
size_t programme_first_slot(const struct programme_view *view, const struct counter *counter,
                            struct area list);
/* Rows from slot `at` on, a heading before each new day; returns the row after the selected slot,
   or 0 when it is not among them. Paints only when canvas is given. */
int programme_paint_rows(const struct programme_view *view, const struct counter *counter,
                         struct canvas *canvas, struct area area, size_t at);
void programme_paint(const struct view *view, const struct counter *counter,
                     struct canvas *canvas, struct area area);

#endif
