/*
 * channel: an open way to a printer, on which nothing blocks; for printer.c, connect.c and device.c.
 *
 * Times are monotonic, in ms.
 */
#ifndef TK_UI_PRINT_CHANNEL_H
#define TK_UI_PRINT_CHANNEL_H

#include <stdbool.h>
#include <stdint.h>
#include <termios.h>

#include "core/error.h"

struct channel {
    int fd;
    bool answers;  /* it can be read from */
    bool is_host;  /* a connection */
    int pause_ms;  /* as in the job */
    bool is_line;  /* a serial line, whose settings stood as in `before` */
    struct termios before;
};

int64_t channel_now_ms(void);
/* ms left until then, for poll(); not below 0. */
int channel_left(int64_t deadline);

/* Both fail with TK_PRINTER and a sentence, and leave nothing open then. */
enum tk_code channel_open_device(struct channel *channel, const char *path, int64_t deadline,
                                 struct tk_error *error);
enum tk_code channel_connect(struct channel *channel, const char *host, const char *port,
                             int64_t deadline, struct tk_error *error);

#endif
