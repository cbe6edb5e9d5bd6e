/*
 * assets: the files of the reference page, as they lie in the program.
 *
 * Our own come from ui/http/docs, those of Swagger UI from its package (fetch.sh). A build without
 * the package has the plain page alone.
 */
#ifndef TK_UI_HTTP_DOCS_ASSETS_H
#define TK_UI_HTTP_DOCS_ASSETS_H

#include <stdbool.h>
#include <stddef.h>

struct docs_asset {
    const char *type; /* static, like all here */
    const char *data;
    size_t length;
    const char *packed; /* the same through gzip; NULL: there is none */
    size_t packed_length;
};

/* The file of that name as in /docs/NAME; "" is the page itself. False when there is none. */
bool docs_asset_find(const char *name, struct docs_asset *asset);

#endif
