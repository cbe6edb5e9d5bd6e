/* view_sign_on: where a number and a PIN are asked for. */
#ifndef TK_UI_KIOSK_VIEW_SIGN_ON_H
#define TK_UI_KIOSK_VIEW_SIGN_ON_H

#include "ui/kiosk/view.h"

enum sign_use {
    SIGN_ON,      /* nobody is here */
    SIGN_LOCKED,  /* the same, and somebody's work lies below */
    SIGN_APPROVE, /* a supervisor approves one action */
    SIGN_LEAVE    /* a manager ends the program */
};

/* What a supervisor is asked to approve. */
struct sign_request {
    char refusal[TK_MESSAGE_MAX];
    enum op_kind kind;
    void (*again)(struct counter *counter, uint64_t subject);
    uint64_t subject;
};

/* `request`: for SIGN_APPROVE; else NULL. */
struct view *sign_on_view_new(const struct counter *counter, enum sign_use use,
                              const struct sign_request *request);

/* Asks whether the shift of the member signed on is to be opened … */
struct view *shift_open_view_new(void);
/* … or closed, and shows its figures then. */
struct view *shift_close_view_new(const struct duty *duty);

struct view *attract_view_new(void);
bool view_is_attract(const struct view *view);

#endif
