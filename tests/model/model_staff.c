/* The model of people: who may, shifts, limits, devices that come with a code, tiers, and what is
 * counted. */
#include <inttypes.h>

#include "core/invite.h"
#include "core/list.h"
#include "core/loyalty.h"
#include "core/text.h"
#include "core/time.h"
#include "tests/model/model_internal.h"

/* --- words --- */

/* "#17" from the text on; NULL when it is none, else what follows. */
static const char *member_words(const char *text, int64_t *number)
{
    char digits[24] = "", again[28];
    size_t length;

    if (text[0] != '#')
        return NULL;
    length = strspn(text + 1, "0123456789");
    if (length < 1 || length > 8)
        return NULL;
    memcpy(digits, text + 1, length);
    *number = strtoll(digits, NULL, 10);
    snprintf(again, sizeof again, "%" PRId64, *number);
    return *number && strcmp(again, digits) == 0 ? text + 1 + length : NULL;
}

/* Whether a member did it, and who approved. */
static bool is_member(const char *actor, int64_t *number, int64_t *approver)
{
    const char *rest = member_words(actor, number);

    *approver = 0;
    if (rest && *rest == '+')
        rest = member_words(rest + 1, approver);
    return rest && !*rest;
}

static bool is_one_of(const char *text, const char *const *words)
{
    for (; *words; words++)
        if (strcmp(*words, text) == 0)
            return true;
    return false;
}

static enum tk_code refuse_reason(const char *reason)
{
    return *reason && text_is_clean(reason) ? TK_OK : TK_BAD_REASON;
}

static enum tk_code refuse_limit(const struct op_limit *o)
{
    static const char *const yes_no[] = {"own-cancels", "late-reissue", NULL};
    static const char *const any[] = {"sale-tickets", "shift-cancels", NULL};
    static const char *const some[] = {"gold-tickets", "platinum-tickets", NULL};

    if (is_one_of(o->name, yes_no))
        return o->value == 0 || o->value == 1 ? TK_OK : TK_BAD_LIMIT;
    if (is_one_of(o->name, any))
        return o->value >= 0 && o->value <= 100000 ? TK_OK : TK_BAD_LIMIT;
    return is_one_of(o->name, some) && o->value >= 1 && o->value <= 100000 ? TK_OK : TK_BAD_LIMIT;
}

static enum tk_code refuse_staff(const struct op_staff *o)
{
    if (o->number < 1 || o->number > 99999999)
        return TK_BAD_STAFF;
    if (!o->name[0] || !text_is_clean(o->name))
        return TK_BAD_NAME;
    return o->role == ROLE_READER || o->role == ROLE_DOOR || (unsigned)o->role >= ROLE_COUNT
               ? TK_BAD_ROLE
               : TK_OK;
}

static enum tk_code refuse_customer(uint64_t id, const char *reason)
{
    return id == 0 || id > ID_MAX ? TK_BAD_ID : refuse_reason(reason);
}

/* "3:12 4:7": rising numbers of up to 120, none of them none. */
static bool is_effort(const char *text)
{
    long last = -1;

    while (*text) {
        char *colon, *end, again[64];
        long value = strtol(text, &colon, 10), number = *colon ? strtol(colon + 1, &end, 10) : 0;

        if (*colon != ':' || value <= last || value > 120 || number < 1)
            return false;
        snprintf(again, sizeof again, "%ld:%ld", value, number);
        if ((size_t)(end - text) != strlen(again) || strncmp(text, again, strlen(again)) != 0)
            return false;
        last = value;
        text = *end == ' ' && end[1] ? end + 1 : end;
        if (text == end && *end)
            return false;
    }
    return true;
}

enum tk_code model_refuse_staff_words(const struct operation *o)
{
    static const char *const events[] = {"on", "off", "locked", "failed", "approved", NULL};
    static const char *const tiers[] = {"counted", "Silver", "Gold", "Platinum", NULL};
    int64_t number, approver;

