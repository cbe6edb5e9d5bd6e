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

/* What is hashed, written into its place: nearly all entries fit into the small one, and a journal has many. */
struct hashed {
    uint8_t small[1024];
    uint8_t *bytes;
    size_t used;
};

static void add_number(struct hashed *hashed, uint64_t number)
{
    for (int i = 0; i < 8; i++)
        hashed->bytes[hashed->used++] = (uint8_t)(number >> (56 - 8 * i));
}

static void add_bytes(struct hashed *hashed, const void *data, size_t size)
{
    add_number(hashed, size);
    memcpy(hashed->bytes + hashed->used, data, size);
    hashed->used += size;
}

enum tk_code journal_hash(const struct journal_entry *entry, const uint8_t before[CRYPTO_HASH_SIZE],
                          uint8_t hash[CRYPTO_HASH_SIZE])
{
    const char *name = op_kind_name(entry->kind), *kind = name ? name : "";
    size_t device = strlen(entry->device), actor = strlen(entry->actor), length = strlen(kind);
    size_t body = strlen(entry->body), outcome = strlen(entry->outcome);
    size_t size = CRYPTO_HASH_SIZE + 9 * sizeof(uint64_t) + sizeof entry->id + device + actor +
                  length + body + outcome;
    struct hashed hashed;

    hashed.used = CRYPTO_HASH_SIZE;
    hashed.bytes = size <= sizeof hashed.small ? hashed.small : malloc(size);
    if (!hashed.bytes)
        return TK_NO_MEMORY;
    memcpy(hashed.bytes, before, CRYPTO_HASH_SIZE);
    add_bytes(&hashed, entry->device, device);
    add_number(&hashed, (uint64_t)entry->device_seq);
    add_bytes(&hashed, entry->id.bytes, sizeof entry->id.bytes);
    add_bytes(&hashed, kind, length);
    add_bytes(&hashed, entry->actor, actor);
    add_number(&hashed, (uint64_t)entry->at);
    add_number(&hashed, (uint64_t)entry->recorded_at);
    add_bytes(&hashed, entry->body, body);
    add_bytes(&hashed, entry->outcome, outcome);
    crypto_digest(hash, NULL, hashed.bytes, hashed.used);
    if (hashed.bytes != hashed.small)
        free(hashed.bytes);
    return TK_OK;
}
