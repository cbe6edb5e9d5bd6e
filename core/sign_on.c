#include "core/sign_on.h"

#include <string.h>

#include "core/text.h"

/* Nobody's, of the cost that others have: what is tried where there is no verifier. */
static const char nobody[] = "$argon2id$v=19$m=65536,t=2,p=1$sEtDLs8JmWzJIHHDHoo2ZQ$"
                             "xav78JtYDHF/Z61PUCn+sK+IDOO87eo9G9T0vNmIuuA";

_Static_assert(VERIFIER_SIZE == CRYPTO_PASSWORD_SIZE, "a verifier is one");

struct crypto_key sign_on_pepper(const struct crypto_key *site_key)
{
    return crypto_derive(site_key, "pepper 1", 0);
}

/* --- secrets --- */

/* Whether it is one digit again and again, or runs up or down, as 123456, 890123 and 654321 do. */
static bool pin_is_plain(const char *pin)
{
    int step = (pin[1] - pin[0] + 10) % 10;

    if (step != 0 && step != 1 && step != 9)
        return false;
    for (size_t i = 1; pin[i]; i++)
        if ((pin[i] - pin[i - 1] + 10) % 10 != step)
            return false;
    return true;
}

static enum tk_code check_pin(const char *pin, struct tk_error *error)
{
    size_t digits = strspn(pin, "0123456789");

    if (pin[digits])
        return tk_fail(error, TK_BAD_PIN, "A PIN is digits alone: take %d or more.",
                       PIN_DIGITS_MIN);
    if (digits < PIN_DIGITS_MIN || digits > SECRET_MAX)
        return tk_fail(error, TK_BAD_PIN, "A PIN has %d digits or more, up to %d.", PIN_DIGITS_MIN,
                       SECRET_MAX);
    if (pin_is_plain(pin))
        return tk_fail(error, TK_BAD_PIN,
                       "This PIN is the first that anybody would try: take other digits.");
    return TK_OK;
}

static enum tk_code check_password(const char *password, struct tk_error *error)
{
    char cleaned[SECRET_MAX + 1];
    size_t characters = 0, varied = 0;
    int width;
    bool clean = !text_clean(cleaned, sizeof cleaned, password);

    for (size_t at = 0; clean && cleaned[at]; characters++) {
        size_t length = text_next(cleaned + at, &width);

        varied += memcmp(cleaned, cleaned + at, length) != 0;
        at += length;
    }
    crypto_wipe(cleaned, sizeof cleaned);
    if (!clean)
        return tk_fail(error, TK_BAD_PIN, "A password is text of up to %d bytes.", SECRET_MAX);
    if (characters < PASSWORD_MIN)
        return tk_fail(error, TK_BAD_PIN,
                       "A password has %d characters or more: a few words do well.", PASSWORD_MIN);
    if (!password[strspn(password, "0123456789")])
        return tk_fail(error, TK_BAD_PIN, "Digits alone are a PIN: take letters for a password.");
    if (!varied)
        return tk_fail(error, TK_BAD_PIN, "A password is not one character again and again.");
    return TK_OK;
}

enum tk_code secret_check(enum secret_kind kind, const char *secret, struct tk_error *error)
{
    return kind == SECRET_PIN ? check_pin(secret, error) : check_password(secret, error);
}

/* Text in one form, however a keyboard composed its accents; any other bytes as they are. */
static void digest_secret(uint8_t digest[CRYPTO_HASH_SIZE], const struct crypto_key *pepper,
                          int64_t number, const char *secret)
{
    char message[8 + SECRET_MAX + 1] = {0};

    for (int i = 0; i < 8; i++)
        message[i] = (char)((uint64_t)number >> (56 - 8 * i));
    if (text_clean(message + 8, sizeof message - 8, secret))
        text_copy(message + 8, sizeof message - 8, secret);
    crypto_digest(digest, pepper, message, 8 + strlen(message + 8));
    crypto_wipe(message, sizeof message);
}

enum tk_code secret_make(char verifier[VERIFIER_SIZE], const struct crypto_key *pepper,
                         int64_t number, const char *secret)
{
    uint8_t digest[CRYPTO_HASH_SIZE];
    char made[CRYPTO_PASSWORD_SIZE];
    bool done;

    digest_secret(digest, pepper, number, secret);
    done = crypto_password_make(made, digest, sizeof digest);
    crypto_wipe(digest, sizeof digest);
    if (!done)
        return TK_NO_MEMORY;
    memcpy(verifier, made, sizeof made);
    return TK_OK;
}