    switch (o->kind) {
    case OP_STAFF:
        return refuse_staff(&o->staff);
    case OP_PIN:
        return o->pin.number < 1 || o->pin.number > 99999999 ? TK_BAD_STAFF : TK_OK;
    case OP_SIGN:
        if (!is_one_of(o->sign.event, events))
            return TK_BAD_OPERATION;
        return o->sign.number < 0 || o->sign.number > 99999999 ? TK_BAD_STAFF : TK_OK;
    case OP_SHIFT_OPEN:
    case OP_SHIFT_CLOSE:
        if (!is_member(o->actor, &number, &approver))
            return TK_BAD_STAFF;
        return o->kind == OP_SHIFT_OPEN ||
                       (is_effort(o->shift_close.keys) && is_effort(o->shift_close.seconds))
                   ? TK_OK
                   : TK_BAD_OPERATION;
    case OP_LIMIT:
        return refuse_limit(&o->limit);
    case OP_INVITE:
        if (!o->invite.name[0] || !text_is_clean(o->invite.name))
            return TK_BAD_NAME;
        return (unsigned)o->invite.role >= ROLE_COUNT ? TK_BAD_ROLE : TK_OK;
    case OP_REDEEM:
        return o->redeem.name[0] && text_is_clean(o->redeem.name) ? TK_OK : TK_BAD_NAME;
    case OP_TIER:
        if (o->tier.customer_id == 0 || o->tier.customer_id > ID_MAX)
            return TK_BAD_ID;
        return is_one_of(o->tier.tier, tiers) ? refuse_reason(o->tier.reason) : TK_BAD_TIER;
    case OP_ERASE:
        return refuse_customer(o->erase.customer_id, o->erase.reason);
    case OP_SEAL:
        return strcmp(o->seal.why, "asked") == 0 || strcmp(o->seal.why, "midnight") == 0
                   ? TK_OK
                   : TK_BAD_OPERATION;
    default:
        return TK_OK;
    }
}

bool model_actor_is_clean(const char *actor)
{
    int64_t number, approver;

    return text_is_clean(actor) && (actor[0] != '#' || is_member(actor, &number, &approver));
}

/* --- looking things up --- */

static struct known_member *find_member(const struct model *model, int64_t number)
{
    for (size_t i = 0; i < model->members.count; i++)
        if (model->members.items[i].number == number)
            return &model->members.items[i];
    return NULL;
}

static struct known_invite *find_invite(const struct model *model, const uint8_t *hash)
{
    for (size_t i = 0; i < model->invites.count; i++)
        if (memcmp(model->invites.items[i].hash, hash, CRYPTO_HASH_SIZE) == 0)
            return &model->invites.items[i];
    return NULL;
}

static struct record *find_record(const struct model *model, const char *key)
{
    for (size_t i = 0; i < model->records.count; i++)
        if (strcmp(model->records.items[i].key, key) == 0)
            return &model->records.items[i];
    return NULL;
}

/* Writes it as it is kept; `value` "" for one that is gone. */
static void keep(struct model *model, const char *key, const char *value)
{
    struct record made = {.seq = 0}, *record = find_record(model, key);

    if (!record) {
        model_must(record_list_add(&model->records, &made));
        record = &model->records.items[model->records.count - 1];
        text_copy(record->key, sizeof record->key, key);
    }
    record->changed_at = model_now(model);
    text_copy(record->value, sizeof record->value, value);
    if (strncmp(key, "staff/", 6) == 0 || strcmp(key, "limits") == 0)
        record->seq = ++model->record_seq;
}

static void keep_member(struct model *model, const struct known_member *m)
{
    char key[RECORD_KEY_SIZE], value[RECORD_VALUE_SIZE];

    snprintf(key, sizeof key, "staff/%" PRId64, m->number);
    snprintf(value, sizeof value,
             "{\"number\":%" PRId64 ",\"name\":\"%s\",\"role\":\"%s\",\"pin\":\"%s\","
             "\"password\":\"%s\",\"since\":%" PRId64 ",\"leftAt\":%" PRId64 "}",
             m->number, m->name, role_name(m->role), m->pin, m->password, m->since, m->left_at);
    keep(model, key, value);
}

static void keep_duty(struct model *model, const struct known_member *m)
{
    char key[RECORD_KEY_SIZE], value[RECORD_VALUE_SIZE];

    snprintf(key, sizeof key, "duty/%" PRId64, m->number);
    snprintf(value, sizeof value,
             "{\"number\":%" PRId64 ",\"openedAt\":%" PRId64
             ",\"device\":\"%s\",\"cancels\":%" PRId64 "}",
             m->number, m->opened_at, m->opened_device, m->cancels);
    keep(model, key, value);
}

