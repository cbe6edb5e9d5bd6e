/*
 * The view of a door drawn. From the top: on its own (while it is), the slots served, the answer,
 * what was said before, the code that is typed. What a larger screen has to give goes to the
 * letters first, then to slots and scans.
 */
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "ui/kiosk/bigtype.h"
#include "ui/kiosk/door_view.h"

#define TIGHT_ROWS 18 /* below: no rules, the shortest words */
#define WORDS_ROWS 5  /* sentence and advice of two rows each, and the ticket */
#define GLYPH_STEP 6  /* columns from one glyph to the next */

struct layout {
    int slots, scans; /* rows */
    bool ruled;
    struct area band, slot_rows, panel, words, scan_rows;
    int scans_rule, input;
};

/* --- the answer --- */

/* A row of the answer's sign, the same at both ends. */
static void paint_glyphs(struct canvas *canvas, int row, const struct door_view *view,
                         enum style style)
{
    const char *glyph = door_look_glyph(view->answer, canvas->ascii);
    int count = (canvas->columns - 4) / GLYPH_STEP;
    int column = (canvas->columns - count * GLYPH_STEP) / 2 + GLYPH_STEP / 2;

    for (int i = 0; i < count; i++)
        canvas_put(canvas, row, column + i * GLYPH_STEP, 1, style, glyph);
}

static void paint_panel(const struct door_view *view, struct canvas *canvas, struct area area)
{
    const struct door_look *look = door_look_of(view->answer);
    const char *word = door_look_word(view->answer);
    struct bigtype type = bigtype_fit(word, area.rows - 2, area.columns - 4);
    int rows = BIGTYPE_ROWS * type.down, row = area.row + (area.rows - rows) / 2;

    canvas_fill(canvas, area, look->panel);
    if (type.across)
        bigtype_put(canvas, row, (area.columns - bigtype_width(word, type)) / 2, type, look->ink,
                    word);
    else
        canvas_put(canvas, row, (area.columns - text_width(word)) / 2, area.columns, look->panel,
                   word);
    paint_glyphs(canvas, area.row, view, look->panel);
    paint_glyphs(canvas, area.row + area.rows - 1, view, look->panel);
}

static enum style advice_style(int answer)
{
    return answer == VERDICT_ADMITTED || answer >= ANSWER_TAKEN_BACK ? STYLE_GOOD : STYLE_WARNING;
}

/* The sentence. */
static void print_message(const struct door_view *view, const struct counter *counter, char *text,
                          size_t size)
{
    char id[ID_TEXT_MAX];

    if (view->answer == ANSWER_READY) {
        text_copy(text, size,
                  door_slot_count(counter->door) ? "Ready to scan." : "Nothing to scan yet.");
    } else if (view->answer == ANSWER_NOT_CHECKED) {
        text_copy(text, size, view->message);
    } else if (view->answer == ANSWER_WAIT) {
        snprintf(text, size, "Too many wrong passes: a moment%s",
                 counter->canvas.ascii ? " ..." : " …");
    } else if (view->answer == ANSWER_TAKEN_BACK) {
        id_print(id, ID_TICKET, view->admission.ticket_id);
        if (view->admission.admitted > 1)
            snprintf(text, size, "%s and %d more of its sale are not in any more.", id,
                     view->admission.admitted - 1);
        else
            snprintf(text, size, "%s is not in any more.", id);
    } else {
        text_copy(text, size, view->admission.message);
    }
}

static const char *advice(const struct door_view *view)
{
    switch (view->answer) {
    case ANSWER_READY:
        return "Hold a pass before the scanner, or type its 20 characters.";
    case ANSWER_NOT_CHECKED:
        return view->refused ? "Call the manager: this door needs another token." : "Scan again.";
    case ANSWER_WAIT:
        return "This pass is judged in a moment: there is no need to scan it again.";
    case ANSWER_TAKEN_BACK:
        return view->admission.admitted > 1 ? "They may come in again." : "It may come in again.";
    default:
        return view->admission.advice ? view->admission.advice
                                      : verdict_advice((enum verdict)view->answer);
    }
}

static bool has_ticket(const struct door_view *view)
{
    return (view->answer < VERDICT_COUNT || view->answer == ANSWER_TAKEN_BACK) &&
           view->admission.ticket_id != 0;
}

/* "TKT7K3QF9XW2M · Skyfall · Ada Lovelace" */
static void paint_facts(const struct door_view *view, struct canvas *canvas, int row, int width)
{
    const struct admission *admission = &view->admission;
    const char *dot = canvas_sign(canvas, SIGN_DOT);
    char id[ID_TEXT_MAX], text[600];

    id_print(id, ID_TICKET, admission->ticket_id);
    snprintf(text, sizeof text, "%s%s%s%s%s%s%s%s%s", id, *admission->slot_name ? " " : "",
             *admission->slot_name ? dot : "", *admission->slot_name ? " " : "",
             admission->slot_name, *admission->customer_name ? " " : "",
             *admission->customer_name ? dot : "", *admission->customer_name ? " " : "",
             admission->customer_name);
    canvas_put(canvas, row, 1, width, STYLE_NORMAL, text);
}

