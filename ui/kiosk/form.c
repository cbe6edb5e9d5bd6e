#include "ui/kiosk/form.h"

#include <string.h>

#include "core/crypto.h"
#include "core/text.h"

void form_add(struct form *form, const char *label, const char *text, size_t limit)
{
    struct field *field = &form->fields[form->count++];

    *field = (struct field){.label = label,
                            .limit = limit < FIELD_SIZE ? limit : FIELD_SIZE - 1};
    form_set(form, form->count - 1, text);
    if (text_width(label) > form->label_width)
        form->label_width = text_width(label);
}

void form_add_choice(struct form *form, const char *label, const char *(*choice)(int at),
                     int chosen)
{
    form_add(form, label, choice(chosen), FIELD_SIZE - 1);
    form->fields[form->count - 1].choice = choice;
    form->fields[form->count - 1].chosen = chosen;
}

void form_set(struct form *form, int at, const char *text)
{
    struct field *field = &form->fields[at];

    text_copy(field->text, sizeof field->text, text);
    field->cursor = strlen(field->text);
    field->fresh = field->cursor > 0;
}

void form_wipe(struct form *form, int at)
{
    struct field *field = &form->fields[at];

    crypto_wipe(field->text, sizeof field->text);
    field->cursor = 0;
    field->fresh = false;
}

/* A choice goes to the next name that begins with the letter typed. */
static bool choose_by_letter(struct field *field, const char *text)
{
    int count = 0;

    while (field->choice(count))
        count++;
    for (int i = 1; i <= count; i++) {
        int at = (field->chosen + i) % count;
        char wanted[8], name[8];

        text_fold(wanted, 2, text);
        text_fold(name, 2, field->choice(at));
        if (wanted[0] && wanted[0] == name[0]) {
            field->chosen = at;
            text_copy(field->text, sizeof field->text, field->choice(at));
            return true;
        }
    }
    return false;
}

/* What was wrong is being mended. */
static void forget_error(struct field *field)
{
    if (field->wrong)
        field->note[0] = '\0';
    field->wrong = false;
}

bool form_type(struct form *form, const char *text)
{
    struct field *field = &form->fields[form->active];
    size_t length = strlen(text), rest;

    if ((unsigned char)*text < 0x20 || *text == 0x7F)
        return false;
    forget_error(field);
    if (field->choice)
        return choose_by_letter(field, text);
    if (field->fresh) {
        field->text[0] = '\0';
        field->cursor = 0;
        field->fresh = false;
    }
    rest = strlen(field->text + field->cursor);
    if (field->cursor + rest + length > field->limit)
        return false;
    memmove(field->text + field->cursor + length, field->text + field->cursor, rest + 1);
    memcpy(field->text + field->cursor, text, length);
    field->cursor += length;
    return true;
}

static void remove_bytes(struct field *field, size_t at, size_t length)
{
    memmove(field->text + at, field->text + at + length, strlen(field->text + at + length) + 1);
    field->cursor = at;
    field->fresh = false;
    forget_error(field);
}

/* Backspace; of a default it takes all. */
static void erase_before(struct field *field)
{
    size_t step = text_previous(field->text, field->cursor);

    if (field->choice)
        return;
    if (field->fresh)
        remove_bytes(field, 0, strlen(field->text));
    else if (step)
        remove_bytes(field, field->cursor - step, step);
}

static void move_choice(struct field *field, int by)
{
    int count = 0;

    while (field->choice(count))
        count++;
    if (count == 0)
        return;
    field->chosen = (field->chosen + by + count) % count;
    text_copy(field->text, sizeof field->text, field->choice(field->chosen));
}

static void move_cursor(struct field *field, enum action action)
{
    int width;

    field->fresh = false;
    switch (action) {
    case ACTION_LEFT:
        field->cursor -= text_previous(field->text, field->cursor);
        break;
    case ACTION_RIGHT:
        field->cursor += text_next(field->text + field->cursor, &width);
        break;
    case ACTION_FIRST:
        field->cursor = 0;
        break;
    default:
        field->cursor = strlen(field->text);
    }
}

static void enter_field(struct form *form, int at)
{
    struct field *field;

    form->active = (at + form->count) % form->count;
    field = &form->fields[form->active];
    field->cursor = strlen(field->text);
}