static void keep_invite(struct model *model, const struct known_invite *invite)
{
    char key[RECORD_KEY_SIZE] = "invite/", value[RECORD_VALUE_SIZE];

    hex_print(key + strlen(key), invite->hash, CRYPTO_HASH_SIZE);
    snprintf(value, sizeof value,
             "{\"deviceName\":\"%s\",\"role\":\"%s\",\"attended\":%s,\"until\":%" PRId64
             ",\"usedAt\":%" PRId64 "}",
             invite->name, role_name(invite->role), invite->attended ? "true" : "false",
             invite->until, invite->used_at);
    keep(model, key, value);
}

static bool is_attended(const struct model *model, const char *device)
{
    char key[RECORD_KEY_SIZE];
    const struct record *record;

    snprintf(key, sizeof key, "device/%s", device);
    record = find_record(model, key);
    return record && strcmp(record->value, "{\"attended\":true}") == 0;
}

/* --- who may --- */

/* The least of the roles that may, where each of them may what the one before it may. Auditors are
 * apart. */
static bool may(enum role role, const struct operation *o)
{
    switch (o->kind) {
    case OP_BOOK:
    case OP_REISSUE:
    case OP_CANCEL:
    case OP_PRINT:
        return role >= ROLE_CLERK && role <= ROLE_ADMIN;
    case OP_ADMIT:
    case OP_UNADMIT:
    case OP_CLOSE:
        return role >= ROLE_DOOR && role <= ROLE_ADMIN;
    case OP_SHIFT_OPEN:
    case OP_SHIFT_CLOSE:
        return role >= ROLE_USHER && role <= ROLE_ADMIN;
    case OP_SCHEDULE:
    case OP_EXPIRE:
    case OP_ARCHIVE:
    case OP_WRITE_OFF:
    case OP_LIMIT:
    case OP_TIER:
    case OP_ERASE:
    case OP_SEAL:
        return role == ROLE_MANAGER || role == ROLE_ADMIN;
    case OP_PIN:
        return role >= ROLE_USHER;
    case OP_SIGN:
        return role != ROLE_READER;
    default:
        return role == ROLE_ADMIN;
    }
}

static enum tk_code refuse_absent(const struct model *model, const struct operation *o,
                                  const struct known_member *member)
{
    if (!member)
        return TK_STAFF_NOT_FOUND;
    if (!member->left_at || (o->cut_off && model_done_at(model, o) < member->left_at))
        return TK_OK;
    return TK_STAFF_LEFT;
}

static enum tk_code refuse_over_limit(const struct model *model, const struct operation *o,
                                      const struct known_member *doer)
{
    const int64_t *limits = model->limits;
    const struct ticket *ticket =
        o->kind == OP_CANCEL    ? model_find_ticket(model, o->cancel.ticket_id)
        : o->kind == OP_REISSUE ? model_find_ticket(model, o->reissue.ticket_id)
                                : NULL;

    if (o->kind == OP_BOOK && limits[LIMIT_SALE_TICKETS] &&
        o->book.count > limits[LIMIT_SALE_TICKETS])
        return TK_SALE_LIMIT;
    if (o->kind == OP_REISSUE && ticket && !limits[LIMIT_LATE_REISSUE] &&
        model_find_slot(model, ticket->slot_id)->starts_at <= model_now(model))
        return TK_REISSUE_LATE;
    if (o->kind != OP_CANCEL || !ticket || ticket->status != TICKET_BOOKED)
        return TK_OK;
    if (limits[LIMIT_OWN_CANCELS] && ticket->seller != doer->number)
        return TK_NOT_OWN_SALE;
    return limits[LIMIT_SHIFT_CANCELS] && doer->cancels >= limits[LIMIT_SHIFT_CANCELS]
               ? TK_CANCEL_LIMIT
               : TK_OK;
}

/* Cut off and by nobody, at a device where people sign on. */
static enum tk_code refuse_nobody(const struct model *model, const struct operation *o)
{
    bool peoples = o->kind == OP_BOOK || o->kind == OP_REISSUE || o->kind == OP_CANCEL ||
                   o->kind == OP_PRINT || o->kind == OP_ADMIT || o->kind == OP_UNADMIT ||
                   o->kind == OP_CLOSE;

