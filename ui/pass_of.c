#include "ui/pass_of.h"

enum tk_code pass_of(const struct box_office *office, const struct ticket_view *ticket,
                     char pass[PASS_SIZE], struct tk_error *error)
{
    const struct slot *slot = &ticket->slot;
    struct tk_error reason = {0};
    struct crypto_key key;
    enum tk_code code;

    if (office_pass(office, ticket, pass))
        return TK_OK;
    code = office->keys.slot_key(office->keys.context, slot->id, slot->key_generation, &key,
                                 &reason);
    crypto_wipe(&key, sizeof key);
    if (code == TK_CONFIG && office->upkept_elsewhere) /* what a service says of its file is not for us */
        return tk_fail(error, code,
                       "This node lacks the newest site key: copy the key file from the node that made "
                       "it.");
    if (code)
        return tk_fail(error, code, "%s", reason.message);
    return tk_fail(error, TK_UNAVAILABLE, "The ticket's pass cannot be made just now.");
}
