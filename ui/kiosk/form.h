/* form: fields to type in, one below the other. */
#ifndef TK_UI_KIOSK_FORM_H
#define TK_UI_KIOSK_FORM_H

#include <stdbool.h>
#include <stddef.h>

#include "ui/kiosk/canvas.h"
#include "ui/kiosk/keys.h"

#define FIELD_SIZE 1024
#define FORM_FIELDS_MAX 10

struct field {
    const char *label;
    char text[FIELD_SIZE];
    size_t limit;  /* bytes at most */
    size_t cursor; /* byte in text */
    bool fresh;    /* what stands there is a default: the first character typed replaces it */
    const char *(*choice)(int at); /* a choice: names by number, NULL after the last */
    int chosen;
    char note[200]; /* beside or below the field: what is wrong, or what is meant */
    bool wrong;     /* the note is an error */
    bool secret;    /* shown as dots */
};

struct form {
    struct field fields[FORM_FIELDS_MAX];
    int count, active;
    int label_width;
};

void form_add(struct form *form, const char *label, const char *text, size_t limit);
void form_add_choice(struct form *form, const char *label, const char *(*choice)(int at),
                     int chosen);
/* Sets a field's text as a default that typing replaces. */
void form_set(struct form *form, int at, const char *text);
/* Wipes what was typed into a secret field. */
void form_wipe(struct form *form, int at);
/* Typed text goes into the active field; true when it changed. Control characters do not. */
bool form_type(struct form *form, const char *text);
/* Cursor, erasing and field changes; true when the action was the form's. */
bool form_act(struct form *form, enum action action);
void form_clear_notes(struct form *form);
/* Puts a message beside a field and the cursor into it. */
void form_point_out(struct form *form, int at, const char *message);
/* Draws the fields from `area` downward, two rows each when there is room; returns rows used. */
int form_paint(const struct form *form, struct canvas *canvas, struct area area);
/* One field on one row, without its label. */
void field_paint(const struct field *field, struct canvas *canvas, int row, int column, int width,
                 bool active);

#endif
