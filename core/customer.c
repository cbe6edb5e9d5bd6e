#include "core/customer.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/list.h"
#include "core/text.h"

#define PHONE_DIGITS_MIN 3
#define PHONE_DIGITS_MAX 15
#define PHONE_SHOWN 4

enum tk_code phone_clean(char phone[CUSTOMER_PHONE_SIZE], const char *text)
{
    char kept[CUSTOMER_PHONE_SIZE];
    size_t used = 0, digits = 0;

    for (; *text; text++) {
        if (strchr(" -./()", *text))
            continue;
        if (*text == '+' ? used != 0 : !isdigit((unsigned char)*text))
            return TK_BAD_PHONE;
        digits += *text != '+';
        if (digits > PHONE_DIGITS_MAX)
            return TK_BAD_PHONE;
        kept[used++] = *text;
    }
    if (digits < PHONE_DIGITS_MIN)
        return TK_BAD_PHONE;
    kept[used] = '\0';
    memcpy(phone, kept, used + 1);
    return TK_OK;
}

bool phone_is_clean(const char *phone)
{
    char cleaned[CUSTOMER_PHONE_SIZE];

    return phone_clean(cleaned, phone) == TK_OK && strcmp(cleaned, phone) == 0;
}

void phone_mask(char *text, const char *phone, bool ascii)
{
    size_t length = strlen(phone);

    for (size_t i = 0; i < length; i++) {
        const char *shown = ascii ? "*" : "•";

        if (i + PHONE_SHOWN >= length) {
            *text++ = phone[i];
            continue;
        }
        memcpy(text, shown, strlen(shown));
        text += strlen(shown);
    }
    *text = '\0';
}

enum tk_code customer_list_add(struct customer_list *list, const struct customer *customer)
{
    return LIST_ADD(list, customer);
}

void customer_list_release(struct customer_list *list)
{
    free(list->items);
    *list = (struct customer_list){0};
}

enum tk_code customer_keys(const char *name, const char *phone,
                           enum tk_code (*add)(void *context, const char *key), void *context)
{
    char folded[CUSTOMER_NAME_SIZE * 4], key[CUSTOMER_NAME_SIZE * 4 + 1] = "n";
    char *word = folded, *end;
    enum tk_code code = TK_OK;
    size_t length = strlen(phone), used = 1;

    text_fold(folded, sizeof folded, name);
    for (; !code && *word; word = end + (*end == ' ')) {
        end = word + strcspn(word, " ");
        if (end == word)
            continue;
        memcpy(key + 1, word, (size_t)(end - word));
        key[1 + (end - word)] = '\0';
        code = add(context, key);
    }
    key[0] = 'p';
    while (length-- > 0 && phone[length] != '+')
        key[used++] = phone[length];
    key[used] = '\0';
    return code || used == 1 ? code : add(context, key);
}

static enum tk_code keep_longest(void *context, const char *key)
{
    char *longest = context;

    if (strlen(key) > strlen(longest))
        text_copy(longest, CUSTOMER_KEY_SIZE, key);
    return TK_OK;
}

void customer_longest_key(const char *names, const char *phone_end, char key[CUSTOMER_KEY_SIZE])
{
    *key = '\0';
    customer_keys(names, phone_end, keep_longest, key);
}

struct wanted_words {
    const char *folded; /* of the customer, with a space in front */
    bool all;
};

static enum tk_code find_word(void *context, const char *key)
{
    struct wanted_words *wanted = context;
    char word[CUSTOMER_KEY_SIZE + 2];

    snprintf(word, sizeof word, " %s", key + 1);
    wanted->all = wanted->all && strstr(wanted->folded, word) != NULL;
    return TK_OK;
}

bool customer_is_named(const char *name, const char *wanted)
{
    char folded[CUSTOMER_KEY_SIZE + 1] = " ";
    struct wanted_words words = {folded, true};

    text_fold(folded + 1, sizeof folded - 1, name);
    customer_keys(wanted, "", find_word, &words);
    return words.all;
}
