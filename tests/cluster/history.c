#include "tests/cluster/history.h"

#include <inttypes.h>
#include <stdio.h>

#include "core/list.h"

/* Ids are random in their second half. */
static uint64_t key_of(const struct op_id *id)
{
    uint64_t key;

    memcpy(&key, id->bytes + 8, sizeof key);
    return key;
}

void history_init(struct history *history)
{
    *history = (struct history){.items = NULL};
    pthread_mutex_init(&history->lock, NULL);
}

void history_release(struct history *history)
{
    pthread_mutex_destroy(&history->lock);
    free(history->items);
    map_release(&history->places);
    *history = (struct history){.items = NULL};
}

int64_t history_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

bool history_is_final(enum tk_code code)
{
    switch (code) {
    case TK_KEY_RUNNING: /* the first sending is still at work */
    case TK_ID_REUSED:   /* our ids are used once: told apart by who reads the answer */
        return false;
    default:
        return code == TK_OK || tk_code_is_refusal(code);
    }
}

bool outcome_same(const struct outcome *a, const struct outcome *b)
{
    return a->code == b->code && a->slot_id == b->slot_id && a->ticket_id == b->ticket_id &&
           a->count == b->count && a->available == b->available &&
           a->old_ticket_id == b->old_ticket_id && a->customer_id == b->customer_id;
}

static void out_of_memory(void)
{
    fputs("There is no memory left for the history.\n", stderr);
    abort();
}

size_t history_sent(struct history *history, const struct noted *record)
{
    struct noted noted = *record;
    size_t at;

    noted.sends = 1;
    pthread_mutex_lock(&history->lock);
    noted.sent_at = history_now();
    at = history->count;
    if (LIST_ADD(history, &noted) || map_add(&history->places, key_of(&noted.id), at))
        out_of_memory();
    pthread_mutex_unlock(&history->lock);
    return at;
}

void history_again(struct history *history, size_t at)
{
    pthread_mutex_lock(&history->lock);
    history->items[at].sends++;
    pthread_mutex_unlock(&history->lock);
}

void history_lost(struct history *history, size_t at)
{
    pthread_mutex_lock(&history->lock);
    history->items[at].unknown = true;
    pthread_mutex_unlock(&history->lock);
}

/* Time goes on between two things that were done. */
static void note_done(struct history *history, int64_t now)
{
    int64_t pause = now - history->last_done_at;

    if (pause > history->longest_pause)
        history->longest_pause = pause;
    history->last_done_at = now;
}

static void take_answer(struct history *history, struct noted *record,
                        const struct outcome *outcome)
{
    if (!record->answered) {
        record->answered = true;
        record->answered_at = history_now();
        record->outcome = *outcome;
        if (outcome->code == TK_OK)
            note_done(history, record->answered_at);
    } else if (!outcome_same(&record->outcome, outcome)) {
        record->contradicted = true;
        record->other = outcome->code;
    }
}

void history_answered(struct history *history, size_t at, const struct outcome *outcome)
{
    pthread_mutex_lock(&history->lock);
    take_answer(history, &history->items[at], outcome);
    pthread_mutex_unlock(&history->lock);
}

void history_denied(struct history *history, size_t at)
{
    pthread_mutex_lock(&history->lock);
    history->items[at].contradicted = true;
    history->items[at].other = TK_ID_REUSED;
    pthread_mutex_unlock(&history->lock);
}

struct noted history_get(struct history *history, size_t at)
{
    struct noted record;

    pthread_mutex_lock(&history->lock);
    record = history->items[at];
    pthread_mutex_unlock(&history->lock);
    return record;
}

size_t history_find(struct history *history, const struct op_id *id)
{
    size_t at;

    pthread_mutex_lock(&history->lock);
    at = map_find(&history->places, key_of(id));
    if (at != MAP_NONE && !op_id_equal(&history->items[at].id, id))
        at = MAP_NONE;
    pthread_mutex_unlock(&history->lock);
    return at == MAP_NONE ? HISTORY_NONE : at;
}

struct history_sum history_sum(struct history *history, size_t from)
{
    struct history_sum sum = {0};

    pthread_mutex_lock(&history->lock);
    for (size_t i = from; i < history->count; i++) {
        const struct noted *record = &history->items[i];
        bool sells = record->kind == OP_BOOK || record->kind == OP_REISSUE;
        bool done = record->answered && record->outcome.code == TK_OK;

        sum.sent++;
        sum.sold += done && sells;
        sum.refused += record->answered && !done;
        sum.unknown += record->unknown;
        sum.open += !record->answered;
    }
    pthread_mutex_unlock(&history->lock);
    return sum;
}

size_t history_done_within(struct history *history, size_t from, int64_t since, int64_t until)
{
    size_t count = 0;

    pthread_mutex_lock(&history->lock);
    for (size_t i = from; i < history->count; i++) {
        const struct noted *record = &history->items[i];

        count += record->answered && record->outcome.code == TK_OK && record->sent_at >= since &&
                 record->answered_at < until;
    }
    pthread_mutex_unlock(&history->lock);
    return count;
}

void history_pause_begin(struct history *history)
{
    pthread_mutex_lock(&history->lock);
    history->last_done_at = history_now();
    history->longest_pause = 0;
    pthread_mutex_unlock(&history->lock);
}

int64_t history_pause_end(struct history *history)
{
    int64_t pause;

    pthread_mutex_lock(&history->lock);
    note_done(history, history_now());
    pause = history->longest_pause;
    pthread_mutex_unlock(&history->lock);
    return pause;
}

static void print_record(struct buffer *line, const struct noted *record)
{
    char id[OP_ID_TEXT_MAX], ticket[ID_TEXT_MAX];
    struct buffer outcome;

    buffer_init(&outcome, 1024);
    op_id_print(id, &record->id);
    id_print(ticket, ID_TICKET, record->ticket_id);
    json_put_open(line, NULL, '{');
    json_put_text(line, "id", id);
    json_put_text(line, "operation", op_kind_name(record->kind));
    json_put_int(line, "slotId", record->slot_id);
    json_put_text(line, "ticketId", ticket);
    json_put_int(line, "count", record->count);
    json_put_int(line, "sentAt", record->sent_at);
    json_put_int(line, "answeredAt", record->answered_at);
    json_put_int(line, "sends", record->sends);
    json_put_bool(line, "unknown", record->unknown);
    if (record->contradicted)
        json_put_text(line, "otherCode", tk_code_name(record->other));
    outcome_print(&outcome, &record->outcome);
    if (record->answered)
        json_put_raw(line, "outcome", buffer_text(&outcome));
    json_put_close(line, '}');
    buffer_add_char(line, '\n');
    buffer_release(&outcome);
}

bool history_write(struct history *history, const char *path)
{
    FILE *file = fopen(path, "w");
    struct buffer line;
    bool good = file != NULL;

    buffer_init(&line, 4096);
    pthread_mutex_lock(&history->lock);
    for (size_t i = 0; good && i < history->count; i++) {
        buffer_clear(&line);
        print_record(&line, &history->items[i]);
        good = !line.failed && fwrite(line.data, 1, line.length, file) == line.length;
    }
    pthread_mutex_unlock(&history->lock);
    buffer_release(&line);
    if (file && fclose(file) != 0)
        good = false;
    return good;
}
