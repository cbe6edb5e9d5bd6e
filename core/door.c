/* The door: scans, and the passing of time. */
#include "core/door.h"

#include <stdlib.h>
#include <string.h>

#include "core/door_internal.h"
#include "core/text.h"

/* --- opening and closing --- */

static enum tk_code set_slots(struct door *door, const struct door_options *options,
                              struct tk_error *error)
{
    if (options->slot_count > DOOR_SLOTS_MAX)
        return tk_fail(error, TK_USAGE, "A door serves %d showings at most.", DOOR_SLOTS_MAX);
    if (options->slot_count)
        memcpy(door->slot_ids, options->slot_ids, options->slot_count * sizeof *door->slot_ids);
    door->slot_id_count = options->slot_count;
    door->serves_all = options->slot_count == 0;
    door->every_scan = options->every_scan;
    return TK_OK;
}

/* The first showing that was asked for and is not there; 0: all are. */
static int64_t find_missing(const struct door *door)
{
    for (size_t i = 0; i < door->slot_id_count; i++)
        if (!door_find_served(door, door->slot_ids[i]))
            return door->slot_ids[i];
    return 0;
}

/* One that was put into the programme a moment ago is not in the copy yet. */
static enum tk_code check_slots(struct door *door, struct tk_error *error)
{
    bool changed = false;
    enum tk_code code = TK_OK;

    if (!find_missing(door))
        return TK_OK;
    if (door_has_line(door)) {
        door_sync(door);
        door_look_at_line(door, &changed);
        code = door_read(door, &changed, error);
    }
    if (code || !find_missing(door))
        return code;
    if (door_is_cut_off(door))
        return tk_fail(error, TK_NEEDS_CENTRE,
                       "The box office is away, and showing %lld is not known here yet.",
                       (long long)find_missing(door));
    return tk_fail(error, TK_SLOT_NOT_FOUND, "There is no showing %lld%s.",
                   (long long)find_missing(door),
                   door_has_line(door) ? " within the days that are kept here (central.days)" : "");
}

enum tk_code door_open(const struct door_options *options, struct door **door,
                       struct tk_error *error)
{
    struct door *made = calloc(1, sizeof *made);
    enum tk_code code;
    bool changed = false;

    if (!made)
        return tk_fail_code(error, TK_NO_MEMORY);
    made->office = options->office;
    made->kept = calloc(DOOR_SCANS_KEPT, sizeof *made->kept);
    code = made->kept ? set_slots(made, options, error) : tk_fail_code(error, TK_NO_MEMORY);
    if (!code)
        door_look_at_line(made, &changed);
    if (!code)
        code = door_read(made, &changed, error);
    if (!code)
        code = check_slots(made, error);
    if (code)
        door_close(made);
    else
        *door = made;
    return code;
}

void door_close(struct door *door)
{
    if (!door)
        return;
    for (size_t i = 0; i < door->slot_count; i++)
        admission_count_list_release(&door->slots[i].shown.doors);
    free(door->slots);
    free(door->kept);
    free(door->conflicts.items);
    free(door);
}

/* --- what was scanned --- */

struct kept *door_kept(const struct door *door, size_t at)
{
    return &door->kept[(door->kept_next + DOOR_SCANS_KEPT - 1 - at) % DOOR_SCANS_KEPT];
}

/* The same code within a moment has the answer that it had; one that was taken back since is a new scan. */
static bool answer_again(struct door *door, const char *key, struct admission *admission)
{
    int64_t now = office_now(door->office);

    for (size_t i = 0; !door->every_scan && i < door->kept_count; i++) {
        struct kept *kept = door_kept(door, i);

        if (!kept->seen_at || now - kept->seen_at >= DOOR_SAME_CODE || now < kept->seen_at ||
            kept->scan.undone || strcmp(kept->key, key) != 0)
            continue;
        *admission = kept->scan.admission;
        admission->repeated = true;
        return true;
    }
    return false;
}

void door_keep(struct door *door, const char *key, const char *code,
               const struct admission *admission)
{
    struct kept *kept = &door->kept[door->kept_next];

    *kept = (struct kept){.scan = {.admission = *admission},
                          .seen_at = office_now(door->office)};
    text_copy(kept->key, sizeof kept->key, key);
    text_copy(kept->scan.code, sizeof kept->scan.code, code);
    door->kept_next = (door->kept_next + 1) % DOOR_SCANS_KEPT;
    if (door->kept_count < DOOR_SCANS_KEPT)
        door->kept_count++;
}

/* The pass as it was read: of several readings the one whose ticket was found. */
static void show_code(char shown[PASS_GROUPED_SIZE], const char *code,
                      const struct scan_reading *readings, size_t count, uint64_t ticket_id)
{
    size_t best = 0;

    for (size_t i = 0; i < count; i++)
        if (readings[i].ticket_id == ticket_id)
            best = i;
    if (count)
        pass_group(shown, readings[best].pass);
    else
        text_display(shown, PASS_GROUPED_SIZE, code);
}

/* --- what was asked for and had no answer is asked for again as the same --- */

static void begin_attempt(struct door *door, struct attempt *attempt)
{
    for (size_t i = 0; i < DOOR_PENDING_KEPT; i++) {
        const struct attempt *before = &door->pending[i];

        if (op_id_is_zero(&before->id) || strcmp(before->key, attempt->key) != 0)
            continue;
        attempt->id = before->id;
        attempt->ticket_id = before->ticket_id;
        attempt->count = before->count;
        return;
    }
    attempt->id = office_make_id(door->office);
}

