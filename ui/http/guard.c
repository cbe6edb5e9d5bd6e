/* guard: who may ask what, and how often. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "ui/http/service_internal.h"

/* Whether a Host or the authority of an Origin is this machine's loopback by name. */
static bool is_loopback_name(const char *host)
{
    static const char *const names[] = {"localhost", "127.0.0.1", "[::1]"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        size_t length = strlen(names[i]);

        if (strncasecmp(host, names[i], length) == 0 && (!host[length] || host[length] == ':'))
            return true;
    }
    return false;
}

/* A service without tokens trusts whoever is on this machine, but not the pages of others that a
   browser on it shows: neither by their own name for our address nor from another origin. */
static bool is_own_page(const struct http_request *request)
{
    const char *host = http_request_field(request, "Host");
    const char *origin = http_request_field(request, "Origin");
    const char *site = http_request_field(request, "Sec-Fetch-Site");

    if (strcmp(request->peer, "unix") != 0 && host && !is_loopback_name(host))
        return false;
    if (site && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0)
        return false;
    if (!origin)
        return true;
    origin = strstr(origin, "://");
    return origin && host && strcasecmp(origin + 3, host) == 0;
}

/* The token of "Authorization: Bearer …"; NULL: none. */
static const char *bearer(const struct http_request *request)
{
    const char *value = http_request_field(request, "Authorization");

    if (!value || strncasecmp(value, "Bearer", 6) != 0 || value[6] != ' ')
        return NULL;
    return value + 6 + strspn(value + 6, " ");
}

void guard_name_address(const char *peer, char name[GUARD_NAME_SIZE])
{
    struct in6_addr address;

    text_copy(name, GUARD_NAME_SIZE, peer);
    if (inet_pton(AF_INET6, peer, &address) == 1) {
        memset(address.s6_addr + 8, 0, 8);
        inet_ntop(AF_INET6, &address, name, GUARD_NAME_SIZE);
    }
}

/* Who sends wrong tokens one after another is told to wait, before devices are gone through for it; who
   has a good one is never held up by that, also behind the same proxy. */
static enum tk_code refuse_token(struct exchange *x, const char *token, enum tk_code code,
                                 unsigned *retry_s, struct tk_error *error)
{
    char address[GUARD_NAME_SIZE];

    guard_name_address(x->request->peer, address);
    if (code == TK_NO_TOKEN && !rate_limit_take(x->service->rate_refusals, address,
                                                exchange_clock_us(), retry_s))
        return tk_fail_code(error, TK_RATE_LIMITED);
    if (code == TK_NO_TOKEN && peek_was_revoked(x->service, token)) /* a till forgets what it knows */
        return tk_fail_code(error, TK_TOKEN_REVOKED);
    return code;
}

static enum tk_code check_token(struct exchange *x, unsigned *retry_s, struct tk_error *error)
{
    const char *token = bearer(x->request);
    enum tk_code code;

    if (!token) /* a person may come without a device */
        return (x->route->flags & ROUTE_SIGN_ON) || http_request_field(x->request, "Ticketly-Staff")
                   ? TK_OK
                   : tk_fail_code(error, TK_NO_TOKEN);
    code = peek_device(x->service, token, &x->device, &x->attended, error);
    if (code)
        return refuse_token(x, token, code, retry_s, error);
    x->has_device = true;
    text_copy(x->office.device, sizeof x->office.device, x->device.name);
    if (x->device.name[0] != '#') /* which only members have; it stays the service's then */
        text_copy(x->office.actor, sizeof x->office.actor, x->device.name);
    if (!rate_limit_take(x->service->rate_tokens, x->device.name, exchange_clock_us(), retry_s))
        return tk_fail(error, TK_RATE_LIMITED, "“%.64s” asks too often: wait %u seconds.",
                       x->device.name, *retry_s);
    return TK_OK;
}

enum tk_code guard_check(struct exchange *x, unsigned *retry_s, struct tk_error *error)
{
    const struct service *service = x->service;
    const struct http_request *request = x->request;
    bool is_free = (x->route->flags & ROUTE_OPEN) ||
                ((x->route->flags & ROUTE_DOCS) && service->options.docs_open);
    char address[GUARD_NAME_SIZE];
    enum tk_code code;

    *retry_s = 0;
    guard_name_address(request->peer, address);
    if (!request->peer_is_local && !(x->route->flags & ROUTE_STAYS) &&
        !rate_limit_take(service->rate_addresses, address, exchange_clock_us(), retry_s))
        return tk_fail_code(error, TK_RATE_LIMITED);
    x->role = x->acts = service->options.open ? ROLE_ADMIN : ROLE_READER;
    if (service->options.open && !is_own_page(request) && !is_free)
        return tk_fail(error, TK_FORBIDDEN, "A page of another site may not use this box office.");
    if (is_free)
        return TK_OK;
    code = service->options.open ? TK_OK : check_token(x, retry_s, error);
    if (!code)
        code = guard_staff(x, error);
    return code ? code : guard_role(x, error);
}
