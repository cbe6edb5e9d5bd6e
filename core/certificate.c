#include "core/certificate.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/crypto.h"
#include "core/text.h"

#define PIN_PREFIX "sha256//"
#define BEGIN "-----BEGIN CERTIFICATE-----"
#define END "-----END CERTIFICATE-----"
#define DER_MAX 16384
#define TAG_SEQUENCE 0x30
#define TAG_INTEGER 0x02
#define TAG_VERSION 0xA0
#define SKIPPED 5 /* serial number, signature, issuer, validity, subject stand before the key */

/* What is left to read of a DER encoding (ITU-T X.690). */
struct der {
    const uint8_t *at;
    size_t left;
};

/* Takes the next element; *whole is all of it, *content what is in it. False when it does not fit.
 */
static bool take(struct der *der, uint8_t *tag, struct der *whole, struct der *content)
{
    size_t head = 2, length;

    if (der->left < 2)
        return false;
    *tag = der->at[0];
    length = der->at[1];
    if (length >= 0x80) {
        size_t digits = length & 0x7F;

        if (digits < 1 || digits > 3 || der->left < 2 + digits)
            return false;
        head += digits;
        length = 0;
        for (size_t i = 0; i < digits; i++)
            length = length << 8 | der->at[2 + i];
    }
    if (length > der->left - head)
        return false;
    *whole = (struct der){der->at, head + length};
    *content = (struct der){der->at + head, length};
    der->at += whole->left;
    der->left -= whole->left;
    return true;
}

/* The SubjectPublicKeyInfo of a certificate. */
static bool find_key(struct der certificate, struct der *key)
{
    struct der whole, content, fields;
    uint8_t tag;

    if (!take(&certificate, &tag, &whole, &content) || tag != TAG_SEQUENCE ||
        !take(&content, &tag, &whole, &fields) || tag != TAG_SEQUENCE ||
        !take(&fields, &tag, &whole, &content))
        return false;
    if (tag == TAG_VERSION && !take(&fields, &tag, &whole, &content))
        return false;
    if (tag != TAG_INTEGER)
        return false;
    for (int i = 1; i < SKIPPED; i++)
        if (!take(&fields, &tag, &whole, &content))
            return false;
    return take(&fields, &tag, key, &content) && tag == TAG_SEQUENCE;
}

bool certificate_pin(char pin[CERTIFICATE_PIN_SIZE], const char *pem)
{
    const char *begin = strstr(pem, BEGIN), *end = begin ? strstr(begin, END) : NULL;
    uint8_t der[DER_MAX], hash[CRYPTO_HASH_SIZE];
    size_t size;
    struct der key;

    if (!end)
        return false;
    begin += sizeof BEGIN - 1;
    if (!base64_parse(der, sizeof der, begin, (size_t)(end - begin), &size) ||
        !find_key((struct der){der, size}, &key))
        return false;
    crypto_sha256(hash, key.at, key.left);
    text_copy(pin, CERTIFICATE_PIN_SIZE, PIN_PREFIX);
    base64_print(pin + sizeof PIN_PREFIX - 1, CERTIFICATE_PIN_SIZE - (sizeof PIN_PREFIX - 1), hash,
                 sizeof hash);
    return true;
}
