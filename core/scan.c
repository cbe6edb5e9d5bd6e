#include "core/scan.h"

#include <string.h>

/* What a character means under no layout, and one that only parts groups. */
#define NO_SYMBOL '\0'
#define SPACER ' '

/* One character of the text, UTF-8 or Latin-1. Returns its bytes. All that a keyboard sends for a
   pass has two bytes at most; of anything longer each byte is taken for itself and is no symbol. */
static size_t next_character(const char *text, uint32_t *character)
{
    uint8_t first = (uint8_t)text[0], second = first ? (uint8_t)text[1] : 0;

    if (first >= 0xC2 && first <= 0xDF && (second & 0xC0) == 0x80) {
        *character = (uint32_t)(first & 0x1F) << 6 | (second & 0x3F);
        return 2;
    }
    *character = first;
    return 1;
}

static char read_us(uint32_t character)
{
    if (character >= 'a' && character <= 'z')
        return (char)(character - 'a' + 'A');
    if ((character >= 'A' && character <= 'Z') || (character >= '0' && character <= '9'))
        return (char)character;
    switch (character) {
    case ' ':
    case '-':
    case '\t':
    case '\r':
    case '\n':
        return SPACER;
    default:
        return NO_SYMBOL;
    }
}

static char read_qwertz(uint32_t character)
{
    char symbol = read_us(character);

    return symbol == 'Y' ? 'Z' : symbol == 'Z' ? 'Y' : symbol;
}

/* The keys of AZERTY that are elsewhere on a US keyboard; é è ç à with the capitals that some
   systems send while caps lock is on, § and ! as in Belgium and on a Mac. */
static const struct {
    uint32_t character;
    char symbol;
} azerty[] = {
    {'&', '1'},  {0xE9, '2'}, {0xC9, '2'}, {'"', '3'}, {'\'', '4'}, {'(', '5'},  {'-', '6'},
    {0xA7, '6'}, {0xE8, '7'}, {0xC8, '7'}, {'_', '8'}, {'!', '8'},  {0xE7, '9'}, {0xC7, '9'},
    {0xE0, '0'}, {0xC0, '0'}, {',', 'M'},  {'?', 'M'}, {'M', '\0'}, {'m', '\0'}, {'A', 'Q'},
    {'a', 'Q'},  {'Q', 'A'},  {'q', 'A'},  {'W', 'Z'}, {'w', 'Z'},  {'Z', 'W'},  {'z', 'W'},
};

static char read_azerty(uint32_t character)
{
    for (size_t i = 0; i < sizeof azerty / sizeof azerty[0]; i++)
        if (azerty[i].character == character)
            return azerty[i].symbol;
    return read_us(character);
}

static char (*const layouts[SCAN_LAYOUT_COUNT])(uint32_t character) = {
    [SCAN_US] = read_us,
    [SCAN_QWERTZ] = read_qwertz,
    [SCAN_AZERTY] = read_azerty,
};

/* The text under a layout; false when it is no pass under it. */
static bool read_layout(const char *text, enum scan_layout layout, struct scan_reading *reading)
{
    char symbols[PASS_SIZE];
    uint32_t character;
    size_t count = 0;

    while (*text) {
        char symbol;

        text += next_character(text, &character);
        symbol = layouts[layout](character);
        if (symbol == SPACER)
            continue;
        if (symbol == NO_SYMBOL || count == PASS_LENGTH)
            return false;
        symbols[count++] = symbol;
    }
    symbols[count] = '\0';
    reading->layout = layout;
    return pass_parse(symbols, &reading->ticket_id, reading->pass);
}

static bool is_known(const struct scan_reading *readings, size_t count,
                     const struct scan_reading *reading)
{
    for (size_t i = 0; i < count; i++)
        if (memcmp(readings[i].pass, reading->pass, PASS_SIZE) == 0)
            return true;
    return false;
}

size_t scan_read(const char *text, struct scan_reading readings[SCAN_LAYOUT_COUNT])
{
    size_t count = 0;

    if (strnlen(text, SCAN_TEXT_MAX + 1) > SCAN_TEXT_MAX)
        return 0;
    for (int layout = 0; layout < SCAN_LAYOUT_COUNT; layout++) {
        struct scan_reading reading;

        if (read_layout(text, (enum scan_layout)layout, &reading) &&
            !is_known(readings, count, &reading))
            readings[count++] = reading;
    }
    return count;
}

/* Enter and Tab end a code: they are tolerated at its end, but are no part of it. */
bool scan_is_symbol(uint32_t character)
{
    if (character < ' ')
        return false;
    for (int layout = 0; layout < SCAN_LAYOUT_COUNT; layout++)
        if (layouts[layout](character) != NO_SYMBOL)
            return true;
    return false;
}
