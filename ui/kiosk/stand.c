#include "ui/kiosk/stand.h"

#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "core/crypto.h"
#include "core/text.h"
#include "ui/kiosk/kiosk.h"
#include "ui/kiosk/view.h"
#include "ui/kiosk/view_sign_on.h"

#define COUNTDOWN 15 /* seconds before it locks in which that is told */

int64_t stand_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_BOOTTIME, &now);
    return (int64_t)now.tv_sec * TIME_SECOND + now.tv_nsec / 1000;
}

/* --- keeping others out --- */

static struct view *guard_of(const struct counter *counter)
{
    for (int i = counter->view_count - 1; i >= 0; i--)
        if (counter->views[i]->ops->guard == GUARD_SHUT)
            return counter->views[i];
    return NULL;
}

bool stand_is_shut(const struct counter *counter)
{
    return guard_of(counter) != NULL;
}

/* Puts a guard on top. A question that stood there is answered with no. */
static void shut(struct counter *counter, enum sign_use use)
{
    struct stand *stand = &counter->stand;
    struct view *guard = sign_on_view_new(counter, use, NULL);

    counter->question.yes = NULL;
    counter->message_shown = false;
    memset(&counter->scans, 0, sizeof counter->scans);
    if (!guard) { /* better an end than a counter that everybody may use */
        counter->running = false;
        return;
    }
    counter_push(counter, guard);
    stand->shut_at = stand_now();
}

static void lock(struct counter *counter)
{
    while (counter_top(counter)->ops->guard == GUARD_GUEST) /* somebody's PIN may stand there */
        counter_pop(counter);
    office_sign_off(counter->office);
    shut(counter, SIGN_LOCKED);
}

/* --- at the start and at the end --- */

void stand_look(struct counter *counter)
{
    struct stand *stand = &counter->stand;
    bool staffed;

    if (counter->door)
        return;
    if (office_is_staffed(counter->office, &staffed, NULL))
        return; /* asked again later */
    stand->staffed_known = true;
    stand->staffed = staffed;
    if (staffed && !counter->office->member.number && !stand_is_shut(counter)) {
        counter_begin_anew(counter);
        shut(counter, SIGN_ON);
    }
}

void stand_open(struct counter *counter)
{
    struct stand *stand = &counter->stand;

    if (!stand->memory)
        stand->memory = &stand->own;
    stand->touched_at = stand_now();
    stand_look(counter);
}

void stand_close(struct counter *counter)
{
    office_sign_off(counter->office);
    crypto_wipe(&counter->stand.owner, sizeof counter->stand.owner);
}

/* --- the clock --- */

/* Seconds since somebody was here. */
static int64_t idle_seconds(const struct counter *counter)
{
    return (stand_now() - counter->stand.touched_at) / TIME_SECOND;
}

static int64_t lock_after(const struct counter *counter)
{
    return settings_number(counter->settings, SETTING_counter_idle_lock);
}

int stand_countdown(const struct counter *counter)
{
    int64_t left = lock_after(counter) - idle_seconds(counter);

    if (!counter->office->member.number || counter->door || !lock_after(counter) ||
        stand_is_shut(counter) || left > COUNTDOWN)
        return -1;
    return left < 0 ? 0 : (int)left;
}

static bool shall_attract(const struct counter *counter)
{
    int64_t after = settings_number(counter->settings, SETTING_counter_attract);

    return counter->stand.kiosk && after && idle_seconds(counter) >= after &&
           !view_is_attract(counter_top(counter));
}

void stand_tick(struct counter *counter)
{
    struct stand *stand = &counter->stand;
    int left;

    left = stand_countdown(counter);
    if (left == 0)
        lock(counter);
    if (left != stand->counted)
        counter->dirty = true;
    stand->counted = left;
    if (shall_attract(counter) && !(stand->staffed && !stand_is_shut(counter)))
        counter_push(counter, attract_view_new());
    if (counter_top(counter)->ops->tick)
        counter_top(counter)->ops->tick(counter_top(counter), counter);
}

bool stand_touch(struct counter *counter, const struct event *event)
{
    if (event->kind == EVENT_RESIZE || event->kind == EVENT_QUIT)
        return false;
    counter->stand.touched_at = stand_now();
    if (event->kind == EVENT_KEY && counter_top(counter)->ops->guard == GUARD_NONE)
        counter->stand.keys++;
    if (!view_is_attract(counter_top(counter)))
        return false;
    counter_pop(counter);
    return true;
}

/* --- who is here --- */

const char *stand_name(const struct counter *counter)
{
    if (!counter->stand.staffed || counter->door)
        return NULL;
    if (counter->office->member.number)
        return counter->office->member.name;
    return counter->stand.owner.number ? "locked" : "nobody";
}

bool stand_offers(const struct counter *counter, enum op_kind kind)
{
    return office_may(counter->office, kind);
}

