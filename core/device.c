#include "core/device.h"

#include <stdlib.h>
#include <string.h>

#include "core/id.h"
#include "core/list.h"

#define TOKEN_PREFIX "tly_"
#define TOKEN_PREFIX_SIZE (sizeof TOKEN_PREFIX - 1)
#define GROUP_BYTES 5  /* of random make one group … */
#define GROUP_DIGITS 8 /* … of base-32 characters */

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
