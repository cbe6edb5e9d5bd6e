#include "tests/support/paper.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ESC = 0x1B, FS = 0x1C, GS = 0x1D };

struct reader {
    struct paper *paper;
    const unsigned char *bytes;
    size_t size, at;
    size_t text, large; /* lengths */
    int columns;
    bool is_double;
    char stored[64];
};

static void spoil(struct reader *reader, const char *what)
{
    if (reader->paper->is_sound)
        snprintf(reader->paper->wrong, sizeof reader->paper->wrong, "%s at byte %zu", what,
                 reader->at);
    reader->paper->is_sound = false;
}

/* A parameter; 0 behind the end, which is an error. */
static int take(struct reader *reader)
{
    if (reader->at >= reader->size) {
        spoil(reader, "a command is cut off");
        return 0;
    }
    return reader->bytes[reader->at++];
}

static int take_word(struct reader *reader)
{
    int low = take(reader);

    return low | take(reader) << 8;
}

static void expect(struct reader *reader, int wanted)
{
    if (take(reader) != wanted)
        spoil(reader, "a parameter is not known");
}

static void put(struct reader *reader, char c)
{
    struct paper *paper = reader->paper;

    if (reader->text + 1 < sizeof paper->text)
        paper->text[reader->text++] = c;
    if (reader->is_double && reader->large + 1 < sizeof paper->large)
        paper->large[reader->large++] = c;
    reader->columns = c == '\n' ? 0 : reader->columns + (reader->is_double ? 2 : 1);
    if (reader->columns > paper->widest)
        paper->widest = reader->columns;
}

static void read_escape(struct reader *reader)
{
    switch (take(reader)) {
    case '@':
        reader->paper->resets++;
        reader->is_double = false;
        break;
    case 't':
        reader->paper->page = take(reader);
        break;
    case 'R':
        expect(reader, 0);
        break;
    case 'a':
    case 'E':
        if (take(reader) > 1)
            spoil(reader, "neither 0 nor 1");
        break;
    case 'd':
        take(reader);
        break;
    default:
        spoil(reader, "an ESC command that is not known");
    }
}

static void read_code(struct reader *reader)
{
    int size, function;

    expect(reader, 'k');
    size = take_word(reader);
    expect(reader, 49);
    function = take(reader);
    if (function == 65) {
        expect(reader, 50);
        expect(reader, 0);
    } else if (function == 67) {
        reader->paper->module = take(reader);
    } else if (function == 69) {
        expect(reader, 49);
    } else if (function == 80) {
        expect(reader, 48);
        for (int i = 0; i < size - 3; i++) {
            int byte = take(reader);

            if (i + 1 < (int)sizeof reader->stored)
                reader->stored[i] = (char)byte;
        }
        reader->stored[size - 3 < 63 ? size - 3 : 63] = '\0';
    } else if (function == 81 && size == 3) {
        expect(reader, 48);
        snprintf(reader->paper->qr, sizeof reader->paper->qr, "%s", reader->stored);
        reader->paper->codes++;
    } else {
        spoil(reader, "a function of GS ( k that is not known");
    }
}

static void read_picture(struct reader *reader)
{
    struct image *image = &reader->paper->picture;
    int width, height;

    expect(reader, '0');
    expect(reader, 0);
    width = take_word(reader);
    height = take_word(reader);
    image_release(image);
    image->width = width * 8;
    image->height = height;
    image->pixels = calloc((size_t)image->width + 1, (size_t)height + 1); /* never of no size */
    for (int i = 0; i < width * height && reader->paper->is_sound; i++) {
        int byte = take(reader);

        for (int bit = 0; bit < 8; bit++)
            image->pixels[i * 8 + bit] = byte & 0x80 >> bit ? 0 : 255;
    }
    reader->paper->pictures++;
}

static void read_group(struct reader *reader)
{
    int size;

    switch (take(reader)) {
    case '!':
        size = take(reader);
        if (size != 0 && size != 0x11)
            spoil(reader, "a size that is not known");
        reader->is_double = size != 0;
        break;
    case '(':
        read_code(reader);
        break;
    case 'v':
        read_picture(reader);
        break;
    case 'V':
        expect(reader, 66);
        expect(reader, 0);
        reader->paper->cuts++;
        break;
    default:
        spoil(reader, "a GS command that is not known");
    }
}

void paper_read(struct paper *paper, const void *bytes, size_t size)
{
    struct reader reader = {.paper = paper, .bytes = bytes, .size = size};

    paper_release(paper);
    *paper = (struct paper){.is_sound = true, .page = -1};
    while (reader.at < size && paper->is_sound) {
        int byte = take(&reader);

        if (byte == ESC)
            read_escape(&reader);
        else if (byte == GS)
            read_group(&reader);
        else if (byte == FS)
            expect(&reader, '.');
        else if ((byte < 0x20 && byte != '\n') || byte == 0x7F)
            spoil(&reader, "a control character");
        else
            put(&reader, (char)byte);
    }
    if (!paper->is_sound)
        printf("    not sound: %s\n", paper->wrong);
}

void paper_release(struct paper *paper)
{
    image_release(&paper->picture);
}
