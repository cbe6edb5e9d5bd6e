/* What people who work here do beside selling, and those who look after them. */
#include <stdio.h>

#include "core/limit.h"
#include "core/text.h"
#include "core/time.h"
#include "tests/model/generator.h"
#include "tests/support/test.h"

#define CODES 6

static int64_t below(struct generator *g, int64_t bound)
{
    return (int64_t)test_random_below(&g->random, (uint64_t)bound);
}

/* Who mostly is what, so that each does what is his: clerks sell. */
static const enum role usual[] = {ROLE_AUDITOR, ROLE_ADMIN, ROLE_MANAGER, ROLE_SUPERVISOR,
                                  ROLE_CLERK,   ROLE_CLERK, ROLE_CLERK,   ROLE_USHER};

static bool is_known(const struct generator *g, int number)
{
    const struct record_list *records = model_records(g->model);
    char key[RECORD_KEY_SIZE];

    snprintf(key, sizeof key, "staff/%d", number);
    for (size_t i = 0; i < records->count; i++)
        if (strcmp(records->items[i].key, key) == 0 &&
            strstr(records->items[i].value, "\"leftAt\":0"))
            return true;
    return false;
}

static int pick_number(struct generator *g)
{
    static const int numbers[] = {1, 1, 2, 3, 4, 4, 4, 4, 4, 5, 5, 5, 5, 6, 7, 8};

    return numbers[below(g, 16)];
}

/* Mostly one who works here. */
static int pick_known(struct generator *g)
{
    int number = pick_number(g);

    for (int i = 0; i < 8 && !is_known(g, number) && below(g, 16); i++)
        number = pick_number(g);
    return number;
}

static int64_t pick_member(struct generator *g)
{
    return below(g, 40) ? pick_number(g) : below(g, 2) ? 0 : 99999999 + below(g, 2);
}

bool generator_has_staff(const struct generator *g)
{
    const struct record_list *records = model_records(g->model);
    int count = 0;

    for (size_t i = 0; i < records->count; i++)
        count += strncmp(records->items[i].key, "staff/", 6) == 0;
    return count >= 5;
}

static bool is_sale(enum op_kind kind)
{
    return kind == OP_BOOK || kind == OP_REISSUE || kind == OP_CANCEL || kind == OP_PRINT ||
           kind == OP_ADMIT || kind == OP_UNADMIT;
}

void generator_pick_actor(struct generator *g, struct operation *operation)
{
    static const char *const wrong[] = {"#",    "#0",         "#01", "#1+", "#1+Tom",
                                        "#1+#", "#999999999", "#1 ", "# 1", "#1+#2+#3"};
    char *actor = operation->actor;

    if (below(g, is_sale(operation->kind) ? 2 : 8) || !generator_has_staff(g))
        return;
    if (below(g, 60) == 0)
        text_copy(actor, ACTOR_SIZE, wrong[below(g, (int64_t)(sizeof wrong / sizeof wrong[0]))]);
    else if (operation->kind == OP_CANCEL && below(g, 3)) /* one who comes to his limit */
        text_copy(actor, ACTOR_SIZE, "#4");
    else if (below(g, 6))
        snprintf(actor, ACTOR_SIZE, "#%d", pick_known(g));
    else
        snprintf(actor, ACTOR_SIZE, "#%d+#%d", pick_known(g), pick_known(g));
}

static void make_staff(struct generator *g, struct operation *operation)
{
    struct op_staff *staff = &operation->staff;
    static const char *const names[] = {"Priya", "Tom", "Zoë", "Ann Lee"};

    staff->number = pick_member(g);
    text_copy(staff->name, sizeof staff->name, below(g, 30) ? names[below(g, 4)] : "");
    staff->role = below(g, 8) ? usual[staff->number % 8] : (enum role)below(g, ROLE_COUNT + 1);
    staff->left = below(g, 8) == 0;
    if (below(g, 4) == 0)
        snprintf(operation->actor, ACTOR_SIZE, "#%lld", (long long)staff->number);
}

static void make_pin(struct generator *g, struct operation *operation)
{
    struct op_pin *pin = &operation->pin;

    pin->number = pick_member(g);
    if (below(g, 2))
        snprintf(pin->pin, sizeof pin->pin, "$argon2id$pin%d", (int)below(g, 9));
    if (below(g, 2))
        snprintf(pin->password, sizeof pin->password, "$argon2id$word%d", (int)below(g, 9));
    if (below(g, 2))
        snprintf(operation->actor, ACTOR_SIZE, "#%lld", (long long)pin->number);
}

static void make_sign(struct generator *g, struct op_sign *sign)
{
    static const char *const events[] = {"on", "off", "locked", "failed", "approved", "in"};

    sign->number = below(g, 30) ? below(g, 20) : below(g, 2) ? -1 : 100000000;
    text_copy(sign->event, sizeof sign->event, events[below(g, 6)]);
}

