#include "data/copy/copy.h"

#include <string.h>

#define KEY_MAX 8192 /* bytes of a key */
#define AGAIN " Then run the same `ticketly admin copy` again: it goes on where it stopped."

struct copying {
    struct copy_end *from, *into;
    const struct copy_options *options;
    struct copy_result *result;
    struct copy_facts facts;
    uint64_t version; /* of the source */
    bool going_on;    /* the destination has a part of it already */
    struct copy_page page, other;
    struct buffer after; /* the key in the source to go on after */
};

/* --- before --- */

static enum tk_code verify_end(struct copy_end *end, const char *what, struct tk_error *error)
{
    struct verify_report report = {0};
    enum tk_code code = end->ops->verify(end, &report, error);

    if (!code && report.found)
        code = tk_fail(error, TK_NOT_VERIFIED, "%s does not add up: %lld %s found (%s: %.200s). %s",
                       what, (long long)report.found, report.found == 1 ? "problem" : "problems",
                       report.count ? report.items[0].check : "?",
                       report.count ? report.items[0].text : "?",
                       "`ticketly admin verify` tells all.");
    verify_report_release(&report);
    return code;
}

static enum tk_code fail_changed(struct tk_error *error)
{
    return tk_fail(error, TK_BUSY,
                   "The box office was changed while it was copied: stop the tills, the nodes and whatever else "
                   "uses it, then run the same `ticketly admin copy` again.");
}

/* What was verified is what will be read. */
static enum tk_code look_at_source(struct copying *c, struct tk_error *error)
{
    const struct copy_end_ops *ops = c->from->ops;
    uint64_t version = 0;
    enum tk_code code = ops->version(c->from, &c->version, error);

    if (!code)
        code = verify_end(c->from, "What is to be copied", error);
    if (!code)
        code = ops->hold(c->from, &c->facts, error);
    if (!code)
        code = ops->version(c->from, &version, error);
    return code || version == c->version ? code : fail_changed(error);
}

static bool is_same_copy(const struct copying *c, const struct copy_mark *mark)
{
    return op_id_equal(&mark->uuid, &c->facts.uuid) && mark->version == c->version;
}

static enum tk_code look_at_destination(struct copying *c, struct tk_error *error)
{
    struct copy_mark mark = {c->facts.uuid, c->version};
    struct copy_state state = {.unfinished = false};
    enum tk_code code = c->into->ops->state(c->into, &state, error);

    if (code)
        return code;
    if (!state.unfinished && op_id_equal(&state.uuid, &c->facts.uuid))
        return tk_fail(error, TK_CONFIG,
                       "--from and --to name the same box office, or it was copied there before: nothing was done.");
    if (!state.unfinished && state.used)
        return tk_fail(error, TK_CONFIG,
                       "There is a box office already where the copy should go: nothing was done. Name a file that "
                       "is not there yet, or an empty database.");
    c->going_on = state.unfinished && is_same_copy(c, &state.mark);
    c->result->went_on = c->going_on;
    c->result->anew = state.unfinished && !c->going_on;
    return c->into->ops->mark(c->into, &mark, !c->going_on, error);
}

/* --- pages --- */

static enum tk_code tell(struct copying *c, const struct copy_table *table, bool comparing,
                         int64_t done, int64_t total, struct tk_error *error)
{
    struct copy_progress progress = {table->name, comparing, done, total};

    if (!c->options->progress || c->options->progress(c->options->context, &progress))
        return TK_OK;
    return tk_fail(error, TK_INTERRUPTED, "The copy was stopped.");
}

/* Where to go on in a page's table. */
static enum tk_code note_key(struct buffer *after, const struct copy_page *page,
                             struct tk_error *error)
{
    buffer_clear(after);
    buffer_add(after, page->bytes.data + page->key_at, page->key_length);
    return after->failed ? tk_fail_code(error, TK_NO_MEMORY) : TK_OK;
}

static enum tk_code read_page(struct copy_end *end, const struct copy_table *table,
                              struct buffer *after, struct copy_page *page, struct tk_error *error)
{
    enum tk_code code;