    return o->cut_off && peoples && is_attended(model, o->device) ? TK_SIGN_ON : TK_OK;
}

enum tk_code model_refuse_actor(const struct model *model, const struct operation *o)
{
    const struct known_member *doer, *approver;
    int64_t number, other;
    enum tk_code code;

    if (!is_member(o->actor, &number, &other))
        return refuse_nobody(model, o);
    doer = find_member(model, number);
    approver = find_member(model, other);
    code = refuse_absent(model, o, doer);
    if (!code && other)
        code = refuse_absent(model, o, approver);
    if (code)
        return code;
    if (other && approver->role != ROLE_SUPERVISOR && approver->role != ROLE_MANAGER &&
        approver->role != ROLE_ADMIN)
        return TK_NOT_APPROVED;
    if (!may(doer->role, o) && !(other && may(approver->role, o)))
        return other ? TK_NOT_APPROVED : TK_NOT_PERMITTED;
    if (other || o->cut_off || doer->role == ROLE_SUPERVISOR || doer->role == ROLE_MANAGER ||
        doer->role == ROLE_ADMIN)
        return TK_OK;
    return refuse_over_limit(model, o, doer);
}

int64_t model_seller(const struct operation *o)
{
    int64_t number, approver;

    return is_member(o->actor, &number, &approver) ? number : 0;
}

/* --- what happened --- */

static void count(struct model *model, const struct operation *o, int64_t slot_id,
                  const struct tally *more)
{
    const struct slot *slot = model_find_slot(model, slot_id);
    struct tally tally = *more;
    int64_t at = model_done_at(model, o);

    if (!slot)
        return;
    tally.span_at = at / (15 * TIME_MINUTE) * (15 * TIME_MINUTE);
    tally.genre = slot->genre;
    text_copy(tally.device, sizeof tally.device, o->device);
    text_copy(tally.actor, sizeof tally.actor, o->actor);
    if (model_seller(o) && strchr(tally.actor, '+'))
        *strchr(tally.actor, '+') = '\0';
    for (size_t i = 0; i < model->tallies.count; i++) {
        struct tally *known = &model->tallies.items[i];

        if (known->span_at != tally.span_at || known->genre != tally.genre ||
            strcmp(known->actor, tally.actor) != 0 || strcmp(known->device, tally.device) != 0)
            continue;
        known->sales += tally.sales;
        known->sold += tally.sold;
        known->canceled += tally.canceled;
        known->reissued += tally.reissued;
        known->admitted += tally.admitted;
        return;
    }
    model_must(tally_list_add(&model->tallies, &tally));
}

void model_count(struct model *model, const struct operation *o, const struct outcome *outcome,
                 enum op_kind voided)
{
    struct known_member *doer = find_member(model, model_seller(o));
    int32_t n = outcome->count;

    if (outcome->code)
        return;
    if (o->kind == OP_CANCEL && doer) {
        doer->cancels++;
        keep_duty(model, doer);
    }
    if (o->kind == OP_BOOK)
        count(model, o, outcome->slot_id, &(struct tally){.sales = 1, .sold = n});
    if (o->kind == OP_CANCEL || (o->kind == OP_VOID && voided == OP_BOOK && n))
        count(model, o, outcome->slot_id, &(struct tally){.canceled = n});
    if (o->kind == OP_REISSUE)
        count(model, o, outcome->slot_id, &(struct tally){.reissued = n});
    if (o->kind == OP_ADMIT)
        count(model, o, outcome->slot_id, &(struct tally){.admitted = n});
    if (n && (o->kind == OP_UNADMIT || (o->kind == OP_VOID && voided == OP_ADMIT)))
        count(model, o, outcome->slot_id, &(struct tally){.admitted = -n});
}

/* --- the kinds --- */

static struct outcome refused(enum tk_code code)
{
    return (struct outcome){.code = code};
}

static struct outcome do_staff(struct model *model, const struct operation *o)
{
    const struct op_staff *wanted = &o->staff;
    struct known_member *member = find_member(model, wanted->number);
    struct known_member made = {.number = wanted->number, .since = model_now(model)};

