/*
 * customer: a person, identified by name and phone together; the same pair is the same customer.
 *
 * Invariant
 * 1. tickets counts the customer's tickets that are not Archived; when it falls to zero, name and
 *    phone are removed and erased_at is set.
 */
#ifndef TK_CORE_CUSTOMER_H
#define TK_CORE_CUSTOMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

/* Sizes in bytes with the NUL. */
#define CUSTOMER_NAME_SIZE 121
#define CUSTOMER_PHONE_SIZE 17

struct customer {
    uint64_t id; /* 50 bits, as people see it; 0 for nobody */
    char name[CUSTOMER_NAME_SIZE];
    char phone[CUSTOMER_PHONE_SIZE]; /* digits, perhaps after a + */
    int32_t tickets;
    int64_t created_at; /* UTC µs */
    int64_t erased_at;  /* 0 while known */
};

struct customer_list {
    struct customer *items; /* owned */
    size_t count, capacity;
};

/* Keeps the digits and a leading + of a phone number as people write it. TK_BAD_PHONE unless 3 to
   15 digits (ITU-T E.164 allows 15). */
enum tk_code phone_clean(char phone[CUSTOMER_PHONE_SIZE], const char *text);
bool phone_is_clean(const char *phone);
/* The phone with all but its last four digits as bullets (or '*' with ascii). `text` has
   4 * CUSTOMER_PHONE_SIZE bytes. */
void phone_mask(char *text, const char *phone, bool ascii);

/* The words by which a customer is found, each with its mark: 'n' + folded word of the name,
   'p' + digits of the phone from the end. Calls add for each; stops at the first failure. */
enum tk_code customer_keys(const char *name, const char *phone,
                           enum tk_code (*add)(void *context, const char *key), void *context);

/* The longest of those of the wanted names, or of the wanted end of a phone: it leaves the fewest to look through.
   `key` has CUSTOMER_KEY_SIZE bytes; "" when there is none. */
#define CUSTOMER_KEY_SIZE (CUSTOMER_NAME_SIZE * 4)
void customer_longest_key(const char *names, const char *phone_end, char key[CUSTOMER_KEY_SIZE]);
/* Whether each wanted word begins a word of the customer's name, case and accents aside. */
bool customer_is_named(const char *name, const char *wanted);

enum tk_code customer_list_add(struct customer_list *list, const struct customer *customer);
void customer_list_release(struct customer_list *list);

#endif