static void make_limit(struct generator *g, struct op_limit *limit)
{
    enum limit which = (enum limit)(below(g, 2) ? LIMIT_SHIFT_CANCELS : below(g, LIMIT_COUNT));

    text_copy(limit->name, sizeof limit->name, below(g, 30) ? limit_name(which) : "refunds");
    limit->value = which == LIMIT_SHIFT_CANCELS ? below(g, 3) : below(g, 4);
    if (which == LIMIT_OWN_CANCELS || which == LIMIT_LATE_REISSUE)
        limit->value = below(g, 12) ? below(g, 2) : 2;
    if (below(g, 30) == 0)
        limit->value = below(g, 2) ? -1 : 100001;
}

static void pick_code(struct generator *g, uint8_t hash[CRYPTO_HASH_SIZE])
{
    hash[0] = 9;
    hash[1] = (uint8_t)below(g, CODES);
    hash[2] = (uint8_t)(g->now / (6 * TIME_HOUR)); /* others later */
}

static void make_invite(struct generator *g, struct op_invite *invite)
{
    generator_device(g, invite->name);
    invite->role = (enum role)(below(g, 30) ? below(g, ROLE_COUNT) : ROLE_COUNT);
    invite->attended = below(g, 2);
    pick_code(g, invite->code_hash);
    invite->until = below(g, 4) ? g->now + 10 * TIME_MINUTE : g->now + below(g, TIME_HOUR);
    g->invited = *invite;
}

static void make_redeem(struct generator *g, struct op_redeem *redeem)
{
    if (below(g, 4)) {
        text_copy(redeem->name, sizeof redeem->name, g->invited.name);
        memcpy(redeem->code_hash, g->invited.code_hash, sizeof redeem->code_hash);
    }
    if (below(g, 6) == 0)
        generator_device(g, redeem->name);
    if (below(g, 6) == 0)
        pick_code(g, redeem->code_hash);
    redeem->token_hash[0] = 7;
    redeem->token_hash[1] = (uint8_t)below(g, 20);
}

static uint64_t pick_customer(struct generator *g)
{
    const struct customer_list *customers = model_customers(g->model);

    if (!customers->count || below(g, 20) == 0)
        return below(g, 3) ? 77777 + (uint64_t)below(g, 2) : below(g, 2) ? 0 : ID_MAX + 1;
    return customers->items[below(g, (int64_t)customers->count)].id;
}

static void make_tier(struct generator *g, struct op_tier *tier)
{
    static const char *const tiers[] = {"Gold", "Platinum", "Silver", "counted", "Tin"};

    tier->customer_id = pick_customer(g);
    text_copy(tier->tier, sizeof tier->tier, tiers[below(g, 16) ? below(g, 4) : 4]);
    text_copy(tier->reason, sizeof tier->reason, below(g, 20) ? "He waited in the rain." : "");
}

static void make_effort(struct generator *g, struct op_shift_close *close)
{
    static const char *const texts[] = {"", "3:12 4:7", "0:1 120:9", "3:0", "4:7 3:12", "121:1"};

    text_copy(close->keys, sizeof close->keys, texts[below(g, 10) ? below(g, 3) : below(g, 6)]);
    text_copy(close->seconds, sizeof close->seconds,
              texts[below(g, 10) ? below(g, 3) : below(g, 6)]);
}

void generator_make_staff(struct generator *g, struct operation *operation)
{
    static const enum op_kind kinds[] = {
        OP_STAFF,      OP_STAFF,       OP_STAFF, OP_STAFF, OP_PIN,    OP_PIN,    OP_SIGN,
        OP_SHIFT_OPEN, OP_SHIFT_CLOSE, OP_LIMIT, OP_LIMIT, OP_INVITE, OP_INVITE, OP_REDEEM,
        OP_REDEEM,     OP_TIER,        OP_TIER,  OP_ERASE, OP_SEAL};

    operation->kind = kinds[below(g, (int64_t)(sizeof kinds / sizeof kinds[0]))];
    if (!generator_has_staff(g) && below(g, 4)) {
        operation->kind = OP_STAFF;
        text_copy(operation->actor, ACTOR_SIZE, "Priya");
    }
    switch (operation->kind) {
    case OP_STAFF:
        make_staff(g, operation);
        break;
    case OP_PIN:
        make_pin(g, operation);
        break;
    case OP_SIGN:
        make_sign(g, &operation->sign);
        break;
    case OP_SHIFT_OPEN:
    case OP_SHIFT_CLOSE:
        if (below(g, 8))
            snprintf(operation->actor, ACTOR_SIZE, "#%d", pick_known(g));
        if (operation->kind == OP_SHIFT_CLOSE)
            make_effort(g, &operation->shift_close);
        break;
    case OP_LIMIT:
        make_limit(g, &operation->limit);
        break;
    case OP_INVITE:
        make_invite(g, &operation->invite);
        break;
    case OP_REDEEM:
        make_redeem(g, &operation->redeem);
        break;
    case OP_TIER:
        make_tier(g, &operation->tier);
        break;
    case OP_ERASE:
        operation->erase.customer_id = pick_customer(g);
        text_copy(operation->erase.reason, REASON_SIZE, below(g, 12) ? "He asked." : " ");
        break;
    default:
        text_copy(operation->seal.why, sizeof operation->seal.why,
                  below(g, 8)   ? "asked"
                  : below(g, 2) ? "midnight"
                                : "why not");
    }
}
