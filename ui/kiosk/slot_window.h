/*
 * slot_window: the part of a long list of slots that is near the selected one.
 *
 * The list itself stays in the store; a million slots cost no more than a hundred.
 */
#ifndef TK_UI_KIOSK_SLOT_WINDOW_H
#define TK_UI_KIOSK_SLOT_WINDOW_H

#include <stdbool.h>

#include "core/box_office.h"

struct slot_window {
    struct slot_list slots; /* in the order of start and id, without gaps */
    size_t selected;        /* place in slots; 0 when there are none */
    bool more_before, more_after;
};

void slot_window_release(struct slot_window *window);
/* The selected slot, NULL when the list is empty. */
const struct slot *slot_window_slot(const struct slot_window *window);
/* Loads around the selected slot again (the list's beginning when there is none). The query says
   which slots; its order, place and limit are the window's own. */
enum tk_code slot_window_reload(struct slot_window *window, struct box_office *office,
                                const struct slot_query *query, struct tk_error *error);
/* Loads from the first slot that starts at a moment or later, and selects it. */
enum tk_code slot_window_seek(struct slot_window *window, struct box_office *office,
                              const struct slot_query *query, int64_t starts_at,
                              struct tk_error *error);
enum tk_code slot_window_first(struct slot_window *window, struct box_office *office,
                               const struct slot_query *query, struct tk_error *error);
enum tk_code slot_window_last(struct slot_window *window, struct box_office *office,
                              const struct slot_query *query, struct tk_error *error);
/* Moves the selection, loading more where the window ends. */
enum tk_code slot_window_move(struct slot_window *window, struct box_office *office,
                              const struct slot_query *query, int rows, struct tk_error *error);

#endif
