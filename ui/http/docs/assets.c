#include "ui/http/docs/assets.h"

#include <string.h>

/*
 * The assembler reads the files: ours from the tree, the package's from the folder that docs.mk
 * names, where they are empty when there is no package.
 */
#define EMBED(symbol, file)                                                                        \
    __asm__(".section .rodata\n"                                                                   \
            ".balign 16\n" #symbol ":\n"                                                           \
            ".incbin \"" file "\"\n" #symbol "_end:\n"                                             \
            ".byte 0\n"                                                                            \
            ".text\n");                                                                            \
    __attribute__((visibility("hidden"))) extern const char symbol[], symbol##_end[]

EMBED(docs_index, "ui/http/docs/index.html");
EMBED(docs_init, "ui/http/docs/init.js");
EMBED(docs_style, "ui/http/docs/page.css");
EMBED(docs_plain_index, "ui/http/docs/plain.html");
EMBED(docs_plain_script, "ui/http/docs/plain.js");
EMBED(docs_bundle, "swagger-ui-bundle.js");
EMBED(docs_bundle_gz, "swagger-ui-bundle.js.gz");
EMBED(docs_preset, "swagger-ui-standalone-preset.js");
EMBED(docs_preset_gz, "swagger-ui-standalone-preset.js.gz");
EMBED(docs_css, "swagger-ui.css");
EMBED(docs_css_gz, "swagger-ui.css.gz");
EMBED(docs_license, "LICENSE");

#define HTML "text/html; charset=utf-8"
#define SCRIPT "text/javascript; charset=utf-8"
#define STYLE "text/css; charset=utf-8"
#define TEXT "text/plain; charset=utf-8"

static const struct embedded {
    const char *name, *type, *data, *end, *packed, *packed_end;
} clickable[] = {
    {"", HTML, docs_index, docs_index_end, NULL, NULL},
    {"init.js", SCRIPT, docs_init, docs_init_end, NULL, NULL},
    {"page.css", STYLE, docs_style, docs_style_end, NULL, NULL},
    {"swagger-ui-bundle.js", SCRIPT, docs_bundle, docs_bundle_end, docs_bundle_gz,
     docs_bundle_gz_end},
    {"swagger-ui-standalone-preset.js", SCRIPT, docs_preset, docs_preset_end, docs_preset_gz,
     docs_preset_gz_end},
    {"swagger-ui.css", STYLE, docs_css, docs_css_end, docs_css_gz, docs_css_gz_end},
    {"LICENSE", TEXT, docs_license, docs_license_end, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL, NULL},
}, plain[] = {
    {"", HTML, docs_plain_index, docs_plain_index_end, NULL, NULL},
    {"plain.js", SCRIPT, docs_plain_script, docs_plain_script_end, NULL, NULL},
    {"page.css", STYLE, docs_style, docs_style_end, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

static size_t length_of(const char *data, const char *end)
{
    return data ? (size_t)(end - data) : 0;
}

bool docs_asset_find(const char *name, struct docs_asset *asset)
{
    const struct embedded *at = length_of(docs_bundle, docs_bundle_end) ? clickable : plain;

    while (at->name && strcmp(at->name, name) != 0)
        at++;
    if (!at->name)
        return false;
    *asset = (struct docs_asset){at->type, at->data, length_of(at->data, at->end), at->packed,
                                 length_of(at->packed, at->packed_end)};
    return true;
}
