#include "tests/cluster/writers.h"

#include <poll.h>
#include <stdatomic.h>

#include "data/thread.h"
#include "tests/cluster/sender.h"
#include "tests/sim/dice.h"

#define RECENT_TICKETS 256 /* that any till may take */
#define RECENT_OWN 8       /* operations that a till may send once more */
#define BATCH_MAX 3

/* Of 100 things that a till does. */
enum { SHARE_BOOK = 70, SHARE_CANCEL = 83, SHARE_REISSUE = 90, SHARE_ADMIT = 96 };

struct writer {
    struct writers *all;
    pthread_t thread;
    struct sender sender;
    struct {
        struct operation operation;
        size_t place;
    } own[RECENT_OWN];
    size_t done;
};

struct writers {
    struct writers_options options;
    atomic_bool ended;
    pthread_mutex_t lock;
    uint64_t recent[RECENT_TICKETS]; /* under lock; first tickets of sales */
    size_t sold;
    int started;
    struct writer items[WRITERS_MAX];
};

/* --- tickets that were sold lately --- */

static void keep_ticket(struct writers *all, uint64_t ticket)
{
    pthread_mutex_lock(&all->lock);
    all->recent[all->sold++ % RECENT_TICKETS] = ticket;
    pthread_mutex_unlock(&all->lock);
}

/* 0 when nothing was sold yet. */
static uint64_t any_ticket(struct writer *writer)
{
    struct writers *all = writer->all;
    uint64_t ticket = 0;

    pthread_mutex_lock(&all->lock);
    if (all->sold) {
        size_t count = all->sold < RECENT_TICKETS ? all->sold : RECENT_TICKETS;

        ticket = all->recent[dice_below(&writer->sender.dice, (int64_t)count)];
    }
    pthread_mutex_unlock(&all->lock);
    return ticket;
}

/* --- what a till does --- */

static int64_t any_slot(struct writer *writer)
{
    const struct writers_options *options = &writer->all->options;
    uint64_t *dice = &writer->sender.dice;

    return dice_chance(dice, 5000) ? options->hot[dice_below(dice, (int64_t)options->hot_count)]
                                   : options->wide[dice_below(dice, (int64_t)options->wide_count)];
}

static struct operation plan_sale(struct writer *writer)
{
    struct operation operation = sender_operation(&writer->sender, OP_BOOK);
    uint64_t *dice = &writer->sender.dice;

    operation.book.slot.id = any_slot(writer);
    operation.book.count = dice_between(dice, 1, 3);
    if (dice_chance(dice, 5000)) {
        int64_t guest = dice_below(dice, 500);

        snprintf(operation.book.customer_name, sizeof operation.book.customer_name, "Guest %d",
                 (int)guest);
        snprintf(operation.book.customer_phone, sizeof operation.book.customer_phone, "+4930%05d",
                 (int)guest);
    }
    return operation;
}

static struct operation plan_something(struct writer *writer)
{
    int64_t share = dice_below(&writer->sender.dice, 96);
    uint64_t ticket = share < SHARE_BOOK ? 0 : any_ticket(writer);
    struct operation operation;

    if (!ticket)
        return plan_sale(writer);
    operation = sender_operation(&writer->sender, share < SHARE_CANCEL    ? OP_CANCEL
                                                  : share < SHARE_REISSUE ? OP_REISSUE
                                                                          : OP_ADMIT);
    if (operation.kind == OP_CANCEL) {
        operation.cancel.ticket_id = ticket;
    } else if (operation.kind == OP_REISSUE) {
        operation.reissue.ticket_id = ticket;
        operation.reissue.slot.id = any_slot(writer);
    } else {
        operation.admit.ticket_id = ticket;
    }
    return operation;
}

static void note_result(struct writer *writer, const struct operation *operation, size_t place)
{
    struct noted record = history_get(writer->sender.history, place);
    size_t at = writer->done++ % RECENT_OWN;

    writer->own[at].operation = *operation;
    writer->own[at].place = place;
    if (record.answered && record.outcome.code == TK_OK &&
        (record.kind == OP_BOOK || record.kind == OP_REISSUE))
        keep_ticket(writer->all, record.outcome.ticket_id);
}

static void do_something(struct writer *writer)
{
    struct operation operations[BATCH_MAX];
    size_t places[BATCH_MAX], count;
    uint64_t *dice = &writer->sender.dice;

    if (writer->done && dice_chance(dice, 400)) {
        size_t known = writer->done < RECENT_OWN ? writer->done : RECENT_OWN;
        size_t at = (size_t)dice_below(dice, (int64_t)known);

        sender_repeat(&writer->sender, &writer->own[at].operation, writer->own[at].place);
        return;
    }
    count = dice_chance(dice, 8000) ? 1 : (size_t)dice_between(dice, 2, BATCH_MAX);
    for (size_t i = 0; i < count; i++)
        operations[i] = plan_something(writer);
    sender_send(&writer->sender, operations, count, places);
    for (size_t i = 0; i < count; i++)
        note_result(writer, &operations[i], places[i]);
}

static void *sell(void *context)
{
    struct writer *writer = context;
    int think_ms = writer->all->options.think_ms;

    while (!writer->all->ended) {
        do_something(writer);
        poll(NULL, 0, (int)dice_below(&writer->sender.dice, 2 * think_ms + 1));
    }
    return NULL;
}

/* --- all of them --- */

struct writers *writers_start(const struct writers_options *options)
{
    struct writers *all = calloc(1, sizeof *all);
    uint64_t seeds = options->seed;

    if (!all)
        return NULL;
    all->options = *options;
    pthread_mutex_init(&all->lock, NULL);
    for (int i = 0; i < options->count && i < WRITERS_MAX; i++) {
        struct writer *writer = &all->items[i];

        writer->all = all;
        sender_init(&writer->sender, options->service, options->history, dice_roll(&seeds));
        if (!thread_start(&writer->thread, sell, writer)) {
            writers_stop(all);
            return NULL;
        }
        all->started++;
    }
    return all;
}

void writers_stop(struct writers *all)
{
    if (!all)
        return;
    all->ended = true;
    for (int i = 0; i < all->started; i++) {
        pthread_join(all->items[i].thread, NULL);
        sender_release(&all->items[i].sender);
    }
    pthread_mutex_destroy(&all->lock);
    free(all);
}