    copy_page_clear(page);
    code = end->ops->read(end, table, buffer_text(after), after->length, page, error);
    if (!code && page->bytes.failed)
        code = tk_fail_code(error, TK_NO_MEMORY);
    return code || !page->count ? code : note_key(after, page, error);
}

/* How entries are numbered in the destination. */
struct numbering {
    int64_t last;   /* the number that was given last */
    int64_t writer; /* whose entry that was; -1: not known */
};

/* In a file 1, 2, 3 …; in a database the first ones of the writer's block, where the writers' blocks rise. */
static enum tk_code turn_to_writer(struct copying *c, struct numbering *numbering, int64_t writer,
                                   struct tk_error *error)
{
    int64_t first = 0;
    enum tk_code code = TK_OK;

    if (writer == numbering->writer || c->into->ops->counts_journal)
        return TK_OK;
    code = c->from->ops->writer_first(c->from, writer, &first, error);
    if (!code && numbering->last < first - 1)
        numbering->last = first - 1;
    numbering->writer = writer;
    return code;
}

/* Between two databases entries keep their numbers. */
static enum tk_code number_entries(struct copying *c, const struct copy_table *table,
                                   struct numbering *numbering, struct tk_error *error)
{
    const char *bytes = c->page.bytes.data;
    struct copy_reader reader = {bytes, bytes + c->page.bytes.length};
    int64_t writer = 0;
    enum tk_code code = TK_OK;

    if (table->id != COPY_JOURNAL ||
        !(c->from->ops->counts_journal || c->into->ops->counts_journal))
        return TK_OK;
    while (!code && reader.at < reader.end) {
        size_t at = (size_t)(reader.at - bytes);

        if (!copy_next_entry(&reader, &writer))
            return tk_fail_code(error, TK_INTERNAL);
        code = turn_to_writer(c, numbering, writer, error);
        copy_set_seq(&c->page, at, ++numbering->last);
    }
    return code;
}

/* The key of the source's row that was copied last: its own, but for entries that were numbered anew. */
static enum tk_code find_place(struct copying *c, const struct copy_table *table, int64_t *done,
                               struct numbering *numbering, struct tk_error *error)
{
    const struct copy_end_ops *into = c->into->ops;
    struct copy_value value = {.number = 0};
    struct copy_reader reader;
    int64_t seq;
    enum tk_code code = into->count(c->into, table, done, error);

    buffer_clear(&c->after);
    copy_page_clear(&c->page);
    if (!code)
        code = into->last(c->into, table, &c->page, error);
    if (code || !c->page.count)
        return code;
    if (table->id == COPY_JOURNAL) {
        reader = (struct copy_reader){c->page.bytes.data,
                                      c->page.bytes.data + c->page.bytes.length};
        copy_read(&reader, 'n', &value);
        numbering->last = value.number;
        code = c->from->ops->journal_seq(c->from, *done, &seq, error);
        if (code)
            return code;
        copy_set_seq(&c->page, 0, seq);
    }
    return note_key(&c->after, &c->page, error);
}

static enum tk_code copy_table_rows(struct copying *c, const struct copy_table *table,
                                    struct tk_error *error)
{
    struct numbering numbering = {.writer = -1};
    int64_t total = 0, done = 0;
    enum tk_code code = c->from->ops->count(c->from, table, &total, error);

    if (!code)
        code = find_place(c, table, &done, &numbering, error);
    while (!code) {
        code = read_page(c->from, table, &c->after, &c->page, error);
        if (code || !c->page.count)
            break;
        code = number_entries(c, table, &numbering, error);
        if (!code)
            code = c->into->ops->write(c->into, table, &c->page, error);
        done += (int64_t)c->page.count;
        if (!code)
            code = tell(c, table, false, done, total, error);
    }
    return code;
}

/* --- after --- */

static enum tk_code fail_differs(struct copying *c, const struct copy_table *table,
                                 struct tk_error *error)
{
    static const struct copy_mark nothing;