    if (member && model_seller(o) == member->number &&
        (wanted->left || wanted->role != member->role))
        return refused(TK_OWN_ROLE);
    if (!member) {
        model_must(LIST_ADD(&model->members, &made));
        member = &model->members.items[model->members.count - 1];
    }
    text_copy(member->name, sizeof member->name, wanted->name);
    member->role = wanted->role;
    if (!wanted->left || !member->left_at)
        member->left_at = wanted->left ? model_now(model) : 0;
    keep_member(model, member);
    return refused(TK_OK);
}

static struct outcome do_pin(struct model *model, const struct operation *o)
{
    struct known_member *member = find_member(model, o->pin.number);
    const struct known_member *doer = find_member(model, model_seller(o));

    if (!member)
        return refused(TK_STAFF_NOT_FOUND);
    if (doer && doer != member && doer->role != ROLE_ADMIN)
        return refused(TK_NOT_PERMITTED);
    if (o->pin.pin[0])
        text_copy(member->pin, sizeof member->pin, o->pin.pin);
    if (o->pin.password[0])
        text_copy(member->password, sizeof member->password, o->pin.password);
    keep_member(model, member);
    return refused(TK_OK);
}

static struct outcome do_shift(struct model *model, const struct operation *o)
{
    struct known_member *member = find_member(model, model_seller(o));
    char key[RECORD_KEY_SIZE], value[RECORD_VALUE_SIZE];
    bool opens = o->kind == OP_SHIFT_OPEN;

    if (opens && member->opened_at)
        return refused(TK_SHIFT_IS_OPEN);
    if (!opens && !member->opened_at)
        return refused(TK_NO_SHIFT);
    if (!opens) {
        snprintf(key, sizeof key, "shift/%" PRId64 "/%016" PRId64, member->number,
                 member->opened_at);
        snprintf(value, sizeof value,
                 "{\"number\":%" PRId64 ",\"openedAt\":%" PRId64 ",\"closedAt\":%" PRId64
                 ",\"device\":\"%s\",\"closedDevice\":\"%s\",\"cancels\":%" PRId64
                 ",\"keys\":\"%s\",\"seconds\":\"%s\"}",
                 member->number, member->opened_at, model_now(model), member->opened_device,
                 o->device, member->cancels, o->shift_close.keys, o->shift_close.seconds);
        keep(model, key, value);
    }
    member->opened_at = opens ? model_now(model) : 0;
    text_copy(member->opened_device, sizeof member->opened_device, opens ? o->device : "");
    member->cancels = 0;
    keep_duty(model, member);
    return refused(TK_OK);
}

static struct outcome do_limit(struct model *model, const struct op_limit *limit)
{
    char value[RECORD_VALUE_SIZE] = "{";
    enum limit which;

    if (!limit_parse(limit->name, &which))
        abort();
    model->limits[which] = limit->value;
    for (int i = 0; i < LIMIT_COUNT; i++)
        snprintf(value + strlen(value), sizeof value - strlen(value), "%s\"%s\":%" PRId64,
                 i ? "," : "", limit_name((enum limit)i), model->limits[i]);
    snprintf(value + strlen(value), sizeof value - strlen(value), "}");
    keep(model, "limits", value);
    return refused(TK_OK);
}

static struct outcome do_invite(struct model *model, const struct op_invite *o)
{
    const struct device *device = model_find_device(model, o->name);
    struct known_invite made = {.role = o->role, .attended = o->attended, .until = o->until};

    if ((device && !device->revoked_at) || find_invite(model, o->code_hash))
        return refused(TK_DEVICE_KNOWN);
    if (made.until > model_now(model) + 10 * TIME_MINUTE)
        made.until = model_now(model) + 10 * TIME_MINUTE;
    text_copy(made.name, sizeof made.name, o->name);
    memcpy(made.hash, o->code_hash, sizeof made.hash);
    model_must(LIST_ADD(&model->invites, &made));
    keep_invite(model, &made);
    return refused(TK_OK);
}

static struct outcome do_redeem(struct model *model, const struct op_redeem *o)
{
    struct known_invite *invite = find_invite(model, o->code_hash);
    struct op_enrol enrol = {.role = invite ? invite->role : ROLE_READER};
    char key[RECORD_KEY_SIZE];
    struct outcome outcome;

