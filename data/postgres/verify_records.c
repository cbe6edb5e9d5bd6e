/* verify_records: reads every record as those do who decide with it. */
#include <string.h>

#include "core/invite.h"
#include "core/limit.h"
#include "core/list.h"
#include "core/loyalty.h"
#include "core/shift.h"
#include "core/staff.h"
#include "data/postgres/verify.h"

#define PAGE 1000

static enum tk_code read_staff(const struct record *record)
{
    struct staff staff;
    enum tk_code code = staff_read(record, &staff);

    crypto_wipe(&staff, sizeof staff);
    return code;
}

/* What reads a value, and forgets what it was. */
#define READER(name, type, read)                          \
    static enum tk_code name(const struct record *record) \
    {                                                     \
        struct type value;                                \
                                                          \
        return read(record, &value);                      \
    }
READER(read_limits, limits, limits_read)
READER(read_duty, duty, duty_read)
READER(read_shift, shift, shift_read)
READER(read_invite, invitation, invite_read)
READER(read_note, device_note, device_note_read)
READER(read_tier, tier_choice, tier_read)
READER(read_seal, seal, seal_read)

static const struct sort {
    const char *begin; /* of its keys */
    enum tk_code (*read)(const struct record *record);
} sorts[] = {
    {STAFF_PREFIX, read_staff}, {LIMITS_KEY, read_limits},    {DUTY_PREFIX, read_duty},
    {SHIFT_PREFIX, read_shift}, {INVITE_PREFIX, read_invite}, {DEVICE_NOTE_PREFIX, read_note},
    {TIER_PREFIX, read_tier},   {SEAL_PREFIX, read_seal},
};

struct record_run {
    struct verify_run *run;
    struct seal_list *seals;
    char after[RECORD_KEY_SIZE]; /* the last key that was read */
    int64_t seq;                 /* the highest that was given */
};

static enum tk_code check_value(struct record_run *run, const struct record *record)
{
    enum tk_code code = TK_CORRUPT;
    struct seal seal;

    if (!record->value[0]) /* gone */
        return TK_OK;
    for (size_t i = 0; i < sizeof sorts / sizeof sorts[0]; i++)
        if (strncmp(record->key, sorts[i].begin, strlen(sorts[i].begin)) == 0)
            code = sorts[i].read(record);
    if (code == TK_NO_MEMORY)
        return code;
    if (code)
        return verify_report_add(run->run->report, "records", "the record “%s” cannot be read",
                                 record->key);
    return strncmp(record->key, SEAL_PREFIX, sizeof SEAL_PREFIX - 1) != 0 || seal_read(record, &seal)
               ? TK_OK
               : LIST_ADD(run->seals, &seal);
}

/* Tills ask for what changed by its seq. */
static enum tk_code check_record(struct postgres_store *store, const PGresult *result, int row,
                                 void *context)
{
    struct record_run *run = context;
    struct record record;
    enum tk_code code;

    (void)store;
    row_record(result, row, &record);
    memcpy(run->after, record.key, sizeof run->after);
    code = check_value(run, &record);
    if (!code && (record_is_shared(record.key) != (record.seq > 0) || record.seq > run->seq))
        code = verify_report_add(run->run->report, "records",
                                 "the record “%s” does not say which change of it is the last",
                                 record.key);
    crypto_wipe(&record, sizeof record); /* it may have been a verifier */
    return code;
}

static enum tk_code take_seq(struct postgres_store *store, const PGresult *result, int row,
                             void *context)
{
    (void)store;
    ((struct record_run *)context)->seq = row_number(result, row, 0);
    return TK_OK;
}

enum tk_code verify_records(struct verify_run *run, struct seal_list *seals)
{
    struct record_run records = {.run = run, .seals = seals};
    char before[RECORD_KEY_SIZE];
    enum tk_code code = verify_rows(run, PG_RECORD_SEQ, NULL, take_seq, &records);

    do {
        struct pg_params *params = pg_params(run->store);

        memcpy(before, records.after, sizeof before);
        params_text(params, before);
        params_number(params, PAGE);
        if (!code)
            code = verify_rows(run, PG_VERIFY_RECORDS, params, check_record, &records);
    } while (!code && strcmp(before, records.after) != 0);
    return code;
}
