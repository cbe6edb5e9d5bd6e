#include "ui/qr/qr_png.h"

#include <stdlib.h>

#include <png.h>

static void paint(const struct qr *qr, int quiet, int side, uint8_t *pixels)
{
    for (int y = 0; y < side; y++)
        for (int x = 0; x < side; x++) {
            bool dark = qr_is_dark(qr, y / QR_PNG_SCALE - quiet, x / QR_PNG_SCALE - quiet);

            pixels[y * side + x] = dark ? 0 : 255;
        }
}

enum tk_code qr_png_draw(const struct qr *qr, int quiet, struct buffer *out, struct tk_error *error)
{
    int side = (qr->size + 2 * quiet) * QR_PNG_SCALE;
    png_image image = {.version = PNG_IMAGE_VERSION,
                       .width = (png_uint_32)side,
                       .height = (png_uint_32)side,
                       .format = PNG_FORMAT_GRAY};
    png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
    uint8_t *pixels = malloc((size_t)side * (size_t)side), *file = malloc(size);
    enum tk_code code = TK_NO_MEMORY;

    if (!pixels || !file)
        goto out;
    paint(qr, quiet, side, pixels);
    if (png_image_write_to_memory(&image, file, &size, 0, pixels, 0, NULL)) {
        buffer_add(out, (const char *)file, size);
        code = out->failed ? TK_NO_MEMORY : TK_OK;
    }
out:
    png_image_free(&image);
    free(pixels);
    free(file);
    return code ? tk_fail_code(error, code) : TK_OK;
}
