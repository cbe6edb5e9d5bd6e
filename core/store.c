#include "core/store.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/list.h"

#define PROBLEMS_KEPT 100

enum tk_code store_apply(struct store *store, const struct operation *operations, size_t count,
                         struct outcome *outcomes, struct tk_error *error)
{
    if (count == 0)
        return TK_OK;
    if (count > OP_BATCH_MAX)
        return tk_fail(error, TK_INTERNAL, "A batch has %d operations at most.", OP_BATCH_MAX);
    return store->ops->apply(store, operations, count, outcomes, error);
}

void store_close(struct store *store)
{
    if (store)
        store->ops->close(store);
}

struct slot_range slot_query_range(const struct slot_query *query)
{
    int64_t from = query->from, to = query->to ? query->to : INT64_MAX;
    bool down = query->descending;
    struct slot_range range = {.id = down ? 0 : -1};

    if (query->starts_at_given) {
        from = query->starts_at;
        to = query->starts_at + 1;
    }
    if (query->starts_after >= from)
        from = query->starts_after + 1;
    range.starts_at = down ? to : from;
    range.bound = down ? from : to;
    if (query->after_given &&
        (down ? query->after_starts_at < to : query->after_starts_at >= from)) {
        range.starts_at = query->after_starts_at;
        range.id = query->after_id;
    }
    return range;
}

enum tk_code operation_source_take(const struct operation_source *source, struct operation *chunk,
                                   size_t *count, bool *end, struct tk_error *error)
{
    enum tk_code code = TK_OK;

    *count = 0;
    while (!code && !*end && *count < OP_BATCH_MAX) {
        code = source->next(source->context, &chunk[*count], end, error);
        if (!code && !*end)
            (*count)++;
    }
    return code;
}

enum tk_code id_list_add(struct id_list *list, int64_t id)
{
    return LIST_ADD(list, &id);
}

void id_list_release(struct id_list *list)
{
    free(list->items);
    *list = (struct id_list){0};
}

enum tk_code admission_count_list_add(struct admission_count_list *list,
                                      const struct admission_count *count)
{
    return LIST_ADD(list, count);
}

void admission_count_list_release(struct admission_count_list *list)
{
    free(list->items);
    *list = (struct admission_count_list){0};
}

enum tk_code journal_list_add(struct journal_list *list, const struct journal_entry *entry)
{
    return LIST_ADD(list, entry);
}

void journal_list_release(struct journal_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i].body);
        free(list->items[i].outcome);
    }
    free(list->items);
    *list = (struct journal_list){0};
}

enum tk_code verify_report_add(struct verify_report *report, const char *check,
                               const char *format, ...)
{
    struct store_problem problem = {0};
    va_list args;

    report->found++;
    if (report->count >= PROBLEMS_KEPT)
        return TK_OK;
    snprintf(problem.check, sizeof problem.check, "%s", check);
    va_start(args, format);
    vsnprintf(problem.text, sizeof problem.text, format, args);
    va_end(args);
    return LIST_ADD(report, &problem);
}

void verify_report_release(struct verify_report *report)
{
    free(report->items);
    *report = (struct verify_report){0};
}

static void add_number(struct buffer *buffer, uint64_t number)
{
    uint8_t bytes[8];

    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(number >> (56 - 8 * i));
    buffer_add(buffer, (const char *)bytes, sizeof bytes);
}

static void add_bytes(struct buffer *buffer, const void *data, size_t size)
{
    add_number(buffer, size);
    buffer_add(buffer, data, size);
}

enum tk_code journal_hash(const struct journal_entry *entry, const uint8_t before[CRYPTO_HASH_SIZE],
                          uint8_t hash[CRYPTO_HASH_SIZE])
{
    const char *kind = op_kind_name(entry->kind);
    struct buffer buffer;
    enum tk_code code = TK_NO_MEMORY;

    buffer_init(&buffer, 64 * 1024);
    buffer_add(&buffer, (const char *)before, CRYPTO_HASH_SIZE);
    add_bytes(&buffer, entry->device, strlen(entry->device));
    add_number(&buffer, (uint64_t)entry->device_seq);
    add_bytes(&buffer, entry->id.bytes, sizeof entry->id.bytes);
    add_bytes(&buffer, kind ? kind : "", kind ? strlen(kind) : 0);
    add_bytes(&buffer, entry->actor, strlen(entry->actor));
    add_number(&buffer, (uint64_t)entry->at);
    add_number(&buffer, (uint64_t)entry->recorded_at);
    add_bytes(&buffer, entry->body, strlen(entry->body));
    add_bytes(&buffer, entry->outcome, strlen(entry->outcome));
    if (!buffer.failed) {
        crypto_digest(hash, NULL, buffer.data, buffer.length);
        code = TK_OK;
    }
    buffer_release(&buffer);
    return code;
}