    if (!invite || invite->used_at || model_now(model) >= invite->until ||
        strcmp(invite->name, o->name) != 0)
        return refused(TK_BAD_CODE);
    text_copy(enrol.name, sizeof enrol.name, o->name);
    memcpy(enrol.token_hash, o->token_hash, sizeof enrol.token_hash);
    outcome = model_enrol(model, &enrol);
    if (outcome.code)
        return outcome;
    invite->used_at = model_now(model);
    keep_invite(model, invite);
    snprintf(key, sizeof key, "device/%s", o->name);
    keep(model, key, invite->attended ? "{\"attended\":true}" : "{\"attended\":false}");
    return outcome;
}

void model_forget_record(struct model *model, const char *key)
{
    const struct record *record = find_record(model, key);

    if (record && record->value[0])
        keep(model, key, "");
}

static struct outcome do_tier(struct model *model, const struct operation *o)
{
    const struct customer *customer = model_find_customer(model, o->tier.customer_id);
    char key[RECORD_KEY_SIZE] = "tier/", value[RECORD_VALUE_SIZE];

    if (!customer || customer->erased_at)
        return refused(TK_CUSTOMER_NOT_FOUND);
    id_print(key + 5, ID_CUSTOMER, customer->id);
    snprintf(value, sizeof value,
             "{\"userId\":\"%s\",\"tier\":\"%s\",\"reason\":\"%s\",\"by\":\"%s\",\"at\":%" PRId64
             "}",
             key + 5, o->tier.tier, o->tier.reason, o->actor, model_now(model));
    keep(model, key, value);
    return (struct outcome){.customer_id = customer->id};
}

static struct outcome do_erase(struct model *model, const struct operation *o)
{
    struct customer *customer = model_find_customer(model, o->erase.customer_id);
    char key[RECORD_KEY_SIZE] = "tier/";

    if (!customer || customer->erased_at)
        return refused(TK_CUSTOMER_NOT_FOUND);
    memset(customer->name, 0, sizeof customer->name);
    memset(customer->phone, 0, sizeof customer->phone);
    customer->erased_at = model_now(model);
    id_print(key + 5, ID_CUSTOMER, customer->id);
    model_forget_record(model, key);
    return (struct outcome){.customer_id = customer->id};
}

struct outcome model_do_staff(struct model *model, const struct operation *o)
{
    switch (o->kind) {
    case OP_STAFF:
        return do_staff(model, o);
    case OP_PIN:
        return do_pin(model, o);
    case OP_SHIFT_OPEN:
    case OP_SHIFT_CLOSE:
        return do_shift(model, o);
    case OP_LIMIT:
        return do_limit(model, &o->limit);
    case OP_INVITE:
        return do_invite(model, &o->invite);
    case OP_REDEEM:
        return do_redeem(model, &o->redeem);
    case OP_TIER:
        return do_tier(model, o);
    case OP_ERASE:
        return do_erase(model, o);
    default: /* to sign, and to have the journal signed, changes nothing */
        return refused(TK_OK);
    }
}

/* --- lists --- */

static int key_order(const void *left, const void *right)
{
    const struct record *a = left, *b = right;

    return strcmp(a->key, b->key);
}

static int key_order_down(const void *left, const void *right)
{
    return key_order(right, left);
}

static int seq_order(const void *left, const void *right)
{
    const struct record *a = left, *b = right;

    return a->seq > b->seq ? 1 : -1;
}

static bool record_asked(const struct record *r, const struct record_query *q)
{
    if (q->by_seq)
        return r->seq > q->after_seq;
    if (!r->value[0] || (q->key && strcmp(q->key, r->key) != 0))
        return false;
    if (q->prefix && strncmp(q->prefix, r->key, strlen(q->prefix)) != 0)
        return false;
    return !q->after_key || !*q->after_key ||
           (q->descending ? strcmp(r->key, q->after_key) < 0 : strcmp(r->key, q->after_key) > 0);
}

enum tk_code model_list_records(struct store *store, const struct record_query *query,
                                struct record_list *list, struct tk_error *error)
{
    const struct model *model = (struct model *)store;
    struct record_list found = {0};

