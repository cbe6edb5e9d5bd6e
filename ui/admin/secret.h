/* secret: a PIN or password that is typed unseen, or read from a file that nobody else can read;
   never from the command line or the environment. */
#ifndef TK_UI_ADMIN_SECRET_H
#define TK_UI_ADMIN_SECRET_H

#include "core/sign_on.h"
#include "ui/admin/command.h"

#define SECRET_SIZE (SECRET_MAX + 1)

/* From --secret-file (- is standard input), else from the terminal: asked for by `prompt`, and,
   when `twice`, again. To be wiped. TK_USAGE where there is neither, TK_NO_INPUT, TK_CONFIG for a
   file that others can read, TK_BAD_PIN for one too long or typed differently, TK_INTERRUPTED. */
enum tk_code secret_ask(const struct call *call, const char *prompt, bool twice,
                        char secret[SECRET_SIZE], struct tk_error *error);
/* Whether secret_ask could ask, or read. */
bool secret_can_be_asked(const struct call *call);

#endif