    /* the next one begins anew */
    c->into->ops->mark(c->into, &nothing, false, NULL);
    return tk_fail(error, TK_NOT_VERIFIED,
                   "The copy is not the same as what it was made from (table %s), so it was not finished. Run the "
                   "same `ticketly admin copy` again: it begins anew.",
                   table->name);
}

static bool is_same(const struct copy_page *a, const struct copy_page *b)
{
    return a->count == b->count && a->bytes.length == b->bytes.length &&
           (!a->bytes.length || memcmp(a->bytes.data, b->bytes.data, a->bytes.length) == 0);
}

/* Reads both sides again, page beside page. */
static enum tk_code compare_rows(struct copying *c, const struct copy_table *table,
                                 struct buffer *other_after, struct tk_error *error)
{
    int64_t *rows = &c->result->rows[table->id];
    struct numbering numbering = {.writer = -1};
    enum tk_code code;

    *rows = 0;
    buffer_clear(&c->after);
    buffer_clear(other_after);
    do {
        code = read_page(c->from, table, &c->after, &c->page, error);
        if (!code)
            code = number_entries(c, table, &numbering, error);
        if (!code)
            code = read_page(c->into, table, other_after, &c->other, error);
        if (!code && !is_same(&c->page, &c->other))
            code = fail_differs(c, table, error);
        *rows += (int64_t)c->page.count;
        if (!code && c->page.count)
            code = tell(c, table, true, *rows, *rows, error);
    } while (!code && c->page.count);
    return code;
}

static enum tk_code compare_all(struct copying *c, struct tk_error *error)
{
    struct buffer other_after;
    enum tk_code code = TK_OK;

    buffer_init(&other_after, KEY_MAX);
    for (int i = 0; !code && i < COPY_TABLE_COUNT; i++)
        code = compare_rows(c, &copy_tables[i], &other_after, error);
    buffer_release(&other_after);
    return code;
}

static enum tk_code check_unchanged(struct copying *c, struct tk_error *error)
{
    uint64_t version = 0;
    enum tk_code code;

    c->from->ops->release(c->from);
    code = c->from->ops->version(c->from, &version, error);
    return code || version == c->version ? code : fail_changed(error);
}

static enum tk_code complete(struct copying *c, struct tk_error *error)
{
    enum tk_code code = compare_all(c, error);

    if (!code)
        code = c->into->ops->settle(c->into, &c->facts, error);
    if (!code)
        code = verify_end(c->into, "The copy", error);
    if (!code)
        code = check_unchanged(c, error);
    if (!code)
        code = c->into->ops->finish(c->into, error);
    c->result->era = c->facts.era + 1;
    return code;
}

/* From here on something is in the destination that another run goes on with. */
static enum tk_code copy_all(struct copying *c, struct tk_error *error)
{
    struct tk_error failure = {0};
    enum tk_code code = TK_OK;

    for (int i = 0; !code && i < COPY_TABLE_COUNT; i++)
        code = copy_table_rows(c, &copy_tables[i], &failure);
    if (!code)
        code = complete(c, &failure);
    if (code && strstr(failure.message, "ticketly admin copy"))
        return tk_fail(error, code, "%s", failure.message);
    return code ? tk_fail(error, code, "%.*s" AGAIN, (int)(TK_MESSAGE_MAX - sizeof AGAIN),
                          failure.message)
                : TK_OK;
}

enum tk_code copy_run(struct copy_end *from, struct copy_end *into,
                      const struct copy_options *options, struct copy_result *result,
                      struct tk_error *error)
{
    struct copying c = {.from = from, .into = into, .options = options, .result = result};
    enum tk_code code;

    *result = (struct copy_result){.went_on = false};
    copy_page_init(&c.page);
    copy_page_init(&c.other);
    buffer_init(&c.after, KEY_MAX);
    code = look_at_source(&c, error);
    if (!code)
        code = look_at_destination(&c, error);
    if (!code)
        code = copy_all(&c, error);
    from->ops->release(from);
    copy_page_release(&c.page);
    copy_page_release(&c.other);
    buffer_release(&c.after);
    return code;
}