    (void)error;
    for (size_t i = 0; i < model->records.count; i++)
        if (record_asked(&model->records.items[i], query))
            model_must(record_list_add(&found, &model->records.items[i]));
    if (found.count)
        qsort(found.items, found.count, sizeof *found.items,
              query->by_seq       ? seq_order
              : query->descending ? key_order_down
                                  : key_order);
    for (size_t i = 0; i < found.count && i < model_limit(query->limit); i++)
        model_must(record_list_add(list, &found.items[i]));
    record_list_release(&found);
    return TK_OK;
}

static int span_order(const void *left, const void *right)
{
    const struct tally *a = left, *b = right;
    int order = a->span_at < b->span_at ? -1 : a->span_at > b->span_at;

    if (!order)
        order = strcmp(a->actor, b->actor);
    if (!order)
        order = strcmp(a->device, b->device);
    return order ? order : (int)a->genre - (int)b->genre;
}

static enum tk_code list_spans(const struct model *model, const struct tally_query *q,
                               struct tally_list *found)
{
    struct tally after = {.span_at = q->after_span, .genre = (enum genre)q->after_genre};

    text_copy(after.actor, sizeof after.actor, q->after_actor ? q->after_actor : "");
    text_copy(after.device, sizeof after.device, q->after_device ? q->after_device : "");
    for (size_t i = 0; i < model->tallies.count; i++) {
        const struct tally *tally = &model->tallies.items[i];

        if (tally->span_at >= q->from && (!q->to || tally->span_at < q->to) &&
            (!q->after_given || span_order(tally, &after) > 0))
            model_must(tally_list_add(found, tally));
    }
    if (found->count)
        qsort(found->items, found->count, sizeof *found->items, span_order);
    return TK_OK;
}

/* A showing's tickets, counted. */
static struct tally count_showing(const struct model *model, const struct slot *slot)
{
    struct tally tally = {.slot_id = slot->id, .genre = slot->genre};

    for (size_t i = 0; i < model->tickets.count; i++) {
        const struct ticket *ticket = &model->tickets.items[i];

        if (ticket->slot_id != slot->id)
            continue;
        tally.sold += !ticket->replaces;
        tally.canceled += ticket->canceled_at && !ticket->replaced_by;
        tally.reissued += ticket->replaced_by != 0;
        tally.admitted += ticket->admitted_at != 0;
        /* each sale by its first ticket, which is never of another showing */
        tally.sales += !ticket->replaces && ticket->id == ticket->sale_id;
    }
    return tally;
}

static int start_order(const void *left, const void *right)
{
    const struct slot *a = left, *b = right;

    if (a->starts_at != b->starts_at)
        return a->starts_at < b->starts_at ? -1 : 1;
    return a->id < b->id ? -1 : a->id > b->id;
}

static enum tk_code list_showings(const struct model *model, const struct tally_query *q,
                                  struct tally_list *found)
{
    struct slot after = {.id = q->after_slot, .starts_at = q->after_starts_at};
    struct slot_list slots = {0};

    for (size_t i = 0; i < model->slots.count; i++)
        model_must(slot_list_add(&slots, &model->slots.items[i]));
    if (slots.count)
        qsort(slots.items, slots.count, sizeof *slots.items, start_order);
    for (size_t i = 0; i < slots.count; i++) {
        const struct slot *slot = &slots.items[i];
        struct tally tally = count_showing(model, slot);

        if (slot->starts_at >= q->from && (!q->to || slot->starts_at < q->to) &&
            (!q->slot_id || slot->id == q->slot_id) &&
            (!q->after_slot || start_order(slot, &after) > 0))
            model_must(tally_list_add(found, &tally));
    }
    slot_list_release(&slots);
    return TK_OK;
}

enum tk_code model_list_tallies(struct store *store, const struct tally_query *query,
                                struct tally_list *list, struct tk_error *error)
{
    const struct model *model = (struct model *)store;
    struct tally_list found = {0};

    (void)error;
    if (query->by_slot)
        list_showings(model, query, &found);
    else
        list_spans(model, query, &found);
    for (size_t i = 0; i < found.count && i < model_limit(query->limit); i++)
        model_must(tally_list_add(list, &found.items[i]));
    tally_list_release(&found);
    return TK_OK;
}