bool form_act(struct form *form, enum action action)
{
    struct field *field = &form->fields[form->active];
    int width;

    switch (action) {
    case ACTION_NEXT_PANE:
        enter_field(form, form->active + 1);
        return true;
    case ACTION_PREVIOUS_PANE:
        enter_field(form, form->active - 1);
        return true;
    case ACTION_LEFT:
    case ACTION_RIGHT:
        if (field->choice) {
            move_choice(field, action == ACTION_LEFT ? -1 : 1);
            return true;
        }
        move_cursor(field, action);
        return true;
    case ACTION_FIRST:
    case ACTION_LAST:
        if (!field->choice)
            move_cursor(field, action);
        return true;
    case ACTION_ERASE:
        erase_before(field);
        return true;
    case ACTION_DELETE:
        if (!field->choice)
            remove_bytes(field, field->cursor, text_next(field->text + field->cursor, &width));
        return true;
    case ACTION_CLEAR_FIELD:
        if (!field->choice)
            remove_bytes(field, 0, strlen(field->text));
        return true;
    default:
        return false;
    }
}

void form_clear_notes(struct form *form)
{
    for (int i = 0; i < form->count; i++) {
        form->fields[i].note[0] = '\0';
        form->fields[i].wrong = false;
    }
}

void form_point_out(struct form *form, int at, const char *message)
{
    struct field *field = &form->fields[at];

    form->active = at;
    field->cursor = strlen(field->text);
    field->wrong = true;
    text_display(field->note, sizeof field->note, message);
}

/* One dot for each character; the last ones where there is little room. */
static void paint_dots(const struct field *field, struct canvas *canvas, int row, int column,
                       int width, enum style style, bool active)
{
    int count = 0, cells, shown, at = 0;

    for (size_t i = 0, step; (step = text_next(field->text + i, &cells)) > 0; i += step, count++)
        at += i < field->cursor;
    shown = count < width ? count : width - 1;
    for (int i = 0; i < shown; i++)
        canvas_put(canvas, row, column + i, 1, style, canvas_sign(canvas, SIGN_BULLET));
    if (active)
        canvas_cursor(canvas, row, column + (at > count - shown ? at - (count - shown) : 0));
}

/* The part of a long text that shows the cursor: where it starts, in bytes. */
static size_t first_shown(const struct field *field, int width)
{
    size_t start = 0, step;
    int cells;
    char before[FIELD_SIZE];

    text_copy(before, sizeof before, field->text);
    before[field->cursor] = '\0';
    while (text_width(before + start) >= width && (step = text_next(before + start, &cells)) > 0)
        start += step;
    return start;
}

void field_paint(const struct field *field, struct canvas *canvas, int row, int column, int width,
                 bool active)
{
    enum style style = !active        ? STYLE_FIELD
                       : field->fresh ? STYLE_FIELD_DEFAULT
                                      : STYLE_FIELD_ACTIVE;
    size_t start = field->secret ? 0 : first_shown(field, width);
    char before[FIELD_SIZE];

    canvas_fill(canvas, (struct area){row, column, 1, width}, style);
    if (field->choice) {
        canvas_putf(canvas, row, column, width, style, "< %s >", field->text);
        return;
    }
    if (field->secret) {
        paint_dots(field, canvas, row, column, width, style, active);
        return;
    }
    canvas_put(canvas, row, column, width, style, field->text + start);
    if (!active)
        return;
    text_copy(before, sizeof before, field->text);
    before[field->cursor] = '\0';
    canvas_cursor(canvas, row, column + text_width(before + start));
}

int form_paint(const struct form *form, struct canvas *canvas, struct area area)
{
    int spaced = form->count * 2 <= area.rows ? 2 : 1, row = area.row;
    int column = area.column + form->label_width + 2;
    int width = area.columns - form->label_width - 2;
    int field_width = spaced == 2 ? width : width * 2 / 3;

    for (int i = 0; i < form->count && row < area.row + area.rows; i++, row += spaced) {
        const struct field *field = &form->fields[i];
        bool active = i == form->active;
        enum style note = field->wrong ? STYLE_WARNING : STYLE_MUTED;

        canvas_put_right(canvas, row, area.column, form->label_width,
                         active ? STYLE_STRONG : STYLE_NORMAL, field->label);
        field_paint(field, canvas, row, column, field_width, active);
        if (spaced == 2)
            canvas_put(canvas, row + 1, column, width, note, field->note);
        else
            canvas_put(canvas, row, column + field_width + 1, width - field_width - 1, note,
                       field->note);
    }
    return row - area.row;
}