/* How many of the sale are in, and what is not told to the box office yet. */
static void paint_sale(const struct door_view *view, struct canvas *canvas, int row, int width)
{
    const struct admission *admission = &view->admission;
    int used = 0;

    if (view->answer >= VERDICT_COUNT)
        return;
    if (admission->sale_size > 1 &&
        (view->answer == VERDICT_ADMITTED || view->answer == VERDICT_ALREADY))
        used = admission->sale_waiting
                   ? canvas_putf(canvas, row, 1, width, STYLE_STRONG, "%d more of this sale may come in%s",
                                 admission->sale_waiting,
                                 !door_view_more(view) ? ""
                                 : canvas->ascii       ? " - F3 lets them in"
                                                       : " – F3 lets them in")
                   : canvas_put(canvas, row, 1, width, STYLE_STRONG, "All of this sale are in");
    used += used ? 3 : 0;
    if (admission->unrecorded)
        canvas_put(canvas, row, 1 + used, width - used, STYLE_WARNING,
                   "not sent yet");
    else if (admission->repeated)
        canvas_put(canvas, row, 1 + used, width - used, STYLE_MUTED, "the same scan again");
}

/* Sentence and advice take two rows each where they need them. */
static void paint_words(const struct door_view *view, const struct counter *counter,
                        struct canvas *canvas, struct area area)
{
    char text[TK_MESSAGE_MAX];
    int row = area.row, width = area.columns - 2;

    print_message(view, counter, text, sizeof text);
    row += canvas_put_wrapped(canvas, (struct area){row, 1, 2, width}, STYLE_STRONG, text);
    row += canvas_put_wrapped(canvas, (struct area){row, 1, 2, width}, advice_style(view->answer),
                              advice(view));
    if (has_ticket(view) && row < area.row + area.rows)
        paint_facts(view, canvas, row++, width);
    if (row < area.row + area.rows)
        paint_sale(view, canvas, row, width);
}

/* --- what was said before --- */

static void paint_scan(const struct door_scan *scan, const struct counter *counter,
                       struct canvas *canvas, int row)
{
    const struct admission *admission = &scan->admission;
    int answer = (int)admission->verdict, width = canvas->columns - 2, column = 28;
    struct civil_time at = time_civil(admission->at, counter_zone(counter));
    char id[ID_TEXT_MAX] = "";

    canvas_putf(canvas, row, 1, 8, STYLE_MUTED, "%02d:%02d:%02d", at.hour, at.minute, at.second);
    canvas_fill(canvas, (struct area){row, 10, 1, 16}, door_look_of(answer)->panel);
    canvas_put(canvas, row, 11, 1, door_look_of(answer)->panel,
               door_look_glyph(answer, canvas->ascii));
    canvas_put(canvas, row, 13, 12, door_look_of(answer)->panel, door_look_word(answer));
    if (scan->undone)
        column += 2 + canvas_put(canvas, row, column, width - column, STYLE_WARNING, "taken back");
    if (admission->ticket_id)
        id_print(id, ID_TICKET, admission->ticket_id);
    column +=
        2 + canvas_put(canvas, row, column, width - column, STYLE_NORMAL, *id ? id : scan->code);
    if (admission->admitted > 1)
        column += 2 + canvas_putf(canvas, row, column, width - column, STYLE_STRONG, "%d tickets",
                                  admission->admitted);
    if (width - column > 8)
        column += 2 + canvas_put(canvas, row, column, (width - column) * 2 / 3, STYLE_NORMAL,
                                 admission->slot_name);
    if (width - column > 8)
        canvas_put(canvas, row, column, width - column, STYLE_MUTED, admission->customer_name);
}

static void paint_scans(const struct counter *counter, struct canvas *canvas,
                        const struct layout *layout)
{
    size_t count = door_scan_count(counter->door);

    if (layout->ruled) {
        canvas_rule(canvas, layout->scans_rule, 0, canvas->columns);
        canvas_put(canvas, layout->scans_rule, 2, 12, STYLE_MUTED, " Last scans ");
    }
    if (!count)
        canvas_put(canvas, layout->scan_rows.row, 1, canvas->columns - 2, STYLE_MUTED,
                   "Nothing was scanned yet.");
    for (int i = 0; i < layout->scan_rows.rows && (size_t)i < count; i++)
        paint_scan(door_scan_at(counter->door, (size_t)i), counter, canvas,
                   layout->scan_rows.row + i);
}

/* --- the line to type in --- */

