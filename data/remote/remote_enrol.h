/* remote_enrol: a new device comes to a service with a one-time code. */
#ifndef TK_DATA_REMOTE_REMOTE_ENROL_H
#define TK_DATA_REMOTE_REMOTE_ENROL_H

#include <stdbool.h>

#include "core/device.h"
#include "data/remote/remote_store.h"

/* Sends code and token, with an id that follows from both: sent again with the same two, when the
   answer was lost, it is the same again. Of *device name and role are filled; *attended tells
   whether people sign on at it. options->token is not looked at. TK_BAD_CODE, TK_RATE_LIMITED,
   TK_UNAVAILABLE, TK_UNKNOWN. */
enum tk_code remote_enrol(const struct remote_options *options, const char *code, const char *token,
                          struct device *device, bool *attended, struct tk_error *error);

#endif
