/* route: which route a request means. */
#include <stdio.h>
#include <string.h>

#include "ui/http/service_internal.h"

static const struct route *const tables[] = {plain_routes, replaced_routes, v1_routes};

/* One segment of the pattern against one of the path; a variable takes what is not empty. */
static bool match_segment(const char *pattern, size_t pattern_length, const char *path,
                          size_t path_length, char variable[128], bool *is_variable)
{
    *is_variable = pattern_length > 0 && pattern[0] == '{';
    if (*is_variable)
        return path_length > 0 && form_unescape_segment(variable, 128, path, path_length);
    return pattern_length == path_length && memcmp(pattern, path, path_length) == 0;
}

static bool match_path(const char *pattern, const char *path,
                       char variables[ROUTE_VARIABLES_MAX][128])
{
    char spare[128];
    int count = 0;
    bool is_variable;

    for (;;) {
        size_t pattern_length = strcspn(pattern, "/"), path_length = strcspn(path, "/");

        if (!match_segment(pattern, pattern_length, path, path_length,
                           count < ROUTE_VARIABLES_MAX ? variables[count] : spare, &is_variable))
            return false;
        count += is_variable;
        pattern += pattern_length;
        path += path_length;
        if (!*pattern || !*path)
            return !*pattern && !*path;
        pattern++;
        path++;
    }
}

static bool match_method(const struct route *route, const char *method)
{
    if (strcmp(route->method, method) == 0)
        return true;
    return strcmp(method, "HEAD") == 0 && strcmp(route->method, "GET") == 0;
}

/* Several routes may match one path ("/v1/slots/count"): each method is named once. */
static void add_method(char *allow, size_t size, const char *method)
{
    size_t length = strlen(allow);

    if (!strstr(allow, method)) /* no method is part of another's name */
        snprintf(allow + length, size - length, "%s%s", length ? ", " : "", method);
}

const struct route *route_find(const char *method, const char *path,
                               char variables[ROUTE_VARIABLES_MAX][128], char *allow, size_t size)
{
    allow[0] = '\0';
    for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++)
        for (const struct route *route = tables[t]; route->method; route++) {
            /* most routes differ in the second character already */
            if (route->path[1] != path[1] && route->path[1] != '{')
                continue;
            if (!match_path(route->path, path, variables))
                continue;
            if (match_method(route, method))
                return route;
            add_method(allow, size, route->method);
            if (strcmp(route->method, "GET") == 0)
                add_method(allow, size, "HEAD");
        }
    return NULL;
}
