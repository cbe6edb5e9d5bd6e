#include "core/pass.h"

#include <stdio.h>
#include <string.h>

#include "core/id.h"

#define TICKET_DIGITS (PASS_LENGTH / 2)

static void put_be64(uint8_t *bytes, uint64_t number)
{
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(number >> (56 - 8 * i));
}

struct crypto_key pass_slot_key(const struct crypto_key *site_key, int64_t slot_id)
{
    return crypto_derive(site_key, "slot-key", (uint64_t)slot_id);
}

/* The ticket's digits and those of the MAC of a message. */
static void print_pass(char pass[PASS_SIZE], uint64_t ticket_id, const struct crypto_key *key,
                       const void *message, size_t size)
{
    uint8_t mac[CRYPTO_HASH_SIZE];
    uint64_t head = 0;

    crypto_digest(mac, key, message, size);
    for (int i = 0; i < 8; i++)
        head = head << 8 | mac[i];
    base32_print(pass, ticket_id, TICKET_DIGITS);
    base32_print(pass + TICKET_DIGITS, head >> (64 - ID_BITS), TICKET_DIGITS);
}

void pass_make(char pass[PASS_SIZE], const struct crypto_key *slot_key, uint64_t ticket_id,
               int64_t slot_id)
{
    uint8_t message[24] = {'t', 'k', 'p', 'a', 's', 's', '0', '1'};

    put_be64(message + 8, ticket_id);
    put_be64(message + 16, (uint64_t)slot_id);
    print_pass(pass, ticket_id, slot_key, message, sizeof message);
}

void pass_make_training(char pass[PASS_SIZE], uint64_t ticket_id)
{
    static const struct crypto_key known = {{0}};
    uint8_t message[16] = {'t', 'k', 't', 'r', 'a', 'i', 'n', '1'};

    put_be64(message + 8, ticket_id);
    print_pass(pass, ticket_id, &known, message, sizeof message);
}

bool pass_parse(const char *text, uint64_t *ticket_id, char pass[PASS_SIZE])
{
    char squeezed[PASS_SIZE];
    uint64_t ticket, mac;

    if (!base32_squeeze(squeezed, sizeof squeezed, text) || strlen(squeezed) != PASS_LENGTH ||
        !base32_parse(squeezed, TICKET_DIGITS, &ticket) ||
        !base32_parse(squeezed + TICKET_DIGITS, TICKET_DIGITS, &mac) || ticket == 0)
        return false;
    base32_print(pass, ticket, TICKET_DIGITS);
    base32_print(pass + TICKET_DIGITS, mac, TICKET_DIGITS);
    *ticket_id = ticket;
    return true;
}

bool pass_check(const char pass[PASS_SIZE], const struct crypto_key *slot_key, int64_t slot_id)
{
    char genuine[PASS_SIZE];
    uint64_t ticket;

    if (!base32_parse(pass, TICKET_DIGITS, &ticket))
        return false;
    pass_make(genuine, slot_key, ticket, slot_id);
    return crypto_equal(genuine, pass, PASS_LENGTH);
}

bool pass_is_training(const char pass[PASS_SIZE])
{
    char genuine[PASS_SIZE];
    uint64_t ticket;

    if (!base32_parse(pass, TICKET_DIGITS, &ticket))
        return false;
    pass_make_training(genuine, ticket);
    return crypto_equal(genuine, pass, PASS_LENGTH);
}

void pass_group(char text[PASS_GROUPED_SIZE], const char pass[PASS_SIZE])
{
    snprintf(text, PASS_GROUPED_SIZE, "%.5s %.5s %.5s %.5s", pass, pass + 5, pass + 10, pass + 15);
}
