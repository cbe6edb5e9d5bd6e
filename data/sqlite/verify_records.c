/* verify_records: what the house knows by name can be read, and is kept under the name that it
 * says. */
#include "data/sqlite/verify_internal.h"

#include <stdio.h>
#include <string.h>

#include "core/invite.h"
#include "core/limit.h"
#include "core/list.h"
#include "core/loyalty.h"
#include "core/shift.h"
#include "core/staff.h"

/* Each reads a record and says what its key has to be. */
typedef enum tk_code (*record_reader)(const struct record *record, char key[RECORD_KEY_SIZE]);

static enum tk_code read_staff(const struct record *record, char key[RECORD_KEY_SIZE])
{
    struct staff staff = {0};
    enum tk_code code = staff_read(record, &staff);

    staff_key(key, staff.number);
    crypto_wipe(&staff, sizeof staff);
    return code;
}

static enum tk_code read_limits(const struct record *record, char key[RECORD_KEY_SIZE])
{
    struct limits limits;

    snprintf(key, RECORD_KEY_SIZE, "%s", LIMITS_KEY);
    return limits_read(record, &limits);
}

static enum tk_code read_duty(const struct record *record, char key[RECORD_KEY_SIZE])
{
    struct duty duty = {0};
    enum tk_code code = duty_read(record, &duty);

    duty_key(key, duty.number);
    return code;
}

static enum tk_code read_shift(const struct record *record, char key[RECORD_KEY_SIZE])
{
    struct shift shift = {0};
    enum tk_code code = shift_read(record, &shift);

    shift_key(key, shift.number, shift.opened_at);
    return code;
}

static enum tk_code read_tier(const struct record *record, char key[RECORD_KEY_SIZE])
{
    struct tier_choice choice = {0};
    enum tk_code code = tier_read(record, &choice);

    tier_key(key, choice.customer_id);
    return code;
}

/* What they say does not tell the key. */
static enum tk_code read_invite(const struct record *record, char key[RECORD_KEY_SIZE])
{
    struct invitation invitation;

    memcpy(key, record->key, RECORD_KEY_SIZE);
    return invite_read(record, &invitation);
}

static enum tk_code read_note(const struct record *record, char key[RECORD_KEY_SIZE])
{
    struct device_note note;

    memcpy(key, record->key, RECORD_KEY_SIZE);
    return device_note_read(record, &note);
}

static enum tk_code read_seal(const struct record *record, char key[RECORD_KEY_SIZE])
{
    struct seal seal = {0};
    enum tk_code code = seal_read(record, &seal);

    seal_key(key, seal.writer, seal.entries);
    return code;
}

static const struct {
    const char *prefix;
    record_reader read;
} readers[] = {
    {STAFF_PREFIX, read_staff},      {LIMITS_KEY, read_limits}, {DUTY_PREFIX, read_duty},
    {SHIFT_PREFIX, read_shift},      {TIER_PREFIX, read_tier},  {INVITE_PREFIX, read_invite},
    {DEVICE_NOTE_PREFIX, read_note}, {SEAL_PREFIX, read_seal},
};

static enum tk_code add_seal(struct known_seals *seals, const struct record *record)
{
    struct known_seal known = {.met = false};

    if (strncmp(record->key, SEAL_PREFIX, sizeof SEAL_PREFIX - 1) != 0)
        return TK_OK;
    return seal_read(record, &known.seal) ? TK_OK : LIST_ADD(seals, &known);
}

/* Of one that is gone there is nothing to read; a till's copy keeps some of its own. */
static enum tk_code check_record(const struct sqlite_store *store, const struct record *record,
                                 struct verify_report *report)
{
    char key[RECORD_KEY_SIZE] = "";
    enum tk_code code = store->options.mirror ? TK_OK : TK_CORRUPT;

    if (!record->value[0])
        return TK_OK;
    for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++)
        if (strncmp(record->key, readers[i].prefix, strlen(readers[i].prefix)) == 0) {
            code = readers[i].read(record, key);
            if (!code && strcmp(key, record->key) != 0)
                code = TK_CORRUPT;
        }
    if (code != TK_CORRUPT)
        return code;
    return verify_report_add(report, "records", "the record “%s” cannot be read", record->key);
}

enum tk_code sqlite_verify_records(struct sqlite_store *store, struct known_seals *seals,
                                   struct verify_report *report, struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, SQL_VERIFY_RECORDS);
    struct record record;
    enum tk_code code;
    bool row;

    for (;;) {
        code = statement_step(store, s, &row, error);
        if (code || !row)
            break;
        read_record(s, &record);
        code = check_record(store, &record, report);
        if (!code)
            code = add_seal(seals, &record);
        if (code) {
            tk_fail_code(error, code);
            break;
        }
    }
    statement_done(s);
    return code;
}
