/* decode: QR codes read back from a picture, by two readers that know nothing of each other. */
#ifndef TK_TESTS_SUPPORT_DECODE_H
#define TK_TESTS_SUPPORT_DECODE_H

#include "tests/support/render.h"

enum decoded {
    DECODED,        /* exactly one code; its text is in `text` */
    DECODED_NONE,   /* no code was found, or several */
    DECODED_FAILED, /* no answer: the reader is not installed or broke */
};

/* zbar, in this process. `text` is "" unless DECODED. */
enum decoded qr_read_zbar(const struct image *image, char *text, size_t size);
/* zxing-cpp: runs ZXingReader on a PNG file. */
enum decoded qr_read_zxing(const char *path, char *text, size_t size);

#endif
