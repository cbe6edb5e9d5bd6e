#include "core/device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/id.h"
#include "core/list.h"

#define TOKEN_PREFIX "tly_"
#define TOKEN_PREFIX_SIZE (sizeof TOKEN_PREFIX - 1)
#define GROUP_BYTES 5  /* of random make one group … */
#define GROUP_DIGITS 8 /* … of base-32 characters */

static const struct {
    const char *name, *help;
} roles[ROLE_COUNT] = {
#define X(role, name, help) [role] = {name, help},
    ROLE_TABLE(X)
#undef X
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
    char known[80] = "";
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

void token_make(char token[TOKEN_SIZE], const uint8_t random[TOKEN_RANDOM_SIZE])
{
    char *at = token + TOKEN_PREFIX_SIZE;

    _Static_assert(TOKEN_RANDOM_SIZE % GROUP_BYTES == 0 &&
                       TOKEN_SIZE ==
                           TOKEN_PREFIX_SIZE + TOKEN_RANDOM_SIZE / GROUP_BYTES * GROUP_DIGITS + 1,
                   "the groups fill a token");
    memcpy(token, TOKEN_PREFIX, TOKEN_PREFIX_SIZE);
    for (size_t i = 0; i < TOKEN_RANDOM_SIZE; i += GROUP_BYTES, at += GROUP_DIGITS) {
        uint64_t group = 0;

        for (size_t j = 0; j < GROUP_BYTES; j++)
            group = group << 8 | random[i + j];
        base32_print(at, group, GROUP_DIGITS);
    }
    for (at = token + TOKEN_PREFIX_SIZE; *at; at++)
        if (*at >= 'A' && *at <= 'Z')
            *at = (char)(*at - 'A' + 'a');
}

bool token_hash(uint8_t hash[CRYPTO_HASH_SIZE], const char *token)
{
    if (strnlen(token, TOKEN_SIZE) != TOKEN_SIZE - 1 ||
        memcmp(token, TOKEN_PREFIX, TOKEN_PREFIX_SIZE) != 0 ||
        strspn(token + TOKEN_PREFIX_SIZE, "0123456789abcdefghjkmnpqrstvwxyz") !=
            TOKEN_SIZE - 1 - TOKEN_PREFIX_SIZE)
        return false;
    crypto_digest(hash, NULL, token, TOKEN_SIZE - 1);
    return true;
}

enum tk_code device_list_add(struct device_list *list, const struct device *device)
{
    return LIST_ADD(list, device);
}

void device_list_release(struct device_list *list)
{
    free(list->items);
    *list = (struct device_list){0};
}