static void paint_input(const struct door_view *view, const struct counter *counter,
                        struct canvas *canvas, int row)
{
    int more = door_view_more(view), column = 1;
    char wrong[40];

    if (view->asking && more == 1)
        column += canvas_put(canvas, row, column, 60, STYLE_WARNING,
                             "Let in the last of this sale? Enter for yes, Esc for no");
    else if (view->asking)
        column += canvas_putf(canvas, row, column, 60, STYLE_WARNING,
                              "How many more? 1%s%d, Enter for all", canvas_sign(canvas, SIGN_DASH),
                              more);
    else
        column += canvas_put(canvas, row, column, 4, STYLE_STRONG, "Code");
    if (view->asking || view->typed.fields[0].text[0]) {
        field_paint(&view->typed.fields[0], canvas, row, column + 2, view->asking ? 6 : 36, true);
    } else { /* no bright bar beside the answer */
        canvas_put(canvas, row, column + 2, 40, STYLE_MUTED, "may be typed; Enter checks it");
        canvas_cursor(canvas, row, column + 2);
    }
    if (door_wrong_passes(counter->door) && !view->asking) {
        snprintf(wrong, sizeof wrong, "wrong passes: %llu",
                 (unsigned long long)door_wrong_passes(counter->door));
        canvas_put_right(canvas, row, canvas->columns - 22, 21, STYLE_MUTED, wrong);
    }
}

/* --- all of it --- */

static void paint_band(const struct counter *counter, struct canvas *canvas, struct area area)
{
    char clock[TIME_TEXT_MAX];
    size_t waiting = door_waiting(counter->door);

    if (!area.rows)
        return;
    time_print_clock(clock, door_away_since(counter->door), counter_zone(counter));
    canvas_fill(canvas, area, STYLE_BAD);
    canvas_putf(canvas, area.row, 1, area.columns - 2, STYLE_BAD, "OFFLINE since %s %s %zu waiting",
                clock, canvas_sign(canvas, SIGN_DOT), waiting);
}

/* About three fifths of the rows that slots and words leave, and the same for every answer. */
static int panel_rows(int rows, int columns)
{
    struct bigtype type = bigtype_fit("ADMITTED", rows * 3 / 5 - 4, columns - 4);

    return type.down > 1 ? BIGTYPE_ROWS * type.down + 4 : BIGTYPE_ROWS + 2;
}

static struct layout lay_out(const struct counter *counter, struct area area)
{
    struct layout layout = {.ruled = area.rows >= TIGHT_ROWS};
    size_t count = door_slot_count(counter->door);
    int most = area.rows < TIGHT_ROWS ? 2 : area.rows < 26 ? 3 : area.rows / 6;
    int away = door_away_since(counter->door) != 0;
    int words = WORDS_ROWS - (area.rows < TIGHT_ROWS && count > 1);
    int gap = area.rows >= 26; /* below the panel */
    int row = area.row, left, panel;

    layout.slots = count > (size_t)most ? most : count ? (int)count : 1;
    left = area.rows - away - layout.slots - words - gap - 1 - (layout.ruled ? 2 : 0);
    panel = panel_rows(left, area.columns);
    layout.scans = left > panel ? left - panel : 0;
    layout.band = (struct area){row, 0, away, area.columns};
    row += away;
    layout.slot_rows = (struct area){row, 0, layout.slots, area.columns};
    row += layout.slots + layout.ruled;
    layout.panel = (struct area){row, 0, panel, area.columns};
    row += panel + gap;
    layout.words = (struct area){row, 0, words, area.columns};
    row += words;
    layout.scans_rule = row;
    row += layout.ruled;
    layout.scan_rows = (struct area){row, 0, layout.scans, area.columns};
    layout.input = area.row + area.rows - 1;
    return layout;
}

void door_view_paint(const struct view *base, const struct counter *counter, struct canvas *canvas,
                     struct area area)
{
    const struct door_view *view = (const struct door_view *)base;
    struct layout layout = lay_out(counter, area);

    paint_band(counter, canvas, layout.band);
    door_view_paint_slots(counter, canvas, layout.slot_rows);
    paint_panel(view, canvas, layout.panel);
    paint_words(view, counter, canvas, layout.words);
    paint_scans(counter, canvas, &layout);
    paint_input(view, counter, canvas, layout.input);
}

void door_view_place(const struct counter *counter, char *text, size_t size, bool *away)
{
    int64_t since = door_away_since(counter->door);
    size_t waiting = door_waiting(counter->door);
    bool line = door_has_line(counter->door);
    char clock[TIME_TEXT_MAX];

    *away = since != 0;
    time_print_clock(clock, since, counter_zone(counter));
    if (since)
        snprintf(text, size, "OFFLINE since %s", clock);
    else if (line && waiting)
        snprintf(text, size, "ONLINE, %zu waiting", waiting);
    else
        text_copy(text, size, line ? "ONLINE" : "local");
}
