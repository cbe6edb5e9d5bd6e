#include "ui/kiosk/capture.h"

#include <ctype.h>
#include <string.h>

#include "core/text.h"
#include "ui/kiosk/terminal.h"

static void begin(struct capture *capture, int64_t now, bool tail)
{
    capture->text[0] = '\0';
    capture->length = 0;
    capture->characters = capture->symbols = capture->different = 0;
    capture->known = 0;
    capture->began_at = now;
    capture->strange = capture->spaced = capture->digits = false;
    capture->dashed = true;
    capture->tail = tail;
}

/* Whether the run is faster than a person types. */
static bool is_fast(const struct capture *capture)
{
    return capture->last_at - capture->began_at <= CAPTURE_PACE * (capture->characters - 1);
}

/* A key that is held down is no scan. */
static bool is_various(const struct capture *capture)
{
    return capture->least == CAPTURE_LEAST_DOOR || capture->different >= CAPTURE_VARIETY;
}

static bool is_burst(const struct capture *capture)
{
    return capture->least && capture->characters >= capture->least && is_fast(capture) &&
           is_various(capture);
}

/* Whether a character stands where a pass in groups of five has a dash, or a symbol. */
static bool fits_groups(int place, uint32_t key)
{
    return place < CAPTURE_DASHED && (place % 6 == 5) == (key == '-');
}

static void take(struct capture *capture, uint32_t key, int64_t now)
{
    char bytes[4];
    size_t length = text_encode(bytes, key);

    if (capture->length + length < sizeof capture->text) {
        memcpy(capture->text + capture->length, bytes, length);
        capture->length += length;
        capture->text[capture->length] = '\0';
    } else {
        capture->strange = true; /* no pass is that long */
    }
    capture->dashed = capture->dashed && fits_groups(capture->characters, key);
    capture->characters++;
    capture->last_at = now;
    if (!scan_is_symbol(key))
        capture->strange = true;
    else if (key != ' ')
        capture->symbols++;
    capture->different += !(capture->known >> (key & 63) & 1);
    capture->known |= UINT64_C(1) << (key & 63);
    capture->spaced |= key == ' ';
    capture->digits |= key >= 0x80 || !isalpha((int)key);
}

static enum captured end(struct capture *capture, int64_t now, bool by_length)
{
    memcpy(capture->code, capture->text, sizeof capture->code);
    begin(capture, now, by_length);
    capture->last_at = now;
    return CAPTURED_CODE;
}

/* What follows a whole code without a pause is the rest of a longer one, or the next code. */
static enum captured go_on(struct capture *capture, bool was_burst)
{
    return was_burst || capture->tail || is_burst(capture) ? CAPTURED_PART : CAPTURED_NOTHING;
}

/* Whether all there is can be read as a pass, in whichever layout. */
static bool is_pass(const struct capture *capture)
{
    struct scan_reading readings[SCAN_LAYOUT_COUNT];

    return !capture->strange && capture->symbols >= PASS_LENGTH && is_fast(capture) &&
           is_various(capture) && (capture->least || (capture->digits && !capture->spaced)) &&
           scan_read(capture->text, readings) > 0;
}

/* Dashes are between groups in one layout, and a digit in another: where they stand between groups the
   rest of a longer pass is waited for. */
static bool is_whole(const struct capture *capture)
{
    return is_pass(capture) && (!capture->dashed || capture->characters == CAPTURE_DASHED);
}

/* Whether what there is when nothing more comes is a code. */
static bool is_code(const struct capture *capture)
{
    return !capture->tail && (is_burst(capture) || is_pass(capture));
}

static enum captured terminate(struct capture *capture, int64_t now)
{
    bool rest = capture->tail;

    if (is_code(capture))
        return end(capture, now, false);
    begin(capture, now, false);
    return rest ? CAPTURED_PART : CAPTURED_NOTHING;
}

bool capture_begins(const struct capture *capture, int64_t now)
{
    return (!capture->characters && !capture->tail) || now < capture->last_at ||
           now - capture->last_at > CAPTURE_SILENCE;
}

enum captured capture_key(struct capture *capture, uint32_t key, int64_t now)
{
    bool was_burst;

    if (capture_begins(capture, now))
        begin(capture, now, false);
    if (key == KEY_ENTER_ || key == KEY_TAB_)
        return terminate(capture, now);
    if (key < 0x20 || key == 0x7F || key >= KEY_SPECIAL) {
        begin(capture, now, false);
        return CAPTURED_NOTHING;
    }
    was_burst = is_burst(capture);
    take(capture, key, now);
    if (is_whole(capture))
        return end(capture, now, true);
    return go_on(capture, was_burst);
}

enum captured capture_silence(struct capture *capture, int64_t now)
{
    bool under_way = capture->characters || capture->tail;

    if (!under_way || !capture_begins(capture, now))
        return CAPTURED_NOTHING;
    if (is_code(capture))
        return end(capture, now, false);
    begin(capture, now, false);
    return CAPTURED_NOTHING;
}

bool capture_may_come(const struct capture *capture, int64_t now)
{
    int least = capture->least ? capture->least : CAPTURE_DASHED;

    if (capture->characters < least)
        return now - capture->began_at <= CAPTURE_PACE * (least - 1);
    return capture->characters < PASS_LENGTH && is_fast(capture) && !is_various(capture);
}

void capture_clear(struct capture *capture)
{
    begin(capture, 0, false);
}

int capture_wait_ms(const struct capture *capture, int64_t now)
{
    int64_t left = capture->last_at + CAPTURE_SILENCE - now;

    if (!capture->characters && !capture->tail)
        return -1;
    return left < 0 || left > CAPTURE_SILENCE ? 0 : (int)(left / TIME_MILLISECOND) + 1;
}
