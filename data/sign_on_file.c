#include "data/sign_on_file.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/role.h"
#include "core/text.h"
#include "data/sign_on_table.h"

struct sign_on_file {
    struct crypto_key pepper;
    struct sign_on_table *table;
    pthread_mutex_t mutex; /* guards `working` */
    pthread_cond_t worked;
    int working; /* secrets that are worked on */
};

enum tk_code sign_on_file_open(const char *path, const struct crypto_key *pepper,
                               struct sign_on_file **file, struct tk_error *error)
{
    struct sign_on_file *opened = calloc(1, sizeof *opened);

    if (opened)
        opened->table = sign_on_table_open(path);
    if (!opened || !opened->table) {
        free(opened);
        return tk_fail_code(error, TK_NO_MEMORY);
    }
    opened->pepper = *pepper;
    pthread_mutex_init(&opened->mutex, NULL);
    pthread_cond_init(&opened->worked, NULL);
    *file = opened;
    return TK_OK;
}

void sign_on_file_close(struct sign_on_file *file)
{
    if (!file)
        return;
    sign_on_table_close(file->table);
    pthread_cond_destroy(&file->worked);
    pthread_mutex_destroy(&file->mutex);
    crypto_wipe(file, sizeof *file);
    free(file);
}

/* --- few at once: each takes 64 MiB --- */

static void begin_work(struct sign_on_file *file)
{
    pthread_mutex_lock(&file->mutex);
    while (file->working >= SIGN_ON_AT_ONCE)
        pthread_cond_wait(&file->worked, &file->mutex);
    file->working++;
    pthread_mutex_unlock(&file->mutex);
}

static void end_work(struct sign_on_file *file)
{
    pthread_mutex_lock(&file->mutex);
    file->working--;
    pthread_cond_signal(&file->worked);
    pthread_mutex_unlock(&file->mutex);
}

enum tk_code sign_on_file_make(struct sign_on_file *file, int64_t number, const char *secret,
                               char verifier[VERIFIER_SIZE], struct tk_error *error)
{
    enum tk_code code;

    begin_work(file);
    code = secret_make(verifier, &file->pepper, number, secret);
    end_work(file);
    return code ? tk_fail_code(error, code) : TK_OK;
}

/* --- one try --- */

/* Nobody (number 0) when there is no such record. */
static enum tk_code read_member(struct store *store, const char *key, struct staff *staff,
                                struct tk_error *error)
{
    struct record_query query = {.key = key, .limit = 1};
    struct record_list list = {0};
    enum tk_code code = store->ops->list_records(store, &query, &list, error);

    *staff = (struct staff){0};
    if (!code && list.count && staff_read(&list.items[0], staff))
        code = tk_fail(error, TK_CORRUPT, "The record %s cannot be read.", key);
    if (list.items)
        crypto_wipe(list.items, list.count * sizeof *list.items);
    record_list_release(&list);
    return code;
}

/* Of a till that is cut off the house says who he is, and the till by what it knows him. */
static enum tk_code find_member(struct store *store, const struct sign_on_try *tried,
                                struct staff *staff, struct tk_error *error)
{
    char key[RECORD_KEY_SIZE];
    struct staff local;
    enum tk_code code;

    staff_key(key, tried->number);
    code = read_member(store, key, staff, error);
    if (code || !tried->local)
        return code;
    snprintf(key, sizeof key, RECORD_LOCAL_PREFIX "%" PRId64, tried->number);
    code = read_member(store, key, &local, error);
    if (!code) {
        memcpy(staff->pin, local.pin, sizeof staff->pin);
        memcpy(staff->password, local.password, sizeof staff->password);
    }
    crypto_wipe(&local, sizeof local);
    return code;
}

/* Digits are a PIN, anything else is a password (secret_check). "": there is none that it could be.
 */
static const char *verifier_of(const struct staff *staff, const struct sign_on_try *tried)
{
    bool is_pin = tried->secret[strspn(tried->secret, "0123456789")] == '\0';

    if (!staff->number || staff->left_at)
        return "";
    if (is_pin)
        return tried->enrolled ? staff->pin : "";
    return staff->password;
}

static enum tk_code work(struct sign_on_file *file, const struct staff *staff,
                         const struct sign_on_try *tried, bool *fits, struct tk_error *error)
{
    enum tk_code code;

    begin_work(file);
    code = secret_try(verifier_of(staff, tried), &file->pepper, tried->number, tried->secret, fits);
    end_work(file);
    return code ? tk_fail_code(error, code) : TK_OK;
}

