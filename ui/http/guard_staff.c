/* guard_staff: who signed on, and what he may from the device where he did. */
#include <string.h>

#include "core/text.h"
#include "ui/http/service_internal.h"

#define HEADER_STAFF "Ticketly-Staff"
#define HEADER_APPROVAL "Ticketly-Approval"

/* --- who --- */

static const uint8_t *device_hash(const struct exchange *x)
{
    return x->has_device ? x->device.token_hash : NULL;
}

/* Whoever it names has to work here, in whatever role by now. */
static enum tk_code find_worker(struct exchange *x, int64_t number, struct staff *staff,
                                uint32_t *secrets, struct tk_error *error)
{
    enum tk_code code = peek_member(x->service, number, staff, secrets, error);

    if (code && code != TK_STAFF_NOT_FOUND)
        return code;
    if (code || staff->left_at)
        return tk_fail(error, TK_SIGN_ON, "Whoever signed on here works here no more.");
    return TK_OK;
}

static enum tk_code read_session(struct exchange *x, const char *token, struct tk_error *error)
{
    struct staff_claim claim;
    uint32_t secrets = 0;
    enum tk_code code;

    if (!staff_token_check(token, STAFF_SESSION, &x->service->staff_key, device_hash(x),
                           office_now(&x->office), &claim))
        return tk_fail(error, TK_SIGN_ON,
                       "Nobody is signed on here, or for too long: sign on again.");
    code = find_worker(x, claim.number, &x->office.member, &secrets, error);
    if (!code && claim.member != secrets) /* whoever had the old one is not let go on with it */
        code = tk_fail(error, TK_SIGN_ON, "There is a new PIN or password since: sign on again.");
    return code;
}

/* Approvals of before this service started may have been used already. */
static enum tk_code read_approval(struct exchange *x, const char *token, struct tk_error *error)
{
    struct staff_claim claim;
    struct staff approver;
    uint32_t secrets;
    enum tk_code code;

    if (!staff_token_check(token, STAFF_APPROVAL, &x->service->staff_key, device_hash(x),
                           office_now(&x->office), &claim) ||
        claim.member != x->office.member.number || claim.issued_at <= x->service->opened_at)
        return tk_fail(error, TK_NOT_APPROVED,
                       "The approval is over, or was given for somebody else: ask for it again.");
    code = find_worker(x, claim.number, &approver, &secrets, error);
    if (!code && !role_approves(approver.role))
        code = tk_fail_code(error, TK_NOT_APPROVED);
    if (code)
        return code;
    x->office.approver.number = approver.number;
    x->office.approver.kind = claim.operation;
    x->approver_role = approver.role;
    x->has_approval = true;
    memcpy(x->approval, claim.tag, sizeof x->approval);
    return TK_OK;
}

enum tk_code guard_staff(struct exchange *x, struct tk_error *error)
{
    const char *session = http_request_field(x->request, HEADER_STAFF);
    const char *approval = http_request_field(x->request, HEADER_APPROVAL);
    enum tk_code code;

    if (!session || (x->route->flags & ROUTE_SYNC)) /* a till speaks for all who worked at it */
        return TK_OK;
    code = read_session(x, session, error);
    if (!code && approval)
        code = read_approval(x, approval, error);
    return code;
}

/* --- what --- */

static bool changes(const struct exchange *x)
{
    return (x->route->flags & (ROUTE_CHANGES | ROUTE_SYNC)) && !(x->route->flags & ROUTE_EACH);
}

static bool reaches(const struct exchange *x, enum role role)
{
    return changes(x) ? role_does(role, x->route->role) : role_reads(role, x->route->role);
}

/* An approval is for one change of its kind: nothing is shown for it, and an import is many. */
static bool is_approved(const struct exchange *x)
{
    return x->has_approval && changes(x) && !(x->route->flags & ROUTE_BATCH) &&
           !role_may(x->office.member.role, x->office.approver.kind) &&
           reaches(x, x->approver_role);
}

/* A member may, or whoever approves it may. */
static enum tk_code check_member(const struct exchange *x, struct tk_error *error)
{
    const struct staff *member = &x->office.member;

    if (reaches(x, member->role) || is_approved(x))
        return TK_OK;
    return tk_fail(error, TK_FORBIDDEN, "This is for the role %s; that of %.60s is %s.",
                   role_name(x->route->role), member->name, role_name(member->role));
}

/* What a device may that people work at is shown to them whatever its own role is. */
static enum tk_code check_device(const struct exchange *x, struct tk_error *error)
{
    if (!x->has_device || reaches(x, x->device.role) ||
        (x->attended && x->office.member.number && !changes(x)))
        return TK_OK;
    return tk_fail(error, TK_FORBIDDEN, "This needs a token of the role %s; that of “%.64s” is %s.",
                   role_name(x->route->role), x->device.name, role_name(x->device.role));
}

