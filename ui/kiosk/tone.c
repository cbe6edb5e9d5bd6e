#include "ui/kiosk/tone.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/text.h"
#include "ui/kiosk/terminal.h"

#define WORDS_MAX 16
#define PROGRAM_SIZE 512
#define WAV_HEADER 44
#define WAV_MAX (1u << 20)
#define VOLUME 12000           /* of 32767 */
#define RAMP 80                /* samples: 5 ms; a beep that begins at once clicks */
#define CHILD_LOOK_MS 50       /* between looks whether the program is done */

extern char **environ;

int tone_length_ms(const struct tone *tone)
{
    int ms = 0;

    for (int i = 0; i < TONE_NOTES && tone->notes[i].ms; i++)
        ms += tone->notes[i].ms;
    return ms;
}

/* --- as a file --- */

static void put_number(struct buffer *wav, uint32_t number, int bytes)
{
    for (int i = 0; i < bytes; i++) {
        char byte = (char)(number >> 8 * i & 0xFF);

        buffer_add(wav, &byte, 1);
    }
}

/* RIFF WAVE, "Multimedia Programming Interface and Data Specifications 1.0" (1991). */
static void put_header(struct buffer *wav, uint32_t samples)
{
    buffer_add(wav, "RIFF", 4);
    put_number(wav, WAV_HEADER - 8 + 2 * samples, 4);
    buffer_add(wav, "WAVEfmt ", 8);
    put_number(wav, 16, 4);
    put_number(wav, 1, 2); /* PCM */
    put_number(wav, 1, 2); /* mono */
    put_number(wav, TONE_RATE, 4);
    put_number(wav, TONE_RATE * 2, 4);
    put_number(wav, 2, 2);
    put_number(wav, 16, 2);
    buffer_add(wav, "data", 4);
    put_number(wav, 2 * samples, 4);
}

static void put_note(struct buffer *wav, const struct note *note)
{
    int count = note->ms * (TONE_RATE / 1000);

    for (int i = 0; i < count; i++) {
        int edge = i < count - 1 - i ? i : count - 1 - i;
        double loudness = edge < RAMP ? (double)edge / RAMP : 1.0;
        double turn = 2.0 * 3.14159265358979 * note->hz * i / TONE_RATE;

        put_number(wav, (uint16_t)(int16_t)lrint(VOLUME * loudness * sin(turn)), 2);
    }
}

enum tk_code tone_wav(const struct tone *tone, struct buffer *wav)
{
    put_header(wav, (uint32_t)(tone_length_ms(tone) * (TONE_RATE / 1000)));
    for (int i = 0; i < TONE_NOTES && tone->notes[i].ms; i++)
        put_note(wav, &tone->notes[i]);
    return wav->failed ? TK_NO_MEMORY : TK_OK;
}

/* --- a program --- */

/* Splits at spaces, in place. */
static void split(char *text, char *words[WORDS_MAX])
{
    int count = 0;

    while (count + 1 < WORDS_MAX) {
        text += strspn(text, " ");
        if (!*text)
            break;
        words[count++] = text;
        text += strcspn(text, " ");
        if (*text)
            *text++ = '\0';
    }
    words[count] = NULL;
}

/* A file without a name: the program may read it as slowly as it likes. */
static int make_file(const struct tone *tone)
{
    struct buffer wav;
    int fd = -1;

    buffer_init(&wav, WAV_MAX);
    if (tone_wav(tone, &wav) == TK_OK)
        fd = memfd_create("ticketly-tone", MFD_CLOEXEC);
    if (fd >= 0 &&
        (write(fd, wav.data, wav.length) != (ssize_t)wav.length || lseek(fd, 0, SEEK_SET) != 0)) {
        close(fd);
        fd = -1;
    }
    buffer_release(&wav);
    return fd;
}

static bool spawn(struct tone_player *player, int input)
{
    char program[PROGRAM_SIZE], *words[WORDS_MAX];
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t all;
    bool started;

    text_copy(program, sizeof program, player->program);
    split(program, words);
    if (!words[0] || posix_spawn_file_actions_init(&actions))
        return false;
    posix_spawnattr_init(&attributes);
    sigfillset(&all);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    started =
        posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO) == 0 &&
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0) == 0 &&
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0) == 0 &&
        posix_spawnp(&player->child, words[0], &actions, &attributes, words, environ) == 0;
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (!started)
        player->child = 0;
    return started;
}

/* Whether the program that was started last is done; one that hangs is ended. */
static bool child_is_done(struct tone_player *player, int64_t now)
{
    pid_t ended;

    if (!player->child)
        return true;
    ended = waitpid(player->child, NULL, WNOHANG);
    if (ended == player->child || (ended < 0 && errno == ECHILD))
        player->child = 0;
    else if (now - player->child_since > TONE_PROGRAM_MAX || now < player->child_since)
        kill(-player->child, SIGKILL); /* it leads a group of its own */
    return !player->child;
}

static void start_program(struct tone_player *player, int64_t now)
{
    int input = make_file(player->tone);

    player->child_since = now;
    if (input < 0 || !spawn(player, input)) {
        player->broken = true; /* from here on the bell: due now */
    } else {
        player->tone = NULL;
    }
    if (input >= 0)
        close(input);
}

/* --- playing --- */

void tone_play(struct tone_player *player, const struct tone *tone, int64_t now)
{
    if (player->way == TONE_OFF || !tone->notes[0].ms)
        return;
    player->tone = tone;
    player->note = 0;
    player->due = now;
}

static void beep(struct tone_player *player, int64_t now)
{
    const struct note *note = &player->tone->notes[player->note];

    if (note->hz)
        terminal_tone(note->hz, note->ms);
    player->due = now + note->ms * TIME_MILLISECOND;
    player->note++;
    if (player->note == TONE_NOTES || !player->tone->notes[player->note].ms)
        player->tone = NULL;
}

void tone_tick(struct tone_player *player, int64_t now)
{
    bool done = child_is_done(player, now);

    if (player->tone && player->way == TONE_PROGRAM && !player->broken && done)
        start_program(player, now);
    /* a clock that was set back makes no tone wait */
    while (player->tone && (player->way == TONE_BELL || player->broken) &&
           (now >= player->due || player->due - now > TIME_SECOND))
        beep(player, now);
}

void tone_release(struct tone_player *player)
{
    if (player->child && waitpid(player->child, NULL, WNOHANG) == 0)
        kill(-player->child, SIGTERM);
    player->child = 0;
    player->tone = NULL;
}

int tone_wait_ms(const struct tone_player *player, int64_t now)
{
    int64_t left = player->due - now;

    if (player->child)
        return CHILD_LOOK_MS;
    if (!player->tone)
        return -1;
    return left < 0 || left > TIME_SECOND ? 0 : (int)(left / TIME_MILLISECOND) + 1;
}