/* "45 seconds", "3 minutes" */
static void print_wait(char text[40], int64_t wait)
{
    int64_t seconds = (wait + TIME_SECOND - 1) / TIME_SECOND, minutes = (seconds + 59) / 60;

    if (seconds <= 90)
        snprintf(text, 40, "%d %s", (int)seconds, seconds == 1 ? "second" : "seconds");
    else
        snprintf(text, 40, "%d minutes", (int)minutes);
}

static enum tk_code refuse_locked(int64_t wait, struct tk_error *error)
{
    char text[40];

    print_wait(text, wait);
    if (wait <= 0)
        return tk_fail(error, TK_SIGN_ON_LOCKED,
                       "This device is locked after too many tries: a supervisor has to sign on at "
                       "it.");
    return tk_fail(error, TK_SIGN_ON_LOCKED,
                   "This device is locked after too many tries: a supervisor can sign on at it in "
                   "%s.",
                   text);
}

/* Whether he may try now. If so he has failed already, until he has not; *before is what it was. */
static enum tk_code begin_try(struct sign_on_table *table, const struct sign_on_try *tried,
                              struct sign_on_guard *before, bool *locks, struct tk_error *error)
{
    struct sign_on_guard guard = {0};
    char text[40];
    int64_t wait;
    bool locked;

    sign_on_table_read(table, tried->device, &guard);
    *before = guard;
    wait = sign_on_next_at(&guard, tried->now, &locked) - tried->now;
    if (wait > 0 && locked)
        return refuse_locked(wait, error);
    if (wait > 0) {
        print_wait(text, wait);
        return tk_fail(error, TK_SIGN_ON_WAIT, "Too many tries at this device: wait %s.", text);
    }
    *locks = sign_on_note_failure(&guard, tried->number, tried->now);
    sign_on_table_write(table, tried->device, tried->enrolled, &guard, tried->now);
    return TK_OK;
}

/* It was right: the failure that was noted is taken back, unless it does not do. */
static enum tk_code end_try(struct sign_on_table *table, const struct sign_on_try *tried,
                            const struct staff *staff, struct sign_on_guard *guard)
{
    enum tk_code code = sign_on_note_success(guard, tried->number, staff->role, tried->now);

    sign_on_table_write(table, tried->device, tried->enrolled, guard, tried->now);
    return code;
}

static enum tk_code refuse(const struct sign_on_guard *before, bool locks, const char **event,
                           struct tk_error *error)
{
    *event = locks ? "locked" : "failed";
    if (locks)
        return refuse_locked(0, error);
    if (before->locked_at) /* right or wrong */
        return refuse_locked(SIGN_ON_LOCKED_WAIT, error);
    return tk_fail_code(error, TK_WRONG_PIN);
}

/* The device is held. */
static enum tk_code try_held(struct sign_on_file *file, struct store *store,
                             const struct sign_on_try *tried, struct staff *staff,
                             const char **event, struct tk_error *error)
{
    struct sign_on_guard before;
    bool locks = false, fits = false;
    enum tk_code code = begin_try(file->table, tried, &before, &locks, error);

    if (code)
        return code;
    code = find_member(store, tried, staff, error);
    if (!code)
        code = work(file, staff, tried, &fits, error);
    if (code) { /* nothing was learned by it */
        sign_on_table_write(file->table, tried->device, tried->enrolled, &before, tried->now);
        return code;
    }
    if (!fits)
        return refuse(&before, locks, event, error);
    if (tried->approve && (!role_approves(staff->role) || !role_may(staff->role, tried->kind))) {
        sign_on_table_write(file->table, tried->device, tried->enrolled, &before, tried->now);
        return tk_fail(error, TK_NOT_APPROVED, "%s is %s and cannot approve this.", staff->name,
                       role_name(staff->role));
    }
    if (end_try(file->table, tried, staff, &before))
        return refuse(&before, false, event, error);
    *event = tried->approve ? "approved" : "on";
    return TK_OK;
}

enum tk_code sign_on_file_try(struct sign_on_file *file, struct store *store,
                              const struct sign_on_try *tried, struct staff *staff,
                              const char **event, struct tk_error *error)
{
    struct staff found = {0};
    enum tk_code code;
    int held = sign_on_table_hold(file->table, tried->device);

    *event = NULL;
    code = try_held(file, store, tried, &found, event, error);
    sign_on_table_give(file->table, held);
    crypto_wipe(found.pin, sizeof found.pin);
    crypto_wipe(found.password, sizeof found.password);
    if (!code)
        *staff = found;
    return code;
}

void sign_on_file_load(struct sign_on_file *file, const char *device, struct sign_on_guard *guard)
{
    sign_on_table_read(file->table, device, guard);
}

void sign_on_file_save(struct sign_on_file *file, const char *device, bool enrolled,
                       const struct sign_on_guard *guard, int64_t now)
{
    sign_on_table_write(file->table, device, enrolled, guard, now);
}