static void end_attempt(struct door *door, const struct attempt *attempt, enum tk_code code)
{
    struct attempt *place = NULL;

    for (size_t i = 0; i < DOOR_PENDING_KEPT; i++)
        if (op_id_equal(&door->pending[i].id, &attempt->id))
            place = &door->pending[i];
    if (!code && place)
        *place = (struct attempt){0};
    if (!code || place)
        return;
    place = &door->pending[door->pending_next];
    door->pending_next = (door->pending_next + 1) % DOOR_PENDING_KEPT;
    *place = *attempt;
    place->code = NULL; /* it is the caller's */
}

/* --- judging --- */

static void note_verdict(struct door *door, const struct admission *admission)
{
    struct served *served = door_find_served(door, admission->slot_id);

    if (admission->verdict != VERDICT_ADMITTED)
        return;
    if (admission->admitted > 1)
        door->look_at = 0;
    if (served && !admission_is_early(admission)) /* the store does not count those either */
        door_count(served, admission->admitted);
}

/* A copy that is wiped or empty knows nobody: no pass is called wrong by it. */
static enum tk_code check_copy(const struct door *door, struct tk_error *error)
{
    if (!door_is_cut_off(door) || door->slot_count)
        return TK_OK;
    return tk_fail(error, TK_NEEDS_CENTRE,
                   "This door knows of no showing that is open, and it is cut off. %s",
                   door->line.why);
}

static enum tk_code judge(struct door *door, const struct attempt *attempt,
                               struct admission *admission, struct tk_error *error)
{
    struct admission_request request = {.code = attempt->code,
                                        .ticket_id = attempt->ticket_id,
                                        .slot_ids = door->slot_id_count ? door->slot_ids : NULL,
                                        .slot_count = door->slot_id_count,
                                        .count = attempt->count,
                                        .id = attempt->id};
    bool changed = false;
    enum tk_code code = check_copy(door, error);

    if (!code)
        code = office_admit(door->office, &request, admission, error);
    if (code)
        return code;
    door_look_at_line(door, &changed);
    admission->unrecorded = admission->verdict == VERDICT_ADMITTED && door_is_cut_off(door);
    note_verdict(door, admission);
    return TK_OK;
}

enum tk_code door_decide(struct door *door, struct attempt *attempt, struct admission *admission,
                         struct tk_error *error)
{
    enum tk_code code;

    *admission = (struct admission){0};
    begin_attempt(door, attempt);
    code = judge(door, attempt, admission, error);
    end_attempt(door, attempt, code);
    if (!code)
        wrong_passes_note(&door->wrong, admission->verdict, office_now(door->office));
    return code;
}

static int64_t wrong_pass_pause(struct door *door)
{
    int64_t now = office_now(door->office);

    if (door->wrong.paid_until > now + WRONG_PASSES_FREE * WRONG_PASS_PAUSE)
        door->wrong.paid_until = now; /* the clock was set back */
    return wrong_passes_wait(&door->wrong, now);
}

enum tk_code door_scan(struct door *door, const char *code, struct admission *admission,
                       int64_t *wait_us, struct tk_error *error)
{
    struct attempt attempt = {.code = code, .count = 1};
    struct scan_reading readings[SCAN_LAYOUT_COUNT];
    struct admission said = {0};
    char shown[PASS_GROUPED_SIZE];
    size_t count = scan_read(code, readings);
    enum tk_code result = TK_OK;

    *wait_us = 0;
    text_copy(attempt.key, sizeof attempt.key, count ? readings[0].pass : code);
    if (answer_again(door, attempt.key, admission))
        return TK_OK;
    if (count)
        *wait_us = wrong_pass_pause(door);
    if (*wait_us)
        return TK_OK;
    if (count)
        result = door_decide(door, &attempt, &said, error);
    else
        admission_say(door->office, VERDICT_UNREADABLE, NULL, office_now(door->office), &said);
    if (result == TK_RATE_LIMITED) { /* the centre counts wrong passes, too */
        *wait_us = WRONG_PASS_PAUSE;
        return TK_OK;
    }
    if (result)
        return result;
    show_code(shown, code, readings, count, said.ticket_id);
    door_keep(door, attempt.key, shown, &said);
    *admission = said;
    return TK_OK;
}

enum tk_code door_admit_ticket(struct door *door, uint64_t ticket_id, struct admission *admission,
                               struct tk_error *error)
{
    struct attempt attempt = {.ticket_id = ticket_id, .count = 1};
    struct admission said = {0};
    char text[ID_TEXT_MAX];
    enum tk_code code;

    id_print(text, ID_TICKET, ticket_id);
    text_copy(attempt.key, sizeof attempt.key, text);
    if (answer_again(door, attempt.key, admission))
        return TK_OK;
    code = door_decide(door, &attempt, &said, error);
    if (code)
        return code;
    door_keep(door, attempt.key, "", &said);
    *admission = said;
    return TK_OK;
}

/* --- time passes --- */

enum tk_code door_tick(struct door *door, bool *changed, struct tk_error *error)
{
    int64_t now = office_now(door->office);
    struct tk_error why = {0};
    enum tk_code code;

    *changed = false;
    if (door->hurried)
        door_sync(door);
    door->hurried = false;
    door_look_at_line(door, changed);
    if (now < door->look_at && door->look_at - now <= DOOR_LOOK_MAX) /* a clock may be set back */
        return TK_OK;
    code = door_read(door, changed, &why);
    door_schedule(door, code && code != TK_INTERRUPTED);
    if (!code || code == TK_BUSY || code == TK_INTERRUPTED)
        return TK_OK;
    return tk_fail(error, code, "%s", why.message);
}

void door_hurry(struct door *door)
{
    door->look_at = 0;
    door->hurried = true;
}
