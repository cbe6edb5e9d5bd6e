/*
 * certificate: the pin of an X.509 certificate, by which a device knows its service's key.
 *
 * The pin is that of RFC 7469: SHA-256 over the certificate's SubjectPublicKeyInfo (RFC 5280, 4.1),
 * in base 64. It stays the same when a certificate is renewed with the same key. Pure.
 */
#ifndef TK_CORE_CERTIFICATE_H
#define TK_CORE_CERTIFICATE_H

#include <stdbool.h>

#define CERTIFICATE_PIN_SIZE 53 /* "sha256//" and 44 characters, with the NUL */

/* Of the first certificate in a PEM text (RFC 7468), which is the service's own in a chain. False
   when there is none, or it is not well-formed. */
bool certificate_pin(char pin[CERTIFICATE_PIN_SIZE], const char *pem);

#endif