/* Asks whether a shift is to be opened; what cannot be asked is not offered. */
static void offer_shift(struct counter *counter)
{
    struct duty duty;

    if (!office_may(counter->office, OP_SHIFT_OPEN) || counter->view_count > 1 ||
        office_duty(counter->office, &duty, NULL) || duty.opened_at)
        return;
    counter_push(counter, shift_open_view_new());
}

void stand_enter(struct counter *counter)
{
    struct stand *stand = &counter->stand;
    const struct staff *member = &counter->office->member;
    bool same = stand->owner.number == member->number;

    counter_unshut(counter);
    if (!same)
        counter_begin_anew(counter);
    stand->away += stand->shut_at ? stand_now() - stand->shut_at : 0;
    stand->shut_at = 0;
    stand->owner = *member;
    stand->touched_at = stand_now();
    counter->stale = counter->dirty = true;
    if (same)
        counter_say(counter, MESSAGE_INFO, "All is as it was, %s.", member->name);
    else
        counter_say(counter, MESSAGE_GOOD, "%s is signed on.", member->name);
    if (!same)
        offer_shift(counter);
}

void stand_sign_off(struct counter *counter)
{
    office_sign_off(counter->office);
    counter_begin_anew(counter);
    counter->stand.owner = (struct staff){0};
    shut(counter, SIGN_ON);
}

void stand_leave_post(struct counter *counter)
{
    struct tk_error error = {0};
    struct duty duty;

    if (!counter->office->member.number) {
        counter_say(counter, MESSAGE_WARNING,
                    "Nobody signs on here: `ticketly admin staff add` begins that.");
        return;
    }
    if (!office_duty(counter->office, &duty, &error) && duty.opened_at)
        counter_push(counter, shift_close_view_new(&duty));
    else
        stand_sign_off(counter); /* he wants to go, also where that cannot be asked */
}

void stand_quit(struct counter *counter)
{
    if (!counter->stand.kiosk)
        counter->running = false;
    else if (counter->stand.staffed)
        counter_push(counter, sign_on_view_new(counter, SIGN_LEAVE, NULL));
    else
        counter_say(counter, MESSAGE_WARNING,
                    "This counter is not left by a key. Who looks after the machine stops its "
                    "unit, such as ticketly-kiosk@tty1.");
}

/* --- what sales take --- */

struct stand_memory *stand_memory_new(void)
{
    void *memory = mmap(NULL, sizeof(struct stand_memory), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    return memory == MAP_FAILED ? NULL : memory;
}

struct stand_sale stand_begin_sale(const struct counter *counter)
{
    /* the key that chose the showing is one of it */
    return (struct stand_sale){counter->stand.keys - 1, stand_now(), counter->stand.away};
}

static struct stand_effort *find_effort(struct stand *stand, int64_t number)
{
    for (int i = 0; i < STAND_MEMBERS; i++)
        if (stand->memory->efforts[i].number == number)
            return &stand->memory->efforts[i];
    return NULL;
}

struct stand_effort *stand_effort_of(struct counter *counter, int64_t number)
{
    struct stand *stand = &counter->stand;
    struct stand_effort *effort = find_effort(stand, number);

    if (!effort)
        effort = find_effort(stand, 0);
    if (!effort) { /* more people than a shift has: the first one's is forgotten */
        memmove(stand->memory->efforts, stand->memory->efforts + 1,
                sizeof stand->memory->efforts - sizeof stand->memory->efforts[0]);
        effort = &stand->memory->efforts[STAND_MEMBERS - 1];
        memset(effort, 0, sizeof *effort);
    }
    effort->number = number;
    return effort;
}

void stand_forget_effort(struct counter *counter, int64_t number)
{
    struct stand_effort *effort = find_effort(&counter->stand, number);

    if (effort)
        memset(effort, 0, sizeof *effort);
}

void stand_count_sale(struct counter *counter, const struct stand_sale *sale)
{
    int64_t number = counter->office->member.number;
    int64_t took = stand_now() - sale->at - (counter->stand.away - sale->away);
    struct stand_effort *effort;

    if (!number)
        return;
    effort = stand_effort_of(counter, number);
    effort_add(&effort->keys, counter->stand.keys - sale->keys);
    effort_add(&effort->seconds, (took + TIME_SECOND / 2) / TIME_SECOND);
}

/* --- approvals --- */

static bool can_be_approved(enum tk_code code)
{
    switch (code) {
    case TK_NOT_PERMITTED:
    case TK_SALE_LIMIT:
    case TK_CANCEL_LIMIT:
    case TK_NOT_OWN_SALE:
    case TK_REISSUE_LATE:
        return true;
    default:
        return false;
    }
}

bool stand_offer_approval(struct counter *counter, const struct tk_error *error, enum op_kind kind,
                          void (*again)(struct counter *counter, uint64_t subject),
                          uint64_t subject)
{
    struct sign_request request = {.kind = kind, .again = again, .subject = subject};

    if (!can_be_approved(error->code) || !counter->office->member.number)
        return false;
    text_copy(request.refusal, sizeof request.refusal, error->message);
    counter_push(counter, sign_on_view_new(counter, SIGN_APPROVE, &request));
    return true;
}