/* Whether a verifier costs what others do: who was given another one would keep the desk busy. */
static bool costs_the_same(const char *verifier)
{
    static const char cost[] = "$argon2id$v=19$m=65536,t=2,p=1$";

    _Static_assert(sizeof cost < sizeof nobody, "nobody's begins so");
    return strncmp(verifier, cost, sizeof cost - 1) == 0;
}

enum tk_code secret_try(const char *verifier, const struct crypto_key *pepper, int64_t number,
                        const char *secret, bool *fits)
{
    bool known = costs_the_same(verifier) && strlen(secret) <= SECRET_MAX;
    uint8_t digest[CRYPTO_HASH_SIZE];
    enum crypto_password found;

    *fits = false;
    digest_secret(digest, pepper, number, secret);
    found = crypto_password_try(known ? verifier : nobody, digest, sizeof digest);
    crypto_wipe(digest, sizeof digest);
    if (found == CRYPTO_PASSWORD_NO_MEMORY)
        return TK_NO_MEMORY;
    *fits = known && found == CRYPTO_PASSWORD_FITS;
    return TK_OK;
}

/* --- the guard --- */

static bool is_remembered(const struct sign_on_failures *failures, int64_t now)
{
    return failures->count > 0 && now - failures->last_at < SIGN_ON_REMEMBER;
}

/* What failed lately, and when it did last. A time that is yet to come is of a clock that was set
   back since: it counts, but nobody waits for it. */
static int64_t count_failures(const struct sign_on_guard *guard, int64_t now, int64_t *last_at)
{
    int64_t count = 0;

    *last_at = 0;
    for (int i = 0; i < SIGN_ON_NUMBERS; i++) {
        const struct sign_on_failures *failures = &guard->items[i];

        if (!is_remembered(failures, now))
            continue;
        count += failures->count;
        if (failures->last_at <= now && failures->last_at > *last_at)
            *last_at = failures->last_at;
    }
    return count;
}

/* After so many failures. */
static int64_t wait_after(int64_t count)
{
    int64_t doublings = count - SIGN_ON_FREE - 1;

    if (doublings < 0)
        return 0;
    return SIGN_ON_FIRST_WAIT << (doublings < SIGN_ON_LOCK ? doublings : SIGN_ON_LOCK);
}

int64_t sign_on_next_at(const struct sign_on_guard *guard, int64_t now, bool *locked)
{
    int64_t last_at, count;

    *locked = guard->locked_at != 0;
    if (*locked)
        return guard->tried_at && guard->tried_at <= now ? guard->tried_at + SIGN_ON_LOCKED_WAIT
                                                         : now;
    count = count_failures(guard, now, &last_at);
    return last_at ? last_at + wait_after(count) : now;
}

/* Where failures of a number are counted: its own item, a free one, or that of all others. */
static struct sign_on_failures *item_of(struct sign_on_guard *guard, int64_t number, int64_t now)
{
    struct sign_on_failures *free_item = NULL;

    if (number < 1 || number > STAFF_NUMBER_MAX)
        number = 0;
    for (int i = 1; number && i < SIGN_ON_NUMBERS; i++) {
        struct sign_on_failures *item = &guard->items[i];

        if (item->number == number)
            return item;
        if (!free_item && !is_remembered(item, now))
            free_item = item;
    }
    if (!free_item)
        return &guard->items[0]; /* those that are not told apart */
    *free_item = (struct sign_on_failures){.number = number};
    return free_item;
}

bool sign_on_note_failure(struct sign_on_guard *guard, int64_t number, int64_t now)
{
    struct sign_on_failures *item = item_of(guard, number, now);
    int64_t last_at;

    if (!is_remembered(item, now))
        item->count = 0;
    item->count++;
    item->last_at = now;
    if (guard->locked_at) {
        guard->tried_at = now;
        return false;
    }
    if (count_failures(guard, now, &last_at) < SIGN_ON_LOCK)
        return false;
    guard->locked_at = now;
    guard->tried_at = 0;
    return true;
}

enum tk_code sign_on_note_success(struct sign_on_guard *guard, int64_t number, enum role role,
                                  int64_t now)
{
    if (guard->locked_at && !role_approves(role)) {
        sign_on_note_failure(guard, number, now);
        return TK_SIGN_ON_LOCKED;
    }
    if (guard->locked_at) {
        *guard = (struct sign_on_guard){0};
        return TK_OK;
    }
    for (int i = 1; i < SIGN_ON_NUMBERS; i++)
        if (guard->items[i].number == number)
            guard->items[i] = (struct sign_on_failures){0};
    return TK_OK;
}