static void set_roles(struct exchange *x)
{
    const struct staff *member = &x->office.member;

    x->acts = x->has_device ? x->device.role : ROLE_ADMIN;
    x->role = x->acts;
    if (member->number && (x->attended || !x->has_device || role_reads(x->role, member->role)))
        x->role = member->role;
}

enum tk_code guard_role(struct exchange *x, struct tk_error *error)
{
    enum tk_code code;

    set_roles(x);
    if (x->route->flags & ROUTE_SIGN_ON)
        return TK_OK;
    if (x->attended && !x->office.member.number && !(x->route->flags & ROUTE_ALONE))
        return tk_fail(error, TK_SIGN_ON, "People work at “%.64s”: sign on first.", x->device.name);
    code = check_device(x, error);
    return code || !x->office.member.number ? code : check_member(x, error);
}

/* What somebody does for himself, whatever the device is for. */
static bool is_ones_own(enum op_kind kind)
{
    return kind == OP_PIN || kind == OP_SIGN || kind == OP_SHIFT_OPEN || kind == OP_SHIFT_CLOSE;
}

bool guard_may(const struct exchange *x, enum op_kind kind)
{
    if (is_ones_own(kind) && !x->office.member.number) /* a device has no PIN, nor a shift */
        return x->acts == ROLE_ADMIN;
    return role_may(x->acts, kind) || (x->attended && is_ones_own(kind));
}

/* What a till says of itself and of others, it says by sync. */
static enum tk_code check_told(const struct exchange *x, const struct operation *operation,
                               struct tk_error *error)
{
    const struct staff *member = &x->office.member;
    const struct op_sign *sign = &operation->sign;

    if (operation->cut_off && role_is_limited(member->role))
        return tk_fail(error, TK_FORBIDDEN, "What was done while cut off is sent by the till itself.");
    if (operation->kind == OP_SIGN &&
        (strcmp(sign->event, "off") != 0 || (sign->number && sign->number != member->number)))
        return tk_fail(error, TK_FORBIDDEN,
                       "Nobody says for another that he signed on: POST to /v1/sign-ons.");
    return TK_OK;
}

enum tk_code guard_claim(struct exchange *x, struct operation *operation, struct tk_error *error)
{
    struct box_office *office = &x->office;
    int64_t number = 0, approver = 0;
    bool approved = office->approver.number && office->approver.kind == operation->kind;

    if (operation->actor[0] == '#' &&
        (!actor_parse(operation->actor, &number, &approver) || number != office->member.number))
        return tk_fail(error, TK_FORBIDDEN,
                       "“%.64s” is not who is signed on here: nobody acts for somebody else.",
                       operation->actor);
    if (!office->member.number)
        return TK_OK;
    if (!x->has_device) /* he is at none, whatever it says */
        memcpy(operation->device, office->device, sizeof operation->device);
    actor_print(operation->actor, office->member.number, approved ? office->approver.number : 0);
    if (approved)
        office->approver.number = 0;
    return check_told(x, operation, error);
}

/* --- approvals: for one operation --- */

/* Where an approval is known, or a place that is free by now; NULL: none. */
static struct used_approval *approval_place(struct service *service, const uint8_t *tag,
                                            int64_t now)
{
    size_t first = (size_t)tag[0] << 8 | tag[1];
    struct used_approval *room = NULL;

    for (size_t i = 0; i < APPROVALS_KNOWN; i++) {
        struct used_approval *at = &service->approvals[(first + i) % APPROVALS_KNOWN];

        if (at->until && crypto_equal(at->tag, tag, STAFF_TAG_SIZE))
            return at;
        if (!room && at->until <= now)
            room = at;
        if (!at->until) /* nothing was ever put behind it */
            break;
    }
    return room;
}

bool guard_use_approval(struct exchange *x, const struct op_id *operation)
{
    struct service *service = x->service;
    int64_t now = office_now(&x->office);
    struct used_approval *place;
    bool good;

    pthread_mutex_lock(&service->device_lock);
    place = approval_place(service, x->approval, now);
    if (place && (!place->until || !crypto_equal(place->tag, x->approval, STAFF_TAG_SIZE))) {
        *place = (struct used_approval){.operation = *operation, .until = now + 2 * APPROVAL_LASTS};
        memcpy(place->tag, x->approval, STAFF_TAG_SIZE);
    }
    good = place && op_id_equal(&place->operation, operation);
    pthread_mutex_unlock(&service->device_lock);
    return good;
}
