#include "core/role.h"

#include <stdio.h>
#include <string.h>

#include "core/operation.h"

static const struct {
    const char *name, *help;
    int reads, does; /* how far: a role reaches another that has no more */
} roles[ROLE_COUNT] = {
#define RANKS(role) \
    role == ROLE_AUDITOR ? ROLE_MANAGER : (int)(role), role == ROLE_AUDITOR ? 0 : (int)(role)
#define X(role, name, help) [role] = {name, help, RANKS(role)},
    ROLE_TABLE(X)
#undef X
#undef RANKS
};

const char *role_name(enum role role)
{
    return (unsigned)role < ROLE_COUNT ? roles[role].name : NULL;
}

const char *role_help(enum role role)
{
    return (unsigned)role < ROLE_COUNT ? roles[role].help : NULL;
}

bool role_parse(const char *name, enum role *role)
{
    for (int i = 0; i < ROLE_COUNT; i++)
        if (strcmp(roles[i].name, name) == 0) {
            *role = (enum role)i;
            return true;
        }
    return false;
}

enum tk_code role_require(const char *name, enum role *role, struct tk_error *error)
{
    char known[120] = "";
    size_t used = 0;

    if (role_parse(name, role))
        return TK_OK;
    for (int i = 0; i < ROLE_COUNT && used < sizeof known; i++)
        used += (size_t)snprintf(known + used, sizeof known - used, "%s%s",
                                 i == 0               ? ""
                                 : i < ROLE_COUNT - 1 ? ", "
                                                      : " or ",
                                 roles[i].name);
    return tk_fail(error, TK_BAD_ROLE, "There is no role “%.40s”: it is %s.", name, known);
}

bool role_is_for_staff(enum role role)
{
    return role >= ROLE_USHER && (unsigned)role < ROLE_COUNT;
}

bool role_reads(enum role role, enum role least)
{
    return (unsigned)role < ROLE_COUNT && (unsigned)least < ROLE_COUNT &&
           roles[role].reads >= roles[least].reads;
}

bool role_does(enum role role, enum role least)
{
    return (unsigned)role < ROLE_COUNT && (unsigned)least < ROLE_COUNT &&
           roles[role].does >= roles[least].does;
}

bool role_is_limited(enum role role)
{
    return !role_does(role, ROLE_SUPERVISOR);
}

bool role_approves(enum role role)
{
    return role_does(role, ROLE_SUPERVISOR);
}

/* --- operation × role --- */

#define ADMIN (1u << ROLE_ADMIN)
#define MANAGERS (ADMIN | 1u << ROLE_MANAGER)
#define SUPERVISORS (MANAGERS | 1u << ROLE_SUPERVISOR)
#define CLERKS (SUPERVISORS | 1u << ROLE_CLERK)
#define USHERS (CLERKS | 1u << ROLE_USHER)
#define DOORS (USHERS | 1u << ROLE_DOOR)
#define PEOPLE (USHERS | 1u << ROLE_AUDITOR)

static const unsigned may[OP_KIND_COUNT] = {
    [OP_SCHEDULE] = MANAGERS,
    [OP_BOOK] = CLERKS,
    [OP_REISSUE] = CLERKS,
    [OP_CANCEL] = CLERKS,
    [OP_PRINT] = CLERKS,
    [OP_EXPIRE] = MANAGERS,
    [OP_ARCHIVE] = MANAGERS,
    [OP_ADMIT] = DOORS,
    [OP_UNADMIT] = DOORS,
    [OP_CLOSE] = DOORS,
    [OP_WRITE_OFF] = MANAGERS,
    [OP_ENROL] = ADMIN,
    [OP_REVOKE] = ADMIN,
    [OP_ROTATE] = ADMIN,
    /* a till's own come by its sync, which is held to its device; what it is given the centre
       decides */
    [OP_JOIN] = ADMIN,
    [OP_GRANT] = ADMIN,
    [OP_RETURN] = ADMIN,
    [OP_BLOCK] = ADMIN,
    [OP_MARK] = ADMIN,
    [OP_QUARANTINE] = ADMIN,
    [OP_VOID] = ADMIN,
    [OP_STAFF] = ADMIN,
    [OP_PIN] = PEOPLE, /* one's own; an admin's: anybody's */
    [OP_SIGN] = PEOPLE | DOORS,
    [OP_SHIFT_OPEN] = USHERS,
    [OP_SHIFT_CLOSE] = USHERS,
    [OP_LIMIT] = MANAGERS,
    [OP_INVITE] = ADMIN,
    [OP_REDEEM] = ADMIN, /* by the box office itself, for whoever has the code */
    [OP_TIER] = MANAGERS,
    [OP_ERASE] = MANAGERS,
    [OP_SEAL] = MANAGERS,
};

bool role_may(enum role role, enum op_kind kind)
{
    return (unsigned)role < ROLE_COUNT && (unsigned)kind < OP_KIND_COUNT &&
           (may[kind] >> role & 1) != 0;
}
