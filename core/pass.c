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

void pass_make(char pass[PASS_SIZE], const struct crypto_key *slot_key, uint64_t ticket_id,
               int64_t slot_id)
{
    uint8_t message[24] = {'t', 'k', 'p', 'a', 's', 's', '0', '1'}, mac[CRYPTO_HASH_SIZE];
    uint64_t head = 0;

    put_be64(message + 8, ticket_id);
    put_be64(message + 16, (uint64_t)slot_id);
    crypto_digest(mac, slot_key, message, sizeof message);
    for (int i = 0; i < 8; i++)
        head = head << 8 | mac[i];
    base32_print(pass, ticket_id, TICKET_DIGITS);
    base32_print(pass + TICKET_DIGITS, head >> (64 - ID_BITS), TICKET_DIGITS);
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

void pass_group(char text[PASS_GROUPED_SIZE], const char pass[PASS_SIZE])
{
    snprintf(text, PASS_GROUPED_SIZE, "%.5s %.5s %.5s %.5s", pass, pass + 5, pass + 10, pass + 15);
}
